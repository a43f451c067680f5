// Two ways of doing the same, in turns, in whatever engine this runs.

/**
 * @param {Record<string, () => unknown>} ways what is timed; may be asynchronous
 * @param {number} rounds turns of each, after two to warm up
 * @returns {Promise<Record<string, { best: number, median: number }>>} milliseconds of a turn
 */
export async function race(ways, rounds) {
  const names = Object.keys(ways);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = -2; round < rounds; round++) {
    // Whoever comes second finds the other's data in the caches: they take turns at that, too.
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const start = performance.now();
      await ways[name]();
      if (round >= 0) times[name].push(performance.now() - start);
    }
  }
  return Object.fromEntries(names.map((name) => [name, summary(times[name])]));
}

function summary(times) {
  const sorted = times.toSorted((a, b) => a - b);
  return { best: sorted[0], median: sorted[Math.floor(sorted.length / 2)] };
}
