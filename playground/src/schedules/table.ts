/**
 * Every schedule that can be drawn: its settings, how it becomes the library's config, and the handles that its curve is
 * dragged by. `peak` and other rates are rates; times are updates.
 */

import { choice, type Field, flag, initials, type Kind, type Kinds, real, whole } from "../url/codec.js";

/** A setting as a field and as a part of a link. */
export type ScheduleSetting =
  | { readonly kind: "rate" | "share" | "factor"; readonly initial: number; readonly min: number; readonly max: number }
  | { readonly kind: "updates"; readonly initial: number; readonly min: number; readonly max: number }
  | { readonly kind: "flag"; readonly initial: boolean }
  | { readonly kind: "word"; readonly initial: string; readonly words: readonly string[] };

type Values = Readonly<Record<string, number>>;

/** A point of the curve that can be dragged. */
export interface Handle {
  /** the settings that it changes: across, up */
  readonly across?: string;
  readonly up?: string;
  readonly at: (values: Values) => readonly [update: number, rate: number];
  /** settings after it was dragged there; without it, `across` and `up` become the place itself */
  readonly drag?: (values: Values, update: number, rate: number) => Values;
}

interface Row {
  readonly settings: Readonly<Record<string, ScheduleSetting>>;
  readonly handles: readonly Handle[];
  /** what must hold between settings, after one was dragged */
  readonly keep?: (values: Values) => Values;
}

/** The longest training that links can ask for has no more. */
const most = 1e6;

const rate = (initial: number): ScheduleSetting => ({ kind: "rate", initial, min: 0, max: 100 });
const updates = (initial: number, min = 1): ScheduleSetting => ({ kind: "updates", initial, min, max: most });
const share = (initial: number): ScheduleSetting => ({ kind: "share", initial, min: 0.01, max: 0.99 });
const factor = (initial: number, min: number, max: number): ScheduleSetting => ({ kind: "factor", initial, min, max });
const no: ScheduleSetting = { kind: "flag", initial: false };

const get = (values: Values, name: string): number => values[name] ?? 0;

/** At update 0, up and down. */
const start: Handle = { up: "initial", at: (values) => [0, get(values, "initial")] };
/** Where a fall ends. */
const finish: Handle = {
  across: "steps",
  up: "end",
  at: (values) => [get(values, "steps"), get(values, "end")],
};

export const schedules = {
  constantRate: {
    settings: { rate: rate(0.01) },
    handles: [{ up: "rate", at: (values) => [0, get(values, "rate")] }],
  },
  cosineDecay: { settings: { initial: rate(0.01), end: rate(0), steps: updates(780) }, handles: [start, finish] },
  polynomialDecay: {
    settings: { initial: rate(0.01), end: rate(0), steps: updates(780), power: factor(1, 0.1, 10) },
    handles: [start, finish],
  },
  exponentialDecay: {
    settings: { initial: rate(0.01), rate: factor(0.5, 0.001, 1), steps: updates(200), staircase: no },
    handles: [
      start,
      {
        across: "steps",
        up: "rate",
        at: (values) => [get(values, "steps"), get(values, "initial") * get(values, "rate")],
        drag: (values, update, height) => ({ ...values, steps: update, rate: height / get(values, "initial") }),
      },
    ],
  },
  stepDecay: {
    settings: { initial: rate(0.01), factor: factor(0.3, 0.001, 1), steps: updates(260) },
    handles: [
      start,
      {
        across: "steps",
        up: "factor",
        at: (values) => [get(values, "steps"), get(values, "initial") * get(values, "factor")],
        drag: (values, update, height) => ({ ...values, steps: update, factor: height / get(values, "initial") }),
      },
    ],
  },
  inverseTimeDecay: {
    settings: { initial: rate(0.01), rate: factor(1, 0, 100), steps: updates(200), staircase: no },
    handles: [
      start,
      {
        across: "steps",
        up: "rate",
        at: (values) => [get(values, "steps"), get(values, "initial") / (1 + get(values, "rate"))],
        drag: (values, update, height) => ({ ...values, steps: update, rate: get(values, "initial") / height - 1 }),
      },
    ],
  },
  inverseSquareRoot: {
    settings: { initial: rate(0.01), steps: updates(100) },
    handles: [
      start,
      {
        across: "steps",
        // After three times as many it has fallen to a half.
        at: (values) => [3 * get(values, "steps"), get(values, "initial") / 2],
        drag: (values, update) => ({ ...values, steps: update / 3 }),
      },
    ],
  },
  cosineRestarts: {
    settings: {
      initial: rate(0.01),
      end: rate(0),
      period: updates(195),
      growth: factor(1, 1, 10),
      decay: factor(1, 0.01, 1),
    },
    handles: [
      start,
      { across: "period", up: "end", at: (values) => [get(values, "period") - 1, get(values, "end")] },
      {
        up: "decay",
        at: (values) => [get(values, "period"), get(values, "initial") * get(values, "decay")],
        drag: (values, _, height) => ({ ...values, decay: height / get(values, "initial") }),
      },
    ],
  },
  oneCycle: {
    settings: {
      max: rate(0.03),
      steps: updates(780, 2),
      rise: share(0.3),
      cycleMomentum: { kind: "flag", initial: true },
    },
    handles: [
      {
        across: "rise",
        up: "max",
        at: (values) => [get(values, "rise") * (get(values, "steps") - 1), get(values, "max")],
        drag: (values, update, height) => ({ ...values, max: height, rise: update / (get(values, "steps") - 1) }),
      },
      { across: "steps", at: (values) => [get(values, "steps") - 1, 0] },
    ],
  },
  cyclical: {
    settings: {
      initial: rate(0.001),
      max: rate(0.02),
      steps: updates(100),
      policy: { kind: "word", initial: "triangular", words: ["triangular", "triangular2"] },
    },
    keep: (values) => ({ ...values, max: Math.max(get(values, "max"), get(values, "initial")) }),
    handles: [start, { across: "steps", up: "max", at: (values) => [get(values, "steps"), get(values, "max")] }],
  },
  warmupStableDecay: {
    settings: {
      max: rate(0.02),
      warmupSteps: updates(80, 0),
      stableSteps: updates(400, 0),
      decaySteps: updates(300),
      end: rate(0),
      shape: { kind: "word", initial: "linear", words: ["linear", "cosine", "squareRoot"] },
    },
    handles: [
      { across: "warmupSteps", up: "max", at: (values) => [get(values, "warmupSteps"), get(values, "max")] },
      {
        across: "stableSteps",
        at: (values) => [get(values, "warmupSteps") + get(values, "stableSteps"), get(values, "max")],
        drag: (values, update) => ({ ...values, stableSteps: update - get(values, "warmupSteps") }),
      },
      {
        across: "decaySteps",
        up: "end",
        at: (values) => [
          get(values, "warmupSteps") + get(values, "stableSteps") + get(values, "decaySteps"),
          get(values, "end"),
        ],
        drag: (values, update, height) => ({
          ...values,
          decaySteps: update - get(values, "warmupSteps") - get(values, "stableSteps"),
          end: height,
        }),
      },
    ],
  },
} as const satisfies Readonly<Record<string, Row>>;

