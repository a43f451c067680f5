/** What the library says of a network, as the page says it: in its language, layers by the numbers of their columns. */

import type { LayerConfig } from "downhill";
import { short } from "../canvas/scale.js";
import { dictionary, language } from "../shell/language.js";
import { inChinese } from "./advice-zh.js";
import { columnsOf } from "./columns.js";

const say = dictionary({ layer: "layer {n}" }, { layer: "第 {n} 层" });

/** @param layers of the network that the text is about */
export function readable(text: string, layers: readonly LayerConfig[]): string {
  const spoken = language.value === "zh" ? inChinese(text) : text;
  const columns = columnsOf(layers);
  const numbered = spoken
    .replace(/layers\.\d+(\.layers\.\d+)?/g, (name) => {
      const column = columns.findIndex(({ parts }) => parts.includes(name));
      return column < 0 ? name : say("layer", { n: column + 1 });
    })
    .replace(/\b\d+(\.\d+)?e[-+]\d+\b/g, (number) => short(Number(number)))
    .replaceAll("Infinity", "∞");
  // Chinese words stand close.
  return numbered
    .replace(/(?<=[\u4e00-\u9fff：]) (第 \d+ 层)/g, "$1")
    .replace(/(第 \d+ 层) (?=[\u4e00-\u9fff])/g, "$1");
}
