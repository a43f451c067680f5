// Measures everything and writes docs/benchmarks.md with its picture: `npm run bench:docs`, on a machine that does nothing
// else. Peers take part where they are installed (bench/peers).
//
//   node bench/document.mjs [--from FILE]     FILE: figures that an earlier run left in build/benchmarks.json; only writes
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { plotLines } from "downhill/plot";
import { markdown } from "../scripts/lib/markdown.mjs";
import { generated, root } from "../scripts/lib/paths.mjs";
import { kibibytes } from "../scripts/lib/units.mjs";
import { measure as measureSize, program } from "../scripts/size.mjs";
import { profile as measureSizeProfile } from "../scripts/size-profile.mjs";
import { measureMemory } from "./memory.mjs";
import { measureProfiles } from "./profile.mjs";
import { goalText, time } from "./report.mjs";
import { sides } from "./sides/index.mjs";
import { measureSizes } from "./sizes.mjs";
import { measureStages, measureStartUp } from "./start-up.mjs";
import { isBusy, measure, ratio, verdicts, waitForQuiet } from "./turns.mjs";
import { workloads } from "./workloads.mjs";

const title = (name) => sides[name]?.title ?? name;
const mebibytes = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

async function measureAll() {
  if (!(await waitForQuiet())) throw new Error("no core of this machine is free: the figures would be worth nothing");
  const peers = existsSync(join(root, "bench", "peers", "node_modules"));
  const names = Object.keys(sides).filter((name) => peers || !sides[name].peer);
  const rows = [];
  for (const workload of workloads) {
    rows.push(await measure(workload, names));
    console.log(`  ${workload.id}`);
  }
  const trains = new Set(workloads.filter(({ kind }) => kind === "train").map(({ id }) => id));
  const missed = rows.filter((row) => trains.has(row.id) && verdicts(row).some(({ met }) => !met));
  return {
    machine: {
      date: new Date().toISOString().slice(0, 10),
      node: process.version,
      v8: process.versions.v8,
      cpu: cpus()[0]?.model ?? "unknown",
      cores: cpus().length,
      platform: `${process.platform} ${process.arch}`,
    },
    rows,
    profiles: await measureProfiles(missed.map(({ id }) => id)),
    startUp: await measureStartUp(names.filter((name) => sides[name].module !== undefined)),
    stages: measureStages(),
    size: await measureSize(),
    sizeProfile: await measureSizeProfile(program),
    memory: measureMemory(),
    cost: await measureSizes(),
  };
}

/** Times of all sides, a row a workload; what took no part is left empty. */
function timesTable(rows) {
  const names = Object.keys(rows[0].sides).filter((name) => rows.some((row) => row.sides[name]?.min !== undefined));
  const cell = (row, name) => {
    const { min } = row.sides[name] ?? {};
    if (min === undefined) return "";
    const text = time(min * (row.total ? row.steps : 1));
    const times = ratio(row, "downhill", name);
    return name === "downhill" ? `**${text}**` : `${text} (${times.toFixed(times < 10 ? 2 : 0)} ×)`;
  };
  return markdown(
    ["", ...names.map(title)],
    rows.map((row) => [`${row.id} ${row.name}`, ...names.map((name) => cell(row, name))]),
  );
}

function goalsTable(rows) {
  const shares = (row) => {
    const { gflops, gbps } = row.sides.downhill;
    if (gbps !== undefined) return `${gbps.toFixed(0)} GB/s`;
    return gflops < 1
      ? ""
      : `${gflops.toFixed(1)} GFLOP/s, ${((100 * gflops) / row.peakGflops).toFixed(0)} % of the peak`;
  };
  const goals = (row) =>
    verdicts(row)
      .map((verdict) => `${verdict.met ? "✓" : "✗"} ${goalText(verdict)}`)
      .join("<br>");
  return markdown(
    ["", "downhill", "goals"],
    rows.map((row) => [row.id, shares(row), goals(row) + (isBusy(row) ? "<br>(the machine was busy)" : "")]),
  );
}

