// What a program does until its first step has run (W9): `node bench/first-step.mjs downhill | plain | empty`.
const who = process.argv[2];
if (who !== "empty") {
  const { workloads } = await import("./workloads.mjs");
  const { sides } = await import("./sides/index.mjs");
  const { prepare } = await import(new URL(sides[who].module, import.meta.url).href);
  const tiny = workloads.find(({ id }) => id === "W3");
  const side = await prepare({ ...tiny, batches: 1, steps: 1 }, sides[who].options);
  await side.turn();
}
