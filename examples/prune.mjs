// Four fifths of a digits network pruned while it trains on: `node examples/prune.mjs`
//
// The smallest weights go first, a few after every epoch (Zhu and Gupta 2017: the sparsity rises as 1 − (1 − t)³, fast
// while there is much to spare), and the others make up for them in between.
import { pathToFileURL } from "node:url";
import { adam } from "downhill";
import { readData } from "./large-batch.mjs";
import { table } from "./lib/text.mjs";
import { createNetwork } from "./mnist.mjs";

/**
 * @param {Awaited<ReturnType<typeof readData>>} images
 * @param {object} [options]
 * @param {number} [options.sparsity] share of the kernels' weights that is pruned in the end
 * @param {number} [options.epochs] before the first weight goes
 * @param {number} [options.steps] after each of which some go, an epoch each
 * @param {number} [options.seed]
 * @returns {Promise<{ sparsity: number, accuracy: number }[]>} on the test images: before, and after each step
 */
export async function pruneDigits({ data, test }, { sparsity = 0.8, epochs = 4, steps = 4, seed = 0 } = {}) {
  const model = await createNetwork({ pixels: test.pixels, optimizer: adam({ learningRate: 1e-3 }), seed });
  const accuracy = () => model.evaluate(test.x, test.labels).accuracy;
  await model.fit(data, { epochs, batchSize: 128 });
  const stages = [{ sparsity: 0, accuracy: accuracy() }];
  for (let step = 1; step <= steps; step++) {
    const { sparsity: pruned } = model.prune({ sparsity: sparsity * (1 - (1 - step / steps) ** 3) });
    await model.fit(data, { epochs: 1, batchSize: 128 });
    stages.push({ sparsity: pruned, accuracy: accuracy() });
  }
  model.dispose();
  return stages;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const images = await readData();
  const stages = await pruneDigits(images);
  images.data.dispose();
  const percent = (share) => `${(100 * share).toFixed(2)} %`;
  console.log(
    table(
      ["pruned", "accuracy on new images"],
      stages.map(({ sparsity, accuracy }) => [percent(sparsity), percent(accuracy)]),
    ),
  );
}
