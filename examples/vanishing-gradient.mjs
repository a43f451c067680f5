// Why a deep network does not learn, seen layer by layer, and cured step by step: `node examples/vanishing-gradient.mjs`.
// Pictures of the gradient flow land in out/.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { activation, adam, applyAdvice, dense, layerNormalization, Model, recordGradients, residual } from "downhill";
import { plotGradientFlow } from "downhill/plot";
import { uniform } from "./lib/random.mjs";

/** A smooth function of four numbers in [−1, 1]. */
function task() {
  const random = uniform(1);
  const x = Array.from({ length: 256 }, () => Array.from({ length: 4 }, () => 2 * random() - 1));
  return { x, y: x.map(([a, b, c, d]) => Math.sin(3 * a) + b * c - (d * d) / 2) };
}

const width = 32;
const hidden = 19;
const times = (count, make) => Array.from({ length: count }, make).flat();

/** Twenty layers in five versions, each with one thing more than the one before. */
export const versions = {
  sigmoid: times(hidden, () => dense(width, { activation: "sigmoid" })),
  relu: times(hidden, () => dense(width, { activation: "relu" })),
  "relu, He": times(hidden, () => dense(width, { activation: "relu", kernelInitializer: "heNormal" })),
  "relu, He, normalised": times(hidden, () => [
    dense(width, { kernelInitializer: "heNormal" }),
    layerNormalization(),
    activation("relu"),
  ]),
  "relu, He, normalised, residual": [
    dense(width, { activation: "relu", kernelInitializer: "heNormal" }),
    ...times(hidden - 1, () =>
      residual([layerNormalization(), dense(width, { activation: "relu", kernelInitializer: "heNormal" })]),
    ),
    layerNormalization(), // the sum of all blocks is large
  ],
};

const config = (layers) => ({
  inputs: 4,
  layers: [...layers, dense(1)],
  loss: "meanSquaredError",
  optimizer: adam({ learningRate: 3e-3 }),
  seed: 7,
});

/** Every version examined, then trained for 400 updates. */
export async function story({ epochs = 50 } = {}) {
  const { x, y } = task();
  const chapters = [];
  for (const [name, layers] of Object.entries(versions)) {
    const model = await Model.create(config(layers));
    const report = model.diagnose(x, y);
    const recorder = recordGradients({ every: 8 });
    await model.fit(x, y, { epochs, callbacks: [recorder] });
    chapters.push({ name, report, records: recorder.records, before: report.loss, after: model.evaluate(x, y).loss });
    model.dispose();
  }
  return chapters;
}

/** What the doctor's first advice makes of the sick network. */
export async function cure({ report }, { epochs = 50 } = {}) {
  const { x, y } = task();
  const [advice] = report.advice;
  const model = await Model.create(applyAdvice(config(versions.sigmoid), advice));
  await model.fit(x, y, { epochs });
  const { loss } = model.evaluate(x, y);
  model.dispose();
  return { advice, loss };
}

/** Gradient norms of twenty of the outermost layers as bars, one for each power of ten above 1e-16. */
function bars({ layers }) {
  const outer = layers.filter(({ name }) => /^layers\.\d+$/.test(name));
  const heights = " ▁▂▃▄▅▆▇█";
  const height = (norm) => Math.max(0, Math.min(8, Math.round((Math.log10(norm || 1e-99) + 16) / 2)));
  const count = Math.min(20, outer.length);
  const pick = (i) => outer[Math.round((i * (outer.length - 1)) / (count - 1))];
  return Array.from({ length: count }, (_, i) => heights[height(pick(i).gradientNorm)]).join("");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  console.log("Twenty layers learn a smooth function in 400 updates. How much gradient reaches which layer?\n");
  const chapters = await story();
  console.log(`${"".padEnd(32)}input → output        per layer  verdict     loss before → after`);
  for (const { name, report, before, after } of chapters) {
    const { verdict, decayPerLayer } = report;
    const losses = `${before.toFixed(3)} → ${after.toFixed(4)}`;
    console.log(
      `${name.padEnd(32)}${bars(report).padEnd(22)}${decayPerLayer.toFixed(3).padEnd(11)}${verdict.padEnd(12)}${losses}`,
    );
  }
  const [sick] = chapters;
  const { advice, loss } = await cure(sick);
  console.log(
    `\nThe doctor's first advice for the first network:\n  ${advice.remedy}\n  ${advice.why}\n  ${advice.paper}`,
  );
  console.log(`Applied: the loss after 400 updates is ${loss.toFixed(4)} instead of ${sick.after.toFixed(4)}.`);

  const out = join(dirname(fileURLToPath(import.meta.url)), "..", "out");
  await mkdir(out, { recursive: true });
  const title = "Gradient that reaches each of twenty layers";
  const flow = Object.fromEntries(chapters.map(({ name, report }) => [name, report]));
  await writeFile(join(out, "gradient-flow.svg"), plotGradientFlow(flow, { title }));
  await writeFile(
    join(out, "gradient-flow-over-time.svg"),
    plotGradientFlow(sick.records, { title: "The same, of the sigmoid network, during its training" }),
  );
  console.log("\nPictures: out/gradient-flow.svg, out/gradient-flow-over-time.svg");
}
