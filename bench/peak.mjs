// What this machine can do at most, right now: four-lane multiplications and additions in registers, no memory at all.
import binaryen from "binaryen";

/**
 * How many independent chains: enough to hide latency, few enough that the engine keeps all in its 16 registers. Which
 * count is best depends on the engine's register allocation, so each is tried: here 6 chains gave 30 GFLOP/s, 9 to 11
 * gave 43 to 46, and 12 only 24.
 */
const chainCounts = [6, 7, 8, 9, 10, 11];

/** sum_i = sum_i + sum_i · factor, for every chain in every turn; numbers stay finite, as the factor is tiny. */
function text(chains) {
  const locals = Array.from({ length: chains }, (_, i) => `(local $s${i} v128)`).join("");
  const starts = Array.from({ length: chains }, (_, i) => `(local.set $s${i} (f32x4.splat (f32.const ${i + 1})))`).join(
    "",
  );
  const turns = Array.from(
    { length: chains },
    (_, i) => `(local.set $s${i} (f32x4.add (f32x4.mul (local.get $s${i}) (local.get $factor)) (local.get $s${i})))`,
  ).join("");
  const total = Array.from({ length: chains }, (_, i) => `(local.get $s${i})`).reduce(
    (a, b) => `(f32x4.add ${a} ${b})`,
  );
  return `(module (func (export "run") (param $turns i32) (result f32) (local $factor v128) ${locals}
    (local.set $factor (f32x4.splat (f32.const 1e-9))) ${starts}
    (loop $again ${turns} (local.set $turns (i32.sub (local.get $turns) (i32.const 1))) (br_if $again (local.get $turns)))
    (f32x4.extract_lane 0 ${total})))`;
}

/** @returns {(turns: number) => number} */
function compile(chains) {
  const module = binaryen.parseText(text(chains));
  module.setFeatures(binaryen.Features.SIMD128);
  const { run } = new WebAssembly.Instance(new WebAssembly.Module(module.emitBinary())).exports;
  module.dispose();
  return run;
}

/**
 * A probe of the peak of the engine's 128-bit SIMD, to be called again and again beside what is measured. It is a lower
 * bound: no loop that we know does better.
 *
 * @returns {() => number} GFLOP/s, the best of the chain counts, each run for about half a millisecond
 */
export function peakProbe() {
  const loops = chainCounts.map((chains) => ({ chains, run: compile(chains) }));
  const turns = 200_000;
  return () =>
    Math.max(
      ...loops.map(({ chains, run }) => {
        const start = performance.now();
        run(turns);
        return (turns * chains * 8) / (performance.now() - start) / 1e6;
      }),
    );
}
