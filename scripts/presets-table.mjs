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
  asgd,
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
  rprop,
  scheduleFreeAdamW,
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
  rprop,
  asgd,
  adabelief,
  yogi,
  adan,
  scheduleFreeAdamW,
  prodigy,
  adafactor,
  muon,
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
  "keras scheduleFreeAdamW": "c = 1/t whatever the rates; the decay at y alone, z knows nothing of it",
  "optax scheduleFreeAdamW":
    "`warmupSteps`: the rate of update t is η(t − 1)/`warmupSteps`, 0 in the first; the weights w are as ours",
  "keras adafactor": "ε₁ added to g², nothing under v̂; RMS(θ) after the decay",
  "optax adafactor":
    "ε₁ added to g², nothing under v̂; no bound 1/√t; θ −= λθ; v̂ whole unless rows and columns are 128 or more",
};

/** Why there is no preset; every rule has one or stands here. */
const without = {
  "keras radam": "Keras has no such rule",
  "keras lars": "Keras has no such rule",
  "keras rprop": "Keras has no such rule",
  "optax rprop": "Optax: another rule of that name, each step one update late, the first 0",
  "keras asgd": "Keras has no such rule",
  "optax asgd": "Optax has no such rule",
  "keras adabelief": "Keras has no such rule",
  "keras yogi": "Keras has no such rule",
  "keras adan": "Keras has no such rule",
  "keras prodigy": "Keras has no such rule",
};

/** What takes other rules, which may have presets of their own, and lbfgs. */
const others = [
  ["lookahead", "Keras has none"],
  [
    "lookahead",
    "Optax: `lookahead` is the same, without defaults for k and α; it can forget the state inside (`reset_state`)",
  ],
  ["ema", "Keras: `use_ema` is the same; its default is `{ decay: 0.99 }`"],
  ["ema", "Optax: `incremental_update` after each update is the same; its `ema` averages steps, not weights"],
  ["sam", "Keras has none"],
  [
    "sam",
    "Optax: `contrib.sam` around `chain(normalize(), sgd(rho))` is the same, without the 1e-12 (NaN where g is 0)",
  ],
  ["switchAt", "Keras and Optax have none"],
  ["perParameter", "Keras: `MultiOptimizer` is the same"],
  ["perParameter", "Optax: `partition` is the same"],
  ["lbfgs", "Keras has none"],
  ["lbfgs", "Optax: another algorithm, a zoom search of its own and 10 pairs; so no preset"],
];

export const head = ["rule", "preset", "defaults it sets", "form", "first step, ours", "first step, preset"];

/** θ after one update of a 1 × 1 matrix from 1, with the gradient 0.5 and the rule's own rate. */
async function firstStep(config) {
  const theta = Float32Array.of(1);
  const optimizer = await Optimizer.create(config, [[1, 1]]);
  optimizer.step([theta], [Float32Array.of(0.5)]);
  optimizer.dispose();
  return String(Number((theta[0] - 1).toPrecision(4)));
}

/** One row for each rule and each library, with or without a preset, then those for what stands around rules. */
export async function presetRows() {
  const rows = [];
  for (const [rule, make] of Object.entries(rules)) {
    const own = make();
    for (const preset of ["keras", "optax"]) {
      let config;
      try {
        config = make({ preset });
      } catch (error) {
        const reason = without[`${preset} ${rule}`];
        if (!(error instanceof ConfigError) || reason === undefined) throw error;
        rows.push([`\`${rule}\``, "none", "–", reason, await firstStep(own), "–"]);
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
  return [...rows, ...others.map(([name, reason]) => [`\`${name}\``, "none", "–", reason, "–", "–"])];
}