/** What `bench/profile.mjs` saw of the workloads that miss a goal, and what it means. */
const profileText = (
  profiles,
) => `Where a step's time goes in the workloads that miss a goal, by \`node bench/profile.mjs\`:

${profileTable(profiles)}

The smallest network (W2) has no place where its time goes: a step is a few hundred nanoseconds of many calls, and each of its steps is an epoch that leaves an entry in the history; plain JavaScript has neither. W4 at batch 32 multiplies at about the peak; what else takes time is Adam's division and root for each of 101,770 parameters, for which WebAssembly has no approximate instruction and which must give the same bits everywhere. W6 is matrix products at the peak of 128 bits and nothing else; PyTorch multiplies with registers of 512 bits.

`;

/** A column a workload: the share of each group of functions. */
function profileTable(profiles) {
  const ids = Object.keys(profiles);
  const groups = [...new Set(Object.values(profiles).flatMap((rows) => rows.map(([group]) => group)))];
  const cell = (id, group) => {
    const share = profiles[id].find(([name]) => name === group)?.[1] ?? 0;
    return `${(100 * share).toFixed(1)} %`;
  };
  return markdown(["", ...ids], [...groups.map((group) => [group, ...ids.map((id) => cell(id, group))])]);
}

function costTable({ rows, peakGflops }) {
  const widths = [...new Set(rows.map(({ width }) => width))];
  const batches = [...new Set(rows.map(({ batch }) => batch))];
  const cell = (width, batch) => {
    const row = rows.find((one) => one.width === width && one.batch === batch);
    return row === undefined ? "" : `${time(row.us)}, ${((100 * row.gflops) / peakGflops).toFixed(0)} %`;
  };
  return markdown(
    ["width", ...batches.map((batch) => `batch ${batch}`)],
    widths.map((width) => [width, ...batches.map((batch) => cell(width, batch))]),
  );
}

function costPicture({ rows }) {
  const widths = [...new Set(rows.map(({ width }) => width))];
  const series = widths.map((width) => ({
    name: `width ${width}`,
    points: rows.filter((row) => row.width === width).map(({ batch, us }) => [batch, us / 1000]),
  }));
  return plotLines(series, {
    title: "What a step costs",
    xLabel: "rows of a batch",
    yLabel: "milliseconds a step",
    xScale: "log",
    yScale: "log",
  });
}

/** What is shipped, by what it is for; each group with its share of the gzipped bytes. */
function sizeTable({ wasm, javascript }) {
  const named = (kind, rows) =>
    rows.map(({ group, bytes, gzipped }) => [kind, group, kibibytes(bytes), kibibytes(gzipped)]);
  return markdown(
    ["", "what for", "KiB", "gzipped"],
    [...named("WebAssembly", wasm), ...named("JavaScript", javascript)],
    2,
  );
}

