// What the presets "keras" and "optax" make of each rule, by the built library: the table of docs/optimizers.md, which
// `node scripts/docs-tables.mjs presets` writes.
import {
  adabelief,
  adadelta,
  adafactor,
  adagrad,
  adam,
  adamax,
  adamw,
  adan,
  ConfigError,
  lamb,
  lars,
  lion,
  muon,
  nadam,
  Optimizer,
  prodigy,
  radam,
  rmsprop,
  sgd,
  yogi,
} from "downhill";

const rules = {
  sgd,
  adagrad,
  rmsprop,
  adam,
  adamw,
  adadelta,
  adamax,
  nadam,
  radam,
  lion,
  lars,
  lamb,
  adabelief,
  yogi,
  adan,
  prodigy,
  muon,
  adafactor,
};

/** What differs beside defaults; Keras' decoupled decay is said above the table. */
const forms = {
  "keras rmsprop": "η inside the momentum buffer: b = μb + ηg/d; θ −= b",
  "keras adamax": "u = max(β₂u, \\|g\\|), and m/(u + ε)",
  "optax rmsprop": "η inside the momentum buffer",
  "optax adam": "`amsgrad`: the largest v̂, not the largest v",
  "optax adamw": "`amsgrad`: the largest v̂, not the largest v",
  "optax radam": "ε beside the root of the corrected v̂",
  "optax lars": "trust from ‖g + λθ‖, for every tensor; η inside the momentum buffer",
  "optax adan": "1 − β₂ where β₂ multiplies δ and v̂; √(n̂ + 1e-8) + ε; decay first: θ −= (ηλ)θ",
  "keras muon": "b = μb + g; ‖u‖ + ε; the factor 0.2·√max(inputs, units); the rest by `adamw` with this preset",
  "optax muon":
    "both terms of u corrected; ‖u‖ + ε; the rest by `adamw` with this preset and λ 0, where Optax looks ahead too",
  "keras adafactor": "ε₁ added to g², nothing under v̂; RMS(θ) after the decay",
  "optax adafactor":
    "ε₁ added to g², nothing under v̂; no bound 1/√t; θ −= λθ; v̂ whole unless rows and columns are 128 or more",
};

export const head = ["rule", "preset", "defaults it sets", "form", "first step, ours", "first step, preset"];

/** θ after one update of a 1 × 1 matrix from 1, with the gradient 0.5 and the rule's own rate. */
async function firstStep(config) {
  const theta = Float32Array.of(1);
  const optimizer = await Optimizer.create(config, [[1, 1]]);
  optimizer.step([theta], [Float32Array.of(0.5)]);
  optimizer.dispose();
  return String(Number((theta[0] - 1).toPrecision(4)));
}

/** One row for each rule and each preset that it has; a rule that has none is refused one. */
export async function presetRows() {
  const rows = [];
  for (const [rule, make] of Object.entries(rules)) {
    const own = make();
    for (const preset of ["keras", "optax"]) {
      let config;
      try {
        config = make({ preset });
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        continue;
      }
      const set = Object.entries(config).filter(([name, value]) => name !== "preset" && own[name] !== value);
      const sets = set
        .filter(([name]) => name !== "excludeFromDecay" && name !== "adamw")
        .map(([name, value]) => `${name} ${value}`);
      rows.push([
        `\`${rule}\``,
        `\`"${preset}"\``,
        sets.join(", ") || "–",
        forms[`${preset} ${rule}`] ?? "–",
        await firstStep(own),
        await firstStep(config),
      ]);
    }
  }
  return rows;
}
