// What a page's main thread does while the page works: its tasks by the processor's time, its frames by the clock.

/**
 * @typedef {object} Watched
 * @property {readonly number[]} tasks how long each task kept the thread, in milliseconds of the processor, longest first:
 *   other programs of a busy machine make none of them longer
 * @property {readonly number[]} frames milliseconds of the clock from each frame to the next, longest first
 * @property {number} ms how long it was watched, by the clock
 */

/** The thread that runs scripts, lays out and paints. */
const mainThread = "CrRendererMain";
/** One task of a thread, with what it did of both clocks. */
const taskName = "ThreadControllerImpl::RunTask";

/**
 * @param {import("playwright").Page} page of a Chromium
 * @param {number} ms how long it is watched
 * @returns {Promise<Watched>}
 */
export async function watchMainThread(page, ms) {
  const browser = page.context().browser();
  if (browser === null) throw new Error("watchMainThread: expected a page of a browser that was launched");
  const session = await browser.newBrowserCDPSession();
  /** @type {any[]} */
  const events = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  const ended = new Promise((done) => session.once("Tracing.tracingComplete", done));
  await session.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: { includedCategories: ["toplevel", "blink.user_timing", "__metadata"] },
  });
  const { frames, watchedMs } = await page.evaluate(watchFrames, ms);
  await session.send("Tracing.end");
  await ended;
  await session.detach();
  // Other pages, and one that the browser keeps ready, have such threads as well.
  const mine = events.find(({ name }) => name === "watched")?.pid;
  const thread = events.find(
    ({ name, args, pid }) => name === "thread_name" && args.name === mainThread && pid === mine,
  )?.tid;
  const tasks = events
    // Those that ended after the watch have no time yet.
    .filter(({ name, pid, tid, tdur }) => name === taskName && pid === mine && tid === thread && tdur !== undefined)
    .map(({ tdur }) => tdur / 1000)
    .sort((a, b) => b - a);
  if (tasks.length === 0) {
    throw new Error(`watchMainThread: expected tasks with their processor time, got ${events.length} other events`);
  }
  return { tasks, frames, ms: watchedMs };
}

/** Runs in the page. */
function watchFrames(/** @type {number} */ ms) {
  return new Promise((done) => {
    /** @type {number[]} */
    const frames = [];
    const start = performance.now();
    let before = start;
    performance.mark("watched");
    const frame = () => {
      // Not the frame's own time, which stands still while it waits for the thread.
      const now = performance.now();
      frames.push(now - before);
      before = now;
      if (now < start + ms) requestAnimationFrame(frame);
      else done({ frames: frames.sort((a, b) => b - a), watchedMs: now - start });
    };
    requestAnimationFrame(frame);
  });
}
