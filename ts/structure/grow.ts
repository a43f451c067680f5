/**
 * Wider layers that give the same function: Net2WiderNet (Chen, Goodfellow and Shlens 2016). A unit is duplicated, and the
 * weights that lead on from it are shared out among its copies.
 *
 * The copies get unequal shares, c : c − 1 : … : 1 for c of them. With equal ones, copies would have equal gradients and
 * stay copies for ever. A copy's gradient is its share of the old unit's, and so is its optimizer state.
 */

import { options as checkOptions, integer, number } from "../check.js";
import { normalizeActivation } from "../config/activations.js";
import type { LayerConfig } from "../config/layers.js";
import { normalizeModel, type ResolvedConfig } from "../config/model.js";
import { ConfigError } from "../errors.js";
import type { NamedData } from "../save.js";
import { type Change, type Content, findLayer, listAround, nameBeside, replaceList, values } from "./change.js";

/** How a dense layer grows. */
export interface GrowOptions {
  /**
   * makes the copies' incoming weights different at once: so many times what a new layer's would be is added to them;
   * default 0, which keeps the function
   */
  readonly noise?: number;
}

/** What becomes of a tensor: units of its own are copied, weights from those units are shared out, or lengths of such grow. */
type Part = "units" | "inputs" | "gain";

/**
 * The model with a wider dense layer.
 *
 * @param parameters as they are
 * @throws ConfigError `CONFIG` where the function cannot be kept
 */
export function grow(
  config: ResolvedConfig,
  parameters: readonly NamedData[],
  given: unknown,
  units: unknown,
  options: unknown,
): Change {
  const place = findLayer(config.layers, given, "growDense");
  const noise = number({ min: 0 })(checkOptions(options, "growDense", ["noise"]).noise ?? 0, "growDense.noise");
  const list = listAround(config.layers, place) as readonly LayerConfig[];
  const index = place.at(-1) as number;
  const name = nameBeside(place, index);
  const layer = list[index] as LayerConfig;
  if (layer.type !== "dense") throw new ConfigError("growDense", `expected a dense layer, ${name} is ${layer.type}`);
  const width = layer.units;
  const wider = integer({ min: width + 1, max: 2 ** 32 - 1 })(units, "growDense.units");

  const next = list.findIndex((each, i) => i > index && each.type === "dense");
  const between = list.slice(index + 1, next < 0 ? undefined : next);
  const block = between.findIndex(({ type }) => type === "residual");
  if (block >= 0)
    throw new ConfigError(
      "growDense",
      `the residual block ${nameBeside(place, index + 1 + block)} ties its width to that of ${name}; grow the layers inside it, or insert a dense layer before it`,
    );
  const reader = list[next];
  if (reader?.type !== "dense")
    throw new ConfigError(
      "growDense",
      place.length > 1
        ? `the units of ${name} are the width of the residual block that it ends`
        : `the units of ${name} are the columns of the output, which the targets decide`,
    );
  for (const [i, each] of [layer, ...between].entries()) {
    const where = nameBeside(place, index + i);
    if ("activation" in each && normalizeActivation(each.activation, "activation").type === "softmax")
      throw new ConfigError(
        "growDense",
        `the softmax of ${where} divides by a sum over all units; copies would count twice`,
      );
    if (each.type === "layerNormalization" && wider % width !== 0)
      throw new ConfigError(
        "growDense.units",
        `${where} takes the mean and the variance over all units, which stay only if each has as many copies: expected a multiple of ${width}, got ${wider}`,
      );
  }
  const constraint = reader.kernelConstraint;
  if (constraint?.type === "unitNorm" || (constraint?.type === "valueRange" && constraint.min * constraint.max > 0))
    throw new ConfigError(
      "growDense",
      `the ${constraint.type} of ${nameBeside(place, next)} forbids the smaller weights that lead on from copies`,
    );

  const kernel = `${nameBeside(place, next)}.kernel`;
  const read = parameters.find((tensor) => tensor.name === kernel)?.data ?? new Float32Array();
  const { picks, shares } = copies(width, wider, read, reader.units);

  const parts = new Map<string, Part>();
  for (let i = index; i < next; i++) {
    for (const { name } of parameters) if (name.startsWith(`${nameBeside(place, i)}.`)) parts.set(name, "units");
  }
  parts.set(kernel, "inputs");
  parts.set(`${nameBeside(place, next)}.gain`, "gain");
  const layers = list.map((each, i) => {
    if (i === index) return { ...each, units: wider };
    if (each.type !== "normalization" || i < index || i > next) return each;
    const pick = (numbers: readonly number[]) => Array.from(picks, (unit) => numbers[unit] as number);
    return { ...each, mean: pick(each.mean), standardDeviation: pick(each.standardDeviation) };
  });
  return {
    config: normalizeModel({ ...config, layers: replaceList(config.layers, place, layers as LayerConfig[]) }),
    preserving: noise === 0,
    rename: (name) => name,
    carry(fresh, old, content) {
      const numbers = (of: string) => old.get(of)?.data ?? fresh.data;
      const data = numbers(fresh.name);
      const part = parts.get(fresh.name);
      if (part === undefined) return data;
      const power = powerOf(part, content);
      if (part === "gain") {
        // ‖v‖ of each unit changes, and its gain with it: gain · v/‖v‖ stays.
        const lengths = growth(content === values ? numbers(kernel) : read, picks, shares, data.length);
        return data.map((x, unit) => x * raise(lengths[unit] as number, power));
      }
      // As [rows, units, columns].
      const columns = part === "inputs" ? reader.units : 1;
      const grown = new Float32Array(fresh.data.length);
      for (let to = 0; to < grown.length; to += columns) {
        const unit = (to / columns) % wider;
        const row = (to / columns - unit) / wider;
        const from = (row * width + (picks[unit] as number)) * columns;
        const factor = raise(shares[unit] as number, power);
        for (let c = 0; c < columns; c++) grown[to + c] = (data[from + c] as number) * factor;
      }
      if (content !== values || fresh.name !== `${name}.kernel`) return grown;
      return grown.map((x, i) => (i % wider < width ? x : x + noise * (fresh.data[i] as number)));
    },
  };
}

