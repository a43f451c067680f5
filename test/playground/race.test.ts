import type { Page } from "playwright";
import { expect, test } from "vitest";
import { toy } from "../../playground/src/data/toys.js";
import { downloaded, site } from "./frame.js";

const { visit } = site();

/** Small enough to be quick, long enough to learn. */
const small = "race.html#data=curve&epochs=200&seeds=2&steps=200";

/** Waits for both races to be computed. */
async function finished(page: Page): Promise<void> {
  await page.waitForSelector('.transport[aria-busy="false"]');
  await page.waitForSelector(".lanes .best >> nth=1");
}

/** Rows of the file with all numbers. */
const rows = (text: string) =>
  text
    .trim()
    .split("\r\n")
    .map((row) => row.split(","));

/** What the best straight line through the data of the regression leaves. */
function lossOfLine(): number {
  const { x, y, rows } = toy("waves", { seed: 1, rows: 256, noise: 0.3 });
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / rows;
  const [middleX, middleY] = [mean(x), mean(y)];
  const moments = (a: Float32Array, b: Float32Array) =>
    mean(a.map((each, i) => (each - mean(a)) * ((b[i] as number) - mean(b))));
  const slope = moments(x, y) / moments(x, x);
  return mean(y.map((each, i) => (each - middleY - slope * ((x[i] as number) - middleX)) ** 2));
}

test("optimizers race on the surface and on the network, and the best of each is marked", async () => {
  const { page } = await visit(small);
  await finished(page);
  const table = rows(await downloaded(page, "Numbers"));
  const network = table
    .filter(([race, , , , epoch]) => race === "network" && epoch === "200")
    .map((row) => Number(row[8]));
  expect(network).toHaveLength(8);
  expect(Math.min(...network)).toBeLessThan(lossOfLine() / 2);
  const surface = table
    .filter(([race, , , , , step]) => race === "surface" && step === "200")
    .map((row) => Number(row[8]));
  expect(surface).toHaveLength(4);
  expect(Math.min(...surface)).toBeLessThan(0.5);
  expect(await page.locator(".lanes .best").count()).toBe(2);
  await page.context().close();
});

test("a changed setting changes the address, and the link gives the same numbers bit for bit", async () => {
  const { page } = await visit(small);
  await finished(page);
  const before = await downloaded(page, "Numbers");
  await page.getByLabel("Rate on the surface: 4 Adam").last().fill("0.3");
  await page.waitForURL(/surfaceRate:0\.3/);
  await finished(page);
  const changed = await downloaded(page, "Numbers");
  expect(changed).not.toBe(before);

  const other = await visit(page.url().slice(page.url().indexOf("race.html")));
  await finished(other.page);
  expect(await downloaded(other.page, "Numbers")).toBe(changed);
  await Promise.all([page.context().close(), other.page.context().close()]);
});
