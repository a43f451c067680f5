/** The public names of `downhill`, and nothing else. */

export type {
  AsyncCallbackModel,
  Callback,
  CallbackContext,
  CallbackModel,
  Logs,
  MonitorMode,
  Sink,
} from "./callbacks/callback.js";
export { type CSVLoggerOptions, csvLogger } from "./callbacks/csv-logger.js";
export { type EarlyStoppingOptions, earlyStopping } from "./callbacks/early-stopping.js";
export { type ModelCheckpointOptions, modelCheckpoint } from "./callbacks/model-checkpoint.js";
export { type ProgressBarOptions, progressBar } from "./callbacks/progress-bar.js";
export {
  type GradientRecord,
  type GradientRecorder,
  type RecordGradientsOptions,
  recordGradients,
} from "./callbacks/record-gradients.js";
export { terminateOnNaN } from "./callbacks/terminate-on-nan.js";
export type { Activation, ActivationConfig, ActivationName } from "./config/activations.js";
export { elu, leakyRelu, prelu } from "./config/activations.js";
export type {
  Constraint,
  ConstraintConfig,
  ConstraintName,
  MaxNormOptions,
  ValueRangeOptions,
} from "./config/constraints.js";
export { maxNorm, nonNegative, unitNorm, valueRange } from "./config/constraints.js";
export type { Initializer, InitializerConfig, InitializerName } from "./config/initializers.js";
export {
  constant,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  identity,
  lecunNormal,
  lecunUniform,
  ones,
  orthogonal,
  randomNormal,
  randomUniform,
  truncatedNormal,
  zeros,
} from "./config/initializers.js";
export type { DenseOptions, LayerConfig, LayerName, NormalizationConfig } from "./config/layers.js";
export {
  activation,
  alphaDropout,
  batchNormalization,
  dense,
  dropout,
  gaussianNoise,
  layerNormalization,
  normalization,
  residual,
} from "./config/layers.js";
export type { Loss, LossConfig, LossName } from "./config/losses.js";
export {
  binaryCrossEntropy,
  categoricalCrossEntropy,
  hinge,
  huber,
  klDivergence,
  logCosh,
  meanAbsoluteError,
  meanSquaredError,
  poisson,
  sparseCategoricalCrossEntropy,
} from "./config/losses.js";
export type { CustomMetric, Metric, MetricConfig, MetricName } from "./config/metrics.js";
export { accuracy, auc, f1, precision, r2, recall, rootMeanSquaredError, topKAccuracy } from "./config/metrics.js";
export type { CompileOptions, ModelConfig, ResolvedConfig } from "./config/model.js";
export * from "./config/optimizers/factories.js";
export type { OptimizerConfig, OptimizerLike, OptimizerName } from "./config/optimizers/index.js";
export type {
  EmaConfig,
  LookaheadConfig,
  PerParameterConfig,
  SamConfig,
  SwitchAtConfig,
} from "./config/optimizers/nesting.js";
export type { Regularizer, RegularizerConfig } from "./config/regularizers.js";
export { l1, l1l2, l2 } from "./config/regularizers.js";
export type { ScheduleConfig, ScheduleName } from "./config/schedules.js";
export {
  constantRate,
  cosineDecay,
  cosineRestarts,
  cyclical,
  exponentialDecay,
  inverseSquareRoot,
  inverseTimeDecay,
  oneCycle,
  piecewiseConstant,
  polynomialDecay,
  reduceOnPlateau,
  restartOnLoss,
  sequence,
  stepDecay,
  warmup,
  warmupStableDecay,
} from "./config/schedules.js";
export type {
  AdaptiveClipOptions,
  GradientNoiseOptions,
  NormalizeGradientOptions,
  Transform,
  TransformConfig,
  TransformName,
} from "./config/transforms.js";
export {
  adaptiveClip,
  centralizeGradient,
  clipByGlobalNorm,
  clipByNorm,
  clipByValue,
  gradientNoise,
  normalizeGradient,
} from "./config/transforms.js";
export { type InitOptions, init, type RuntimeInfo, runtimeInfo } from "./core/runtime.js";
export type { Batch, BatchDataset, Batches, BatchLike, BatchSource } from "./data/batches.js";
export type { CSVOptions, CSVSource, TabularDataset } from "./data/csv.js";
export { Dataset } from "./data/dataset.js";
export { type Labels, oneHot } from "./data/labels.js";
export { type Matrix, type MatrixLike, matrix } from "./data/matrix.js";
export type { Targets } from "./data/samples.js";
export { minMaxScaler, type Scaler, scalerFromJSON, standardScaler } from "./data/scale.js";
export { type Fold, type KFoldOptions, kFold, type Split, type SplitOptions, trainTestSplit } from "./data/split.js";
export { applyAdvice } from "./diagnose/apply-advice.js";
export type { GradientReport } from "./diagnose/diagnose.js";
export type { Finding, Verdict } from "./diagnose/findings.js";
export type { LayerReport } from "./diagnose/layers.js";
export {
  type Advice,
  BusyError,
  ConfigError,
  CoreError,
  DataError,
  DisposedError,
  DivergenceError,
  type DivergenceReason,
  DownhillError,
  type ErrorCode,
  FormatError,
  MemoryError,
  NonFiniteError,
  NotSerializableError,
  ShapeError,
  UnsupportedError,
  WorkerError,
} from "./errors.js";
export {
  type CompareOptimizersOptions,
  compareOptimizers,
  type OptimizerResult,
  type TimeToTarget,
} from "./experiments/compare-optimizers.js";
export {
  type CrossValidateOptions,
  type CrossValidation,
  crossValidate,
  type FailedRun,
  type LearningRateSearch,
  type Scores,
  type SearchLearningRateOptions,
  searchLearningRate,
} from "./experiments/cross-validate.js";
export {
  type FindLearningRateOptions,
  findLearningRate,
  type LearningRateTest,
  type RangeTestProgress,
} from "./experiments/find-learning-rate.js";
export type { Progress } from "./experiments/watch.js";
export type { FitOptions } from "./fit-options.js";
export type { BatchLogs, EpochLogs, History, MetricValues, StoppedBy } from "./history.js";
export { type Evaluation, type Iteration, type MinimizeOptions, type MinimizeResult, minimize } from "./minimize.js";
export {
  type GradientCheck,
  type MetricsOf,
  Model,
  type Parameter,
  type ParameterGradient,
  type ParameterValue,
} from "./model.js";
export { Optimizer, type OptimizerState, type TensorSpec } from "./optimizer.js";
export { schedulePreview } from "./rates.js";
export type { StructureChange } from "./structure/change.js";
export type { GrowOptions } from "./structure/grow.js";
export type { PruneOptions, Pruning } from "./structure/prune.js";
