// downhill beside plain JavaScript, and beside its peers where they are installed: `npm run bench -- [options]`
import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { firstSentence } from "../examples/lib/text.mjs";
import { buildOf } from "./against.mjs";
import { printReport } from "./report.mjs";
import { sides as known } from "./sides/index.mjs";
import { isBusy, measure, verdicts, waitForQuiet } from "./turns.mjs";
import { workloads } from "./workloads.mjs";

const ids = workloads.map(({ id }) => id);

const help = `npm run bench -- [options]

  --only     workloads, separated by commas (${ids.join(",")})
  --sides    who takes part (downhill,relaxed,plain); others: ${Object.keys(known)
    .filter((name) => known[name].peer)
    .join(",")} (npm run bench:peers)
  --against  a commit, branch or tag: its build takes part as another side
  --rounds   turns of each side (30)
  --json     a file for the figures
  --check    exit code 1 where a goal is missed, 3 where the machine was too busy to judge
  --help     this`;

/** The chosen options, or undefined after a mistake, which is printed. */
function readArguments() {
  try {
    const text = { type: "string" };
    const flag = { type: "boolean" };
    const options = { only: text, sides: text, against: text, rounds: text, json: text, check: flag, help: flag };
    const { values } = parseArgs({ options });
    const list = (option, given, allowed) => {
      const names = given.split(",");
      const unknown = names.find((name) => !allowed.includes(name));
      if (unknown !== undefined) throw new Error(`--${option}: there is no "${unknown}"`);
      return names;
    };
    const rounds = Number(values.rounds ?? 30);
    if (!(Number.isInteger(rounds) && rounds >= 1))
      throw new Error(`--rounds: expected a whole number >= 1, got "${values.rounds}"`);
    return {
      ...values,
      rounds,
      only: list("only", values.only ?? ids.join(","), ids),
      sides: list("sides", values.sides ?? "downhill,relaxed,plain", Object.keys(known)),
    };
  } catch (error) {
    console.error(`${firstSentence(error)}; see --help`);
    process.exitCode = 2;
    return undefined;
  }
}

async function main({ only, sides, against, rounds, json, check }) {
  const environments = {};
  const names = [...sides];
  if (against !== undefined) {
    const { name, dist } = await buildOf(against);
    names.splice(1, 0, `downhill@${name}`);
    environments[`downhill@${name}`] = { DOWNHILL_DIST: dist };
  }
  if (check && !(await waitForQuiet())) {
    console.error("no core of this machine is free: nothing can be judged now");
    process.exitCode = 3;
    return;
  }
  const rows = [];
  for (const workload of workloads.filter(({ id }) => only.includes(id))) {
    rows.push(await measure(workload, names, { rounds, environments }));
  }
  const machine = {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    v8: process.versions.v8,
    cpu: cpus()[0]?.model ?? "unknown",
    platform: `${process.platform} ${process.arch}`,
    peakGflops: Math.max(...rows.map(({ peakGflops }) => peakGflops)),
  };
  printReport({ machine, rounds, rows });
  if (json !== undefined) await writeFile(json, `${JSON.stringify({ machine, rounds, rows }, undefined, 2)}\n`);
  if (!check) return;
  if (rows.some((row) => !isBusy(row) && verdicts(row).some(({ met }) => !met))) process.exitCode = 1;
  else if (rows.some(isBusy)) process.exitCode = 3;
}

const chosen = readArguments();
if (chosen?.help) console.log(help);
else if (chosen !== undefined) await main(chosen);