/** xⁿ for a small whole n, the same bits in every engine. */
function raise(x: number, n: number): number {
  return n === 0 ? 1 : n < 0 ? 1 / raise(x, -n) : x * raise(x, n - 1);
}

/** To which power of its unit's share, or length, a tensor's numbers grow. */
function powerOf(part: Part, content: Content): number {
  // A copy has its share of the gradient.
  if (part === "units") return content === values ? 0 : content;
  // The gradient of what leads on from it is what it was; that of a length is so many times smaller.
  return content === values ? 1 : part === "gain" ? -content : 0;
}

/**
 * Which unit each of `wider` units is a copy of, and its share. First come the old ones, then copies of those from which
 * the largest weights lead on, round by round.
 *
 * @param kernel that reads the units, `[width, columns]`
 */
function copies(width: number, wider: number, kernel: Float32Array, columns: number) {
  const reach = Float64Array.from({ length: width }, (_, unit) =>
    kernel.subarray(unit * columns, (unit + 1) * columns).reduce((sum, w) => sum + w * w, 0),
  );
  const order = Array.from(reach.keys()).sort((a, b) => (reach[b] as number) - (reach[a] as number));
  const picks = Uint32Array.from({ length: wider }, (_, j) => (j < width ? j : (order[j % width] as number)));
  const counts = new Uint32Array(width);
  for (const unit of picks) (counts[unit] as number)++;
  const made = new Uint32Array(width);
  const shares = Float64Array.from(picks, (unit) => {
    const count = counts[unit] as number;
    const before = (made[unit] as number)++;
    return (2 * (count - before)) / (count * (count + 1));
  });
  return { picks, shares };
}

/** How many times as long each column of a kernel becomes whose rows are copied, and shared out. */
function growth(kernel: Float32Array, picks: Uint32Array, shares: Float64Array, columns: number): Float64Array {
  return Float64Array.from({ length: columns }, (_, column) => {
    let [before, after] = [0, 0];
    picks.forEach((from, to) => {
      const weight = kernel[from * columns + column] as number;
      const copy = weight * (shares[to] as number);
      // First come the old rows.
      if (from === to) before += weight * weight;
      after += copy * copy;
    });
    return before > 0 ? Math.sqrt(after / before) : 1;
  });
}
