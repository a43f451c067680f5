/**
 * Every optimizer of the library with its settings: what rooms offer, what links hold. A new one is one row here; a test
 * compares the rows with the library's own table, names, defaults and all.
 */

import { choice, type Field, flag, initials, type Kind, type Kinds, real } from "../url/codec.js";

/** A setting that is a number, shown as a slider. */
interface NumberSetting {
  readonly kind: "number";
  readonly initial: number;
  readonly min: number;
  readonly max: number;
  readonly scale: "linear" | "log";
}

/** A setting that is yes or no. */
interface FlagSetting {
  readonly kind: "flag";
  readonly initial: boolean;
}

/** A setting that is one of some words. */
interface WordSetting {
  readonly kind: "word";
  readonly initial: string;
  readonly words: readonly string[];
}

export type Setting = NumberSetting | FlagSetting | WordSetting;

interface Row {
  /** as it is written in papers */
  readonly name: string;
  /** a rate that suits small networks, and one that suits surfaces */
  readonly rates: readonly [network: number, surface: number];
  /** all but the learning rate, in the library's names and with its defaults */
  readonly settings: Readonly<Record<string, Setting>>;
}

const number = (initial: number, min: number, max: number, scale: "linear" | "log" = "linear"): NumberSetting => ({
  kind: "number",
  initial,
  min,
  max,
  scale,
});
const no: FlagSetting = { kind: "flag", initial: false };
const yes: FlagSetting = { kind: "flag", initial: true };
const beta = (initial: number) => number(initial, 0, 0.9999);
const epsilon = (initial: number) => number(initial, 0, 1, "log");
const decay = (initial = 0) => number(initial, 0, 1, "log");

const moments = { beta1: beta(0.9), beta2: beta(0.999), epsilon: epsilon(1e-8) };
const adam = { ...moments, amsgrad: no, biasCorrection: yes, epsilonHat: no };

export const optimizers = {
  sgd: {
    name: "SGD",
    rates: [0.1, 1e-3],
    settings: {
      weightDecay: decay(),
      momentum: beta(0),
      dampening: beta(0),
      nesterov: no,
      form: { kind: "word", initial: "torch", words: ["torch", "keras", "ema"] },
    },
  },
  adam: { name: "Adam", rates: [0.01, 0.1], settings: { weightDecay: decay(), ...adam } },
  rmsprop: {
    name: "RMSprop",
    rates: [0.01, 0.02],
    settings: {
      weightDecay: decay(),
      rho: beta(0.99),
      epsilon: epsilon(1e-8),
      momentum: beta(0),
      centered: no,
      epsilonInside: no,
    },
  },
  adagrad: {
    name: "AdaGrad",
    rates: [0.05, 0.5],
    settings: {
      weightDecay: decay(),
      epsilon: epsilon(1e-10),
      initialAccumulator: number(0, 0, 10),
      learningRateDecay: decay(),
      epsilonInside: no,
    },
  },
} as const satisfies Readonly<Record<string, Row>>;

export type OptimizerName = keyof typeof optimizers;

export const optimizerNames = Object.keys(optimizers) as readonly OptimizerName[];

/** The settings of one; all rows have the same form. */
export const settingsOf = (name: OptimizerName): Readonly<Record<string, Setting>> => optimizers[name].settings;

/** Rates of links. */
const rateField = (initial: number) => real({ initial, min: 0, max: 100 });

function fieldOf(setting: Setting): Field<never> {
  const { kind } = setting;
  if (kind === "number") return real(setting) as unknown as Field<never>;
  if (kind === "flag") return flag(setting.initial) as unknown as Field<never>;
  return choice(setting.words, setting.initial) as unknown as Field<never>;
}

/** The fields of each, for links: its own settings, and two rates. */
export const optimizerKinds: Kinds = Object.fromEntries(
  optimizerNames.map((name) => {
    const [network, surface] = optimizers[name].rates;
    const own = Object.entries(settingsOf(name)).map(([key, setting]) => [key, fieldOf(setting)] as const);
    return [
      name,
      {
        learningRate: rateField(network) as unknown as Field<never>,
        surfaceRate: rateField(surface) as unknown as Field<never>,
        ...Object.fromEntries(own),
      },
    ];
  }),
);

/** One with its defaults. */
export function plain(name: OptimizerName, values: Kind["values"] = {}): Kind {
  return { type: name, values: { ...initials(optimizerKinds[name] ?? {}), ...values } };
}

/** As the library takes it, at one of its two rates. */
export function configOf({ type, values }: Kind, place: "network" | "surface"): { readonly type: string } {
  const { learningRate, surfaceRate, ...settings } = values;
  return { type, ...settings, learningRate: place === "network" ? learningRate : surfaceRate } as { type: string };
}

/** What a lane is called: its name, its rate, and what differs from the defaults. */
export function titleOf({ type, values }: Kind, place: "network" | "surface"): string {
  const row: Row = optimizers[type as OptimizerName];
  const changed = Object.entries(row.settings)
    .filter(([key, { initial }]) => values[key] !== initial)
    .map(([key]) => (typeof values[key] === "boolean" ? key : `${key} ${values[key]}`));
  return [row.name, String(place === "network" ? values.learningRate : values.surfaceRate), ...changed].join(" · ");
}
