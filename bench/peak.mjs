// What this machine can do at most, right now: four-lane multiplications and additions in registers, no memory at all.
import binaryen from "binaryen";

/** Independent chains, enough to hide the latency of an addition (3 to 4 cycles, two a cycle). */
const chains = 12;

/** sum_i = sum_i + sum_i · factor, for every chain in every turn; numbers stay finite, as the factor is tiny. */
function text() {
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

/**
 * A probe of the peak of the engine's 128-bit SIMD, to be called again and again beside what is measured.
 *
 * @returns {() => number} GFLOP/s of about a millisecond
 */
export function peakProbe() {
  const module = binaryen.parseText(text());
  module.setFeatures(binaryen.Features.SIMD128);
  const { run } = new WebAssembly.Instance(new WebAssembly.Module(module.emitBinary())).exports;
  module.dispose();
  const turns = 300_000;
  return () => {
    const start = performance.now();
    run(turns);
    return (turns * chains * 8) / (performance.now() - start) / 1e6;
  };
}
