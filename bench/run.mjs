// downhill beside plain JavaScript: `npm run bench -- [--only tiny,digits128] [--rounds 30] [--json FILE] [--check]`
import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { firstSentence, table } from "../examples/lib/text.mjs";
import { measure, verdict } from "./measure.mjs";
import { workloads } from "./workloads.mjs";

const help = `npm run bench -- [options]

  --only    ids, separated by commas (${workloads.map(({ id }) => id).join(",")})
  --rounds  turns of each side (30)
  --json    a file for the figures
  --check   exit code 1 where a row misses the ratio it must reach
  --help    this`;

/** The chosen options, or undefined after a mistake, which is printed. */
function readArguments() {
  try {
    const text = { type: "string" };
    const flag = { type: "boolean" };
    const { values } = parseArgs({ options: { only: text, rounds: text, json: text, check: flag, help: flag } });
    const ids = values.only?.split(",") ?? workloads.map(({ id }) => id);
    const unknown = ids.find((id) => !workloads.some((workload) => workload.id === id));
    if (unknown !== undefined) throw new Error(`--only: no workload is called "${unknown}"`);
    const rounds = Number(values.rounds ?? 30);
    if (!(Number.isInteger(rounds) && rounds >= 1))
      throw new Error(`--rounds: expected a whole number >= 1, got "${values.rounds}"`);
    return { ...values, ids, rounds };
  } catch (error) {
    console.error(`${firstSentence(error)}; see --help`);
    process.exitCode = 2;
    return undefined;
  }
}

const time = (us) => (us >= 1000 ? `${(us / 1000).toFixed(2)} ms` : `${us.toFixed(us < 10 ? 2 : 1)} µs`);

function line(row) {
  const { name, downhill, baseline } = row;
  const sides = [downhill, baseline].flatMap(({ min, median }) => [time(min), time(median)]);
  const isProduct = downhill.gflops >= 1;
  return [
    name,
    ...sides,
    isProduct ? downhill.gflops.toFixed(1) : "",
    isProduct ? baseline.gflops.toFixed(1) : "",
    `${row.ratio.toFixed(2)} ×`,
    row.wanted === undefined ? "" : `${row.wanted} × ${verdict(row)}`,
  ];
}

async function main({ ids, rounds, json, check }) {
  const rows = [];
  for (const workload of workloads.filter(({ id }) => ids.includes(id))) rows.push(await measure(workload, { rounds }));
  const peak = Math.max(...rows.map(({ peakGflops }) => peakGflops));
  const machine = {
    node: process.version,
    v8: process.versions.v8,
    cpu: cpus()[0]?.model ?? "unknown",
    peakGflops: peak,
  };
  console.log(`\n  a step through fit, beside plain JavaScript; ${rounds} turns each, interleaved`);
  console.log(`  Node ${machine.node}, ${machine.cpu}, SIMD128 peak now ${peak.toFixed(1)} GFLOP/s\n`);
  const head = ["", "downhill min", "median", "plain min", "median", "GFLOP/s", "plain", "ratio", "wanted"];
  console.log(table(head, rows.map(line)));
  if (json !== undefined) await writeFile(json, `${JSON.stringify({ machine, rounds, rows }, undefined, 2)}\n`);
  if (check && rows.some((row) => verdict(row) === "missed")) process.exitCode = 1;
}

const chosen = readArguments();
if (chosen?.help) console.log(help);
else if (chosen !== undefined) await main(chosen);
