import { areaY, lineY, plot } from "@observablehq/plot";

export function chart(root, { width, height }) {
  return ({ x, series }) => {
    const marks = series.flatMap(({ y, low, high }, i) => [
      areaY(x, { x, y1: low, y2: high, fillOpacity: 0.2 }),
      lineY(x, { x, y, stroke: () => `${i}` }),
    ]);
    root.replaceChildren(plot({ width, height, marks }));
  };
}
