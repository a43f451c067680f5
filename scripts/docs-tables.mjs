// Fills the places of the documents that are marked `<!-- table:NAME -->` … `<!-- /table:NAME -->` with what the
// repository's own scripts measure here and now. It needs `npm run build`.
//
//   node scripts/docs-tables.mjs
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "./lib/paths.mjs";
import { budget, measure } from "./size.mjs";

const documents = ["README.md"];

/** Each table by name: a function that measures and returns its lines. */
const tables = {
  async size() {
    const { minified, gzipped, wasm } = await measure();
    const kibibytes = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
    return markdown(
      ["what a program that trains a network ships (`npm run size`)", "size"],
      [
        ["bundled and minified, the wasm inside", kibibytes(minified)],
        [`the same gzipped (budget ${kibibytes(budget)})`, kibibytes(gzipped)],
        ["the wasm alone, gzipped", kibibytes(wasm)],
      ],
    );
  },
};

/** Rows as a table, numbers to the right. */
function markdown(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, column) => (column === 0 ? "---" : "---:"));
  return [head, rule, ...rows].map(line).join("\n");
}

for (const document of documents) {
  const path = join(root, document);
  let text = await readFile(path, "utf8");
  for (const [, name] of text.matchAll(/<!-- table:([\w-]+) -->/g)) {
    const [begin, end] = [`<!-- table:${name} -->`, `<!-- /table:${name} -->`];
    const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
    if (tables[name] === undefined) throw new Error(`${document}: nobody makes the table ${name}`);
    if (to < from) throw new Error(`${document}: ${end} is missing after ${begin}`);
    text = `${text.slice(0, from)}\n\n${await tables[name]()}\n\n${text.slice(to)}`;
    console.log(`${document}: ${name}`);
  }
  await writeFile(path, text);
}
