/** What the reader takes home: the model as a file that the library loads, and its predictions. */

import { type ModelConfig, matrix } from "downhill";
import { WorkerModel } from "downhill/worker";
import { csv, download } from "../../ui/download.js";
import { train } from "./experiment.js";
import { own } from "./own.js";
import { present, task } from "./session.js";

/**
 * The model in the units of the data: as it was trained, and for amounts with a last layer that takes its standardised
 * answers back.
 */
async function finished(): Promise<WorkerModel<string> | undefined> {
  const [model, now, table] = [present(), task.value, own.value];
  if (model === undefined || now === undefined) return undefined;
  const back = train.now.value.data === "own" ? (table?.read.back ?? []) : [];
  const config: ModelConfig = { ...now.config, layers: [...now.config.layers, ...back] };
  const copy = (await WorkerModel.create(config, {
    worker: () => new Worker(new URL("./thread.js", import.meta.url), { type: "module" }),
  })) as unknown as WorkerModel<string>;
  const values = await model.parameters({ averaged: true });
  await copy.setParameters(values.map(({ name, data }) => ({ name, data })));
  return copy;
}

export async function downloadModel(): Promise<void> {
  const model = await finished();
  if (model === undefined) return;
  const bytes = await model.save();
  await model.dispose();
  download("model.safetensors", new Uint8Array(bytes), "application/octet-stream");
}

/** Every row of the file in its order: the truth and what the model says, with the probabilities of classes. */
export async function downloadPredictions(): Promise<void> {
  const [model, table] = [await finished(), own.value?.read];
  if (model === undefined || table === undefined) return;
  const { data, shape } = await model.predict(matrix(table.x.data, table.x.shape));
  await model.dispose();
  const { classes, y, targetName } = table.table;
  const width = shape[1];
  const rows = Array.from({ length: shape[0] }, (_, i): (string | number)[] => {
    const answers = Array.from(data.subarray(i * width, (i + 1) * width));
    if (classes === undefined) return [y[i] as number, ...answers];
    const shares = width === 1 ? [1 - (answers[0] as number), answers[0] as number] : answers;
    const best = shares.indexOf(Math.max(...shares));
    return [classes[y[i] as number] as string, classes[best] as string, ...shares];
  });
  const head = [targetName, `${targetName} predicted`, ...(classes ?? []).map((name) => `probability of ${name}`)];
  download("predictions.csv", csv([head, ...rows]), "text/csv");
}
