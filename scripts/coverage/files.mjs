// What was counted in each file of sources, and which of it nothing ran.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { generated, root } from "../lib/paths.mjs";

/** Where all that is measured lies. */
export const folder = join(generated, "coverage");

/**
 * How often each line that begins something ran, and each way from a line that has several. Lines count from 1 and may
 * occur more than once among the branches.
 *
 * @typedef {object} FileCoverage
 * @property {string} file from the root of the repository, with slashes
 * @property {[line: number, count: number][]} lines
 * @property {[line: number, count: number][]} branches
 */

/** The lines in a list of counts that were never run, each once, ascending. */
export const missed = (counts) =>
  [...new Set(counts.filter(([, count]) => count === 0).map(([line]) => line))].sort((a, b) => a - b);

/** How many there are over files, and how many ran. */
export function total(files, kind) {
  const counts = files.flatMap((file) => file[kind]);
  return { count: counts.length, covered: counts.filter(([, count]) => count > 0).length };
}

/** 93.4 %, or 100 % where nothing is missing. */
export const share = ({ count, covered }) =>
  count === covered ? "100 %" : `${Math.min(99.9, (100 * covered) / count).toFixed(1)} %`;

/** What a list holds, by what `key` says of each: `Map.groupBy`, which Node has from 21 on. */
export function groupBy(list, key) {
  const groups = new Map();
  for (const one of list) groups.set(key(one), [...(groups.get(key(one)) ?? []), one]);
  return groups;
}

/** Runs of lines: 3–5, 9. */
export function ranges(lines) {
  const runs = [];
  for (const line of lines) {
    if (runs.at(-1)?.[1] === line - 1) runs.at(-1)[1] = line;
    else runs.push([line, line]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(", ");
}

/**
 * What nothing ran, against the list of explanations.
 *
 * @param {FileCoverage[]} files
 * @param {typeof import("./explained.mjs").explained} explained
 * @param {(file: string) => Promise<string>} [read] gives a file's text
 * @returns {Promise<{ gaps: { file: string, lines: number[], branches: number[], why: string[] }[], failures: string[] }>}
 * per file what nothing ran and the reasons; as failures what has no reason, and reasons that explain nothing
 */
export async function explain(files, explained, read = (file) => readFile(join(root, file), "utf8")) {
  const gaps = [];
  const failures = Object.keys(explained)
    .filter((name) => files.every(({ file }) => file !== name))
    .map((name) => `explained.mjs: ${name} is no file that is counted`);
  for (const { file, lines, branches } of files) {
    const gap = { file, lines: missed(lines), branches: missed(branches), why: [] };
    const open = new Set([...gap.lines, ...gap.branches]);
    const known = new Set();
    const text = explained[file] === undefined ? [] : (await read(file)).split("\n");
    for (const [why, ...codes] of explained[file] ?? []) {
      gap.why.push(why);
      for (const code of codes) {
        const places = text.flatMap((line, i) => (line.includes(code) ? [i] : []));
        const covered = places.length === 1 ? block(text, places[0]).filter((line) => open.has(line)) : [];
        for (const line of covered) known.add(line);
        if (places.length !== 1) failures.push(`explained.mjs: ${file} has \`${code}\` ${places.length} times`);
        else if (covered.length === 0) failures.push(`explained.mjs: in ${file} tests run all of \`${code}\``);
      }
    }
    const bare = [...open].filter((line) => !known.has(line)).sort((a, b) => a - b);
    if (bare.length > 0)
      failures.push(`${file}: no test runs all of lines ${ranges(bare)}, and explained.mjs does not say why`);
    if (open.size > 0) gaps.push(gap);
  }
  return { gaps, failures };
}

/** A line and what it opens: all below it that is indented further, counted from 1. */
function block(text, from) {
  const depth = (line) => /^\s*/.exec(line)[0].length;
  const end = text.findIndex((line, i) => i > from && line.trim() !== "" && depth(line) <= depth(text[from]));
  // The line that closes the block belongs to it, `} else {` to what follows.
  const closes = end >= 0 && /^\s*[)\]}]+[;,]?$/.test(text[end]);
  const last = end < 0 ? text.length : end + (closes ? 1 : 0);
  return Array.from({ length: last - from }, (_, i) => from + 1 + i);
}
