/** What a link to this room holds. */

import { optimizerKinds, plain as plainOptimizer } from "../../optimizers/table.js";
import { plain, scaled, scheduleKinds } from "../../schedules/table.js";
import { type Training, trainingFields } from "../../training/fields.js";
import { choice, codec, type Field, type Kind, kind, list, real, whole } from "../../url/codec.js";
import { experiment } from "../../url/experiment.js";

/** Schedules side by side, and rates. */
export const mostLanes = 6;

export interface RateExperiment extends Training {
  readonly optimizer: Kind;
  /** ends of the range test */
  readonly min: number;
  readonly max: number;
  readonly testSteps: number;
  /** the rates that were picked, the newest last */
  readonly rates: readonly number[];
  readonly schedules: readonly Kind[];
  /** how rates of schedules are drawn */
  readonly scale: "linear" | "log";
}

const optimizer: Field<Kind> = { initial: plainOptimizer("adam"), ...kind(optimizerKinds) };
const positive = (initial: number) => real({ initial, min: 1e-12, max: 1e3 });

export const rateCodec = codec<RateExperiment>({
  // On spirals the loss hardly moves in the first 200 updates, whatever the rate: the range test has nothing to show there.
  ...trainingFields("moons"),
  optimizer,
  min: positive(1e-5),
  max: positive(10),
  testSteps: whole({ initial: 200, min: 20, max: 2000 }),
  rates: list(positive(0.01), { initial: [0.001, 0.02], max: mostLanes }),
  schedules: list(kind(scheduleKinds), {
    initial: [
      plain("constantRate", { rate: 0.02 }),
      plain("cosineDecay", { initial: 0.02, steps: 1400, warmup: 120 }),
      plain("cosineRestarts", { initial: 0.02, period: 380 }),
      plain("stepDecay", { initial: 0.02, steps: 500 }),
    ],
    max: mostLanes,
  }),
  scale: choice(["linear", "log"], "linear"),
});

export const rate = experiment(rateCodec);

/** The rate that was picked last. */
export const chosenOf = ({ rates }: RateExperiment): number => rates.at(-1) ?? 0.01;

/** Picks a rate: it trains beside those before, and all schedules become so many times as high. */
export function pick(value: number): void {
  const now = rate.now.value;
  const chosen = Number(value.toPrecision(2));
  if (!(chosen > 0)) return;
  const times = chosen / chosenOf(now);
  rate.change({
    rates: [...now.rates.filter((each) => each !== chosen), chosen].slice(-mostLanes),
    schedules: now.schedules.map((schedule) => scaled(schedule, times)),
  });
}
