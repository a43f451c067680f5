import { expect, test } from "vitest";
import { heavy, openHeavy } from "../../scripts/playground/heavy.mjs";
import { watchMainThread } from "../../scripts/playground/watch.mjs";
import { site } from "./frame.js";

const { visit, url } = site();

const watchedMs = 1200;

/** Beyond this a task is felt: what the Long Tasks API calls long. */
const long = 50;

/** The first of each room is its heaviest network. */
const each = heavy.filter(({ room }, i) => heavy.findIndex((other) => other.room === room) === i);

test.each(each)("$room keeps its main thread free while it works as hard as it can: $what", async (link) => {
  const { page } = await visit("index.html");
  await openHeavy(page, link, url());
  const { tasks, frames } = await watchMainThread(page, watchedMs);
  expect(await page.locator(link.busy).count()).toBe(1);
  // By the processor's time: what other programs take of the machine makes no task longer.
  expect(tasks[0]).toBeLessThan(long);
  // By the clock, so generously: a page that trains itself draws nearly none in time.
  const late = frames.filter((ms) => ms > long).length / frames.length;
  expect(late).toBeLessThan(0.5);
  await page.context().close();
});
