// Links that make each room work as hard as it can: what its frame rate is measured with.

const lanes = "sgd;sgd,momentum:0.9;rmsprop;adam;adamw;nadam;adagrad;lion";
/** 784-512-512-10 at batch 128, the benchmarks' W5. */
const large = "data=digits&hidden=512&batch=128&epochs=500";

/**
 * @typedef {object} Heavy
 * @property {string} room
 * @property {string} what
 * @property {string} path
 * @property {string} busy matches while it works
 */

/** @type {readonly Heavy[]} */
export const heavy = [
  {
    room: "race",
    what: "eight lanes of W5, and the surface",
    path: `race.html#${large}&seeds=1&lanes=${lanes}&steps=5000`,
    busy: ".transport[aria-busy=true]",
  },
  {
    room: "race",
    what: "eight lanes, ten seeds, the smallest network",
    path: `race.html#data=moons&hidden=1&batch=1024&epochs=500&seeds=10&lanes=${lanes}`,
    busy: ".transport",
  },
  {
    room: "train",
    what: "W5",
    path: "train.html#data=digits&hidden=512;512&activation=relu&batch=128&epochs=5000",
    busy: ".transport[data-phase=training]",
  },
  {
    room: "train",
    what: "2-8-8-8-1, spirals",
    path: "train.html#epochs=5000",
    busy: ".transport[data-phase=training]",
  },
  {
    room: "doctor",
    what: "20 layers of 32, as they are and with advice",
    path: "doctor.html#depth=20&width=32&updates=4000&tried=0",
    busy: ".transport[aria-busy=true]",
  },
  {
    room: "rate",
    what: "range test, two rates and four schedules of W5",
    path: `rate.html#${large}&seeds=1&testSteps=2000`,
    busy: ".stack[aria-busy=true]",
  },
];

/**
 * Opens it in a page of the site and waits until it works.
 *
 * @param {import("playwright").Page} page
 * @param {Heavy} heavy
 * @param {string} site the address of the site
 */
export async function openHeavy(page, { room, path, busy }, site) {
  await page.goto(site + path);
  if (room === "train") await page.getByRole("combobox", { name: "Speed" }).selectOption("full");
  await page.waitForSelector(busy);
}
