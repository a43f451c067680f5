// The parts of `npm run reliability`, and docs/reliability.md with a section for each.
import { readdir } from "node:fs/promises";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { table } from "../../../examples/lib/text.mjs";
import { markdown } from "../../lib/markdown.mjs";
import { ask } from "../../lib/run.mjs";

/**
 * What a part found out.
 *
 * @typedef {object} Outcome
 * @property {string[]} failures what must not be, a sentence each; none where the part passed
 * @property {{ head: string[], rows: (string | number)[][], words?: number }[]} [tables] its figures; of each table the
 * first `words` columns (1) are words, the others numbers
 * @property {string[]} [notes] what a reader needs to know beside the figures, a paragraph of Markdown each
 */

/**
 * A part: what a file `scripts/reliability/NAME.mjs` exports, with its name. Helpers lie in folders below.
 *
 * @typedef {object} Part
 * @property {string} name
 * @property {string} title its heading
 * @property {number} place where it stands in the document: 1 for item 7.1, 2.5 for what follows on 7.2 …
 * @property {string} unit what is counted, in the plural
 * @property {{ short: number, full: number }} counts
 * @property {(options: { count: number, quick: boolean }) => Promise<Outcome>} run
 */

const folder = join(dirname(fileURLToPath(import.meta.url)), "..");

/**
 * Every part, in the order of the document.
 *
 * @returns {Promise<Part[]>}
 */
export async function readParts() {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".mjs"));
  const parts = await Promise.all(
    files.map(async (file) => ({
      name: file.replace(/\.mjs$/, ""),
      ...(await import(pathToFileURL(join(folder, file)).href)),
    })),
  );
  return parts.sort((a, b) => a.place - b.place);
}

/**
 * The figures for the terminal.
 *
 * @param {Outcome} outcome
 */
export function textOf({ failures, tables = [], notes = [] }) {
  const drawn = tables.map(({ head, rows }) =>
    table(
      head,
      rows.map((row) => row.map(String)),
    ),
  );
  return [...drawn, ...notes, ...failures.map((failure) => `✗ ${failure}`)].join("\n\n");
}

/**
 * The figures as a section of the document.
 *
 * @param {Part} part
 * @param {Outcome} outcome
 * @param {{ command: string, count: number, took: string }} run
 */
export function sectionOf({ title, unit }, { failures, tables = [], notes = [] }, { command, count, took }) {
  const date = new Date().toISOString().slice(0, 10);
  const rust = ask("rustc", ["--version"])?.split(" ").slice(0, 2).join(" ");
  const machine = [`Node ${process.version}`, rust, cpus()[0]?.model, `${process.platform} ${process.arch}`];
  const measured = `Measured on ${date} by \`${command}\` (${machine.filter(Boolean).join(", ")}): ${count} ${unit}, ${took}.`;
  const found = failures.length === 0 ? [] : ["**Failed:**", failures.map((failure) => `- ${failure}`).join("\n")];
  const drawn = tables.map(({ head, rows, words }) => markdown(head, rows, words));
  return [`## ${title}`, measured, ...found, ...drawn, ...notes].join("\n\n");
}

const introduction = `# Reliability

Written by \`npm run reliability -- --write\`; each section says when and by what it was measured, and what a section counts can be had smaller with \`--quick\` or alone with \`--only NAME\`. The command fails where a part finds what must not be.`;

const mark = /<!-- part:([\w-]+) -->\n\n([\s\S]*?)\n\n<!-- \/part -->/g;

/**
 * The sections of a document by the names of their parts.
 *
 * @param {string} text
 * @returns {Map<string, string>}
 */
export const sectionsIn = (text) => new Map(Array.from(text.matchAll(mark), ([, name, section]) => [name, section]));

/**
 * The document: the sections of the parts that there are, in their order.
 *
 * @param {readonly Pick<Part, "name">[]} parts
 * @param {ReadonlyMap<string, string>} sections
 */
export function documentOf(parts, sections) {
  const known = parts.filter(({ name }) => sections.has(name));
  const marked = known.map(({ name }) => `<!-- part:${name} -->\n\n${sections.get(name)}\n\n<!-- /part -->`);
  return `${[introduction, ...marked].join("\n\n")}\n`;
}
