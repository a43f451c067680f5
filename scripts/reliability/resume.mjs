// Kill -9 at random moments: each training is killed and started again until it is done, and must end with the files and
// the bits of one that nobody killed.
//
//   node scripts/reliability/resume.mjs [--kills 100] [--seed 1]
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { Model } from "downhill";
import { uniform } from "../../examples/lib/random.mjs";
import { problems } from "./resume-training.mjs";

const program = fileURLToPath(new URL("resume-training.mjs", import.meta.url));

/**
 * Kills trainings `kills` times in all, problem after problem, and compares each that came to its end.
 *
 * @param {{ kills: number, seed: number, onKill?: (done: number) => void }} options
 * @returns {Promise<{ kills: number, trainings: number, withinWrite: number, beforeFirst: number, damaged: number, wrong: string[] }>}
 *   `withinWrite` kills left a half-written temporary file, `beforeFirst` came before any checkpoint, `damaged` checkpoints
 *   could not be read after a kill, `wrong` names what differed
 */
export async function killTrainings({ kills, seed, onKill }) {
  const next = uniform(seed);
  const counts = { kills: 0, trainings: 0, withinWrite: 0, beforeFirst: 0, damaged: 0 };
  const wrong = [];
  const place = await mkdtemp(join(tmpdir(), "downhill-kill-"));
  try {
    const whole = new Map();
    for (let turn = 0; counts.kills < kills || turn < problems.length; turn++) {
      const problem = turn % problems.length;
      if (!whole.has(problem)) whole.set(problem, await uninterrupted(join(place, `whole-${problem}`), problem));
      const { result, milliseconds } = whole.get(problem);
      const folder = join(place, `killed-${turn}`);
      for (let done = false; !done; ) {
        // Some three kills a training; none once they are all spent.
        const { finished } = await run(folder, problem, counts.kills < kills ? next() * 0.6 * milliseconds : undefined);
        done = finished;
        if (finished) continue;
        counts.kills += 1;
        const { names, damaged } = await look(folder);
        if (names.some((name) => name.endsWith(".part"))) counts.withinWrite += 1;
        if (!names.some((name) => name.startsWith("epoch-"))) counts.beforeFirst += 1;
        counts.damaged += damaged;
        onKill?.(counts.kills);
      }
      counts.trainings += 1;
      const there = await resultOf(folder);
      for (const [name, digest] of Object.entries(result)) {
        if (there[name] !== digest) wrong.push(`training ${turn} (${problems[problem].name}): ${name}`);
      }
      if (Object.keys(there).length !== Object.keys(result).length) {
        wrong.push(`training ${turn}: ${Object.keys(there)} instead of ${Object.keys(result)}`);
      }
      await rm(folder, { recursive: true });
    }
  } finally {
    await rm(place, { recursive: true, force: true });
  }
  return { ...counts, wrong };
}

async function uninterrupted(folder, problem) {
  const { finished, milliseconds } = await run(folder, problem);
  if (!finished) throw new Error(`the training of problem ${problem} did not finish`);
  return { result: await resultOf(folder), milliseconds };
}

/** Starts the training, and kills it so many milliseconds after it began to train. */
function run(folder, problem, killAfter) {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [program, folder, String(problem)], { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    let complaint = "";
    let begun = 0;
    child.stdout.on("data", (bytes) => {
      said += bytes;
      if (begun > 0) return;
      begun = performance.now();
      if (killAfter !== undefined) setTimeout(() => child.kill("SIGKILL"), killAfter);
    });
    child.stderr.on("data", (bytes) => {
      complaint += bytes;
    });
    child.on("error", fail);
    child.on("close", (code, signal) => {
      const milliseconds = performance.now() - begun;
      if (code === 0) done({ finished: said.includes("finished"), milliseconds });
      else if (signal === "SIGKILL" && complaint === "") done({ finished: false, milliseconds });
      else fail(new Error(`the training ended with ${signal ?? code}: ${complaint}`));
    });
  });
}

/** What lies there after a kill, and how many of the checkpoints cannot be loaded. */
async function look(folder) {
  const names = await readdir(folder).catch(() => []);
  let damaged = 0;
  for (const name of names.filter((name) => name.endsWith(".safetensors") && !name.startsWith("."))) {
    const model = await Model.load(await readFile(join(folder, name))).catch(() => undefined);
    if (model === undefined) damaged += 1;
    model?.dispose();
  }
  return { names, damaged };
}

/** A digest of each file at the end, without what depends on the clock. */
async function resultOf(folder) {
  const digests = {};
  for (const name of (await readdir(folder)).sort()) {
    const bytes = await readFile(join(folder, name));
    digests[name] = createHash("sha256").update(timeless(name, bytes)).digest("hex");
  }
  return digests;
}

function timeless(name, bytes) {
  if (name !== "history.csv") return bytes;
  const lines = bytes.toString().split("\n");
  const column = lines[0].split(",").indexOf("durationMs");
  return lines.map((line) => line.split(",").toSpliced(column, 1).join(",")).join("\n");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { values } = parseArgs({ options: { kills: { type: "string" }, seed: { type: "string" } } });
  const onKill = (done) => process.stderr.write(`\r${done} kills`);
  const found = await killTrainings({ kills: Number(values.kills ?? 100), seed: Number(values.seed ?? 1), onKill });
  process.stderr.write("\n");
  console.log(found);
  if (found.wrong.length > 0 || found.damaged > 0) process.exitCode = 1;
}
