// How many instructions a training step takes, by callgrind: the same count whatever else the machine does. It runs the
// native build (portable lanes), so the figures compare versions of the code, not machines.
//
//   node bench/instructions.mjs [workloads]     W1,W2,W3,W4a by default; needs valgrind and `npm ci`
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { table } from "../examples/lib/text.mjs";
import { root } from "../scripts/lib/paths.mjs";
import { ask, run } from "../scripts/lib/run.mjs";
import { dataOf, workloads } from "./workloads.mjs";

/** Steps of the short run and of the long one: their difference leaves out everything that is done once. */
const [few, many] = [20, 120];

/** The facade's own encoding of a configuration, from its sources. */
async function encoder() {
  const contents = `
    export { normalizeModel } from "./ts/config/model.ts";
    export { encodeParts } from "./ts/config/optimizers/index.ts";
    export { partsOf } from "./ts/config/optimizers/nesting.ts";
    export { encodeModel } from "./ts/core/encode.ts";`;
  const stdin = { contents, resolveDir: root, loader: "ts" };
  const { outputFiles } = await build({
    stdin,
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    logLevel: "error",
  });
  const { normalizeModel, encodeParts, partsOf, encodeModel } = await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`
  );
  return ({ inputs, layers, loss, optimizer }) => {
    const config = normalizeModel({ inputs, layers, loss, optimizer });
    const names = layers.flatMap((_, i) => [`layers.${i}.kernel`, `layers.${i}.bias`]);
    const { numbers, members } = encodeParts(partsOf(config.optimizer, names));
    return { model: [...encodeModel(config)], optimizer: [...numbers], members: [...members] };
  };
}

/** The instructions of one run of the example. */
async function count(program, input, folder) {
  const file = join(folder, "callgrind.out");
  const parameters = ["--tool=callgrind", `--callgrind-out-file=${file}`, program];
  await new Promise((resolve, reject) => {
    const child = spawn("valgrind", parameters, { stdio: ["pipe", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (text) => {
      said += text;
    });
    child.on("error", () =>
      reject(new Error("valgrind is not there: install it, for example by `apt-get install valgrind`")),
    );
    child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(said))));
    child.stdin.end(JSON.stringify(input));
  });
  const total = /^totals: (\d+)/m.exec(await readFile(file, "utf8"))?.[1];
  if (total === undefined) throw new Error("callgrind counted nothing");
  return Number(total);
}

const wanted = (process.argv[2] ?? "W1,W2,W3,W4a").split(",");
const cargo = ["build", "--release", "--example", "steps", "-p", "downhill-nn", "--locked"];
await run("cargo", cargo, { cwd: root });
const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
const program = join(target, "release", "examples", "steps");
const encode = await encoder();
const folder = await mkdtemp(join(tmpdir(), "downhill-"));
const lines = [];
try {
  for (const workload of workloads.filter(({ id, kind }) => wanted.includes(id) && kind === "train")) {
    const { x, y, rows } = dataOf(workload);
    const rate = workload.optimizer.learningRate;
    const values = y instanceof Float32Array;
    const input = { ...encode(workload), x: [...x], y: [...y], values, rows, batch: workload.batch, rate };
    const short = await count(program, { ...input, steps: few }, folder);
    const long = await count(program, { ...input, steps: many }, folder);
    const perStep = Math.round((long - short) / (many - few));
    lines.push([`${workload.id}  ${workload.name}`, perStep.toLocaleString("en-US")]);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
const commit = ask("git", ["-C", root, "rev-parse", "--short", "HEAD"]) ?? "";
console.log(table([`native build, commit ${commit}`, "instructions a step"], lines));
