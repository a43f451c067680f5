/** What a link to this room holds. */

import { optimizerKinds, plain } from "../../optimizers/table.js";
import { type Training, trainingFields } from "../../training/fields.js";
import { choice, codec, type Fields, type Kind, kind, list, real, whole } from "../../url/codec.js";
import { experiment } from "../../url/experiment.js";
import { type SurfaceName, surfaceNames, surfaceOf } from "./surfaces.js";

/** Optimizers side by side. */
export const mostLanes = 8;

export interface Race extends Training {
  readonly lanes: readonly Kind[];
  readonly surface: SurfaceName;
  /** empty: where the surface says */
  readonly start: readonly number[];
  /** middle and half width of what is seen; empty: what the surface says */
  readonly view: readonly number[];
  readonly steps: number;
  /** what the losses are drawn against */
  readonly against: "steps" | "time";
}

const number = real({ initial: 0, min: -1e6, max: 1e6 });
const lane = kind(optimizerKinds);

const fields: Fields<Race> = {
  lanes: list(lane, {
    initial: [
      plain("sgd", { learningRate: 0.2 }),
      plain("sgd", { momentum: 0.9, learningRate: 0.05 }),
      plain("rmsprop"),
      plain("adam"),
    ],
    min: 1,
    max: mostLanes,
  }),
  surface: choice(surfaceNames, "rosenbrock"),
  start: list(number, { initial: [], max: 2 }),
  view: list(number, { initial: [], max: 3 }),
  steps: whole({ initial: 400, min: 10, max: 5000 }),
  // All of the four learn these spirals, and none as fast as another.
  ...trainingFields("spirals", { hidden: 32, epochs: 100 }),
  against: choice(["steps", "time"], "steps"),
};

export const raceCodec = codec(fields, {
  lanes: [plain("sgd"), plain("sgd", { momentum: 0.9 }), plain("rmsprop"), plain("adam")],
  hidden: 16,
  epochs: 80,
});

export const race = experiment(raceCodec);

/** Where the race starts. */
export function startOf({ surface, start }: Race): readonly [number, number] {
  const [x, y] = start;
  return x === undefined || y === undefined ? surfaceOf(surface).start : [x, y];
}
