// A fit aborted at every step and at every turn of a callback must leave a model that goes on (item 7.5).
export const place = 5;
export const title = "Aborted anywhere, the model goes on";
export const unit = "epochs of seven updates, aborted at each moment";
export const counts = { short: 2, full: 12 };

/** Where a signal is given: before the fit, in each turn of a callback, between the slices, after the end. */
const hooks = ["onTrainBegin", "onEpochBegin", "onBatchEnd", "onProgress", "onEpochEnd", "onTrainEnd"];

/** @type {import("./lib/document.mjs").Part["run"]} */
async function measure({ count: epochs }) {
  const { batchNormalization, dense, dropout, Model, matrix } = await import("downhill");
  const rows = 28;
  const x = matrix(
    Float32Array.from({ length: rows * 3 }, (_, i) => Math.sin(i)),
    [rows, 3],
  );
  const y = Float32Array.from({ length: rows }, (_, i) => Math.cos(i));
  const config = {
    inputs: 3,
    layers: [dense(6, { activation: "tanh" }), batchNormalization(), dropout(0.2), dense(1)],
    loss: "meanSquaredError",
    metrics: ["r2"],
  };
  const options = { batchSize: 4, epochs, validationSplit: 0 };
  const failures = [];
  let moments = 0;

  /** Aborts in the `at`-th turn of `hook`; true while there was one. */
  async function abortAt(hook, at, workers) {
    const model = await Model.create(config);
    const control = new AbortController();
    let turns = 0;
    const turn = () => void (turns++ === at && control.abort());
    const {
      epochs: seen,
      steps,
      stoppedBy,
    } = await model.fit(x, y, {
      ...options,
      workers,
      signal: control.signal,
      callbacks: [{ [hook]: turn }],
    });
    const place = `${hook} ${at}${workers > 1 ? ` with ${workers} workers` : ""}`;
    moments += 1;
    // What was aborted must be as far as it says: the same as step by step, and both go on alike.
    const twin = await Model.create(config);
    await upTo(twin, steps);
    if (workers === 1 && !same(model, twin))
      failures.push(`${place}: the weights are not those after ${steps} updates`);
    const prompt = { onTrainBegin: 0, onBatchEnd: at + 1, onEpochEnd: 7 * (at + 1) }[hook] ?? steps;
    if (turns > at && steps !== prompt) failures.push(`${place}: ${steps} updates instead of ${prompt}`);
    if (seen.length !== Math.floor(steps / 7)) failures.push(`${place}: ${seen.length} epochs after ${steps} updates`);
    const wanted = turns > at && hook !== "onTrainEnd" && steps < 7 * epochs ? "signal" : "epochs";
    if (stoppedBy !== wanted) failures.push(`${place}: stopped by ${stoppedBy}, not ${wanted}`);
    const again = await model.fit(x, y, options);
    if (again.steps !== 7 * epochs || !Number.isFinite(model.evaluate(x, y).loss))
      failures.push(`${place}: does not go on`);
    model.dispose();
    twin.dispose();
    return turns > at;
  }

  /** Trains so many updates of the same fit, stopped by a callback instead of a signal. */
  async function upTo(model, steps) {
    if (steps === 0) return;
    let made = 0;
    await model.fit(x, y, { ...options, callbacks: [{ onBatchEnd: () => (++made === steps ? "stop" : undefined) }] });
  }

  for (const hook of hooks) for (let at = 0; await abortAt(hook, at, 1); at++);
  for (let at = 0; at < 8; at++) await abortAt("onBatchEnd", at, 2);

  // Before the start, after the end, and between slices by the clock.
  const model = await Model.create(config);
  const gone = AbortSignal.abort();
  const before = model.save();
  const { steps, stoppedBy } = await model.fit(x, y, { ...options, signal: gone });
  if (steps !== 0 || stoppedBy !== "signal") failures.push("an abort before the start trains");
  if (
    String(model.parameters().map(({ data }) => data)) !==
    String((await Model.load(before)).parameters().map(({ data }) => data))
  )
    failures.push("an abort before the start changes weights");
  const late = new AbortController();
  await model.fit(x, y, { ...options, signal: late.signal });
  late.abort();
  if ((await model.fit(x, y, options)).steps !== 7 * epochs) failures.push("an abort after the end is not forgotten");
  for (let ms = 0; ms < 20; ms++) {
    const control = new AbortController();
    setTimeout(() => control.abort(), ms);
    await model.fit(x, y, { ...options, epochs: 1_000_000, signal: control.signal });
    moments += 1;
  }
  if (!Number.isFinite(model.evaluate(x, y).loss)) failures.push("after aborts by the clock the model does not work");
  model.dispose();
  return {
    failures,
    tables: [
      {
        head: ["", "moments"],
        rows: [["aborts, each compared with as many updates made one by one, then trained on", moments]],
      },
    ],
  };
}

export { measure as run };

function same(a, b) {
  return a.parameters().every(({ data }, i) => b.parameters()[i].data.every((value, j) => Object.is(value, data[j])));
}
