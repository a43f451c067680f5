// How many frames a second the playground's pages draw while they train, and how long the longest took to come:
//
//   node scripts/playground/frames.mjs            needs a built site (npm run build) and a quiet machine
import { chromium } from "playwright";
import { chromiumLaunch } from "../lib/browsers.mjs";
import { serveSite } from "./site.mjs";

/** Pages that work as hard as they can, and what shows that they do. */
const pages = {
  "Train: 784-256-256-10, batch 128, digits": [
    "train.html#data=digits&hidden=256;256&activation=relu&batch=128&epochs=5000",
    ".transport[data-phase=training]",
  ],
  "Train: 2-8-8-8-1, spirals": ["train.html#epochs=5000", ".transport[data-phase=training]"],
  "Gradient doctor: 20 layers of 32, twice": [
    "doctor.html#depth=20&width=32&updates=4000&tried=0",
    ".outcome[data-after]",
  ],
};

const watchedMs = 6000;

/** Runs in the page. */
function watch(ms) {
  return new Promise((done) => {
    const gaps = [];
    let before = performance.now();
    const end = before + ms;
    const frame = (now) => {
      gaps.push(now - before);
      before = now;
      if (now < end) requestAnimationFrame(frame);
      else done(gaps.sort((a, b) => a - b));
    };
    requestAnimationFrame(frame);
  });
}

const site = await serveSite();
const browser = await chromium.launch(chromiumLaunch());
console.log("frames/s  99 % below ms  longest ms  page");
for (const [name, [path, busy]] of Object.entries(pages)) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
  await page.goto(site.url + path);
  if (path.startsWith("train")) await page.getByRole("combobox", { name: "Speed" }).selectOption("full");
  await page.waitForSelector(busy, { timeout: 60_000 });
  const gaps = await page.evaluate(watch, watchedMs);
  const rate = (1000 * gaps.length) / gaps.reduce((sum, gap) => sum + gap, 0);
  const numbers = [rate, gaps[Math.floor(0.99 * gaps.length)], gaps.at(-1)].map((each) => each.toFixed(1));
  console.log(`${numbers[0].padStart(8)}  ${numbers[1].padStart(13)}  ${numbers[2].padStart(10)}  ${name}`);
  await page.close();
}
await browser.close();
await site.close();
