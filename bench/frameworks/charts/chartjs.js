import { Chart, Filler, LinearScale, LineController, LineElement, PointElement } from "chart.js";

Chart.register(Filler, LinearScale, LineController, LineElement, PointElement);

export function chart(root, { width, height }, first) {
  const colours = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22"];
  const canvas = document.createElement("canvas");
  root.style.cssText = `width:${width}px;height:${height}px`;
  root.append(canvas);
  const points = (x, y) => Array.from(x, (at, i) => ({ x: at, y: y[i] }));
  const datasets = ({ x, series }) =>
    series.flatMap(({ y, low, high }, i) => [
      { data: points(x, y), borderColor: colours[i], borderWidth: 1.5 },
      { data: points(x, low), borderWidth: 0 },
      { data: points(x, high), borderWidth: 0, backgroundColor: `${colours[i]}30`, fill: "-1" },
    ]);
  // All that makes it fast: no animation, no points, data in the form that it keeps.
  const options = {
    animation: false,
    parsing: false,
    normalized: true,
    maintainAspectRatio: false,
    elements: { point: { radius: 0 } },
    scales: { x: { type: "linear" } },
  };
  const made = new Chart(canvas, { type: "line", data: { datasets: datasets(first) }, options });
  return (data) => {
    made.data.datasets = datasets(data);
    made.update("none");
  };
}
