// The elementary functions against f64: all exponents × 4,096 mantissas and linear sweeps, natively (the same lanes give the
// same bits), and those that a layer gives also through the WebAssembly.
import { activation, Model } from "downhill";
import { root } from "../lib/paths.mjs";
import { run as command } from "../lib/run.mjs";

export const place = 6.1;
export const title = "Elementary functions";
export const unit = "mantissas of each exponent";
export const counts = { short: 256, full: 4096 };

/** Bounds in units of the last place, as `crates/kernels/src/math.rs` promises. */
const bounds = { exp: 1, ln: 1, tanh: 2, erf: 2, sigmoid: 2.5, softplus: 2.5 };

/** What layers give, and the function in f64. */
const layers = {
  tanh: Math.tanh,
  sigmoid: (x) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x))),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
};

/** |got − want| in units of the last place of `want`; of 2⁻¹⁴⁹ where that is subnormal. */
function ulps(got, want) {
  const exponent = Math.max(-126, Math.floor(Math.log2(Math.abs(want))));
  return Math.abs(got - want) / 2 ** (exponent - 23);
}

/** Finite numbers of every exponent and sign, at odd places. */
function sweep(mantissas) {
  const bits = new Uint32Array(2 * 255 * mantissas);
  const step = 2 ** 23 / mantissas;
  let at = 0;
  for (let exponent = 0; exponent < 255; exponent++) {
    for (let m = 0; m < mantissas; m++) {
      const number = exponent * 2 ** 23 + m * step + ((m * 977) % step);
      bits[at++] = number;
      bits[at++] = number + 2 ** 31;
    }
  }
  return new Float32Array(bits.buffer);
}

async function throughWasm(name, mantissas) {
  const model = await Model.create({ inputs: 1, layers: [activation(name)], loss: "meanSquaredError" });
  const x = sweep(mantissas);
  const { data } = model.predict(x);
  const worst = x.reduce((most, x, i) => Math.max(most, ulps(data[i], layers[name](x))), 0);
  model.dispose();
  return { worst, count: x.length };
}

/** @type {import("./lib/document.mjs").Part["run"]} */
async function measure({ count }) {
  const parameters = [
    "test",
    "--locked",
    "-p",
    "downhill-kernels",
    "--lib",
    "everywhere",
    "--",
    "--nocapture",
    "--test-threads=1",
  ];
  const { output } = await command("cargo", parameters, { cwd: root });
  const native = Object.fromEntries(
    Array.from(output.matchAll(/worst (\w+): ([\d.]+) ulp at (\S+)/g), ([, ...found]) => [found[0], found]),
  );
  const failures = [];
  const rows = [];
  for (const [name, bound] of Object.entries(bounds)) {
    const [, worst, at] = native[name] ?? [];
    const wasm = name in layers ? await throughWasm(name, count) : undefined;
    for (const [where, error] of [
      ["native", Number(worst)],
      ["wasm", wasm?.worst ?? 0],
    ]) {
      if (!(error <= bound)) failures.push(`${name}, ${where}: ${error} ulp, at most ${bound}`);
    }
    rows.push([name, bound, worst ?? "none", at ?? "", wasm?.worst.toFixed(2) ?? "no layer gives it alone"]);
  }
  return {
    failures,
    tables: [{ head: ["function", "bound", "worst, native", "at", "worst, through WebAssembly"], rows }],
    notes: [
      "In units of the last place (of 2⁻¹⁴⁹ for subnormal results). Native: both signs, every exponent × 4,096 mantissas, and 200,000 numbers up to 1, 10 and 110; every `npm test` holds the bounds. Through WebAssembly: as many mantissas as this section's first line says, by layers of `Model`.",
    ],
  };
}

export { measure as run };
