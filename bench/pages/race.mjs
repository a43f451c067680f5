// Two ways of doing the same, in turns, in whatever engine this runs.

/**
 * @param {Record<string, () => unknown>} ways what is timed; may be asynchronous
 * @param {number} rounds turns of each, after two to warm up
 * @returns {Promise<Record<string, { best: number, median: number, cpu: number | undefined }>>} milliseconds of a turn; of
 *   the processor, in Node, over all threads: the least, which a busy machine disturbs least
 */
export async function race(ways, rounds) {
  const names = Object.keys(ways);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = -2; round < rounds; round++) {
    // Whoever comes second finds the other's data in the caches: they take turns at that, too.
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const [start, cpu] = [performance.now(), cpuMs()];
      await ways[name]();
      if (round >= 0) times[name].push({ ms: performance.now() - start, cpu: cpuMs() - cpu });
    }
  }
  return Object.fromEntries(names.map((name) => [name, summary(times[name])]));
}

/** Processor time of this process so far; NaN in a page. */
function cpuMs() {
  const { user = Number.NaN, system = Number.NaN } = globalThis.process?.cpuUsage?.() ?? {};
  return (user + system) / 1000;
}

function summary(times) {
  const sorted = times.map(({ ms }) => ms).toSorted((a, b) => a - b);
  const cpu = Math.min(...times.map((time) => time.cpu));
  return { best: sorted[0], median: sorted[Math.floor(sorted.length / 2)], cpu: Number.isNaN(cpu) ? undefined : cpu };
}
