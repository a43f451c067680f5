/** Names of lines: beside their ends where there is room, else in rows above the plot. */

import type { Box } from "./frame.js";
import { element, escapeText, group, px, textElement } from "./svg.js";
import { shorten, textWidth } from "./text.js";
import { dashOf, seriesClass } from "./theme.js";

/** A name to be put beside the end of a line. */
export interface EndLabel {
  readonly name: string;
  readonly series: number;
  /** pixels of the end of the line */
  readonly x: number;
  readonly y: number;
}

const lineHeight = 16;

/** How much of the width the names at the ends may take. */
const endShare = 0.3;

/** The room that names at the ends of lines need, or 0 where they would take too much. */
export function endRoom(names: readonly string[], box: Box, plotHeight: number): number {
  const widest = Math.max(0, ...names.map((name) => textWidth(name)));
  const fits = names.length * lineHeight <= plotHeight && widest + 12 <= endShare * box.width;
  return fits ? widest + 14 : 0;
}

/** The names, moved apart where they would overlap, each with a thin line to its own where it moved far. */
export function endLabels(labels: readonly EndLabel[], x: number, top: number, bottom: number): string {
  const placed = [...labels]
    .sort((a, b) => a.y - b.y || a.series - b.series)
    .map((label) => ({ ...label, at: label.y }));
  const lowest = bottom - 4;
  let free = top + 6;
  for (const label of placed) {
    label.at = Math.max(label.at, free);
    free = label.at + lineHeight;
  }
  let limit = lowest;
  for (const label of placed.toReversed()) {
    label.at = Math.min(label.at, limit);
    limit = label.at - lineHeight;
  }
  return placed
    .map(({ name, series, x: endX, y, at }) => {
      const isFar = Math.abs(at - y) > 6 || x - endX > 12;
      const lead = isFar
        ? element("path", {
            class: "thin",
            "stroke-dasharray": "1 3",
            d: `M${px(endX + 5)} ${px(y)}L${px(x + 4)} ${px(at)}`,
          })
        : "";
      return group(seriesClass(series), lead, textElement(x + 8, at + 4, name, { class: "name" }));
    })
    .join("");
}

/** An entry of a legend: its name and what marks it. */
export interface LegendEntry {
  readonly name: string;
  readonly series: number;
  readonly dash?: string | undefined;
  /** drawn in place of a stroke, around (0, 0) and 12 pixels wide */
  readonly mark?: string;
}

const swatch = 24;

/** Rows of names with a sample of their line; those that find no place in `rows` rows are counted in the last. */
export function legend(entries: readonly LegendEntry[], x: number, y: number, width: number, rows: number) {
  const longest = Math.min(width - swatch, 260);
  const parts: string[] = [];
  let [left, row] = [0, 0];
  for (const [i, entry] of entries.entries()) {
    const name = shorten(entry.name, longest);
    const room = swatch + textWidth(name) + 16;
    const remaining = entries.length - i;
    const rest = `and ${remaining} more`;
    const isLastRow = row === rows - 1;
    const reserve = isLastRow && remaining > 1 ? textWidth(rest) : 0;
    if (left > 0 && left + room - 16 + reserve > width) {
      if (isLastRow) {
        parts.push(textElement(x + left, y + row * 18 + 12, rest, { class: "quiet" }));
        break;
      }
      row += 1;
      left = 0;
    }
    const [at, middle] = [x + left, y + row * 18 + 8];
    const stroke = { class: "line", d: `M${px(at)} ${px(middle)}h18`, "stroke-dasharray": entry.dash };
    const mark =
      entry.mark === undefined
        ? element("path", stroke)
        : element("g", { transform: `translate(${px(at + 9)} ${px(middle)})` }, entry.mark);
    const full = name === entry.name ? "" : element("title", {}, escapeText(entry.name));
    const text = element("text", { x: at + swatch, y: middle + 4 }, full, escapeText(name));
    parts.push(group(seriesClass(entry.series), mark, text));
    left += room;
  }
  return { markup: parts.join(""), height: entries.length === 0 ? 0 : (row + 1) * 18 + 4 };
}

/** The dashes of a line: one repeated colour differs from the other by them, and a dashed line from its plain sister. */
export const dashFor = (series: number, dashed: boolean | undefined): string | undefined =>
  dashed ? "6 4" : dashOf(series);
