// `fit(…, { workers: 2 })` of the built library in real pages: isolated, not isolated, with a policy that forbids blobs,
// and inside a worker of the page's own.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type Browser, chromium } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chromiumLaunch } from "../../scripts/lib/browsers.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Trains twice with two workers, once with one, and tells. */
const program = `
import { adam, dense, Model, matrix } from "downhill";
export async function train() {
  const rows = 512;
  const x = matrix(Float32Array.from({ length: rows * 128 }, (_, i) => ((i * 7919) % 1000) / 1000), [rows, 128]);
  const y = Uint8Array.from({ length: rows }, (_, row) => row % 3);
  const layers = [dense(256, { activation: "relu" }), dense(3)];
  const runs = [];
  for (const workers of [2, 2, 1]) {
    const model = await Model.create({ inputs: 128, layers, loss: "sparseCategoricalCrossEntropy", optimizer: adam(), metrics: ["accuracy"], seed: 1 });
    const history = await model.fit(x, y, { batchSize: 256, epochs: 5, workers });
    const bits = model.save().reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, 0);
    runs.push({ workers: history.workers, notice: history.notice, loss: history.epochs.at(-1).loss, bits });
    model.dispose();
  }
  return runs;
}
`;
const inPage = `${program}
train().then((runs) => { document.body.dataset.result = JSON.stringify(runs); }, (error) => { document.body.dataset.result = JSON.stringify(String(error.stack)); });`;
const inWorker = `${program}
train().then(postMessage, (error) => postMessage(String(error.stack)));`;
const aroundWorker = `new Worker("/worker.js").onmessage = ({ data }) => { document.body.dataset.result = JSON.stringify(data); };`;

const scripts = new Map([["/around.js", aroundWorker]]);
let browser: Browser;

beforeAll(async () => {
  for (const [name, contents] of [
    ["/page.js", inPage],
    ["/worker.js", inWorker],
  ] as const) {
    const options = { bundle: true, minify: true, format: "iife", write: false, logLevel: "silent" } as const;
    const { outputFiles } = await build({ ...options, stdin: { contents, resolveDir: root } });
    scripts.set(name, outputFiles[0]?.text ?? "");
  }
  browser = await chromium.launch(chromiumLaunch());
});

afterAll(() => browser.close());

interface Run {
  readonly workers: number;
  readonly notice?: string;
  readonly loss: number;
  readonly bits: number;
}

const isolation = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** What the page with this script tells; the page itself must say nothing. */
async function visit(script: string, headers: Record<string, string>): Promise<readonly Run[]> {
  const server = createServer((request, response) => {
    const code = scripts.get(request.url ?? "");
    const type = code === undefined ? "text/html" : "text/javascript";
    const page = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><body><script src="${script}"></script></body>`;
    response.writeHead(200, { "content-type": type, ...headers }).end(code ?? page);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const tab = await browser.newPage();
  try {
    const problems: string[] = [];
    tab.on("pageerror", (error) => problems.push(String(error)));
    tab.on("console", (message) => problems.push(message.text()));
    await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const result = await tab.locator("body[data-result]").getAttribute("data-result", { timeout: 20_000 });
    const expected = headers["content-security-policy"] === undefined ? [] : problems.filter((p) => /blob:/.test(p));
    expect(problems).toEqual(expected);
    return JSON.parse(result ?? "null");
  } finally {
    await tab.close();
    server.close();
  }
}

test.each(["/page.js", "/around.js"])("an isolated page trains in two, the same bits each time: %s", async (script) => {
  const [first, second, one] = (await visit(script, isolation)) as [Run, Run, Run];
  expect(first.notice).toBe(undefined);
  expect(first).toMatchObject({ workers: 2 });
  expect(first).not.toHaveProperty("notice");
  expect(second).toEqual(first);
  expect(one.workers).toBe(1);
  expect(one.bits).not.toBe(first.bits);
  expect(Math.abs(one.loss - first.loss)).toBeLessThan(1e-4 * one.loss);
});

test("a page that is not isolated trains in one and says so", async () => {
  const [first, , one] = (await visit("/page.js", {})) as [Run, Run, Run];
  expect(first.notice).toMatch(/^this page is not cross-origin isolated/);
  expect(first).toMatchObject({ workers: 1, bits: one.bits, loss: one.loss });
});

test("a policy that forbids workers from text leaves one, and the history says so", async () => {
  const policy = "default-src 'none'; img-src data:; script-src 'self' 'wasm-unsafe-eval'";
  const [first, , one] = (await visit("/page.js", { ...isolation, "content-security-policy": policy })) as [
    Run,
    Run,
    Run,
  ];
  expect(first.notice).toMatch(/^no worker could be started/);
  expect(first).toMatchObject({ workers: 1, bits: one.bits, loss: one.loss });
});
