/** The network that is examined: from the settings of the room to data and a configuration. */

import { applyAdvice, constant, dense, type LayerConfig, Model, type ModelConfig, randomNormal } from "downhill";
import { type PlaneName, type Samples, toy } from "../../data/toys.js";
import { hiddenLayer } from "../../network/hidden.js";
import type { NormalizationName } from "../../network/normalizations.js";
import type { OptimizerName } from "../../optimizers/table.js";

export const activationNames = [
  "sigmoid",
  "tanh",
  "relu",
  "leakyRelu",
  "elu",
  "selu",
  "gelu",
  "silu",
  "mish",
  "softplus",
  "softsign",
  "hardSigmoid",
  "linear",
] as const;

/** `normal` is one of a deviation of one's own. */
export const initializerNames = [
  "glorotUniform",
  "glorotNormal",
  "heNormal",
  "heUniform",
  "lecunNormal",
  "lecunUniform",
  "orthogonal",
  "normal",
] as const;

/** What a link to this room says of the network; advice aside. */
export interface Settings {
  readonly depth: number;
  readonly width: number;
  readonly activation: (typeof activationNames)[number];
  readonly initializer: (typeof initializerNames)[number];
  /** of the initialiser `normal` */
  readonly deviation: number;
  /** where biases of hidden layers start */
  readonly bias: number;
  readonly normalization: NormalizationName;
  readonly data: PlaneName;
  /** the inputs are so many times as large as they should be */
  readonly scale: number;
  readonly optimizer: OptimizerName;
  readonly rate: number;
  readonly updates: number;
  readonly seed: number;
}

/** The settings of a link that says nothing. */
export const usual: Settings = {
  depth: 12,
  width: 16,
  activation: "sigmoid",
  initializer: "glorotUniform",
  deviation: 0.03,
  bias: 0,
  normalization: "none",
  data: "circles",
  scale: 1,
  optimizer: "adam",
  rate: 0.003,
  updates: 400,
  seed: 0,
};

/** Networks that show what can go wrong, and one that does nothing wrong: what they have that is not usual. */
export const patients = {
  vanishing: {},
  tiny: { activation: "relu", initializer: "normal", deviation: 0.03 },
  exploding: { activation: "relu", initializer: "normal", deviation: 1.2 },
  dead: { activation: "relu", initializer: "heNormal", bias: -4, depth: 4 },
  saturated: { activation: "tanh", initializer: "normal", deviation: 2, depth: 6 },
  inputsUnscaled: { activation: "relu", initializer: "heNormal", depth: 4, scale: 1000 },
  learningRateTooHigh: { activation: "relu", initializer: "heNormal", depth: 4, rate: 0.3, data: "spirals" },
  healthy: { activation: "relu", initializer: "heNormal", depth: 6 },
} as const satisfies Readonly<Record<string, Partial<Settings>>>;

export type PatientName = keyof typeof patients;

export const patientNames = Object.keys(patients) as readonly PatientName[];

/** All settings of a patient but those that are nobody's: updates and seed. */
export function patientOf(name: PatientName): Partial<Settings> {
  const { updates: _updates, seed: _seed, ...others } = usual;
  return { ...others, ...patients[name] };
}

/** The patient whose settings these are. */
export function nameOf(settings: Settings): PatientName | undefined {
  const counts = (key: string) => key !== "deviation" || settings.initializer === "normal";
  return patientNames.find((name) =>
    Object.entries(patientOf(name)).every(([key, value]) => !counts(key) || settings[key as keyof Settings] === value),
  );
}

/** Samples of the training set, and of a batch. */
export const rows = 256;
export const batch = 32;

/** What the network learns from; `scale` times as far apart as the plane that is shown. */
export function samplesOf({ data, scale, seed }: Settings): Samples {
  const samples = toy(data, { seed, rows, noise: 0.15 });
  return { ...samples, x: samples.x.map((value) => value * scale) };
}

export function configOf(settings: Settings): ModelConfig {
  const { classes } = toy(settings.data, { seed: 0, rows: 1 });
  const two = classes === 2;
  return {
    inputs: 2,
    layers: [...Array.from({ length: settings.depth }, () => hidden(settings)).flat(), dense(two ? 1 : classes)],
    loss: two ? "binaryCrossEntropy" : "sparseCategoricalCrossEntropy",
    optimizer: { type: settings.optimizer, learningRate: settings.rate } as never,
    seed: settings.seed,
  };
}

function hidden({ width, initializer, deviation, bias, normalization, activation }: Settings): readonly LayerConfig[] {
  return hiddenLayer(width, activation, normalization, {
    kernelInitializer: initializer === "normal" ? randomNormal({ stddev: deviation }) : initializer,
    ...(bias === 0 ? {} : { biasInitializer: constant(bias) }),
  });
}

/** The configuration after the advice that was taken, each from the examination of what the one before made. */
export async function treated(settings: Settings, taken: readonly number[]): Promise<ModelConfig> {
  const { x, y } = samplesOf(settings);
  let config = configOf(settings);
  for (const number of taken) {
    const model = await Model.create(config);
    const advice = model.diagnose(x, y).advice[number];
    model.dispose();
    // A link may ask for advice that there is none of.
    if (advice === undefined) break;
    config = applyAdvice(config, advice);
  }
  return config;
}
