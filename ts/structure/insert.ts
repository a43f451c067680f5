/** A layer more, as the identity where that can be. */

import { normalizeActivation } from "../config/activations.js";
import { type DenseConfig, type LayerConfig, normalizeLayer } from "../config/layers.js";
import { lastActivation, normalizeModel, outputWidth, type ResolvedConfig } from "../config/model.js";
import { ConfigError } from "../errors.js";
import { type Change, findLayer, listAround, nameBeside, type Place, replaceList, values } from "./change.js";

/** Activations that give no negative number. */
const nonNegative = ["relu", "sigmoid", "hardSigmoid", "softplus", "softmax"];
/** Activations that leave numbers above 0 as they are. */
const rectifiers = ["relu", "leakyRelu", "elu", "prelu"];
/** Activations that are not 0 at 0. */
const lifted = ["sigmoid", "hardSigmoid", "softplus", "softmax"];
/** Layers that are the identity in inference. */
const noises = ["dropout", "alphaDropout", "gaussianNoise"];

/**
 * The model with a layer more.
 *
 * @param at the place that the layer will have
 * @throws ConfigError `CONFIG`
 */
export function insert(config: ResolvedConfig, at: unknown, given: unknown): Change {
  const place = findLayer(config.layers, at, "insertLayer", true);
  const layer = normalizeLayer(given, "insertLayer.layer");
  const list = listAround(config.layers, place) as readonly LayerConfig[];
  const index = place.at(-1) as number;
  const before = list.slice(0, index);
  const width = outputWidth(before, widthInto(config, place));
  const got = outputWidth([layer], width);
  if (got !== width)
    throw new ConfigError(
      "insertLayer.layer",
      `expected ${width} units, as many columns as there are at ${nameBeside(place, index)}, got ${got}; growDense makes layers wider`,
    );

  const container = nameBeside(place, 0).slice(0, -1);
  const pattern = new RegExp(`^${container.replaceAll(".", "\\.")}(\\d+)(?=\\.|$)`);
  const rename = (name: string) =>
    name.replace(pattern, (all, i: string) => (Number(i) < index ? all : `${container}${Number(i) + 1}`));

  const own = nameBeside(place, index);
  const starts = startsAs(layer, own, isNonNegative(before));
  const layers = replaceList(config.layers, place, [...before, layer, ...list.slice(index)]);
  // In an optimizer, texts that begin as a place are patterns.
  const optimizer = JSON.parse(JSON.stringify(config.optimizer), (_, value) =>
    typeof value === "string" ? rename(value) : value,
  );
  // Behind a last layer that gives probabilities the loss takes them for logits.
  const isBehindHead = place.length === 1 && index === list.length && lastActivation(list) !== "linear";
  return {
    config: normalizeModel({ ...config, layers, optimizer }),
    preserving: starts !== undefined && !isBehindHead,
    rename,
    carry(fresh, old, content) {
      const before = old.get(fresh.name);
      if (before !== undefined) return before.data;
      const start = content === values ? starts?.get(fresh.name) : undefined;
      return start === undefined ? fresh.data : fresh.data.map((_, i) => start(i, fresh.shape));
    },
  };
}

/** Columns of what enters the list around a place. */
function widthInto({ layers, inputs }: ResolvedConfig, place: Place): number {
  let [list, width]: [readonly LayerConfig[], number] = [layers, inputs];
  for (const i of place.slice(0, -1)) {
    width = outputWidth(list.slice(0, i), width);
    const block = list[i];
    list = block?.type === "residual" ? block.layers : [];
  }
  return width;
}

const kindOf = (layer: LayerConfig): string =>
  layer.type === "dense" || layer.type === "activation" ? normalizeActivation(layer.activation, "activation").type : "";

/** Is what these layers give never below 0? */
function isNonNegative(layers: readonly LayerConfig[]): boolean {
  const last = layers.findLast(({ type }) => type !== "dropout");
  return last !== undefined && nonNegative.includes(kindOf(last));
}

type Start = (i: number, shape: readonly number[]) => number;
const zero: Start = () => 0;
const one: Start = () => 1;
const identity: Start = (i, [, columns = 1]) => Number(i % (columns + 1) === 0);

/**
 * The parameters, by name, that must not be drawn for a new layer to leave its input as it is; `undefined` where there is
 * no way.
 *
 * @param above whether its input is never below 0
 */
function startsAs(layer: LayerConfig, name: string, above: boolean): ReadonlyMap<string, Start> | undefined {
  if (noises.includes(layer.type)) return new Map();
  const keeps = kindOf(layer) === "linear" || (above && rectifiers.includes(kindOf(layer)));
  if (layer.type === "activation") return keeps ? new Map() : undefined;
  if (layer.type === "dense") {
    if (!keeps || !isFree(layer)) return undefined;
    return new Map([
      [`${name}.kernel`, identity],
      [`${name}.bias`, zero],
      [`${name}.gain`, one],
    ]);
  }
  if (layer.type !== "residual") return undefined;
  // Behind a last dense layer of zeros all must stay 0.
  const place = layer.layers.findLastIndex(({ type }) => type === "dense");
  const rest = layer.layers.slice(place);
  const [last] = rest;
  const stays = (each: LayerConfig) =>
    each.type !== "residual" && each.type !== "normalization" && !lifted.includes(kindOf(each));
  if (last?.type !== "dense" || !isFree(last) || !rest.every(stays)) return undefined;
  return new Map([
    // A normalised kernel needs a direction; its length is the gain.
    [`${name}.layers.${place}.${last.weightNormalization ? "gain" : "kernel"}`, zero],
    [`${name}.layers.${place}.bias`, zero],
  ]);
}

/** Do the layer's constraints leave a unit alone whose weights are 0, or 0 but for one of 1? */
function isFree({ kernelConstraint, biasConstraint }: DenseConfig): boolean {
  return [kernelConstraint, biasConstraint].every(
    (c) =>
      c === undefined ||
      c.type === "nonNegative" ||
      (c.type === "maxNorm" && c.maxValue >= 1) ||
      (c.type === "valueRange" && c.min <= 0 && c.max >= 1),
  );
}
