import type { Page } from "playwright";
import { expect, test } from "vitest";
import { downloaded, site } from "./frame.js";

const { visit } = site();

const small = "rate.html#epochs=30&seeds=1";

const finished = async (page: Page) => {
  await page.waitForSelector('.stack[aria-busy="false"]');
};

/** Cells of each row; a name with a comma is two, so they are counted from the end. */
const rows = (text: string) =>
  text
    .trim()
    .split("\r\n")
    .map((row) => row.split(","));

test("the suggested rate trains, a schedule learns, and the link gives the same numbers bit for bit", async () => {
  const { page } = await visit(small);
  await finished(page);
  await page.getByRole("button", { name: /^Train at the suggested/ }).click();
  await page.waitForURL(/rates=/);
  await finished(page);
  const text = await downloaded(page, "Numbers");
  const ends = rows(text).filter((row) => row[0] === "scheduled" && row.at(-4) === "30");
  expect(ends).toHaveLength(4);
  // Guessing leaves ln 2 = 0.69.
  expect(Math.min(...ends.map((row) => Number(row.at(-1))))).toBeLessThan(0.3);

  const other = await visit(page.url().slice(page.url().indexOf("rate.html")));
  await finished(other.page);
  expect(await downloaded(other.page, "Numbers")).toBe(text);
  await Promise.all([page.context().close(), other.page.context().close()]);
});

test("a click on the range test, or Enter at its reading line, picks a rate and scales the schedules", async () => {
  const { page } = await visit(small);
  await finished(page);
  const curve = page.locator("canvas.pick");
  await curve.click({ position: { x: 200, y: 150 } });
  await page.waitForURL(/rates=0\.001;0\.02;/);
  const once = page.url();
  await curve.focus();
  for (const key of ["End", "ArrowLeft", "ArrowLeft", "Enter"]) await page.keyboard.press(key);
  await page.waitForURL((url) => url.href !== once);
  expect(page.url()).toMatch(/rates=0\.001;0\.02;[^;&]+;[^;&]+&/);
  expect(page.url()).toMatch(/schedules=constantRate,rate:(?!0\.02)/);
  await page.context().close();
});

test("a schedule is dragged by its handle, and moved by arrow keys", async () => {
  const { page } = await visit(small);
  await finished(page);
  const handle = page.getByRole("button", { name: /^Handle 2 of 2 Cosine/ });
  await handle.scrollIntoViewIfNeeded();
  const box = await handle.boundingBox();
  if (box === null) throw new Error("the handle is not seen");
  await page.mouse.move(box.x + 12, box.y + 12);
  await page.mouse.down();
  await page.mouse.move(box.x - 150, box.y - 60, { steps: 5 });
  await page.mouse.up();
  await page.waitForURL(/cosineDecay,initial:0\.02,end:0\.00/);
  const before = page.url();
  await handle.focus();
  await page.keyboard.press("ArrowUp");
  await page.waitForURL((url) => url.href !== before);
  await page.context().close();
});
