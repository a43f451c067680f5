// How figures are shown: as a table in the terminal.
import { table } from "../examples/lib/text.mjs";
import { sides as known } from "./sides/index.mjs";
import { isBusy, ratio, verdicts } from "./turns.mjs";

/** Microseconds as a person reads them. */
export const time = (us) => (us >= 1000 ? `${(us / 1000).toFixed(2)} ms` : `${us.toFixed(us < 10 ? 2 : 1)} µs`);

/** One line a side: the time of a step (of the whole run for totals), GFLOP/s, the ratio to downhill's. */
function lines(row) {
  return Object.entries(row.sides).map(([name, side], i) => {
    const who = known[name]?.title ?? name;
    const where = i === 0 ? `${row.id}  ${row.name}` : "";
    if (side.error !== undefined) return [where, who, side.error.slice(0, 40), "", "", "", ""];
    const factor = row.total ? row.steps : 1;
    const isProduct = side.gflops >= 1;
    const speed =
      side.gbps === undefined ? (isProduct ? `${side.gflops.toFixed(1)} GFLOP/s` : "") : `${side.gbps.toFixed(1)} GB/s`;
    return [
      where,
      who,
      time(side.min * factor),
      time(side.median * factor),
      speed,
      isProduct ? `${((100 * side.gflops) / row.peakGflops).toFixed(0)} %` : "",
      name === "downhill" ? "" : `${ratio(row, "downhill", name).toFixed(2)} ×`,
    ];
  });
}

/** A verdict in words. */
export const goalText = ({ goal, wanted, got, met }) => {
  const number = (value) => (goal.startsWith("×") ? value.toFixed(2) : `${(100 * value).toFixed(0)} %`);
  return `${number(got)} ${goal}, wanted ${number(wanted)}: ${met ? "met" : "missed"}`;
};

/** Prints the rows of a run and what they say of the goals. */
export function printReport({ machine, rounds, rows }) {
  console.log(
    `\n  the fastest and the middle of up to ${rounds} turns each, interleaved, each side in a process of its own`,
  );
  console.log(`  Node ${machine.node}, ${machine.cpu}, SIMD128 peak now ${machine.peakGflops.toFixed(1)} GFLOP/s\n`);
  const head = ["", "side", "min", "median", "speed", "of the peak", "downhill is faster"];
  console.log(table(head, rows.flatMap(lines)));
  console.log("");
  for (const row of rows) {
    const note = isBusy(row) ? " (busy machine)" : "";
    for (const verdict of verdicts(row)) console.log(`  ${row.id}  ${goalText(verdict)}${note}`);
  }
}
