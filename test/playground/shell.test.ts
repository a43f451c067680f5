import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { rooms } from "../../playground/src/shell/rooms.js";
import { hostPolicy } from "../../scripts/playground/site.mjs";
import { site } from "./frame.js";

const { visit, cut, browser, url } = site();

/** Bytes, gzipped, that a room may load before anybody asks for more. */
const firstLoad = 250 * 1024;

const pages = ["index", ...rooms];

test.each(pages)("%s loads at most 250 KiB, gzipped, and only its own files", async (name) => {
  const context = await browser().newContext({ serviceWorkers: "block", locale: "en" });
  const page = await context.newPage();
  const sizes = new Map<string, Promise<number>>();
  context.on("response", (response) => {
    sizes.set(
      response.url(),
      response.body().then((body) => gzipSync(body).length),
    );
  });
  await page.goto(new URL(`${name}.html`, url()).href);
  await page.waitForSelector("h1");
  await page.waitForTimeout(1500);
  const addresses = [...sizes.keys()];
  expect(addresses.filter((address) => !address.startsWith(url()))).toEqual([]);
  const total = (await Promise.all(sizes.values())).reduce((sum, size) => sum + size, 0);
  // The library itself is among them: else this would measure nothing.
  if (name !== "index") expect(total).toBeGreaterThan(100 * 1024);
  expect(total).toBeLessThanOrEqual(firstLoad);
  await context.close();
});

test("language and colours are chosen, and kept", async () => {
  const { page } = await visit("rate.html?lang=zh");
  expect(await page.title()).toBe("学习率 · downhill");
  await page.getByLabel("语言").selectOption("en");
  await page.waitForFunction(() => document.title === "Learning rate · downhill");
  await page.getByRole("button", { name: "Dark colours" }).click();
  await page.waitForSelector('html[data-theme="dark"]');
  await page.getByRole("link", { name: "Race" }).click();
  await page.waitForURL(/race\.html\?lang=en/);
  expect(await page.locator("html").getAttribute("data-theme")).toBe("dark");
  await page.context().close();
});

test("a policy that allows only the site's own files stands in every page", async () => {
  for (const name of pages) {
    const answer = await fetch(new URL(`${name}.html`, url()));
    expect(await answer.text()).toMatch(
      /<meta charset="utf-8"\s*\/?>\s*<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self';/,
    );
  }
});

test.each([
  ["race", "race.html#epochs=5&seeds=1", ".lanes .best >> nth=1"],
  ["train", "train.html#epochs=5", ".transport[data-phase=done]"],
  ["doctor", "doctor.html#updates=20", ".outcome[data-loss]"],
  ["rate", "rate.html#epochs=5&seeds=1", '.stack[aria-busy="false"]'],
])("%s and its workers train under a strict policy, which the host sends with each file", async (_, path, done) => {
  const { page, problems } = await visit(path);
  await page.waitForSelector(done);
  const workers = page.workers();
  expect(workers.length).toBeGreaterThan(0);
  for (const address of [page.url(), ...workers.map((worker) => worker.url())]) {
    // A worker that came from a blob: would have the page's policy, and be forbidden by it.
    expect(address.startsWith(url())).toBe(true);
    const answer = await fetch(address);
    expect(answer.headers.get("content-security-policy")).toBe(hostPolicy);
  }
  expect(problems).toEqual([]);
  await page.context().close();
});

// Last: it ends the server.
test("after one visit every room opens and trains without a network, digits that were seen once among its data", async () => {
  const { page, problems } = await visit("race.html#data=digits&epochs=1&seeds=1&steps=20", {
    serviceWorkers: "allow",
  });
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (navigator.serviceWorker.controller === null) {
      await new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done, { once: true }));
    }
  });
  // The digits came before the service worker took over; asked for again they stay.
  await page.reload();
  await page.waitForSelector(".lanes .best >> nth=1");
  await cut();
  const open = async (path: string, done: string) => {
    await page.goto("about:blank");
    await page.goto(new URL(path, url()).href);
    await page.waitForSelector(done);
  };
  await open("index.html", "h1");
  await open("race.html#epochs=5&seeds=1", ".lanes .best >> nth=1");
  await open("train.html#epochs=5", ".transport[data-phase=done]");
  await open("train.html#epochs=1&data=digits", ".transport[data-phase=done]");
  await open("doctor.html#updates=20&tried=0", ".outcome[data-after]");
  await open("rate.html#epochs=5&seeds=1", '.stack[aria-busy="false"]');
  expect(problems).toEqual([]);
  await page.context().close();
});
