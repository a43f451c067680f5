// W11: what a step costs over widths and batches: `node bench/sizes.mjs [--json FILE]`. The network is w-w-w (two square
// kernels), squared error, SGD; through `fit`, as everything else.
import { writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { Dataset, dense, Model, matrix, sgd } from "downhill";
import { uniform } from "../examples/lib/random.mjs";
import { table } from "../examples/lib/text.mjs";
import { peakProbe } from "./peak.mjs";
import { flopsOfStep } from "./workloads.mjs";

const widths = [8, 32, 128, 512, 2048, 4096];
const batches = [1, 8, 64, 512, 4096];

/** A step larger than this is left out: it would take seconds. */
const mostFlops = 5e10;

/** Milliseconds that the turns of one size may take together. */
const patienceMs = 600;

/**
 * @returns {Promise<{ width: number, batch: number, us: number, gflops: number }>} the fastest turn
 */
async function cost(width, batch) {
  const layers = [dense(width, { activation: "relu" }), dense(width)];
  const model = await Model.create({
    inputs: width,
    layers,
    loss: "meanSquaredError",
    optimizer: sgd({ learningRate: 1e-4 }),
  });
  const next = uniform(1);
  const numbers = () => matrix(Float32Array.from({ length: batch * width }, next), [batch, width]);
  const data = Dataset.fromArrays(numbers(), numbers());
  const flops = flopsOfStep({ kind: "train", inputs: width, layers, batch });
  // A turn of about 10 ms at a tenth of the speed that a good machine has.
  const steps = Math.min(5000, Math.max(1, Math.round((10 * 5e6) / (flops + 2e4))));
  let us = Number.POSITIVE_INFINITY;
  const until = performance.now() + patienceMs;
  for (let turn = 0; turn < 3 || performance.now() < until; turn++) {
    const start = performance.now();
    await model.fit(data, { epochs: steps, batchSize: "full" });
    us = Math.min(us, ((performance.now() - start) * 1000) / steps);
  }
  data.dispose();
  model.dispose();
  return { width, batch, us, gflops: flops / us / 1e3 };
}

/** Every width with every batch, but for the largest together. */
export async function measureSizes() {
  const rows = [];
  for (const width of widths) {
    for (const batch of batches) {
      if (8 * batch * width * width <= mostFlops) rows.push(await cost(width, batch));
    }
  }
  const probe = peakProbe();
  return { peakGflops: Math.max(...Array.from({ length: 20 }, probe)), rows };
}

async function main() {
  const { values } = parseArgs({ options: { json: { type: "string" } } });
  const { peakGflops, rows } = await measureSizes();
  const at = (width, batch) => rows.find((row) => row.width === width && row.batch === batch);
  const cells = (show) =>
    widths.map((width) => [width, ...batches.map((batch) => (at(width, batch) ? show(at(width, batch)) : ""))]);
  const head = ["width", ...batches.map((batch) => `batch ${batch}`)];
  const time = (us) => (us < 1000 ? `${us.toPrecision(3)} µs` : `${(us / 1000).toPrecision(3)} ms`);
  console.log("\n  W11  a step of w-w-w through fit\n");
  console.log(
    table(
      head,
      cells(({ us }) => time(us)),
    ),
  );
  console.log(`\n  the same in per cent of the SIMD128 peak, ${peakGflops.toFixed(1)} GFLOP/s\n`);
  console.log(
    table(
      head,
      cells(({ gflops }) => `${((100 * gflops) / peakGflops).toFixed(0)} %`),
    ),
  );
  if (values.json !== undefined)
    await writeFile(values.json, `${JSON.stringify({ peakGflops, rows }, undefined, 2)}\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
