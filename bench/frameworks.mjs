// What the playground could have been built with: the same panel and the same chart in each candidate, how much each adds to
// a page and how long an update takes in Chromium.
//
//   npm ci --prefix bench/frameworks && node bench/frameworks.mjs
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { chromium } from "playwright";
import { table } from "../examples/lib/text.mjs";
import { chromiumLaunch } from "../scripts/lib/browsers.mjs";
import { root } from "../scripts/lib/paths.mjs";
import { kibibytes } from "../scripts/lib/units.mjs";
import { median } from "./turns.mjs";

const folder = join(root, "bench", "frameworks");

const candidates = {
  panel: { "Preact, signals": "preact", Solid: "solid", Svelte: "svelte", lit: "lit", React: "react" },
  chart: { "the rooms' own canvas": "own", uPlot: "uplot", "Chart.js": "chartjs", "Observable Plot": "observable" },
};

const svelte = {
  name: "svelte",
  setup(bundler) {
    bundler.onLoad({ filter: /\.svelte$/ }, async ({ path }) => {
      const { compile } = createRequire(path)("svelte/compiler");
      return { contents: compile(await readFile(path, "utf8"), { generate: "client" }).js.code, loader: "js" };
    });
  },
};

/** The candidate as a script that leaves what it exports in `globalThis.candidate`. */
async function bundle(kind, file) {
  const { outputFiles } = await build({
    entryPoints: [join(folder, `${kind}s`, `${file}.js`)],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    globalName: "candidate",
    conditions: ["browser", "production"],
    define: { "process.env.NODE_ENV": '"production"' },
    tsconfigRaw: {},
    logLevel: "error",
    plugins: [svelte],
  });
  return outputFiles[0].text;
}

/** In the page: milliseconds of the main thread for each update of eight lanes of four numbers, layout included. */
async function timePanel(updates) {
  const { panel } = globalThis.candidate;
  const numbers = (step) => Array.from({ length: 8 }, (_, i) => [0, 1, 2, 3].map((j) => (step + i + j / 7).toFixed(4)));
  const update = panel(document.body, numbers(0));
  await new Promise(requestAnimationFrame);
  const times = [];
  for (let step = 10; step <= updates; step += 10) {
    // Ten together: a page's clock shows tenths of a millisecond.
    const next = Array.from({ length: 10 }, (_, i) => numbers(step - 9 + i));
    const start = performance.now();
    for (const one of next) {
      update(one);
      // What waits for a microtask, then styles and layout.
      await undefined;
      await undefined;
      document.body.getBoundingClientRect();
    }
    times.push((performance.now() - start) / 10);
    const shown = document.querySelector("tr:last-child td:last-child").textContent;
    if (shown !== numbers(step)[7][3]) throw new Error(`shows ${shown} instead of ${numbers(step)[7][3]}`);
  }
  return times;
}

/** In the page: milliseconds for each drawing of eight lines of 2,000 points with bands. */
async function timeChart(updates) {
  const { chart } = globalThis.candidate;
  const x = Float64Array.from({ length: 2000 }, (_, i) => i);
  const data = (step) => ({
    x,
    series: Array.from({ length: 8 }, (_, s) => {
      const y = x.map((at) => Math.exp(-at / (300 + 100 * s)) + 0.02 * Math.sin(at + step));
      return { y, low: y.map((value) => value * 0.9), high: y.map((value) => value * 1.1) };
    }),
  });
  const place = document.body.appendChild(document.createElement("div"));
  const draw = chart(place, { width: 800, height: 400 }, data(0));
  const times = [];
  for (let step = 1; step <= updates; step++) {
    const next = data(step);
    const start = performance.now();
    draw(next);
    document.body.getBoundingClientRect();
    times.push(performance.now() - start);
    await new Promise(requestAnimationFrame);
  }
  return times;
}

/**
 * @param {"panel" | "chart"} kind
 * @returns {Promise<{ name: string, gzipped: number, ms: number }[]>} bytes, and medians
 */
export async function measure(kind) {
  const browser = await chromium.launch(chromiumLaunch());
  try {
    const rows = [];
    for (const [name, file] of Object.entries(candidates[kind])) {
      const script = await bundle(kind, file);
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
      await page.setContent("<!doctype html><body></body>");
      await page.addScriptTag({ content: script });
      const times = await (kind === "panel" ? page.evaluate(timePanel, 1000) : page.evaluate(timeChart, 60));
      await page.close();
      // The first ones run in code that the engine has not optimised yet.
      rows.push({ name, gzipped: gzipSync(script, { level: 9 }).length, ms: median(times.slice(10)) });
    }
    return rows;
  } finally {
    await browser.close();
  }
}

/** The same as cells. */
export const cells = (rows) =>
  rows.map(({ name, gzipped, ms }) => [name, `${kibibytes(gzipped)} KiB`, `${ms.toFixed(2)} ms`]);

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  for (const [kind, title, last] of [
    ["panel", "eight lanes of four numbers", "an update"],
    ["chart", "eight lines of 2,000 points with bands", "a drawing"],
  ])
    console.log(`\n${table([title, "gzipped", last], cells(await measure(kind)))}`);
}