export type ScheduleName = keyof typeof schedules;

export const scheduleNames = Object.keys(schedules) as readonly ScheduleName[];

/** All rows have the same form. */
const rowOf = (name: string): Row => schedules[name as ScheduleName];

/** A straight line from 0 in front of any of them. */
const warmup = updates(0, 0);

/** The settings of one, its warm-up last; those that have a warm-up of their own take no other. */
export function settingsOf(name: string): Readonly<Record<string, ScheduleSetting>> {
  const hasOwn = name === "oneCycle" || name === "warmupStableDecay";
  return hasOwn ? rowOf(name).settings : { ...rowOf(name).settings, warmup };
}

function fieldOf(setting: ScheduleSetting): Field<never> {
  if (setting.kind === "flag") return flag(setting.initial) as unknown as Field<never>;
  if (setting.kind === "word") return choice(setting.words, setting.initial) as unknown as Field<never>;
  return (setting.kind === "updates" ? whole(setting) : real(setting)) as unknown as Field<never>;
}

/** The fields of each, for links. */
export const scheduleKinds: Kinds = Object.fromEntries(
  scheduleNames.map((name) => [
    name,
    Object.fromEntries(Object.entries(settingsOf(name)).map(([key, setting]) => [key, fieldOf(setting)])),
  ]),
);

/** One with its defaults, or with some settings of another. */
export function plain(name: ScheduleName, values: Kind["values"] = {}): Kind {
  const fields = scheduleKinds[name] ?? {};
  const known = Object.entries(values).filter(([key]) => key in fields);
  return { type: name, values: { ...initials(fields), ...Object.fromEntries(known) } };
}

/** As the library takes it. */
export function configOf({ type, values }: Kind): object {
  const { warmup = 0, ...settings } = values;
  const schedule = { type, ...settings };
  return warmup === 0 ? schedule : { type: "warmup", steps: warmup, schedule };
}

/** A handle where it is now. */
export interface PlacedHandle {
  readonly handle: Handle;
  readonly update: number;
  readonly rate: number;
}

/** Where the curve can be dragged; a warm-up shifts all of it. */
export function handlesOf({ type, values }: Kind): readonly PlacedHandle[] {
  const numbers = values as Values;
  const shift = get(numbers, "warmup");
  return rowOf(type).handles.map((handle) => {
    const [update, height] = handle.at(numbers);
    return { handle, update: update + shift, rate: height };
  });
}

/** The schedule after a handle was dragged to a place; every setting stays within its limits. */
export function dragged(schedule: Kind, handle: Handle, update: number, rate: number): Kind {
  const numbers = schedule.values as Values;
  const at = Math.max(0, update - get(numbers, "warmup"));
  const moved = handle.drag?.(numbers, at, rate) ?? {
    ...numbers,
    ...(handle.across === undefined ? {} : { [handle.across]: at }),
    ...(handle.up === undefined ? {} : { [handle.up]: rate }),
  };
  const settings = settingsOf(schedule.type);
  const values = Object.entries(moved).map(([key, value]) => {
    const setting = settings[key];
    if (typeof value !== "number" || setting === undefined || !("min" in setting)) return [key, value];
    const held = Math.min(setting.max, Math.max(setting.min, Number.isFinite(value) ? value : setting.initial));
    return [key, setting.kind === "updates" ? Math.round(held) : Number(held.toPrecision(3))];
  });
  const held = Object.fromEntries(values);
  return { ...schedule, values: rowOf(schedule.type).keep?.(held) ?? held };
}

/** The same curve, so many times as high. */
export function scaled(schedule: Kind, times: number): Kind {
  const settings = settingsOf(schedule.type);
  const values = Object.entries(schedule.values).map(([key, value]) => {
    const isRate = settings[key]?.kind === "rate" && typeof value === "number";
    return [key, isRate ? Number(Math.min(100, value * times).toPrecision(3)) : value];
  });
  return { ...schedule, values: Object.fromEntries(values) };
}
