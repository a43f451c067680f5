// What a page's main thread does while something goes on.

/**
 * Messages that a page sends to itself arrive one after every other task, so the time from one to the next is how long the
 * page was kept from everything else: a task of `fit`, and a frame's drawing where one fell between. The Long Tasks API
 * tells of those above 50 ms only.
 *
 * @param {() => Promise<unknown>} work
 * @returns {Promise<{ framesPerSecond: number, tasks: readonly number[], longTasks: number }>} tasks: milliseconds, sorted
 */
export async function watch(work) {
  const tasks = [];
  let [frames, longTasks, watching] = [0, 0, true];
  const observer = new PerformanceObserver((list) => {
    longTasks += list.getEntries().length;
  });
  observer.observe({ entryTypes: ["longtask"] });
  const { port1, port2 } = new MessageChannel();
  let last = performance.now();
  port1.onmessage = () => {
    const now = performance.now();
    tasks.push(now - last);
    last = now;
    if (watching) port2.postMessage(undefined);
  };
  const draw = () => {
    frames += 1;
    if (watching) requestAnimationFrame(draw);
  };
  await new Promise(requestAnimationFrame);
  const start = performance.now();
  last = start;
  requestAnimationFrame(draw);
  port2.postMessage(undefined);
  await work();
  const seconds = (performance.now() - start) / 1000;
  watching = false;
  // Observers are told a little later.
  await new Promise((done) => setTimeout(done, 100));
  observer.disconnect();
  port1.close();
  return { framesPerSecond: frames / seconds, tasks: tasks.toSorted((a, b) => a - b), longTasks };
}
