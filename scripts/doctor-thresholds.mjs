// Where the thresholds of `diagnose` come from: the numbers of healthy networks, and how the scale of the inputs hurts.
// `node scripts/doctor-thresholds.mjs --write` puts the tables into docs/gradients.md, and draws its picture.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { adam, dense, Model } from "downhill";
import { plotGradientFlow } from "downhill/plot";
import { story } from "../examples/vanishing-gradient.mjs";
import { curve, healthy, training } from "./lib/doctor-cases.mjs";
import { markdown } from "./lib/markdown.mjs";
import { root } from "./lib/paths.mjs";

const seeds = 5;
const relu = { activation: "relu", kernelInitializer: "heNormal" };
const deep = (depth, options) => [...Array.from({ length: depth - 1 }, () => dense(32, options)), dense(1)];
const regression = { inputs: 4, loss: "meanSquaredError", optimizer: adam({ learningRate: 3e-3 }) };
const networks = [
  ...healthy,
  { name: "20 relu layers, He", config: { ...regression, layers: deep(20, relu) }, data: curve },
  {
    name: "30 selu layers, LeCun",
    config: { ...regression, layers: deep(30, { activation: "selu", kernelInitializer: "lecunNormal" }) },
    data: curve,
  },
];

/** Extremes over seeds, fresh and after training. */
async function extremes({ config, data }) {
  const found = { dead: 0, saturated: 0, swing: 1, rise: 0, ratio: 0 };
  for (let seed = 0; seed < seeds; seed++) {
    const { x, y } = data(seed + 1);
    const model = await Model.create({ ...config, seed });
    for (const epochs of [0, training.epochs]) {
      await model.fit(x, y, { ...training, epochs });
      const { layers, rehearsal } = model.diagnose(x, y);
      const outer = layers.filter(({ name }) => /^layers\.\d+$/.test(name)).slice(1, -1);
      const most = (key) => Math.max(...layers.slice(0, -1).map((layer) => layer[key]));
      const norms = outer.map(({ gradientNorm }) => gradientNorm);
      const trained = layers
        .map(({ updateRatio }) => updateRatio)
        .filter((ratio) => ratio > 0)
        .sort((a, b) => a - b);
      found.dead = Math.max(found.dead, most("deadFraction"));
      found.saturated = Math.max(found.saturated, most("saturatedFraction"));
      found.swing = Math.max(found.swing, norms[0] / norms.at(-1), norms.at(-1) / norms[0]);
      if (epochs === 0) found.rise = Math.max(found.rise, rehearsal.at(-1) / rehearsal[0]);
      found.ratio = Math.max(found.ratio, trained[trained.length >> 1] ?? 0);
    }
    model.dispose();
  }
  return found;
}

async function lossAtScale(scale) {
  const losses = [];
  for (let seed = 0; seed < seeds; seed++) {
    const { x, y } = curve(seed + 1);
    const scaled = x.map((row) => row.map((value) => scale * value));
    const model = await Model.create({ ...regression, layers: deep(4, relu), seed });
    await model.fit(scaled, y, training);
    losses.push(model.evaluate(scaled, y).loss);
    model.dispose();
  }
  return losses.sort((a, b) => a - b)[seeds >> 1];
}

const head = [
  "healthy network",
  "dead",
  "saturated",
  "gradient norm, largest by smallest end",
  "5 updates, end by start",
  "median update ratio",
];
const rows = [];
for (const network of networks) {
  const { dead, saturated, swing, rise, ratio } = await extremes(network);
  const cells = [
    dead.toFixed(2),
    saturated.toFixed(2),
    swing.toPrecision(2),
    rise.toPrecision(2),
    ratio.toPrecision(1),
  ];
  rows.push([network.name, ...cells]);
}
const scales = [1e-3, 0.01, 0.1, 1, 3, 10, 30, 100, 1000];
const losses = await Promise.all(scales.map(lossAtScale));
const text = `Measured: the largest of ${seeds} seeds, fresh and after 400 updates (the rehearsal only fresh).

${markdown(head, rows, head.length)}

The loss of a healthy network of 4 relu layers after 400 updates, by the scale of its inputs (median of ${seeds} seeds):

${markdown(["inputs times", ...scales], [["loss", ...losses.map((loss) => loss.toPrecision(2))]], 1 + scales.length)}`;
console.log(text);

if (process.argv.includes("--write")) {
  const file = join(root, "docs", "gradients.md");
  const marks = ["<!-- table:thresholds -->", "<!-- /table:thresholds -->"];
  const [before, after] = (await readFile(file, "utf8")).split(new RegExp(`${marks[0]}[^]*${marks[1]}`));
  await writeFile(file, `${before}${marks[0]}\n\n${text}\n\n${marks[1]}${after}`);
  const flow = Object.fromEntries((await story({ epochs: 0 })).map(({ name, report }) => [name, report]));
  const title = "Gradient that reaches each of twenty layers";
  await writeFile(join(root, "docs", "gradient-flow.svg"), plotGradientFlow(flow, { title }));
}
