import { createRequire } from "node:module";
import { init, runtimeInfo } from "downhill";
import { relaxedSimd } from "downhill/relaxed-simd";

const required = createRequire(import.meta.url)("downhill/relaxed-simd").relaxedSimd;
if (required.supported !== relaxedSimd.supported) throw new Error("ESM and CommonJS disagree about relaxed SIMD");
const outcome = await init({ wasm: relaxedSimd }).then(
  () => runtimeInfo().variant,
  (error) => error.code,
);
console.log(JSON.stringify({ supported: relaxedSimd.supported, outcome }));
