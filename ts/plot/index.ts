/** The entry `downhill/plot`: pictures as SVG text, in Node and in browsers, without a DOM. */

export type { ScaleChoice } from "./axis.js";
export { type BoundaryOptions, type Classifier, type PredictFunction, plotBoundary } from "./boundary.js";
export type { Point } from "./chart.js";
export { type ConfusionOptions, plotConfusion } from "./confusion.js";
export type { PlotOptions } from "./frame.js";
export {
  type FlowLayer,
  type FlowQuantity,
  type FlowRecord,
  type FlowReport,
  type GradientFlowOptions,
  plotGradientFlow,
} from "./gradient-flow.js";
export { type HistoryLike, type HistoryOptions, plotHistory } from "./history.js";
export {
  type Landscape,
  type LandscapeFunction,
  type LandscapeOptions,
  type PathLike,
  plotLandscape,
} from "./landscape.js";
export {
  type LearningRateTestLike,
  plotLearningRate,
  plotSchedule,
  type ScheduleLike,
  type ScheduleOptions,
} from "./learning-rate.js";
export { type LinesOptions, plotLines, type Series } from "./lines.js";
export {
  type LandscapeModel,
  type LossLandscapeOptions,
  lossLandscape,
  type Snapshot,
} from "./loss-landscape.js";
export type { Range } from "./plane.js";
export { plotRace, type RaceOptions, type Racer } from "./race.js";
export { type Diagnosis, type ReportModel, type ReportOptions, report } from "./report.js";
export type { Theme } from "./theme.js";
