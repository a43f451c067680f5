// Kill -9 at random moments (item 7.2): each training is killed and started again until it is done, and must end with the
// files and the bits of one that nobody killed.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { uniform } from "../../examples/lib/random.mjs";

export const place = 2;
export const title = "Trainings that are killed go on to the same bits";
export const unit = "kills";
export const counts = { short: 5, full: 100 };

const program = fileURLToPath(new URL("programs/resume.mjs", import.meta.url));

/** @type {import("./lib/document.mjs").Part["run"]} */
async function measure({ count }) {
  const { trainings, withinWrite, beforeFirst, damaged, wrong } = await killTrainings(count, 1);
  const failures = [...wrong];
  if (damaged > 0) failures.push(`${damaged} checkpoints could not be loaded after a kill`);
  return {
    failures,
    tables: [
      {
        head: ["", "times"],
        rows: [
          ["kills with SIGKILL", count],
          ["… that left a half-written temporary file", withinWrite],
          ["… before the first checkpoint", beforeFirst],
          ["checkpoints that could not be loaded after a kill", damaged],
          ["trainings that came to their end", trainings],
          ["files at the end that differ from the uninterrupted training's", wrong.length],
        ],
      },
    ],
    notes: [
      "Compared are all files of the folder byte for byte (the newest two checkpoints, the best epoch's, the finished model, the table of epochs without its milliseconds). Four trainings in turn, between them: schedules that watch the loss, dropout, noise, batch normalisation, accumulated gradients, averaged weights, class weights, early stopping with the best restored.",
    ],
  };
}

export { measure as run };

/**
 * Kills trainings `kills` times in all, problem after problem, and compares each that came to its end.
 *
 * @returns {Promise<{ kills: number, trainings: number, withinWrite: number, beforeFirst: number, damaged: number, wrong: string[] }>}
 */
async function killTrainings(kills, seed) {
  const { problems } = await import(program);
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
        const { finished } = await train(
          folder,
          problem,
          counts.kills < kills ? next() * 0.6 * milliseconds : undefined,
        );
        done = finished;
        if (finished) continue;
        counts.kills += 1;
        const { names, damaged } = await look(folder);
        if (names.some((name) => name.endsWith(".part"))) counts.withinWrite += 1;
        if (!names.some((name) => name.startsWith("epoch-"))) counts.beforeFirst += 1;
        counts.damaged += damaged;
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
  const { finished, milliseconds } = await train(folder, problem);
  if (!finished) throw new Error(`the training of problem ${problem} did not finish`);
  return { result: await resultOf(folder), milliseconds };
}

/** Starts the training, and kills it so many milliseconds after it began to train. */
function train(folder, problem, killAfter) {
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
  const { Model } = await import("downhill");
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
