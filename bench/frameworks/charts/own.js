import { prepare } from "../../../playground/src/canvas/surface.js";
import { drawLines } from "../../../playground/src/chart/lines.js";

const palette = {
  paper: "#ffffff",
  ink: "#111111",
  quiet: "#666666",
  grid: "#dddddd",
  series: ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22"],
  alarm: "#ff0000",
};

/** The chart of the rooms. */
export function chart(root, { width, height }) {
  const canvas = document.createElement("canvas");
  canvas.style.cssText = `display:block;width:${width}px;height:${height}px`;
  root.append(canvas);
  return ({ x, series }) => {
    const lines = series.map(({ y, low, high }, i) => ({ name: `${i}`, colour: i, x, y, low, high }));
    drawLines(prepare(canvas), { lines, xKind: "linear", yKind: "linear", xName: "steps" }, palette);
  };
}
