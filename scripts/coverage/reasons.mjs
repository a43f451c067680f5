// Why lines are not run by the tests that are counted: a pattern of files, the reason and, where the reason is good for a
// few lines only, the largest share of a file's lines that it excuses. The first that fits counts.

const elsewhere = "runs where V8 counts nothing: ";
const reasons = [
  [
    /^ts\/(worker\/(main|serve|wire)|workers\/(replica|seat))\.ts$/,
    `${elsewhere}in workers, by the tests of WorkerModel and of \`workers\``,
  ],
  [
    /\.workerd\.ts$|\.sent\.ts$/,
    `${elsewhere}in bundles for hosts that forbid compiling and in workers, by test/packed and test/build`,
  ],
  [
    /^ts\/(core\/(breathe|spawn|load|runtime)|workers\/team|worker\/model)\.ts$/,
    `${elsewhere}what pages have in place of Node's threads and timers, and another core than the default; by the tests in browsers and of the package`,
  ],
  [/^ts\/core\/cross\.ts$/, "errors of the core that the facade's own checks forestall: to meet one is a bug"],
  [
    /^ts\/node\//,
    "failures of a file system that no test could bring about on this machine, such as one that forbids removing",
  ],
  [
    /^ts\/data\/(batches|dataset)\.ts$/,
    "`Symbol.dispose`, which no Node before 24 calls by `using`; it is `dispose()`",
  ],
  [
    /^ts\/plot\//,
    "marks and ticks that only pictures of the gallery draw (`scripts/plot-gallery.mjs`), and refusals that no test provokes yet",
  ],
  [/^ts\//, "refusals and special cases that no test provokes yet, a line or two in a file", 0.2],
  [
    /^crates\/kernels\/src\/(lanes|arch)/,
    "operations of the lanes that only the WebAssembly build or single kernels use, run by the tests of the facade",
  ],
  [
    /^crates\/nn\/src\/(model|diagnose|fit\/replica)\.rs$/,
    "called across the boundary alone: evaluation, reports and replicas, run as WebAssembly by the tests of the facade",
  ],
  [
    /^crates\//,
    "refusals of configurations that the facade never writes, what only replicas and watchers of training call (run by the tests of the facade, as WebAssembly), and messages of assertions",
    0.2,
  ],
];

/**
 * @param {import("./measure.mjs").FileCoverage} of
 * @returns {string | undefined}
 */
export function reasonFor({ file, lines }) {
  const missed = 1 - lines.covered / lines.count;
  return reasons.find(([pattern, , most = 1]) => pattern.test(file) && missed <= most)?.[1];
}
