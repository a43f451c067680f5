// What recordGradients costs: the same training with and without it, in turns, each watched update against a plain one.
// `node bench/diagnose.mjs` after a build. The share must stay below a tenth when every update is watched.
import { adam, dense, Model, recordGradients } from "downhill";

// A turn is a few milliseconds, so that some turns are not interrupted on a busy machine either.
const networks = [
  { name: "4-16-16-3, batch 16", sizes: [4, 16, 16, 3], batch: 16, rows: 320, epochs: 100 },
  { name: "32-64-64-64-1, batch 32", sizes: [32, 64, 64, 64, 1], batch: 32, rows: 640, epochs: 5 },
  { name: "64-256-256-10, batch 64", sizes: [64, 256, 256, 10], batch: 64, rows: 640, epochs: 1 },
  { name: "784-128-10, batch 32", sizes: [784, 128, 10], batch: 32, rows: 640, epochs: 1 },
  { name: "784-128-10, batch 128", sizes: [784, 128, 10], batch: 128, rows: 1280, epochs: 1 },
];
const kinds = [
  ["off", () => []],
  ["every", () => [recordGradients()]],
  ["tenth", () => [recordGradients({ every: 10 })]],
];
const rounds = Number(process.argv[2] ?? 150);

for (const { name, sizes, batch, rows, epochs } of networks) {
  const [inputs, ...units] = sizes;
  const x = Array.from({ length: rows }, (_, r) =>
    Float32Array.from({ length: inputs }, (_, c) => Math.sin(r + 3 * c)),
  );
  const y = Float32Array.from({ length: rows * units.at(-1) }, (_, i) => Math.cos(i));
  const layers = units.map((n, i) => dense(n, i < units.length - 1 ? { activation: "relu" } : {}));
  const model = await Model.create({ inputs, layers, loss: "meanSquaredError", optimizer: adam() });
  const time = async (callbacks) => {
    const start = performance.now();
    const { steps } = await model.fit(x, y, { epochs, batchSize: batch, callbacks });
    return ((performance.now() - start) * 1000) / steps;
  };
  const times = { off: [], every: [], tenth: [] };
  for (let round = 0; round < rounds + 2; round++) {
    // Each goes first in turn: the machine's state favours a place.
    for (let i = 0; i < 3; i++) {
      const [key, callbacks] = kinds[(i + round) % 3];
      const taken = await time(callbacks());
      if (round >= 2) times[key].push(taken);
    }
  }
  const [off, every, tenth] = [times.off, times.every, times.tenth].map((all) => Math.min(...all));
  const share = (watched) => `${((100 * (watched - off)) / off).toFixed(1)} %`.padStart(8);
  console.log(
    `${name.padEnd(26)} ${off.toFixed(1).padStart(8)} µs a step; every step watched +${share(every)}, every tenth +${share(tenth)}`,
  );
  model.dispose();
}
