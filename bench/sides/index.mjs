// Who can be measured. The peers are installed apart: `npm run bench:peers` (bench/peers/README.md).

const javascript = (module, title, options = {}, flags = []) => ({ title, module, options, flags });
const peer = (name, title, options) => ({ ...javascript(`./peers/${name}.mjs`, title, options), peer: true });

/**
 * Each side by name: what it is called in tables, the module that prepares it (seen from bench/side.mjs), with which options and flags of
 * Node; or the command of a program that speaks the same lines.
 */
export const sides = {
  downhill: javascript("./sides/downhill.mjs", "downhill"),
  relaxed: javascript("./sides/downhill.mjs", "downhill, relaxed SIMD", { variant: "relaxed-simd" }, [
    "--experimental-wasm-relaxed-simd",
  ]),
  plain: javascript("./sides/plain.mjs", "plain JavaScript"),
  "tfjs-wasm": peer("tfjs", "TensorFlow.js wasm", { backend: "wasm" }),
  "tfjs-cpu": peer("tfjs", "TensorFlow.js cpu", { backend: "cpu" }),
  "jax-js": peer("jaxjs", "jax-js"),
  // Another loss, other starting weights or another rule: their losses are not compared.
  brain: { ...peer("brain", "brain.js"), differs: true },
  convnet: { ...peer("convnet", "ConvNetJS"), differs: true },
  torch: {
    title: "PyTorch, one thread",
    command: [process.env.PYTHON ?? "python3", "peers/torch_side.py"],
    peer: true,
  },
};
