// The relaxed-SIMD build against the plain one: W3 to W6 and W8 of the bench.
import { init, Model, matrix } from "downhill";
import { relaxedSimd } from "downhill/relaxed-simd";
import { dataOf, workloads } from "../workloads.mjs";
import { race } from "./race.mjs";

/** Passes over the data in one turn: a tenth to half a second of work. */
const passes = { W3: 1000, W4a: 15, W4b: 15, W5: 6, W6: 3, W8b: 60 };

/** @returns rows `[workload, milliseconds of simd128, of relaxed-simd, how many times as fast]`, best turns; in Node of the processor's time */
export async function run({ rounds }) {
  if (!relaxedSimd.supported) return { head: ["this engine has no relaxed SIMD"], rows: [] };
  const chosen = Object.keys(passes).map((id) => workloads.find((candidate) => candidate.id === id));
  const create = () =>
    chosen.map(({ inputs, layers, loss, optimizer }) => Model.create({ inputs, layers, loss, optimizer }));
  // There is no way back to the plain build once another runs: all its models come first.
  const plainModels = await Promise.all(create());
  await init({ wasm: relaxedSimd });
  const relaxedModels = await Promise.all(create());
  const results = [];
  for (const [i, workload] of chosen.entries()) {
    const { id, inputs, batch, kind } = workload;
    const epochs = passes[id];
    const { x, y, rows } = dataOf(workload);
    const samples = matrix(x, [rows, inputs]);
    const predict = (model) => {
      for (let i = 0; i < epochs; i++) model.predict(samples);
    };
    const train = (model) => model.fit(samples, y, { epochs, batchSize: batch, shuffle: false });
    const work = (model) => () => (kind === "predict" ? predict(model) : train(model));
    const times = await race({ simd128: work(plainModels[i]), "relaxed-simd": work(relaxedModels[i]) }, rounds);
    const [plain, relaxed] = [times.simd128, times["relaxed-simd"]].map(({ best, cpu }) => cpu ?? best);
    results.push([id, plain.toFixed(1), relaxed.toFixed(1), (plain / relaxed).toFixed(2)]);
  }
  return { head: ["", "simd128 ms", "relaxed-simd ms", "times as fast"], rows: results };
}
