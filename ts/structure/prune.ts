/** Weights set to 0 for good: those of the smallest magnitude (Han 2015). */

import { options as checkOptions, isRecord, number, oneOf } from "../check.js";
import { cross } from "../core/cross.js";
import { read, requireRoom, write } from "../core/memory.js";
import { matchNames, type Tensor } from "../core/names.js";
import { ConfigError } from "../errors.js";
import type { Inside } from "../inside.js";
import type { NamedData } from "../save.js";

/** How to prune: one of `amount` and `sparsity`, and of what. */
export interface PruneOptions {
  /** share of the weights left that goes, 0 … 1; again and again as `torch.nn.utils.prune` */
  readonly amount?: number;
  /** share of all weights that is pruned afterwards, 0 … 1 */
  readonly sparsity?: number;
  /** name patterns; default `"kernel"` */
  readonly parameters?: string | readonly string[];
  /** the smallest of all these weights together, or that share of each tensor; default `"global"` */
  readonly scope?: "global" | "parameter";
}

/** What is pruned now, of the parameters that were asked for. */
export interface Pruning {
  /** weights that are pruned */
  readonly pruned: number;
  /** all of them */
  readonly weights: number;
  /** the one divided by the other */
  readonly sparsity: number;
}

const scopes = oneOf(["global", "parameter"]);
const share = number({ min: 0, max: 1 });

/** Prunes; see `Model.prune`. */
export function prune(inside: Inside, how: unknown): Pruning {
  const known = ["amount", "sparsity", "parameters", "scope"];
  const given = checkOptions(isRecord(how) ? how : { amount: how }, "prune", known);
  if ((given.amount === undefined) === (given.sparsity === undefined))
    throw new ConfigError("prune", "expected amount, a share of the weights left, or sparsity, a share of all");
  const part = share(given.amount ?? given.sparsity, given.amount === undefined ? "prune.sparsity" : "prune.amount");
  const scope = scopes(given.scope ?? "global", "prune.scope");
  const picked = pick(inside, (given.parameters ?? "kernel") as string, "prune.parameters");
  requireMaskRoom(inside);

  const { core } = inside;
  const tensors = picked.map((tensor) => {
    const at = (block: number) => read(inside.instance, block + 4 * tensor.offset, tensor.size);
    return { tensor, mask: at(cross(inside.instance, () => core.mask(true))), values: at(core.values()) };
  });
  for (const group of scope === "global" ? [tensors] : tensors.map((tensor) => [tensor])) {
    const weights = group.reduce((sum, { mask }) => sum + mask.length, 0);
    const left = new Float32Array(group.reduce((sum, { mask }) => sum + kept(mask), 0));
    let at = 0;
    for (const { mask, values } of group)
      mask.forEach((keep, i) => {
        if (keep > 0) left[at++] = Math.abs(values[i] as number);
      });
    left.sort();
    const wanted = Math.round(part * (given.amount === undefined ? weights : left.length));
    let count = given.amount === undefined ? wanted - (weights - left.length) : wanted;
    const limit = left[count - 1] ?? -1;
    // Those below the limit, and of those at it the first.
    count -= left.indexOf(limit);
    for (const { mask, values } of group)
      values.forEach((value, i) => {
        const size = Math.abs(value);
        if (mask[i] === 0 || size > limit) return;
        if (size < limit || count-- > 0) mask[i] = 0;
      });
  }
  setMasks(
    inside,
    tensors.map(({ tensor, mask }) => ({ ...tensor, data: mask })),
  );
  const weights = tensors.reduce((sum, { mask }) => sum + mask.length, 0);
  const pruned = weights - tensors.reduce((sum, { mask }) => sum + kept(mask), 0);
  return { pruned, weights, sparsity: pruned / weights };
}

/** Lets pruned weights train again, from 0. */
export function unprune(inside: Inside, patterns: string | readonly string[]): void {
  const picked = pick(inside, patterns, "unprune");
  if (inside.core.mask(false) === 0) return;
  setMasks(
    inside,
    picked.map((tensor) => ({ ...tensor, data: new Float32Array(tensor.size).fill(1) })),
  );
}

/** The masks of the tensors of which weights are pruned: 0 where one is, else 1. */
export function masksOf({ instance, core, tensors }: Inside): NamedData[] {
  const at = core.mask(false);
  if (at === 0) return [];
  return tensors
    .filter(({ isWeight }) => isWeight)
    .map(({ name, shape, offset, size }) => ({ name, shape, data: read(instance, at + 4 * offset, size) }))
    .filter(({ data }) => data.includes(0));
}

/** Takes masks; what they prune is 0 from now on. */
export function setMasks(inside: Inside, masks: readonly NamedData[]): void {
  requireMaskRoom(inside);
  const { instance, core, tensors } = inside;
  inside.edits += 1;
  const at = cross(instance, () => core.mask(true));
  for (const { name, data } of masks) {
    const tensor = tensors.find((each) => each.name === name && each.isWeight && each.size === data.length);
    if (tensor === undefined || data.some((keep) => keep !== 0 && keep !== 1))
      throw new ConfigError("mask", `${name} is no mask of a weight of this model`);
    write(instance, at + 4 * tensor.offset, data);
  }
  cross(instance, () => core.values_changed(new Uint32Array()));
}

/** Making the mask cannot fail by name within the core. */
function requireMaskRoom({ instance, core, tensors }: Inside): void {
  if (core.mask(false) !== 0) return;
  const numbers = tensors.reduce((sum, { size }) => sum + size, 0);
  requireRoom(instance, numbers, "the mask");
}

function pick({ tensors }: Inside, patterns: string | readonly string[], path: string): readonly Tensor[] {
  const weights = tensors.filter(({ isWeight }) => isWeight);
  const picked = matchNames(
    patterns,
    weights.map(({ name }) => name),
    path,
  );
  return weights.filter((_, i) => picked[i]);
}

function kept(mask: Float32Array): number {
  return mask.reduce((sum, keep) => sum + keep, 0);
}
