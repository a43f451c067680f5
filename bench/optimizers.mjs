// Every optimizer's update alone, nothing copied in or out, in nanoseconds a parameter, after `npm run build`. It takes turns,
// so that what disturbs the machine disturbs all, and keeps the best turn of each.
//
//   node bench/optimizers.mjs [--json]
//   node bench/optimizers.mjs --against REF     beside the build of a commit, in turns: how many times as long it takes now
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { instantiate } from "../build/core.js";
import { root } from "../scripts/lib/paths.mjs";
import { buildOf } from "./against.mjs";

const turns = 30;
const turnMs = 10;

/**
 * @param {readonly number[]} sizes parameters of the one tensor, in a matrix of rows of 100
 * @returns {Promise<Map<string, number[]>>} for each rule, with its defaults, the nanoseconds at each size
 */
export async function measureOptimizers(sizes = [1e4, 1e6]) {
  const wasm = await WebAssembly.compile(await readFile(join(root, "build/simd128/core.wasm")));
  const rules = JSON.parse(await readFile(join(root, "test/shared/optimizer-rules.json"), "utf8"));
  const best = new Map(rules.map(({ type }) => [type, []]));
  for (const [at, size] of sizes.entries()) {
    const runs = rules.map((rule, place) => ({ type: rule.type, ...start(instantiate(wasm), rule, place, size) }));
    for (let turn = 0; turn < turns; turn++) {
      for (const { type, row, optimizer, updates } of runs) {
        const from = performance.now();
        for (let i = 0; i < updates; i++) optimizer.step(row);
        const ns = ((performance.now() - from) * 1e6) / updates / size;
        const own = best.get(type);
        own[at] = Math.min(own[at] ?? Number.POSITIVE_INFINITY, ns);
      }
    }
  }
  return best;
}

/**
 * One rule of the core with its defaults, on blocks of the caller's; nothing is copied in or out when it steps.
 *
 * @returns {Promise<{ step: () => void, parameters: () => Float32Array }>}
 */
export async function coreOptimizer(type, { parameters, gradients }) {
  const core = instantiate(await WebAssembly.compile(await readFile(join(root, "build/simd128/core.wasm"))));
  const rules = JSON.parse(await readFile(join(root, "test/shared/optimizer-rules.json"), "utf8"));
  const place = rules.findIndex((rule) => rule.type === type);
  const { optimizer, row } = made(core, rules[place], place, parameters.length);
  const view = (pointer) => new Float32Array(core.memory.buffer, pointer, parameters.length);
  view(optimizer.parameters()).set(parameters);
  view(optimizer.gradients()).set(gradients);
  row[0] = rules[place].learningRate;
  return { step: () => optimizer.step(row), parameters: () => view(optimizer.parameters()) };
}

/** An optimizer of the core's for one matrix, and the row of numbers that an update takes. */
function made(core, { learningRate, options }, place, size) {
  // A word is the first of its words; an optimizer inside is none of the settings.
  const isSetting = ([, fallback]) => typeof fallback !== "object" || Array.isArray(fallback);
  const settings = options.filter(isSetting).flatMap(([, fallback]) => (typeof fallback === "string" ? 0 : fallback));
  const numbers = Float64Array.of(1, 0, Number.POSITIVE_INFINITY, 0, place, ...settings.map(Number));
  const columns = size % 100 === 0 ? 100 : size;
  const optimizer = new core.CoreOptimizer(numbers, Uint8Array.of(2), Uint32Array.of(2, size / columns, columns));
  return { optimizer, row: Float64Array.of(learningRate * 1e-3, Number.NaN) };
}

/** An optimizer of the core's with drawn parameters and gradients, warm, and how many updates fill a turn. */
function start(core, rule, place, size) {
  const { optimizer, row } = made(core, rule, place, size);
  for (const [seed, pointer] of [optimizer.parameters(), optimizer.gradients()].entries()) {
    const block = new Float32Array(core.memory.buffer, pointer, size);
    let state = seed;
    for (let i = 0; i < size; i++) {
      state = (Math.imul(1664525, state) + 1013904223) >>> 0;
      block[i] = state / 2 ** 31 - 1;
    }
  }
  const from = performance.now();
  let updates = 0;
  while (performance.now() - from < 3 * turnMs) {
    optimizer.step(row);
    updates++;
  }
  return { row, optimizer, updates: Math.max(1, Math.round(updates / 3)) };
}

/** How often each build has its turn when two are compared. */
const rounds = 5;

/**
 * Each rule's time in this build over that in another, at each size: the best of all turns of both.
 *
 * @param {string} reference a commit, branch or tag
 * @param {readonly number[]} sizes
 * @returns {Promise<{ name: string, ratios: Map<string, number[]> }>} of the rules that both have
 */
async function compare(reference, sizes) {
  const { name, dist } = await buildOf(reference);
  const other = await import(pathToFileURL(join(dist, "..", "bench", "optimizers.mjs")).href);
  const sides = [measureOptimizers, other.measureOptimizers];
  const best = [new Map(), new Map()];
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 === 0 ? [0, 1] : [1, 0]) {
      for (const [type, times] of await sides[side](sizes)) {
        const before = best[side].get(type);
        best[side].set(type, before === undefined ? times : times.map((ns, i) => Math.min(ns, before[i])));
      }
    }
  }
  const [mine, theirs] = best;
  const both = [...mine].filter(([type]) => theirs.has(type));
  return { name, ratios: new Map(both.map(([type, times]) => [type, times.map((ns, i) => ns / theirs.get(type)[i])])) };
}

/** A line for each rule. */
function print(title, sizes, rows) {
  process.stdout.write(`${title.padEnd(20)}${sizes.map((size) => String(size).padStart(12)).join("")}\n`);
  for (const [type, numbers] of rows)
    process.stdout.write(`${type.padEnd(20)}${numbers.map((x) => x.toFixed(3).padStart(12)).join("")}\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const sizes = [1e4, 1e6];
  const [flag, reference] = process.argv.slice(2);
  if (flag === "--against") {
    const { name, ratios } = await compare(reference ?? "HEAD", sizes);
    print(`time, of ${name}'s`, sizes, ratios);
  } else {
    const measured = await measureOptimizers(sizes);
    if (flag === "--json")
      process.stdout.write(`${JSON.stringify({ sizes, nanoseconds: Object.fromEntries(measured) })}\n`);
    else print("ns a parameter", sizes, measured);
  }
}
