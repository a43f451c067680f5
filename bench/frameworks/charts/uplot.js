import UPlot from "uplot";

/** Lines with bands between two more series each. */
export function chart(root, { width, height }, { x, series }) {
  const colours = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22"];
  const columns = (of) => of.flatMap(({ y, low, high }) => [y, low, high]);
  const options = {
    width,
    height,
    legend: { show: false },
    scales: { x: { time: false } },
    series: [
      {},
      ...series.flatMap((_, i) => [{ stroke: colours[i] }, { stroke: "transparent" }, { stroke: "transparent" }]),
    ],
    bands: series.map((_, i) => ({ series: [3 * i + 3, 3 * i + 2], fill: `${colours[i]}30` })),
  };
  const plot = new UPlot(options, [x, ...columns(series)], root);
  return (data) => {
    plot.batch(() => plot.setData([data.x, ...columns(data.series)]));
  };
}
