// Measuring several sides in turns, each in a process of its own, so that what disturbs the machine disturbs all.
import { spawn } from "node:child_process";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { peakProbe } from "./peak.mjs";
import { sides } from "./sides/index.mjs";
import { bytesOfUpdate, flopsOfStep } from "./workloads.mjs";

const folder = dirname(fileURLToPath(import.meta.url));

/** How far losses may be apart, relatively: thousands of updates in 32-bit floats, summed in another order. */
const lossTolerance = 0.02;

/** Share of the time that a side must have had a core for itself: below, somebody else was at work. */
export const leastCpuShare = 0.93;

/** Turns that would take longer than this in all are made fewer. */
const slowMs = 20_000;

/** A process that takes turns. */
class Runner {
  constructor(name, workload, environment) {
    const { module, command, flags = [] } = known(name);
    const [program, ...parameters] =
      module === undefined
        ? [command[0], join(folder, command[1]), workload.id]
        : [process.execPath, ...flags, join(folder, "side.mjs"), name.split("@")[0], workload.id];
    this.name = name;
    this.child = spawn(program, parameters, {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, ...environment },
    });
    this.exited = new Promise((resolve) => {
      this.child.once("exit", resolve);
      this.child.once("error", resolve);
    });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  /** The next answer; lines that are none (a library's greeting) are passed over. */
  async answer() {
    for (;;) {
      const { value, done } = await this.lines.next();
      if (done) throw new Error(`${this.name}: the process ended`);
      if (!value.startsWith("{")) continue;
      const answer = JSON.parse(value);
      if (answer.error !== undefined) throw new Error(`${this.name}: ${answer.error}`);
      return answer;
    }
  }

  turn() {
    this.child.stdin.write("turn\n");
    return this.answer();
  }

  async close() {
    this.child.stdin.end();
    await this.exited;
  }
}

/**
 * @param {import("./workloads.mjs").Workload} workload
 * @param {readonly string[]} names of sides; the losses of all are compared with the first one's
 * @param {{ rounds?: number, warmUpMs?: number, environments?: Record<string, object> }} [options] rounds: turns of each
 *   side; environments: variables of the processes, by side (`DOWNHILL_DIST` names another build)
 * @returns a row: by side the times of a step in microseconds, minimum and median, or why it could not take part; the peak
 */
export async function measure(workload, names, { rounds = 30, warmUpMs = 400, environments = {} } = {}) {
  const probe = peakProbe();
  const runners = names.map((name) => new Runner(name, workload, environments[name]));
  const results = new Map(names.map((name) => [name, { answers: [] }]));
  const peaks = [];
  try {
    const starts = await Promise.allSettled(runners.map((runner) => runner.answer()));
    starts.forEach(({ reason }, i) => {
      if (reason !== undefined) results.get(names[i]).error = reason.message;
    });
    /** A turn of each of these sides, one after the other; who fails is out. */
    const take = async (order) => {
      const answers = [];
      for (const [i, name] of order) {
        if (results.get(name).error !== undefined) continue;
        try {
          answers.push([name, await runners[i].turn()]);
        } catch (error) {
          results.get(name).error = error.message;
        }
      }
      return answers;
    };
    const all = [...names.entries()];
    const first = await take(all);
    // A turn of a slow side must not take minutes: it takes fewer.
    const every = new Map(first.map(([name, { us }]) => [name, Math.max(1, Math.ceil((us / 1000) * rounds) / slowMs)]));
    const warm = performance.now() + warmUpMs;
    do {
      await take(all.filter(([, name]) => every.get(name) === 1));
      peaks.push(probe());
    } while (performance.now() < warm);
    for (let round = 0; round < rounds; round++) {
      // Whoever comes second finds the other's data in the caches: they take turns at that, too.
      const order = round % 2 === 0 ? all : all.toReversed();
      const isTurn = (interval) => Math.floor(round / interval) !== Math.floor((round - 1) / interval);
      const answers = await take(order.filter(([, name]) => isTurn(every.get(name))));
      for (const [name, answer] of answers) results.get(name).answers.push(answer);
      peaks.push(probe());
    }
    followed(workload, new Map(first), results);
  } finally {
    await Promise.all(runners.map((runner) => runner.close()));
  }
  const peakGflops = Math.max(...peaks);
  return {
    id: workload.id,
    name: workload.name,
    steps: workload.steps,
    total: workload.total === true,
    flops: flopsOfStep(workload),
    peakGflops,
    wanted: workload.wanted,
    wantedShare: workload.wantedShare,
    sides: Object.fromEntries(names.map((name) => [name, summary(results.get(name), workload)])),
  };
}

