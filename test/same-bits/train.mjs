// What every engine runs: it trains each network in several ways and tells the SHA-256 of what comes out. It is given the
// library, so that the same text serves as a module, from CommonJS and bundled for a page.

/** Words of a generator modulo 2³² (Numerical Recipes' constants), the upper 24 bits of each: exact in every language. */
export function words(count, seed) {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 8;
  });
}

/** Numbers in [−1, 1), multiples of 2⁻²³. */
const values = (count, seed) => Float32Array.from(words(count, seed), (word) => word / 2 ** 23 - 1);

/** The samples of a case, what they should give, and their weights. */
export function dataOf({ rows, columns, inputs, targets, weighted }) {
  const classes = Uint32Array.from(words(rows, 2), (word) => (word >>> 8) % columns);
  const cells = words(rows * columns, 3).map((word) => word >>> 22);
  const kinds = {
    values: () => values(rows * columns, 4),
    classes: () => classes,
    oneHot: () => Float32Array.from(cells, (_, i) => Number(classes[Math.floor(i / columns)] === i % columns)),
    flags: () => Float32Array.from(cells, (cell) => cell & 1),
    signs: () => Float32Array.from(cells, (cell) => 2 * (cell & 1) - 1),
    counts: () => Float32Array.from(cells),
  };
  const weights = Float32Array.from(words(rows, 5), (word) => (word + 1) / 2 ** 24);
  return { x: values(rows * inputs, 1), y: kinds[targets](), ...(weighted ? { sampleWeight: weights } : {}) };
}

async function sha256(array) {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  const sum = await globalThis.crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(sum), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** So many of the cases, the first, are networks of many parts; the others, one for each rule, are not sent to workers. */
export const networks = 5;

/** The tensors of a saved model, in the order of the file: weights and statistics, and the optimizer's state. */
export function tensorsOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 8 + view.getUint32(0, true);
  const { __metadata__: metadata, ...tensors } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
  const numbers = (isState) =>
    Object.entries(tensors)
      .filter(([name]) => name.startsWith("optimizer.") === isState)
      .flatMap(
        ([
          ,
          {
            data_offsets: [from, to],
          },
        ]) => Array.from({ length: (to - from) / 4 }, (_, i) => view.getFloat32(start + from + 4 * i, true)),
      );
  const { steps, passes, epochs } = JSON.parse(metadata.state).counters;
  return { parameters: numbers(false), optimizer: [...numbers(true), steps, passes, epochs] };
}

/** How the epochs from one to another are trained. */
function fitOptions({ batch, accumulate, classWeight }, { sampleWeight }, [initialEpoch, end]) {
  const options = { epochs: end - initialEpoch, initialEpoch, batchSize: batch, accumulate };
  return { ...options, ...(sampleWeight ? { sampleWeight } : {}), ...(classWeight ? { classWeight } : {}) };
}

/** Trains `model` over these stretches of epochs; gives back what each epoch logged. */
export async function trainThrough(model, task, data, stretches) {
  const logs = [];
  for (const stretch of stretches) {
    const history = await model.fit(data.x, data.y, fitOptions(task, data, stretch));
    logs.push(...history.epochs);
  }
  return logs.flatMap(({ epoch, durationMs, loss, gradientNorm, learningRate, ...metrics }) => [
    loss,
    gradientNorm,
    learningRate,
    ...Object.values(metrics),
  ]);
}

/** Hashes of the log, and of what is left in the model. */
export async function told(model, { x }, logs) {
  const { parameters, optimizer } = tensorsOf(await model.save());
  const { data } = await model.predict(x);
  return {
    steps: optimizer.at(-3),
    sums: {
      loss: await sha256(Float64Array.from(logs)),
      parameters: await sha256(Float32Array.from(parameters)),
      optimizer: await sha256(Float32Array.from(optimizer)),
      predictions: await sha256(data),
    },
    sample: { loss: logs.at(-1), parameters: parameters.slice(0, 3) },
  };
}

/**
 * Every case in every way: `{ [case]: { [way]: { steps, sums: { loss, parameters, optimizer, predictions }, sample } } }`.
 *
 * @param {typeof import("downhill")} downhill
 * @param {typeof import("downhill/worker") | undefined} worker without it only what needs no worker is trained
 * @param {readonly object[]} tasks of expected.json
 * @returns {Promise<Record<string, Record<string, { steps: number, sums: Record<string, string>, sample: object }>>>}
 */
export async function trainAll({ Model }, worker, tasks) {
  const results = {};
  for (const [place, task] of tasks.entries()) {
    const data = dataOf(task);
    const { epochs, config } = task;
    const half = epochs / 2;
    const train = (model, logs, stretches) =>
      trainThrough(model, task, data, stretches).then((more) => told(model, data, [...logs, ...more]));

    const whole = await Model.create(config);
    const pieces = await Model.create(config);
    const first = await Model.create(config);
    const logs = await trainThrough(first, task, data, [[0, half]]);
    const file = first.save();
    const second = await Model.load(file);
    const ways = {
      "one call": await train(whole, [], [[0, epochs]]),
      "several calls": await train(pieces, [], [[0, 3], [3, 4], [4, epochs - 1], [epochs - 1, epochs]]), // biome-ignore format: one line
      "saved at step 100, loaded": await train(second, logs, [[half, epochs]]),
    };
    for (const model of [whole, pieces, first, second]) model.dispose();
    if (worker !== undefined && place < networks) {
      const away = await worker.WorkerModel.create(config);
      ways["in a worker"] = await train(away, [], [[0, epochs]]);
      const resumed = await worker.WorkerModel.load(file);
      ways["loaded in a worker"] = await train(resumed, logs, [[half, epochs]]);
      await Promise.all([away.dispose(), resumed.dispose()]);
    }
    results[task.name] = ways;
  }
  return results;
}

/**
 * The same networks by the core that may fuse a multiplication with an addition: the largest difference of an epoch's loss
 * from that of the default core, relative to it. Nothing where the engine lacks it.
 *
 * @param {typeof import("downhill")} downhill
 * @param {typeof import("downhill/worker")} worker a core of another kind needs a worker of its own
 * @param {typeof import("downhill/relaxed-simd")} relaxed
 * @param {readonly object[]} tasks of expected.json
 * @returns {Promise<Record<string, number>>}
 */
export async function relaxedDifferences({ Model }, { WorkerModel }, { relaxedSimd }, tasks) {
  if (!relaxedSimd.supported) return {};
  const differences = {};
  for (const task of tasks.slice(0, networks)) {
    const data = dataOf(task);
    const models = [await Model.create(task.config), await WorkerModel.create(task.config, { wasm: relaxedSimd })];
    const [losses, others] = await Promise.all(
      models.map(async (model) => (await model.fit(data.x, data.y, fitOptions(task, data, [0, task.epochs]))).epochs),
    );
    await Promise.all(models.map((model) => model.dispose()));
    const difference = ({ loss }, i) => Math.abs(loss - others[i].loss) / Math.abs(loss);
    differences[task.name] = Math.max(...losses.map(difference));
  }
  return differences;
}

/** All that an engine is asked for. */
export async function tellAll(downhill, worker, relaxed, tasks) {
  return {
    results: await trainAll(downhill, worker, tasks),
    relaxed: await relaxedDifferences(downhill, worker, relaxed, tasks),
  };
}
