// What a program does until its first step has run (W9): `node bench/first-step.mjs downhill | plain | … | empty`. With
// `stages` it prints where downhill's time goes, in milliseconds, as JSON.
const who = process.argv[2];
if (who === "stages") {
  const times = [performance.now()];
  const stage = () => times.push(performance.now());
  const { adam, dense, init, Model } = await import("downhill");
  stage();
  await init();
  stage();
  const layers = [dense(16, { activation: "relu" }), dense(16, { activation: "relu" }), dense(3)];
  const model = await Model.create({ inputs: 4, layers, loss: "sparseCategoricalCrossEntropy", optimizer: adam() });
  stage();
  model.trainOnBatch([[1, 2, 3, 4]], [1]);
  stage();
  const [load, compile, create, step] = times.slice(1).map((time, i) => time - times[i]);
  console.log(JSON.stringify({ load, compile, create, step }));
} else if (who !== "empty") {
  const { workloads } = await import("./workloads.mjs");
  const { sides } = await import("./sides/index.mjs");
  const { prepare } = await import(new URL(sides[who].module, import.meta.url).href);
  const tiny = workloads.find(({ id }) => id === "W3");
  const side = await prepare({ ...tiny, batches: 1, steps: 1 }, sides[who].options);
  await side.turn();
}