/** The entry of a side; those of other builds are called `downhill@REF`. */
const known = (name) => sides[name.split("@")[0]];

/** All must have learned, and the same: else the times compare different things. */
function followed({ name, kind }, first, results) {
  const [[reference, { loss: wanted }]] = first;
  for (const [side, { loss }] of first) {
    if (!(Math.abs(loss - wanted) <= lossTolerance * Math.abs(wanted)) && known(side).differs === undefined) {
      throw new Error(`${name}: after the first turn the losses differ: ${reference} ${wanted}, ${side} ${loss}`);
    }
    const last = results.get(side).answers.at(-1)?.loss ?? loss;
    if (kind === "train" && !(last <= loss)) throw new Error(`${name}: the loss of ${side} rose: ${loss} → ${last}`);
  }
}

function summary({ answers, error }, workload) {
  if (error !== undefined || answers.length === 0) return { error: error ?? "took no turn" };
  const times = answers.map(({ us }) => us / workload.steps);
  const min = Math.min(...times);
  const cpuShare = median(answers.map(({ us, cpuUs }) => (cpuUs === undefined ? 1 : cpuUs / us)));
  const speed =
    workload.kind === "update"
      ? { gbps: bytesOfUpdate(workload) / min / 1e3 }
      : { gflops: flopsOfStep(workload) / min / 1e3 };
  return { min, median: median(times), ...speed, cpuShare, turns: answers.length, loss: answers.at(-1).loss };
}

export const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** How much faster `side` is than `other` in a row: the ratio of the fastest turns; NaN where one did not take part. */
export function ratio({ sides: measured }, side, other) {
  return (measured[other]?.min ?? Number.NaN) / (measured[side]?.min ?? Number.NaN);
}

/** Was the machine somebody else's, too, while this row was measured? */
export function isBusy({ sides: measured }) {
  return Object.values(measured).some(({ cpuShare }) => cpuShare !== undefined && cpuShare < leastCpuShare);
}

/** The fastest JavaScript library of a row, or undefined where none took part. */
export function fastestLibrary({ sides: measured }) {
  const libraries = Object.keys(measured).filter((name) => known(name).peer && name !== "torch");
  const took = libraries.filter((name) => measured[name].min !== undefined);
  return took.toSorted((a, b) => measured[a].min - measured[b].min)[0];
}

/**
 * What a row says of the goals: each with what was wanted and what came. Who took no part is not judged.
 *
 * @returns {{ goal: string, wanted: number, got: number, met: boolean }[]}
 */
export function verdicts(row) {
  const goals = [];
  const add = (goal, wanted, got) => {
    if (wanted !== undefined && !Number.isNaN(got)) goals.push({ goal, wanted, got, met: got >= wanted });
  };
  const { plain, javascript, torch } = row.wanted ?? {};
  const library = fastestLibrary(row);
  add("× plain JavaScript", plain, ratio(row, "downhill", "plain"));
  add(`× ${library === undefined ? "" : known(library).title}`, javascript, ratio(row, "downhill", library));
  add("× PyTorch", torch, ratio(row, "downhill", "torch"));
  add("of the SIMD128 peak", row.wantedShare, (row.sides.downhill?.gflops ?? Number.NaN) / row.peakGflops);
  return goals;
}

/** Waits until about a core is free; gives up after `patienceMs`. */
export async function waitForQuiet(patienceMs = 30_000) {
  const until = performance.now() + patienceMs;
  for (;;) {
    const before = busyTime();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const idle = (busyTime().idle - before.idle) / 500;
    // On one core all of it must be free, else one of them.
    if (idle >= Math.min(0.9, cpus().length - 0.1)) return true;
    if (performance.now() > until) return false;
  }
}

function busyTime() {
  return { idle: cpus().reduce((sum, { times }) => sum + times.idle, 0) };
}
