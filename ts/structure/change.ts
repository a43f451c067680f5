/** A change of the layers: what becomes of the configuration, and of each parameter with its optimizer state. */

import { integer, show } from "../check.js";
import type { LayerConfig } from "../config/layers.js";
import type { ResolvedConfig } from "../config/model.js";
import { layerName } from "../core/names.js";
import { ConfigError } from "../errors.js";
import type { Inside } from "../inside.js";
import type { NamedData } from "../save.js";

/** What a change of the layers did. */
export interface StructureChange {
  /** whether the model predicts what it did before, up to rounding */
  readonly preserving: boolean;
}

/**
 * What a tensor holds: {@link values}, a {@link mask}, or optimizer state that grows with the gradient by this degree
 * (`Rule::degrees` in crates/nn/src/optim/mod.rs).
 */
export type Content = number;

/** Parameters, or state that holds such. */
export const values: Content = -1;

/** Which are pruned. As what no gradient changes, it is copied as it is. */
export const mask: Content = 0;

/** A change of the layers, worked out and not made yet. */
export interface Change extends StructureChange {
  readonly config: ResolvedConfig;
  /** the later name of a parameter; also of a pattern that names its layer by place */
  rename(name: string): string;
  /**
   * the numbers of a tensor in the changed model
   *
   * @param fresh as a new model has it
   * @param old all tensors of that content by their names after the change
   */
  carry(fresh: NamedData, old: ReadonlyMap<string, NamedData>, content: Content): Float32Array;
}

/** Where a layer stands: `[2, 0]` is the first one inside the residual block at place 2. */
export type Place = readonly number[];

/**
 * The place of a layer given by its number, by place (`"layers.2.layers.0"`) or by its `name`.
 *
 * @param free also the place behind the last layer, where one can be inserted
 * @throws ConfigError `CONFIG`, starting with `path`
 */
export function findLayer(layers: readonly LayerConfig[], given: unknown, path: string, free = false): Place {
  const place =
    typeof given !== "string"
      ? [integer({ min: 0 })(given, path)]
      : /^layers\.\d+(\.layers\.\d+)*$/.test(given)
        ? given.split(".").flatMap((part, i) => (i % 2 === 1 ? Number(part) : []))
        : named(layers, given);
  const list = place && listAround(layers, place);
  const last = place?.at(-1) ?? 0;
  if (list === undefined || place === undefined || last >= list.length + Number(free))
    throw new ConfigError(path, `expected the number or the name of a layer, got ${show(given)}, which is none`);
  return place;
}

function named(layers: readonly LayerConfig[], name: string): number[] | undefined {
  for (const [i, layer] of layers.entries()) {
    if (layer.name === name) return [i];
    const inner = layer.type === "residual" ? named(layer.layers, name) : undefined;
    if (inner !== undefined) return [i, ...inner];
  }
  return undefined;
}

/** The list in which a place lies. */
export function listAround(
  layers: readonly LayerConfig[],
  [first = 0, ...rest]: Place,
): readonly LayerConfig[] | undefined {
  if (rest.length === 0) return layers;
  const block = layers[first];
  return block?.type === "residual" ? listAround(block.layers, rest) : undefined;
}

/** The layers with another list around the place. */
export function replaceList(
  layers: readonly LayerConfig[],
  [first = 0, ...rest]: Place,
  list: readonly LayerConfig[],
): readonly LayerConfig[] {
  if (rest.length === 0) return list;
  return layers.map((layer, i) =>
    i === first && layer.type === "residual" ? { ...layer, layers: replaceList(layer.layers, rest, list) } : layer,
  );
}

/** `layers.2.layers.1` for the layer `i` of the list around a place. */
export function nameBeside(place: Place, i: number): string {
  return layerName([...place.slice(0, -1), i]);
}

/** The same tensors with what the change makes of their numbers; `content` says what the i-th holds. */
export function carryAll(
  change: Change,
  fresh: readonly NamedData[],
  old: readonly NamedData[],
  content: (i: number) => Content,
): NamedData[] {
  const renamed = new Map(old.map((tensor) => [change.rename(tensor.name), tensor]));
  return fresh.map(({ name, shape, data }, i) => ({
    name,
    shape,
    data: change.carry({ name, shape, data }, renamed, content(i)),
  }));
}

/**
 * What the optimizer keeps beside its buffers: numbers of a tensor follow it while its shape stays; where that changes they
 * start as at the first update.
 */
export function carryNumbers(before: Inside, after: Inside, { rename }: Change): number[] | undefined {
  const old = new Map(numbersOf(before).map(({ key, numbers, name }) => [key(name && rename(name)), numbers]));
  const all = numbersOf(after).flatMap(({ key, name, numbers }) => {
    const found = old.get(key(name));
    return Array.from(found?.length === numbers.length ? found : numbers);
  });
  return all.length > 0 ? all : undefined;
}

/** The numbers by what they belong to: the n-th part of the optimizer, and which tensor of it or `undefined` for all. */
function numbersOf({ core, tensors }: Inside) {
  const [owners, all] = [core.number_owners(), core.numbers()];
  const weights = tensors.filter(({ isWeight }) => isWeight);
  let [part, at] = [0, 0];
  return Array.from({ length: owners.length / 2 }, (_, i) => {
    const [owner = 0, count = 0] = owners.subarray(2 * i, 2 * i + 2);
    part += Number(owner === 0);
    const tensor = weights[owner - 1];
    const shape = tensor?.shape.join("x");
    const own = part;
    at += count;
    return {
      name: tensor?.name,
      key: (name: string | undefined) => `${own} ${shape} ${name}`,
      numbers: all.subarray(at - count, at),
    };
  });
}

/**
 * Refuses a change after which a pattern gives a parameter another rule of the optimizer, or another decay.
 *
 * @throws ConfigError `CONFIG`
 */
export function refuseOtherRules(before: Inside, after: Inside, { rename }: Change): void {
  const names = ({ tensors }: Inside) => tensors.flatMap(({ name, isWeight }) => (isWeight ? [name] : []));
  const later = names(after);
  for (const [i, name] of names(before).entries()) {
    const at = later.indexOf(rename(name));
    if (after.parts.some(({ members }, part) => members[at] !== before.parts[part]?.members[i]))
      throw new ConfigError(
        "optimizer",
        `a pattern that picks ${name} would not pick it as ${rename(name)}, which it becomes; name its layer by number`,
      );
  }
}
