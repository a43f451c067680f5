// How many frames a second the playground's pages draw while they work as hard as they can, how late the latest came, and how
// long their main threads were kept by single tasks:
//
//   node scripts/playground/frames.mjs            needs a built site (npm run build) and a quiet machine
import { chromium } from "playwright";
import { chromiumLaunch } from "../lib/browsers.mjs";
import { heavy, openHeavy } from "./heavy.mjs";
import { serveSite } from "./site.mjs";
import { watchMainThread } from "./watch.mjs";

/** What opening costs is not measured. */
const settledMs = 1500;
const watchedMs = 6000;

const site = await serveSite();
const browser = await chromium.launch(chromiumLaunch());
console.log("frames/s  99 % below ms  longest ms  longest task, processor ms  main thread  page");
for (const each of heavy) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 1000 }, locale: "en" });
  await openHeavy(page, each, site.url);
  await page.waitForTimeout(settledMs);
  const { tasks, frames, ms } = await watchMainThread(page, watchedMs);
  const share = (100 * tasks.reduce((sum, task) => sum + task, 0)) / ms;
  const cells = [
    [(1000 * frames.length) / ms, 8],
    [frames[Math.floor(0.01 * frames.length)] ?? Number.NaN, 13],
    [frames[0] ?? Number.NaN, 10],
    [tasks[0] ?? Number.NaN, 26],
  ].map(([value = Number.NaN, width = 0]) => value.toFixed(1).padStart(width));
  console.log(`${cells.join("  ")}  ${`${share.toFixed(0)} %`.padStart(11)}  ${each.room}: ${each.what}`);
  await page.close();
}
await browser.close();
await site.close();
