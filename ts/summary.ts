/** The table that `model.summary()` shows. */

import type { LayerConfig } from "./config/layers.js";
import { outputWidth, type ResolvedConfig } from "./config/model.js";
import type { Tensor } from "./core/names.js";
import type { NamedData } from "./save.js";

/** Layer, output shape and parameters in columns, then the totals. */
export function summarize(
  config: ResolvedConfig,
  tensors: readonly Tensor[],
  frozen: readonly boolean[],
  masks: readonly NamedData[],
): string {
  const rows: string[][] = [["layer", "output", "parameters"]];
  const count = (pick: (tensor: Tensor, i: number) => boolean) =>
    tensors.filter(pick).reduce((sum, { size }) => sum + size, 0);
  const show = (n: number) => n.toLocaleString("en-US");
  const prunedIn = (layer: string) => {
    const own = masks.filter(({ name }) => name.startsWith(layer));
    const pruned = own.reduce((sum, { data }) => sum + data.length - data.reduce((a, b) => a + b, 0), 0);
    return pruned > 0 ? `, ${show(pruned)} pruned` : "";
  };

  const add = (layers: readonly LayerConfig[], inputs: number, prefix: string, indent: string) => {
    let width = inputs;
    layers.forEach((layer, i) => {
      const name = `${prefix}layers.${i}`;
      width = outputWidth([layer], width);
      const own = count((tensor) => tensor.name.startsWith(`${name}.`));
      const parameters = `${show(own)}${prunedIn(`${name}.`)}`;
      rows.push([`${indent}${layer.name ?? name} (${describe(layer)})`, `[*, ${width}]`, parameters]);
      if (layer.type === "residual") add(layer.layers, width, `${name}.`, `${indent}  `);
    });
  };
  add(config.layers, config.inputs, "", "");

  const widths = [0, 1, 2].map((c) => Math.max(...rows.map((row) => row[c]?.length ?? 0)));
  const lines = rows.map(
    ([name = "", output = "", parameters = ""]) =>
      `${name.padEnd(widths[0] ?? 0)}  ${output.padEnd(widths[1] ?? 0)}  ${parameters.padStart(widths[2] ?? 0)}`,
  );
  const rule = "─".repeat(lines[0]?.length ?? 0);
  const total = count(() => true);
  const trained = count((tensor, i) => tensor.isWeight && !frozen[i]);
  return [
    lines[0],
    rule,
    ...lines.slice(1),
    rule,
    `parameters: ${show(total)} (trained ${show(trained)}, not trained ${show(total - trained)}${prunedIn("")})`,
  ].join("\n");
}

function describe(layer: LayerConfig): string {
  if (layer.type !== "dense" && layer.type !== "activation") return layer.type;
  const activation = typeof layer.activation === "string" ? layer.activation : layer.activation.type;
  return activation === "linear" ? layer.type : `${layer.type}, ${activation}`;
}
