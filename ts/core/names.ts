/** Names of parameters (`layers.0.kernel`) and the patterns that pick them. */

import { show, text } from "../check.js";
import { ConfigError } from "../errors.js";

/** One named tensor and where it lies in the core. */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** numbers in it */
  readonly size: number;
  /** first number, counted in its block */
  readonly offset: number;
  /** false for moving statistics, which lie in a block of their own */
  readonly isWeight: boolean;
}

/** `Role` in crates/nn/src/params.rs. */
const roles = ["kernel", "bias", "alpha", "gamma", "beta", "movingMean", "movingVariance", "gain"];

/** Takes the core's parameter table apart. */
export function readTensors(table: Float64Array): Tensor[] {
  const tensors: Tensor[] = [];
  let at = 0;
  const next = () => table[at++] ?? 0;
  const list = () => Array.from({ length: next() }, next);
  while (at < table.length) {
    const role = roles[next()] ?? "";
    const isWeight = next() === 1;
    const offset = next();
    const shape = Object.freeze(list());
    const name = `${layerName(list())}.${role}`;
    tensors.push({ name, shape, size: shape.reduce((a, b) => a * b, 1), offset, isWeight });
  }
  return tensors;
}

/** `layers.2.layers.0` for the path 2, 0. */
export function layerName(path: readonly number[]): string {
  return path.map((place) => `layers.${place}`).join(".");
}

/**
 * Which names the patterns pick: `*` stands for anything within a segment, `**` for any number of segments, and a bare
 * last segment such as `"bias"` for `"**.bias"`.
 *
 * @throws ConfigError `CONFIG` for what is no pattern, or one that picks nothing
 */
export function matchNames(patterns: string | readonly string[], names: readonly string[], path: string): boolean[] {
  const all: unknown = typeof patterns === "string" ? [patterns] : patterns;
  if (!Array.isArray(all))
    throw new ConfigError(path, `expected a pattern such as "bias", or an array of them, got ${show(all)}`);
  const picked = names.map(() => false);
  for (const each of all) {
    const pattern = text(each, path);
    const segments = pattern.includes(".") || pattern === "**" ? pattern.split(".") : ["**", pattern];
    let found = false;
    names.forEach((name, i) => {
      if (!glob(segments, name.split("."), "**", fits)) return;
      picked[i] = true;
      found = true;
    });
    if (!found)
      throw new ConfigError(
        path,
        `the pattern ${show(pattern)} picks none of ${shorten(names)}${names.some((name) => name.startsWith(`${pattern}.`)) ? `; for the whole layer write "${pattern}.**"` : ""}`,
      );
  }
  return picked;
}

/** Does a segment fit its pattern? */
function fits(pattern: string, segment: string): boolean {
  return glob([...pattern], [...segment], "*", (a, b) => a === b);
}

/**
 * Do the items fit the pattern, of which `any` stands for any number of items? It is enough to go back to the last
 * `any`, so this takes at most as many steps as pattern × items; a regular expression can take exponentially many.
 */
function glob(
  pattern: readonly string[],
  items: readonly string[],
  any: string,
  fits: (pattern: string, item: string) => boolean,
): boolean {
  let [at, next, back, from] = [0, 0, -1, 0];
  while (next < items.length) {
    const wanted = pattern[at];
    if (wanted === any) {
      back = at++;
      from = next;
    } else if (wanted !== undefined && fits(wanted, items[next] as string)) {
      at++;
      next++;
    } else {
      if (back < 0) return false;
      at = back + 1;
      next = ++from;
    }
  }
  return pattern.slice(at).every((left) => left === any);
}

function shorten(names: readonly string[]): string {
  return names.length > 8 ? `${names.slice(0, 8).join(", ")}, …` : names.join(", ");
}
