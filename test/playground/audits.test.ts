/** Every room in every theme and language, in the states that a visitor brings it to: nothing serious, nothing cut off. */

import type { Page } from "playwright";
import { expect, test } from "vitest";
import { seriousFindings, widerThanItsWindow } from "./audit.js";
import { site } from "./frame.js";

const { visit, url } = site();

/** Where a state begins, and what brings it about; the same steps in both languages. */
interface State {
  readonly name: string;
  readonly address: string;
  readonly reach: (page: Page) => Promise<unknown>;
}

const phase = (name: string) => (page: Page) => page.waitForSelector(`.transport[data-phase=${name}]`);

/** Opens what can be opened, so that it is audited, too. */
const openAll = (page: Page) =>
  page.evaluate(() => {
    for (const details of document.querySelectorAll("details")) details.open = true;
    document.querySelector<HTMLElement>(".button[aria-expanded=false]")?.click();
  });

const states: readonly State[] = [
  { name: "the front page", address: "index.html", reach: (page) => page.waitForSelector("h1") },
  {
    name: "a race that is over, its settings open",
    address: "race.html#epochs=10&seeds=1&steps=60",
    reach: async (page) => {
      await page.waitForSelector('.transport[aria-busy="false"]');
      await page.waitForSelector(".lanes .best >> nth=1");
      await openAll(page);
    },
  },
  {
    name: "a race from a bad link, under way",
    address: "race.html#steps=abc&lanes=foo&what=1",
    reach: (page) => page.waitForSelector("[role=alert]"),
  },
  {
    name: "a training under way, all open",
    address: "train.html#epochs=3000",
    reach: async (page) => {
      await phase("training")(page);
      await openAll(page);
    },
  },
  {
    name: "a network that is trained and examined, one unit shown large",
    address: "train.html#epochs=3",
    reach: async (page) => {
      await phase("done")(page);
      await page.locator("canvas.network").focus();
      for (const key of ["ArrowRight", "ArrowRight", "ArrowDown"]) await page.keyboard.press(key);
      await page.locator("button", { hasText: /^(Examine|检查)$/ }).click();
      await page.locator("button", { hasText: /^(Show code|显示代码)$/ }).click();
      await page.waitForSelector("[data-verdict]");
    },
  },
  {
    name: "a training that diverged",
    address: "train.html#data=waves&optimizer=sgd,learningRate:100&activation=linear",
    reach: phase("diverged"),
  },
  {
    name: "a table that cannot be read",
    address: "train.html#data=own",
    reach: async (page) => {
      await phase("waiting")(page);
      await openAll(page);
      await page.locator("textarea").fill("a,b\n1,2\n2,x\n");
      await page.locator("details:has(textarea) button").click();
      await page.waitForSelector("[role=alert]");
    },
  },
  {
    name: "a digit that is read",
    address: "train.html#data=digits&epochs=1",
    reach: async (page) => {
      await phase("done")(page);
      await page.locator(".panel:has(canvas.pad) button").first().click();
      await page.waitForSelector(".read[data-digit]");
    },
  },
  {
    name: "an advice that was tried, all open",
    address: "doctor.html#tried=0&updates=60",
    reach: async (page) => {
      await page.waitForSelector(".outcome[data-after]");
      await openAll(page);
    },
  },
  {
    name: "a training that diverges beside one that does not",
    address: "doctor.html#activation=relu&initializer=heNormal&depth=6&optimizer=sgd&rate=100&data=moons&tried=0",
    reach: (page) => page.waitForSelector(".outcome[data-after]"),
  },
  {
    name: "a range test and its schedules, all open",
    address: "rate.html#epochs=6&seeds=1",
    reach: async (page) => {
      await page.waitForSelector('.stack[aria-busy="false"]');
      await openAll(page);
      await page.locator("canvas.pick").focus();
    },
  },
];

const desktop = { width: 1280, height: 900 };
const phone = { width: 390, height: 844 };

test.each([
  ["English, light, on a desktop", { locale: "en", colorScheme: "light", viewport: desktop }],
  ["English, dark, on a phone", { locale: "en", colorScheme: "dark", viewport: phone }],
  ["Chinese, light, on a phone", { locale: "zh-CN", colorScheme: "light", viewport: phone }],
  ["Chinese, dark, on a desktop", { locale: "zh-CN", colorScheme: "dark", viewport: desktop }],
] as const)("%s", { timeout: 120_000 }, async (_, options) => {
  const language = options.locale === "en" ? "en" : "zh-Hans";
  const { page } = await visit("index.html", { ...options, reducedMotion: "reduce" });
  const found: string[] = [];
  for (const { name, address, reach } of states) {
    await page.goto("about:blank");
    await page.goto(new URL(address, url()).href);
    await reach(page);
    if ((await page.locator("html").getAttribute("lang")) !== language) found.push(`${name}: not in ${language}`);
    for (const finding of await seriousFindings(page)) found.push(`${name}: ${finding}`);
    for (const wide of await widerThanItsWindow(page)) found.push(`${name}: wider than the window: ${wide}`);
  }
  expect(found).toEqual([]);
  await page.context().close();
});
