// Measures what docs/reliability.md says, part by part, and fails where a part finds what must not be:
// `npm run reliability`. Each file of scripts/reliability is a part; scripts/reliability/lib/document.mjs says what it exports.
//
//   npm run reliability -- [--only NAME,…] [--quick] [--write] [--list]
//
//   --only     these parts; all by default
//   --quick    the short counts, minutes less
//   --write    puts the figures into docs/reliability.md; the sections of other parts stay as they are
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "./lib/paths.mjs";
import { seconds } from "./lib/run.mjs";
import { documentOf, readParts, sectionOf, sectionsIn, textOf } from "./reliability/lib/document.mjs";
import { fail } from "./toolchain.mjs";

const file = join(root, "docs", "reliability.md");

async function main() {
  const options = { only: { type: "string" }, quick: { type: "boolean" }, write: { type: "boolean" } };
  const { values } = parseArgs({ options: { ...options, list: { type: "boolean" } } });
  const parts = await readParts();
  if (values.list) {
    for (const { name, title, counts, unit } of parts)
      console.log(`${name.padEnd(16)} ${title}: ${counts.full} ${unit}, with --quick ${counts.short}`);
    return;
  }
  const wanted = values.only?.split(",") ?? parts.map(({ name }) => name);
  const unknown = wanted.find((name) => parts.every((part) => part.name !== name));
  if (unknown !== undefined)
    throw new Error(`--only: no part ${unknown}; there are ${parts.map(({ name }) => name).join(", ")}`);

  const sections = sectionsIn(await readFile(file, "utf8").catch(() => ""));
  const command = ["npm run reliability --", ...process.argv.slice(2).filter((word) => word !== "--write")].join(" ");
  for (const part of parts.filter(({ name }) => wanted.includes(name))) {
    const start = performance.now();
    const count = part.counts[values.quick ? "short" : "full"];
    console.log(`\n${part.name}: ${count} ${part.unit}`);
    const outcome = await part.run({ count, quick: values.quick ?? false }).catch((error) => ({
      failures: [error.stack],
    }));
    const took = seconds(performance.now() - start);
    console.log(`\n${textOf(outcome)}\n${part.name}: ${outcome.failures.length === 0 ? "passed" : "FAILED"}, ${took}`);
    if (outcome.failures.length > 0) process.exitCode = 1;
    sections.set(part.name, sectionOf(part, outcome, { command: command.replace(/ --$/, ""), count, took }));
    // After each part: what was measured is kept whatever the next one does.
    if (values.write) await writeFile(file, documentOf(parts, sections));
  }
}

await main().catch(fail);
