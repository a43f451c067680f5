// Pictures of every room, light and dark, on a desktop and on a phone: out/playground/*.png. Two of them, for the README,
// go into docs/.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright";
import { chromiumLaunch } from "../lib/browsers.mjs";
import { root } from "../lib/paths.mjs";
import { stage } from "../lib/run.mjs";
import { pages, serveSite } from "./site.mjs";

const screens = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };
/** What the README shows: pages as wide as a column of it. */
const shown = { "playground-race": "race.html", "playground-doctor": "doctor.html" };

/** How long a page races and trains before its picture is taken, in milliseconds. */
const settled = 9000;

/**
 * @param {string} executablePath of a Chromium
 * @param {{ onlyShown?: boolean }} [options] onlyShown: those of the README alone
 */
export async function takePictures(executablePath, { onlyShown = false } = {}) {
  const folder = join(root, "out", "playground");
  mkdirSync(folder, { recursive: true });
  const site = await serveSite();
  const browser = await chromium.launch(chromiumLaunch(executablePath));
  const take = async (page, path, options) => {
    const tab = await browser.newPage(options);
    await tab.goto(site.url + page);
    await tab.waitForTimeout(settled);
    const wide = await tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 0) throw new Error(`${page}: ${wide} pixels wider than its window of ${options.viewport.width}`);
    await tab.screenshot({ path, fullPage: options.fullPage });
    await tab.close();
  };
  try {
    for (const room of onlyShown ? [] : pages()) {
      await stage(`pictures of ${room}`, () =>
        Promise.all(
          Object.entries(screens).flatMap(([screen, viewport]) =>
            ["light", "dark"].map((colorScheme) => {
              const locale = colorScheme === "dark" ? "zh-CN" : "en";
              const path = join(folder, `${room}-${screen}-${colorScheme}.png`);
              return take(`${room}.html`, path, { viewport, colorScheme, locale, fullPage: true });
            }),
          ),
        ),
      );
    }
    for (const [name, page] of Object.entries(shown)) {
      const path = join(root, "docs", `${name}.png`);
      await take(page, path, { viewport: { width: 1280, height: 860 }, colorScheme: "light", locale: "en" });
    }
  } finally {
    await browser.close();
    await site.close();
  }
}