function page({ machine, rows, profiles, startUp, stages, size, sizeProfile, memory, cost }) {
  const started = Object.entries(startUp)
    .filter(([name, { min }]) => name !== "empty" && min !== undefined)
    .map(([name, { min, median }]) => [
      title(name),
      `${min.toFixed(1)} ms`,
      `${median.toFixed(1)} ms`,
      `${(min - startUp.empty.min).toFixed(1)} ms`,
    ]);
  const above = memory.train - memory.empty;
  const added = (name) => startUp[name].min - startUp.empty.min;
  const wasmPeer = startUp["tfjs-wasm"];
  const share = wasmPeer?.min === undefined ? undefined : added("downhill") / added("tfjs-wasm");
  const startGoal =
    share === undefined
      ? ""
      : ` The goal was a fifth of what TensorFlow.js wasm adds; it is ${share.toFixed(2)}: ${share <= 0.2 ? "met" : "missed"}.`;
  const stage = (name) => `${stages[name].toFixed(1)} ms`;
  return `# Benchmarks

Written by \`npm run bench:docs\` on ${machine.date}: Node ${machine.node} (V8 ${machine.v8}), ${machine.cpu}, ${machine.cores} cores, ${machine.platform}. One core computes. Absolute times are those of this machine on this day; the ratios are what to look at. \`npm run bench\` measures again, \`npm run bench:peers\` with the other libraries, \`npm run bench -- --against REF\` beside another commit.

How it is measured: every side runs in a process of its own, from the same weights on the same batches, and the losses are compared; the sides take turns, and of up to 30 turns the fastest counts. Where a library is missing, it took no part: brain.js and ConvNetJS train sample by sample and are only waited for on small networks, PyTorch needs Python.

## Training and prediction

The fastest turn: for W1 and W2 all 1,000 steps, else one step or prediction. In brackets how many times faster downhill is.

${timesTable(rows)}

"downhill, relaxed SIMD" is the build of \`downhill/relaxed-simd\`, which may fuse multiplication and addition; whether it helps depends on the processor.

## Against the goals

The peak is that of 128-bit SIMD, measured in the same run by a loop that only multiplies and adds in registers; the share counts the whole step (forward, loss, backward, update) against the multiplications and additions of its matrix products. GB/s count the 28 bytes that Adam must move for each parameter.

${goalsTable(rows)}

${Object.keys(profiles).length === 0 ? "" : profileText(profiles)}## Start-up and size (W9)

From the start of the process to the end of the first training step of 4-16-16-3; an empty Node took ${startUp.empty.min.toFixed(1)} ms (median ${startUp.empty.median.toFixed(1)}).

${markdown(["", "fastest", "median", "above an empty Node"], started)}

Of downhill's time, loading and decoding the JavaScript takes ${stage("load")}, compiling the wasm ${stage("compile")}, making the model ${stage("create")} and the first step, in code that the engine has not yet optimised, ${stage("step")}.${startGoal}

A bundle that trains a network weighs ${kibibytes(size.minified)} KiB minified, ${kibibytes(size.gzipped)} KiB gzipped, of which the wasm is ${kibibytes(size.wasm)} KiB. The goal was 60 KiB, and is missed: \`Model\` is a class, whose methods travel in every bundle, and the core holds every layer, loss and optimizer that a configuration or a file may name. [Decisions](decisions.md) has what was tried. Where the bytes go:

${sizeTable(sizeProfile)}

## Memory (W10)

784-512-512-10 at batch 128 with Adam peaks at ${mebibytes(memory.train)}, an empty Node at ${mebibytes(memory.empty)}: ${mebibytes(above)} above it, ${(above / memory.necessary).toFixed(1)} times the ${mebibytes(memory.necessary)} of parameters, gradients, moments, activations and data. Loading, compiling and running the library for 4-16-16-3 alone takes ${mebibytes(memory.tiny - memory.empty)} of it, engine code mostly; the goal, 1.5 times in all, leaves no room for it. 4-16-16-3 holds ${mebibytes(memory.first.rss)} after 10,000 steps and ${mebibytes(memory.last.rss)} after 100,000; the core's own memory is ${mebibytes(memory.first.wasm)} and ${mebibytes(memory.last.wasm)}.

## What a step costs (W11)

A step of w-w-w (two square kernels, squared error, SGD), and how much of the peak it reaches.

${costTable(cost)}

![Time of a step over the batch, a line for each width](benchmarks.svg)

With one row every weight is read and written for two operations, so the memory is the limit, and a step costs as much as its weights are long. From about 64 rows on the products outweigh all else: twice the rows cost twice the time, twice the width four times. The smallest networks pay for calls, not for numbers: below width 32 a step of one row and one of eight cost nearly the same.
`;
}

const { values } = parseArgs({ options: { from: { type: "string" } } });
const figures = values.from === undefined ? await measureAll() : JSON.parse(await readFile(values.from, "utf8"));
await mkdir(generated, { recursive: true });
await writeFile(join(generated, "benchmarks.json"), `${JSON.stringify(figures, undefined, 2)}\n`);
await writeFile(join(root, "docs", "benchmarks.md"), page(figures));
await writeFile(join(root, "docs", "benchmarks.svg"), `${costPicture(figures.cost)}\n`);
