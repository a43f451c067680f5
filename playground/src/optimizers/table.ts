/**
 * Every optimizer of the library with its settings: what rooms offer, what links hold. A new one is one row here; a test
 * compares the rows with the library's own table, names, defaults and all.
 */

import { type Field, initials, type Kind, type Kinds, real } from "../url/codec.js";
import { aroundFields, titleOfAround, wrapped } from "./around.js";
import { type FlagSetting, fieldOf, number, type Setting } from "./setting.js";

interface Row {
  /** as it is written in papers */
  readonly name: string;
  /** a rate that suits small networks, and one that suits surfaces */
  readonly rates: readonly [network: number, surface: number];
  /** it needs all data at every update */
  readonly fullBatch?: true;
  /** it searches along lines: nothing stands around it, and its steps are of several gradients */
  readonly alone?: true;
  /** all but the learning rate, in the library's names and with its defaults; `etas.0` is the first of a pair */
  readonly settings: Readonly<Record<string, Setting>>;
}

const no: FlagSetting = { kind: "flag", initial: false };
const yes: FlagSetting = { kind: "flag", initial: true };
/** What remains of an old mean. */
const beta = (initial: number) => number(initial, 0, 0.9999);
const epsilon = (initial: number) => number(initial, 0, 1, "log");
const weightDecay = (initial = 0) => number(initial, 0, 1, "log");

const moments = { weightDecay: weightDecay(), beta1: beta(0.9), beta2: beta(0.999), epsilon: epsilon(1e-8) };
const adam = { ...moments, amsgrad: no, biasCorrection: yes, epsilonHat: no };

export const optimizers = {
  sgd: {
    name: "SGD",
    rates: [0.1, 1e-3],
    settings: {
      momentum: beta(0),
      nesterov: no,
      weightDecay: weightDecay(),
      dampening: beta(0),
      form: { kind: "word", initial: "torch", words: ["torch", "keras", "ema"] },
    },
  },
  adam: { name: "Adam", rates: [0.01, 0.1], settings: adam },
  adamw: { name: "AdamW", rates: [0.01, 0.1], settings: { ...adam, weightDecay: weightDecay(0.01) } },
  rmsprop: {
    name: "RMSprop",
    rates: [0.01, 0.02],
    settings: {
      rho: beta(0.99),
      momentum: beta(0),
      centered: no,
      weightDecay: weightDecay(),
      epsilon: epsilon(1e-8),
      epsilonInside: no,
    },
  },
  adagrad: {
    name: "AdaGrad",
    rates: [0.05, 0.5],
    settings: {
      initialAccumulator: number(0, 0, 10),
      learningRateDecay: weightDecay(),
      weightDecay: weightDecay(),
      epsilon: epsilon(1e-10),
      epsilonInside: no,
    },
  },
  adadelta: {
    name: "AdaDelta",
    rates: [1, 10],
    settings: { rho: beta(0.9), epsilon: epsilon(1e-6), weightDecay: weightDecay() },
  },
  adamax: { name: "AdaMax", rates: [0.01, 0.1], settings: moments },
  nadam: { name: "NAdam", rates: [0.01, 0.1], settings: { ...moments, momentumDecay: number(4e-3, 0, 1, "log") } },
  radam: { name: "RAdam", rates: [0.01, 0.05], settings: moments },
  adabelief: { name: "AdaBelief", rates: [0.01, 0.1], settings: { ...moments, epsilon: epsilon(1e-16) } },
  yogi: {
    name: "Yogi",
    rates: [0.01, 0.1],
    settings: { ...moments, epsilon: epsilon(1e-3), initialAccumulator: epsilon(1e-6) },
  },
  adan: {
    name: "Adan",
    rates: [0.01, 0.1],
    settings: {
      "betas.0": beta(0.98),
      "betas.1": beta(0.92),
      "betas.2": beta(0.99),
      weightDecay: weightDecay(),
      epsilon: epsilon(1e-8),
    },
  },
  scheduleFreeAdamW: {
    name: "Schedule-free AdamW",
    rates: [0.02, 0.1],
    settings: {
      ...moments,
      beta1: number(0.9, 0.0001, 0.9999),
      warmupSteps: { kind: "whole", initial: 0, min: 0, max: 10_000 },
      r: number(0, 0, 10),
      weightPower: number(2, 0, 10),
    },
  },
  prodigy: {
    name: "Prodigy",
    rates: [1, 1],
    settings: {
      ...moments,
      d0: number(1e-6, 1e-12, 1, "log"),
      dCoefficient: number(1, 0.01, 100, "log"),
      biasCorrection: no,
      safeguardWarmup: no,
    },
  },
  adafactor: {
    name: "Adafactor",
    rates: [0.02, 0.1],
    settings: {
      weightDecay: weightDecay(),
      beta2Decay: number(-0.8, -5, 0),
      epsilon1: epsilon(2 ** -23),
      epsilon2: epsilon(1e-3),
      clippingThreshold: number(1, 1, 100, "log"),
    },
  },
  muon: {
    name: "Muon",
    rates: [0.02, 0.02],
    settings: { momentum: beta(0.95), nesterov: yes, weightDecay: weightDecay(0.1), epsilon: epsilon(1e-7) },
  },
  lion: {
    name: "Lion",
    rates: [1e-3, 0.01],
    settings: { beta1: beta(0.9), beta2: beta(0.99), weightDecay: weightDecay() },
  },
  lars: {
    name: "LARS",
    rates: [10, 1],
    settings: {
      momentum: number(0.9, 0, 1),
      trustCoefficient: number(1e-3, 0, 1, "log"),
      weightDecay: weightDecay(),
      epsilon: epsilon(1e-8),
    },
  },
  lamb: { name: "LAMB", rates: [0.01, 0.05], settings: { ...moments, epsilon: epsilon(1e-6) } },
  rprop: {
    name: "Rprop",
    rates: [0.01, 0.05],
    fullBatch: true,
    settings: {
      "etas.0": number(0.5, 0.01, 0.99),
      "etas.1": number(1.2, 1.01, 3),
      "stepSizes.0": number(1e-6, 1e-12, 1, "log"),
      "stepSizes.1": number(50, 1e-3, 1000, "log"),
      weightDecay: weightDecay(),
    },
  },
  lbfgs: {
    name: "L-BFGS",
    rates: [1, 1],
    fullBatch: true,
    alone: true,
    settings: {
      maxIterations: { kind: "whole", initial: 20, min: 1, max: 100 },
      toleranceGradient: epsilon(1e-7),
      toleranceChange: epsilon(1e-9),
      historySize: { kind: "whole", initial: 100, min: 1, max: 1000 },
      lineSearch: { kind: "word", initial: "strongWolfe", words: ["strongWolfe", "none"] },
    },
  },
  asgd: {
    name: "ASGD",
    rates: [0.1, 1e-3],
    settings: {
      lambda: weightDecay(1e-4),
      alpha: number(0.75, 0, 1),
      t0: number(1e6, 0, 1e9, "log"),
      weightDecay: weightDecay(),
    },
  },
} as const satisfies Readonly<Record<string, Row>>;

