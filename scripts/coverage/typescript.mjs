// Which lines and branches of TypeScript the tests run: in Node, in Node's worker threads, and in Chromium.
import { readdir, readFile, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { mergeProcessCovs } from "@bcoe/v8-coverage";
import convert from "ast-v8-to-istanbul";
import { parseAstAsync } from "vitest/node";
import { root } from "../lib/paths.mjs";
import { run, stage } from "../lib/run.mjs";
import { folder } from "./files.mjs";
import { measured } from "./programs.mjs";

/**
 * Needs the programs and the core that are measured.
 *
 * @param {string} chromium where one is
 * @returns {Promise<import("./files.mjs").FileCoverage[]>}
 */
export async function typescriptCoverage(chromium) {
  const threads = join(folder, "threads");
  await rm(threads, { recursive: true, force: true });
  const node = await stage("TypeScript in Node", () => vitest("node", { NODE_V8_COVERAGE: threads }));
  const sightings = await inThreads(threads);
  sightings.push(await stage("TypeScript in Chromium", () => vitest("chromium", { DOWNHILL_CHROMIUM: chromium })));
  return Object.entries(node).map(([path, file]) => {
    const name = relative(root, path).replaceAll("\\", "/");
    return counted(name, file, sightings.map((seen) => seen[path]).filter(Boolean));
  });
}

/** Runs a project of the tests; gives back what istanbul would have counted, by path. */
async function vitest(project, variables) {
  const reports = join(folder, project);
  const parameters = [
    join(root, "node_modules", "vitest", "vitest.mjs"),
    "run",
    "--config",
    join(root, "scripts", "coverage", "vitest.config.mjs"),
    "--project",
    project,
    "--coverage.enabled",
    "--coverage.provider=v8",
    "--coverage.include=ts/**/*.ts",
    "--coverage.reporter=json",
    `--coverage.reportsDirectory=${reports}`,
  ];
  await run(process.execPath, parameters, { cwd: root, env: { ...process.env, ...variables } });
  return JSON.parse(await readFile(join(reports, "coverage-final.json"), "utf8"));
}

/** What ran in worker threads: each wrote it into the folder when it ended. */
async function inThreads(threads) {
  const urls = new Set(measured.map(({ url }) => url));
  const reports = [];
  for (const name of await readdir(threads)) {
    const text = await readFile(join(threads, name), "utf8");
    // Some tests kill processes, also while these write.
    if (!text.trimEnd().endsWith("}")) continue;
    const ours = JSON.parse(text).result.filter(({ url }) => urls.has(url));
    if (ours.length > 0) reports.push({ result: ours });
  }
  const sightings = [];
  for (const coverage of mergeProcessCovs(reports).result) {
    const { file, map } = measured.find(({ url }) => url === coverage.url);
    const [code, sourceMap] = await Promise.all([file, map].map((path) => readFile(path, "utf8")));
    const files = await convert({
      code,
      sourceMap: JSON.parse(sourceMap),
      ast: parseAstAsync(code),
      coverage: { ...coverage, url: `file://${file}` },
    });
    sightings.push(files);
  }
  return sightings;
}

/**
 * One file's lines and branches. Where it was seen elsewhere too the same code was translated by another tool, so that
 * columns differ: branches are the same where a line has as many of the kind, in their order.
 */
function counted(file, { statementMap, s, branchMap, b }, sightings) {
  const lines = linesOf({ statementMap, s });
  const branches = branchesOf({ branchMap, b });
  for (const seen of sightings) {
    for (const [line, count] of linesOf(seen)) if (lines.has(line)) lines.set(line, lines.get(line) + count);
    const others = branchesOf(seen);
    for (const [place, counts] of branches) {
      const more = others.get(place);
      if (more?.length === counts.length) for (const [i, count] of more.entries()) counts[i] += count;
    }
  }
  const ways = [...branches].flatMap(([place, counts]) => counts.map((count) => [Number.parseInt(place, 10), count]));
  return { file, lines: [...lines], branches: ways };
}

/** How often each line that begins a statement ran. */
function linesOf({ statementMap, s }) {
  const lines = new Map();
  for (const [id, { start }] of Object.entries(statementMap))
    lines.set(start.line, Math.max(lines.get(start.line) ?? 0, s[id]));
  return lines;
}

/** How often each way was taken, by line and kind. */
function branchesOf({ branchMap, b }) {
  const branches = new Map();
  for (const [id, { type, loc }] of Object.entries(branchMap)) {
    const place = `${loc.start.line} ${type}`;
    branches.set(place, [...(branches.get(place) ?? []), ...b[id]]);
  }
  return branches;
}
