/** Which numbers of a report stand in which column: one for each layer with weights, however many helpers stand around it. */

import type { LayerConfig } from "downhill";

/** A dense layer with the normalisation and the activation after it, or a residual block. */
export interface LayerColumn {
  /** place among the outermost layers of the last one that belongs to it: its output is the column's */
  readonly output: number;
  /** name in the report of the layer whose kernel it is */
  readonly kernel: string;
  /** names in the report of all that belong to it */
  readonly parts: readonly string[];
}

/** The columns of a network; what stands in front of its first dense layer belongs to none. */
export function columnsOf(layers: readonly LayerConfig[]): readonly LayerColumn[] {
  const columns: { output: number; kernel: string; parts: string[] }[] = [];
  layers.forEach((layer, i) => {
    const name = `layers.${i}`;
    if (layer.type === "dense") columns.push({ output: i, kernel: name, parts: [name] });
    else if (layer.type === "residual") {
      const inside = layer.layers.map((_, j) => `${name}.layers.${j}`);
      const dense = layer.layers.findIndex(({ type }) => type === "dense");
      columns.push({ output: i, kernel: inside[dense] ?? name, parts: [...inside, name] });
    } else {
      const last = columns.at(-1);
      if (last === undefined) return;
      last.output = i;
      last.parts.push(name);
    }
  });
  return columns;
}

/** The numbers of a column, in this order. */
export const quantityNames = [
  "gradientNorm",
  "parameterGradientNorm",
  "updateRatio",
  "activationMean",
  "activationStd",
  "deadFraction",
  "saturatedFraction",
  "weightNorm",
] as const;

export type Quantity = (typeof quantityNames)[number];

type Numbers = { readonly name: string } & { readonly [Q in Quantity]: number };

/** `columns · quantities` numbers from the layers of a report or a record. */
export function readColumns(columns: readonly LayerColumn[], layers: readonly Numbers[]): Float64Array {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const numbers = new Float64Array(columns.length * quantityNames.length);
  columns.forEach(({ output, kernel, parts }, i) => {
    const own = parts.flatMap((name) => byName.get(name) ?? []);
    quantityNames.forEach((quantity, q) => {
      // A share of units is that of the activation, wherever it stands; weights are the kernel's.
      const value = /Fraction$/.test(quantity)
        ? Math.max(0, ...own.map((layer) => layer[quantity]))
        : byName.get(/^(parameter|update|weight)/.test(quantity) ? kernel : `layers.${output}`)?.[quantity];
      numbers[i * quantityNames.length + q] = value ?? Number.NaN;
    });
  });
  return numbers;
}

/** One number of a column. */
export const quantityOf = (numbers: Float64Array, column: number, quantity: Quantity): number =>
  numbers[column * quantityNames.length + quantityNames.indexOf(quantity)] as number;
