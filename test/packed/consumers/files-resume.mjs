import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * What every consumer of `downhill/node` runs: a training in two programs, compared with one, and a mistake.
 *
 * @param {typeof import("downhill")} downhill
 * @param {typeof import("downhill/node")} node
 */
export async function goOn({ dense, DownhillError, Model, modelCheckpoint }, { FileError, fileSink, loadNewest }) {
  const folder = await mkdtemp(join(tmpdir(), "downhill-consumer-"));
  try {
    const config = { inputs: 1, layers: [dense(4), dense(1)], loss: "meanSquaredError" };
    const train = async (model, epochs) => {
      const { epochsDone } = model;
      const callbacks = [modelCheckpoint(fileSink(folder))];
      await model.fit([1, 2, 3], [3, 5, 7], { epochs: epochs - epochsDone, initialEpoch: epochsDone, callbacks });
      return String(model.save());
    };
    const whole = await train(await Model.create(config), 4);
    await train(await Model.create(config), 2);
    const same = (await train(await loadNewest(folder), 4)) === whole;
    const names = (await readdir(folder)).sort();
    const error = await loadNewest(join(folder, names[0], "file")).catch((error) => error);
    return { same, names, said: `${error.code} ${error instanceof FileError} ${error instanceof DownhillError}` };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