export type OptimizerName = keyof typeof optimizers;

export const optimizerNames = Object.keys(optimizers) as readonly OptimizerName[];

/** Those that make one step from one gradient. */
export const ruleNames = optimizerNames.filter((name) => !("alone" in optimizers[name]));

/** All rows have the same form. */
export const rowOf = (name: string): Row => optimizers[name as OptimizerName];

/** Rates of links. */
const rateField = (initial: number) => real({ initial, min: 0, max: 100 });

/** The fields of each, for links: its own settings, two rates, and what stands around it. */
export const optimizerKinds: Kinds = Object.fromEntries(
  optimizerNames.map((name) => {
    const [network, surface] = optimizers[name].rates;
    const own = Object.entries(rowOf(name).settings).map(([key, setting]) => [key, fieldOf(setting)] as const);
    return [
      name,
      {
        learningRate: rateField(network) as unknown as Field<never>,
        surfaceRate: rateField(surface) as unknown as Field<never>,
        ...Object.fromEntries(own),
        ...(rowOf(name).alone ? {} : aroundFields),
      },
    ];
  }),
);

/** One with its defaults. */
export function plain(name: OptimizerName, values: Kind["values"] = {}): Kind {
  return { type: name, values: { ...initials(optimizerKinds[name] ?? {}), ...values } };
}

/** As the library takes it, at one of its two rates, or at another, or under a schedule. */
export function configOf(
  { type, values }: Kind,
  place: "network" | "surface",
  learningRate: unknown = place === "network" ? values.learningRate : values.surfaceRate,
): { readonly type: string } {
  const config: Record<string, unknown> = { type, learningRate };
  for (const key of Object.keys(rowOf(type).settings)) {
    const [name = key, at] = key.split(".");
    if (at === undefined) config[name] = values[key];
    else config[name] = Object.assign((config[name] as unknown[]) ?? [], { [at]: values[key] });
  }
  return wrapped(config as { readonly type: string }, values);
}

/** What a lane is called: its name, its rate, and what differs from the defaults. */
export function titleOf({ type, values }: Kind, place: "network" | "surface"): string {
  const row = rowOf(type);
  const changed = Object.entries(row.settings)
    .filter(([key, { initial }]) => values[key] !== initial)
    .map(([key]) => (typeof values[key] === "boolean" ? key : `${key} ${values[key]}`));
  const rate = String(place === "network" ? values.learningRate : values.surfaceRate);
  return [row.name, rate, ...changed, ...titleOfAround(values)].join(" · ");
}
