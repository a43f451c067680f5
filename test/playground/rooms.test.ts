import type { Page } from "playwright";
import { expect, test } from "vitest";
import { rooms } from "../../playground/src/shell/rooms.js";
import { widerThanItsWindow } from "./audit.js";
import { downloaded, hide, show, site } from "./frame.js";

const { visit } = site();

/** Rooms that show what has been computed as a film: where it stands, and all numbers when it is over. */
const films = [
  {
    path: "race.html#epochs=40&seeds=2&steps=200",
    numbers: async (page: Page) => {
      await page.waitForSelector('.transport[aria-busy="false"]');
      await page.waitForSelector(".lanes .best >> nth=1");
      return downloaded(page, "Numbers");
    },
  },
  {
    path: "doctor.html#updates=200&tried=0",
    numbers: (page: Page) =>
      page
        .locator(".outcome[data-after]")
        .evaluate((outcome: HTMLElement) => [outcome.dataset.before, outcome.dataset.after].join()),
  },
];

const place = (page: Page) => page.locator(".transport input[type=range]").inputValue();

test.each(films)(
  "hidden, $path computes on and stands still; shown, its film goes on to the same end",
  async ({ path, numbers }) => {
    const { page } = await visit(path);
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await hide(page);
    const before = await place(page);
    const found = await numbers(page);
    expect(await place(page)).toBe(before);
    expect(Number(before)).toBeLessThan(1000);
    await page.getByRole("combobox", { name: "Speed" }).selectOption("4");
    await show(page);
    await page.getByRole("button", { name: "Play", exact: true }).waitFor();
    expect(await place(page)).toBe("1000");
    expect(await numbers(page)).toBe(found);

    const other = await visit(path);
    expect(await numbers(other.page)).toBe(found);
    await Promise.all([page.context().close(), other.page.context().close()]);
  },
);

test.each([
  ["race.html#epochs=40&seeds=2&steps=200", ".lanes .best >> nth=1"],
  ["doctor.html#updates=200&tried=0", ".outcome[data-after]"],
  ["rate.html#epochs=20&seeds=1", '.stack[aria-busy="false"]'],
  ["train.html#epochs=40", ".transport[data-phase=done]"],
])("whoever wants less motion sees the end of %s at once, and nothing moves by itself", async (path, done) => {
  const { page } = await visit(path, { reducedMotion: "reduce" });
  await page.waitForSelector(done);
  // Its last drawing.
  await page.waitForTimeout(300);
  if (path.startsWith("race") || path.startsWith("doctor")) {
    expect(await place(page)).toBe("1000");
    await page.getByRole("button", { name: "Play", exact: true }).waitFor();
  }
  const picture = () =>
    page.evaluate(() => [...document.querySelectorAll("canvas")].map((canvas) => canvas.toDataURL()).join());
  const before = await picture();
  await page.waitForTimeout(400);
  expect((await picture()) === before).toBe(true);
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
  await page.context().close();
});

test("hidden, the room Learning rate computes on; shown, it has the same numbers", async () => {
  const path = "rate.html#epochs=30&seeds=1";
  const numbers = async (page: Page) => {
    await page.waitForSelector('.stack[aria-busy="false"]');
    return downloaded(page, "Numbers");
  };
  const { page } = await visit(path);
  await hide(page);
  const found = await numbers(page);
  await show(page);
  expect(await numbers(page)).toBe(found);
  const other = await visit(path);
  expect(await numbers(other.page)).toBe(found);
  await Promise.all([page.context().close(), other.page.context().close()]);
});

test.each(["index", ...rooms])(
  "%s fits narrow phones, in English and in Chinese, with all that can be opened",
  async (name) => {
    for (const locale of ["en", "zh-CN"]) {
      const { page } = await visit(`${name}.html`, { locale, viewport: { width: 360, height: 740 } });
      await page.waitForSelector("h1");
      await page.evaluate(() => {
        for (const details of document.querySelectorAll("details")) details.open = true;
      });
      const more = page.locator(".button[aria-expanded=false]");
      if ((await more.count()) > 0) await more.first().click();
      expect(await widerThanItsWindow(page)).toEqual([]);
      await page.context().close();
    }
  },
);
