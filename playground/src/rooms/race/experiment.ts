/** What a link to this room holds. */

import { optimizerKinds, plain } from "../../optimizers/table.js";
import { choice, codec, type Kind, kind, list, real, whole } from "../../url/codec.js";
import { experiment } from "../../url/experiment.js";
import { type SurfaceName, surfaceNames, surfaceOf } from "./surfaces.js";

/** Tracks on which the lanes run. */
export const dataNames = ["curve", "spirals", "digits"] as const;
export type DataName = (typeof dataNames)[number];

/** Optimizers side by side. */
export const mostLanes = 8;

export interface Race {
  readonly lanes: readonly Kind[];
  readonly surface: SurfaceName;
  /** empty: where the surface says */
  readonly start: readonly number[];
  /** middle and half width of what is seen; empty: what the surface says */
  readonly view: readonly number[];
  readonly steps: number;
  readonly data: DataName;
  readonly hidden: number;
  readonly batch: number;
  readonly epochs: number;
  readonly seeds: number;
  readonly seed: number;
  /** what the losses are drawn against */
  readonly against: "steps" | "time";
}

const number = real({ initial: 0, min: -1e6, max: 1e6 });
const lane = kind(optimizerKinds);

export const raceCodec = codec<Race>({
  lanes: list(lane, {
    initial: [plain("sgd"), plain("sgd", { momentum: 0.9 }), plain("rmsprop"), plain("adam")],
    min: 1,
    max: mostLanes,
  }),
  surface: choice(surfaceNames, "rosenbrock"),
  start: list(number, { initial: [], max: 2 }),
  view: list(number, { initial: [], max: 3 }),
  steps: whole({ initial: 400, min: 10, max: 5000 }),
  data: choice(dataNames, "spirals"),
  hidden: whole({ initial: 16, min: 1, max: 128 }),
  batch: whole({ initial: 32, min: 1, max: 1024 }),
  epochs: whole({ initial: 60, min: 1, max: 500 }),
  seeds: whole({ initial: 3, min: 1, max: 10 }),
  seed: whole({ initial: 0, min: 0, max: 2 ** 32 - 1 }),
  against: choice(["steps", "time"], "steps"),
});

export const race = experiment(raceCodec);

/** Where the race starts. */
export function startOf({ surface, start }: Race): readonly [number, number] {
  const [x, y] = start;
  return x === undefined || y === undefined ? surfaceOf(surface).start : [x, y];
}
