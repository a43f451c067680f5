// Kill -9 at random moments (item 7.2): each training is killed and started again until it is done, and must end with the
// files and the bits of one that nobody killed. Then the same for a kill right before each change of a file.
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
const killer = new URL("programs/kill-at.mjs", import.meta.url).href;

/** @type {import("./lib/document.mjs").Part["run"]} */
async function measure({ count, quick }) {
  const { trainings, withinWrite, beforeFirst, damaged, wrong } = await killTrainings(count, 1);
  const failures = [...wrong];
  if (damaged > 0) failures.push(`${damaged} checkpoints could not be loaded after a kill`);
  const each = await killAtEachOperation(quick ? 3 : 6, quick ? 5 : 1);
  failures.push(...each.wrong);
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
      {
        head: ["a training killed at one place and started again", "times"],
        rows: [
          ["changes of files that it makes, in so many epochs", `${each.operations}, in ${each.epochs}`],
          ["kills, each right before another change, or in the middle of a writing", each.kills],
          ["files at the end that differ from the uninterrupted training's", each.wrong.length],
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
        const killAfter = counts.kills < kills ? next() * 0.6 * milliseconds : undefined;
        const { finished } = await train(folder, problem, { killAfter });
        done = finished;
        if (finished) continue;
        counts.kills += 1;
        const { names, damaged } = await look(folder);
        if (names.some((name) => name.endsWith(".part"))) counts.withinWrite += 1;
        if (!names.some((name) => name.startsWith("epoch-"))) counts.beforeFirst += 1;
        counts.damaged += damaged;
      }
      counts.trainings += 1;
      const name = `training ${turn} (${problems[problem].name})`;
      wrong.push(...differences(name, await resultOf(folder), result));
      await rm(folder, { recursive: true });
    }
  } finally {
    await rm(place, { recursive: true, force: true });
  }
  return { ...counts, wrong };
}

/**
 * Kills a training right before each `stride`-th of its changes of files, always another training in a folder of its own,
 * starts it once more and compares.
 *
 * @returns {Promise<{ epochs: number, operations: number, kills: number, wrong: string[] }>}
 */
async function killAtEachOperation(epochs, stride) {
  const place = await mkdtemp(join(tmpdir(), "downhill-kill-at-"));
  const parameters = { epochs, words: ["--import", killer] };
  const wrong = [];
  let kills = 0;
  try {
    const counted = join(place, "operations");
    const whole = join(place, "whole");
    await train(whole, watched, { ...parameters, env: { DOWNHILL_OPERATIONS: counted } });
    const result = await resultOf(whole);
    const operations = Number(await readFile(counted, "utf8"));
    for (let at = 1; at <= operations; at += stride) {
      const folder = join(place, `killed-${at}`);
      const { finished } = await train(folder, watched, { ...parameters, env: { DOWNHILL_KILL_AT: String(at) } });
      if (finished) wrong.push(`change ${at}: the training was not killed`);
      kills += 1;
      await train(folder, watched, { epochs });
      wrong.push(...differences(`killed at change ${at} of ${operations}`, await resultOf(folder), result));
      await rm(folder, { recursive: true });
    }
    return { epochs, operations, kills, wrong };
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** Of the problems the one whose best epochs are the most. */
const watched = 3;

/** What is wrong with the files of a training, a sentence each. */
function differences(name, there, result) {
  const wrong = Object.keys(result)
    .filter((file) => there[file] !== result[file])
    .map((file) => `${name}: ${file} ${there[file] === undefined ? "is missing" : "differs"}`);
  const more = Object.keys(there).filter((file) => result[file] === undefined);
  return [...wrong, ...more.map((file) => `${name}: ${file} should not be there`)];
}

async function uninterrupted(folder, problem) {
  const { finished, milliseconds } = await train(folder, problem);
  if (!finished) throw new Error(`the training of problem ${problem} did not finish`);
  return { result: await resultOf(folder), milliseconds };
}

/** Starts the training, and kills it `killAfter` milliseconds after it began to train. */
function train(folder, problem, { killAfter, epochs, words = [], env = {} } = {}) {
  return new Promise((done, fail) => {
    const parameters = [...words, program, folder, String(problem), ...(epochs === undefined ? [] : [String(epochs)])];
    const options = { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } };
    const child = spawn(process.execPath, parameters, options);
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
