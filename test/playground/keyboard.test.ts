/** Everything that can be used is reached by the Tab key, in the order of the page, and is seen to be where the focus is. */

import type { Page } from "playwright";
import { expect, test } from "vitest";
import { site } from "./frame.js";

const { visit } = site();

/** What can be used; of a group of radio buttons one is enough, arrow keys go to the others. */
const controls = "a[href], button, input, select, textarea, summary, canvas[tabindex], section[tabindex]";

/** Numbers all that is seen and enabled in the order of the document; tells how many there are. */
const numbered = (page: Page) =>
  page.evaluate((selector) => {
    const seen = [...document.querySelectorAll<HTMLInputElement>(selector)].filter(
      (each) => each.checkVisibility() && !each.disabled && !(each.type === "radio" && !each.checked),
    );
    seen.forEach((each, i) => {
      each.dataset.place = String(i);
    });
    return seen.map((each) => each.outerHTML.slice(0, 120));
  }, controls);

/** Where the focus is, and whether that is to be seen; undefined once it has left the page. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const at = document.activeElement;
    if (!(at instanceof HTMLElement) || at === document.body) return undefined;
    const { outlineStyle, outlineWidth } = getComputedStyle(at);
    return { place: Number(at.dataset.place ?? -1), isSeen: outlineStyle !== "none" && outlineWidth !== "0px" };
  });

test.each([
  ["index.html", "h1"],
  ["race.html#epochs=5&seeds=1&steps=40", ".lanes .best >> nth=1"],
  ["train.html#epochs=3", ".transport[data-phase=done]"],
  ["train.html#data=own", ".transport[data-phase=waiting]"],
  ["train.html#data=digits&epochs=1", ".transport[data-phase=done]"],
  ["doctor.html#tried=0&updates=30", ".outcome[data-after]"],
  ["rate.html#epochs=5&seeds=1", '.stack[aria-busy="false"]'],
])("%s", async (path, ready) => {
  const { page } = await visit(path, { reducedMotion: "reduce" });
  await page.waitForSelector(ready);
  await page.evaluate(() => {
    for (const details of document.querySelectorAll("details")) details.open = true;
    document.querySelector<HTMLElement>(".button[aria-expanded=false]")?.click();
    (document.activeElement as HTMLElement | null)?.blur();
  });
  await page.waitForTimeout(200);
  const wanted = await numbered(page);
  expect(wanted.length).toBeGreaterThan(10);
  const reached: number[] = [];
  const unseen: (string | undefined)[] = [];
  for (let i = 0; i <= wanted.length; i++) {
    await page.keyboard.press("Tab");
    const now = await focused(page);
    if (now === undefined) break;
    reached.push(now.place);
    if (!now.isSeen) unseen.push(wanted[now.place]);
  }
  const missed = wanted.filter((_, i) => !reached.includes(i));
  expect(missed).toEqual([]);
  expect(unseen).toEqual([]);
  expect(reached).toEqual(reached.toSorted((a, b) => a - b));
  await page.context().close();
});
