// Where a step's time goes: a sampling profile of the core with its functions' names, in groups. The core is the one that
// ships, function for function; only the names, which wasm-opt drops there, are kept.
//
//   node bench/profile.mjs [WORKLOADS]     W2,W4a,W6 by default
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { table } from "../examples/lib/text.mjs";
import { namedCore } from "../scripts/lib/named-core.mjs";
import { root } from "../scripts/lib/paths.mjs";
import { run } from "../scripts/lib/run.mjs";
import { workloads } from "./workloads.mjs";

/** What a function is for, by its name; the first that fits counts. */
const groups = [
  ["matrix products", /^kernels::matmul/],
  ["optimizer", /optim/],
  ["activations", /activation|^kernels::math/],
  ["loss", /nn::loss|loss::/],
  ["bias sums, norm of the gradient", /^kernels::|gradient_norm/],
  ["layers, step and epochs in the core", /^nn::|corefit|coremodel|^<nn/i],
  ["standard library in the core", /^(<?(core|alloc|std)|rlsf|mem|dlmalloc)/],
];

/** How long the workload is repeated, in milliseconds. */
const profiledMs = 4000;

/** Shares of the groups in a profile that V8 wrote. */
function shares({ nodes, samples, timeDeltas }) {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const sums = new Map();
  let all = 0;
  samples.forEach((id, i) => {
    const { functionName, url } = names.get(id);
    const group = groupOf(functionName, url);
    if (group === undefined) return;
    sums.set(group, (sums.get(group) ?? 0) + timeDeltas[i]);
    all += timeDeltas[i];
  });
  return [...sums].map(([group, time]) => [group, time / all]).sort(([, a], [, b]) => b - a);
}

function groupOf(name, url) {
  if (name === "(idle)" || name === "(program)" || name === "(root)") return undefined;
  if (name === "(garbage collector)") return "garbage collection";
  if (!url.includes("wasm")) return "JavaScript";
  return groups.find(([, pattern]) => pattern.test(name))?.[0] ?? "other";
}

/**
 * @param {readonly string[]} ids of workloads that train
 * @returns {Promise<Record<string, [group: string, share: number][]>>} by workload, the largest share first
 */
export async function measureProfiles(ids) {
  const folder = await mkdtemp(join(tmpdir(), "downhill-profile-"));
  try {
    const core = await namedCore(folder);
    const profiles = {};
    for (const id of ids) {
      const out = join(folder, id);
      const flags = ["--cpu-prof", "--cpu-prof-interval", "200", "--cpu-prof-dir", out];
      await run(process.execPath, [...flags, join(root, "bench", "profile.mjs"), "--inside", core, id], { cwd: root });
      const [file] = await readdir(out);
      profiles[id] = shares(JSON.parse(await readFile(join(out, file), "utf8")));
    }
    return profiles;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The process that is watched: the workload over and over. */
async function repeat(core, id) {
  const { init } = await import("downhill");
  await init({ wasm: await readFile(core) });
  const { prepare: side } = await import("./sides/downhill.mjs");
  const { turn } = await side(workloads.find((workload) => workload.id === id));
  for (const start = performance.now(); performance.now() - start < profiledMs; ) await turn();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [first, ...rest] = process.argv.slice(2);
  if (first === "--inside") await repeat(...rest);
  else {
    const profiles = await measureProfiles((first ?? "W2,W4a,W6").split(","));
    for (const [id, rows] of Object.entries(profiles)) {
      const { name } = workloads.find((workload) => workload.id === id);
      const lines = rows.map(([group, share]) => [group, `${(100 * share).toFixed(1)} %`]);
      console.log(`\n${table([`${id}  ${name}`, "of the time"], lines)}`);
    }
  }
}
