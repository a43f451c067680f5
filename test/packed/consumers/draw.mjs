/**
 * Pictures that need d3 and the checks shared with the core, and what the package says to a misspelt option.
 *
 * @param {typeof import("downhill/plot")} plot
 */
export function draw({ plotHistory, plotLandscape }) {
  const said = (() => {
    try {
      return plotHistory({ epochs: [] }, { widht: 1 });
    } catch (error) {
      return `${error.code} ${error.message}`;
    }
  })();
  const history = { epochs: [0.5, 0.25].map((loss, epoch) => ({ epoch, loss, val_loss: 2 * loss })) };
  const landscape = plotLandscape(([x, y]) => x * x + y * y, { x: [-1, 1], y: [-1, 1], steps: 9 });
  return JSON.stringify({ said, pictures: [plotHistory(history), landscape] });
}
