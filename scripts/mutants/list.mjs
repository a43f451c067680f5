// Mutants of the optimizers: what a mistake in a rule would look like in its source. Each names the rules whose golden
// cases must notice it. A change is [text, replacement] or [text, replacement, how often the text stands in the file]; a
// text that is not there as often is an error, so that no mutant is lost when a rule is written anew.
//
// The same five mistakes for every rule that they can happen to (betas swapped, ε inside the root, decay coupled instead of
// decoupled or the other way, the step counted wrongly, a stale accumulator), then those of the rule itself.

import { searching } from "./search.mjs";

const coupled = "let g = p.mul_add(decay, g);";
/** Decoupled in its place: θ −= ηλθ, and a gradient without decay. */
const decoupled = "let p = (s(-step.rate) * decay).mul_add(p, p);";

const swapBetas = ["beta1: from.number()?, beta2: from.number()?", "beta2: from.number()?, beta1: from.number()?"];

const of = (file, rules, list) => list.map(([name, ...changes]) => ({ file, rules, name, changes }));
const alone = (file, rules, list) => of(file, rules, list).map((mutant) => ({ ...mutant, alone: true }));
const rule = (name, list) => of(`${name}.rs`, [name], list);

/** All rules whose scalars or shares depend on t. */
const counting = [
  "sgd",
  "adagrad",
  "adam",
  "adamw",
  "adamax",
  "nadam",
  "radam",
  "asgd",
  "lamb",
  "adabelief",
  "yogi",
  "adan",
  "schedule_free_adam_w",
];
/** All rules that take weight decay, which is all. */
const decaying = [...counting, "prodigy", "adafactor", "muon", "rmsprop", "adadelta", "lion", "lars", "rprop"];

export const mutants = [
  // ---- what all share: each alone in its build, since all tests pass through it -------------------------------------------
  ...alone("mod.rs", counting, [
    ["the step counted from 2", ["let t = *steps - part.span.start + 1;", "let t = *steps - part.span.start + 2;"]],
    [
      "the step counted one late",
      ["let t = *steps - part.span.start + 1;", "let t = (*steps - part.span.start).max(1);"],
    ],
  ]),
  ...alone("mod.rs", decaying, [
    ["no decay", ["if pass.decays { self.weight_decay } else { 0.0 }", "0.0 * self.weight_decay"]],
    ["decay of what is excluded", ["if pass.decays { self.weight_decay } else { 0.0 }", "self.weight_decay"]],
  ]),
  ...alone(
    "mod.rs",
    ["switch_at"],
    [
      ["the second rule counts on", ["let t = *steps - part.span.start + 1;", "let t = *steps + 1;"]],
      [
        "the second rule takes over the state",
        ["part.span.start == *steps)", "part.span.start == *steps && *steps == 0)"],
      ],
    ],
  ),
  ...alone(
    "mod.rs",
    ["per_parameter"],
    [["every rule trains all tensors", ["filter(|(_, member)| *member != Member::No)", "filter(|_| true)"]]],
  ),
  ...alone(
    "average.rs",
    ["lookahead"],
    [
      ["the weights do not go back", ["(if pulls { mean } else { p }, [mean])", "(p, [mean])"]],
      ["α is the share that stays", ["share.mul_add(p - mean, mean)", "share.mul_add(mean - p, p)"]],
      ["synchronised one update early", ["step.t.is_multiple_of", "(step.t + 1).is_multiple_of"]],
      [
        "the slow weights begin at the first synchronisation",
        ["(step.t == 1 && !pulls)", "step.t <= self.every as u64"],
      ],
    ],
  ),
  ...alone(
    "mod.rs",
    ["lookahead", "ema"],
    [
      [
        "evaluated where training goes on",
        ["part.rule.averages() && self.made_last(part)", "part.rule.averages() && self.steps > 1_000_000"],
      ],
    ],
  ),
  ...alone(
    "average.rs",
    ["ema"],
    [
      ["the decay is the share that comes", ["share.mul_add(p - mean, mean)", "share.mul_add(mean - p, p)"]],
      ["the average begins before the first update", ["(step.t == 1 && !pulls)", "false"]],
      ["training goes on from the average", ["(if pulls { mean } else { p }, [mean])", "(mean, [mean])"]],
    ],
  ),

  ...alone(
    "mod.rs",
    ["sgd", "adam", "adamax", "lamb"],
    [
      [
        "Keras' decay coupled",
        ["form == Form::Keras && weight_decay > 0.0", "form == Form::Keras && weight_decay > 1e9"],
      ],
      ["Keras' decay twice", ["if self.decays_first {\n", "if self.decays_first && round > 9 {\n"]],
    ],
  ),

  // ---- rule by rule --------------------------------------------------------------------------------------------------
  ...rule("sgd", [
    ["decay decoupled", [coupled, decoupled, 3], ["rate * p.mul_add(decay, g)", "rate * g"]],
    [
      "torch: stale velocity",
      [
        "if nesterov { mu.mul_add(b, g) } else { b };",
        "if nesterov { mu.mul_add(b - share * g, g) } else { b - share * g };",
      ],
    ],
    [
      "torch: dampening in the first step",
      ["if step.t == 1 { 1.0 } else { 1.0 - self.dampening }", "1.0 - self.dampening"],
    ],
    ["torch: no dampening", ["1.0 } else { 1.0 - self.dampening }", "1.0 } else { 1.0 }"]],
    ["torch: Nesterov without the gradient", ["{ mu.mul_add(b, g) }", "{ mu * b }"]],
    [
      "keras: against the velocity",
      ["let change = if nesterov { mu.mul_add(v, descent) }", "let change = if nesterov { descent - mu * v }"],
    ],
    ["keras: the rate outside the velocity", ["(p + change, [v])", "(p + change, [change])"]],
    [
      "ema: the share as dampening",
      ["let share = s(1.0 - momentum);", "let share = s(if step.t == 1 { 1.0 } else { 1.0 - momentum });"],
    ],
  ]),
  ...rule("adagrad", [
    ["decay decoupled", [coupled, decoupled]],
    ["epsilon inside and outside exchanged", ["let denominator = if inside", "let denominator = if !inside"]],
    [
      "stale accumulator",
      [
        "(sum + epsilon).sqrt() } else { sum.sqrt() + epsilon }",
        "(sum - g * g + epsilon).sqrt() } else { (sum - g * g).max(F32x4::zero()).sqrt() + epsilon }",
      ],
    ],
    ["the rate's decay one update early", ["(step.t - 1) as f64", "step.t as f64"]],
    ["g in place of g²", ["g.mul_add(g, sum)", "sum + g.abs()"]],
    ["no initial accumulator", ["single(self.initial_accumulator)", "0.0"]],
    ["no root", ["sum.sqrt() + epsilon", "sum + epsilon"]],
  ]),
  ...rule("rmsprop", [
    [
      "the rate outside the momentum in every form",
      ["rate_inside: form != Form::Torch", "rate_inside: form == Form::Torch"],
    ],
    ["decay decoupled", [coupled, decoupled, 4]],
    ["epsilon inside and outside exchanged", ["let root = |v: F32x4| if inside", "let root = |v: F32x4| if !inside"]],
    [
      "stale accumulator",
      [
        "let v = square_mean(v, g);\n                (p + rate * g / root(v), [v])",
        "(p + rate * g / root(v), [square_mean(v, g)])",
      ],
    ],
    [
      "stale accumulator, with momentum",
      [
        "let v = square_mean(v, g);\n                let b = mu.mul_add(b, within * (g / root(v)));",
        "let b = mu.mul_add(b, within * (g / root(v)));\n                let v = square_mean(v, g);",
      ],
    ],
    [
      "centred: stale mean",
      ["(p + rate * g / centred_root(v, m), [v, m])", "(p + rate * g / centred_root(v, m - share * g), [v, m])"],
    ],
    ["centred: not centred", ["root((v - m * m).max(F32x4::zero()))", "root((v - m * m + m * m).max(F32x4::zero()))"]],
    ["rho and its share exchanged", ["(s(self.rho), s(1.0 - self.rho)", "(s(1.0 - self.rho), s(self.rho)"]],
    [
      "the rate inside the momentum buffer",
      [
        "let b = mu.mul_add(b, within * (g / root(v)));\n                (rate_of_b.mul_add(b, p), [v, b])",
        "let b = mu.mul_add(b, rate * g / root(v));\n                (p + b, [v, b])",
      ],
    ],
    [
      "bias correction",
      ["(p + rate * g / root(v), [v])", "(p + rate * g / root(v / s(1.0 - super::power(self.rho, step.t))), [v])"],
    ],
  ]),
  ...of(
    "adam.rs",
    ["adam", "adamw"],
    [
      [
        "betas swapped",
        [
          "beta1: from.number()?,\n            beta2: from.number()?,",
          "beta2: from.number()?,\n            beta1: from.number()?,",
        ],
      ],
      [
        "epsilon inside the root",
        ["v.sqrt().mul_add(scale, epsilon)", "(v * scale * scale + epsilon).sqrt()"],
        ["largest.sqrt().mul_add(scale, epsilon)", "(largest * scale * scale + epsilon).sqrt()"],
      ],
      ["coupled and decoupled decay exchanged", ["if self.decoupled {", "if !self.decoupled {"]],
      [
        "decay of both kinds",
        ["(s(0.0), s(-(step.rate * step.decay)))", "(s(step.decay), s(-(step.rate * step.decay)))"],
        ["(s(step.decay), s(0.0))", "(s(step.decay), s(-(step.rate * step.decay)))"],
      ],
      [
        "stale second moment",
        [
          "(moved(p, rate * m / v.sqrt().mul_add(scale, epsilon)), [m, v])",
          "(moved(p, rate * m / (v - share2 * g * g).max(F32x4::zero()).sqrt().mul_add(scale, epsilon)), [m, v])",
        ],
      ],
      ["stale first moment", ["(moved(p, rate * m / v.sqrt()", "(moved(p, rate * (m - share1 * g) / v.sqrt()"]],
      ["no correction of the first moment", ["(1.0 - power(beta1, step.t), (1.0", "(1.0, (1.0"]],
      ["no correction of the second moment", ["(1.0 - power(self.beta2, step.t)).sqrt())", "1.0)"]],
      [
        "the second correction without its root",
        ["(1.0 - power(self.beta2, step.t)).sqrt())", "1.0 - power(self.beta2, step.t))"],
      ],
      ["epsilon hat exchanged", ["= if self.epsilon_hat {", "= if !self.epsilon_hat {"]],
      ["bias correction exchanged", ["= if self.bias_correction {", "= if !self.bias_correction {"]],
      [
        "AMSGrad: the last v in place of the largest",
        ["let largest = largest.max(v * correction);", "let largest = v;"],
      ],
    ],
  ),
  ...of(
    "adam.rs",
    ["adam"],
    [["AMSGrad of Optax over the uncorrected v", ["corrects_first: form == Form::Optax", "corrects_first: false"]]],
  ),
  ...rule("adadelta", [
    ["decay decoupled", [coupled, decoupled]],
    [
      "epsilon outside the roots",
      ["((u + epsilon) / (v + epsilon)).sqrt()", "((u.sqrt() + epsilon) / (v.sqrt() + epsilon))"],
    ],
    [
      "stale accumulator of gradients",
      [
        "let v = rho.mul_add(v, share * g * g);\n            let change = ((u + epsilon) / (v + epsilon)).sqrt() * g;",
        "let change = ((u + epsilon) / (v + epsilon)).sqrt() * g;\n            let v = rho.mul_add(v, share * g * g);",
      ],
    ],
    ["accumulates gradients, not changes", ["share * change * change", "share * g * g"]],
    [
      "the rate in the accumulated change",
      ["rho.mul_add(u, share * change * change)", "rho.mul_add(u, share * rate * rate * change * change)"],
    ],
    ["rho and its share exchanged", ["(s(self.rho), s(1.0 - self.rho)", "(s(1.0 - self.rho), s(self.rho)"]],
  ]),
  ...rule("adamax", [
    [
      "Keras' epsilon inside the maximum",
      ["epsilon_outside: form == Form::Keras", "epsilon_outside: form == Form::Optax"],
    ],
    ["betas swapped", ["let (beta1, beta2, epsilon) = (from", "let (beta2, beta1, epsilon) = (from"]],
    ["epsilon outside the maximum", ["if self.epsilon_outside", "if !self.epsilon_outside"]],
    ["decay decoupled", [coupled, decoupled]],
    [
      "stale maximum",
      [
        "let u = (beta2 * u).max(g.abs() + epsilon);\n                (p + rate * m / u, [m, u])",
        "(p + rate * m / (u + epsilon), [m, (beta2 * u).max(g.abs() + epsilon)])",
      ],
    ],
    ["stale moment", ["(p + rate * m / u, [m, u])", "(p + rate * (m - share1 * g) / u, [m, u])"]],
    ["no bias correction", ["(1.0 - power(beta1, step.t))", "1.0"]],
    [
      "an average in place of the maximum",
      ["(beta2 * u).max(g.abs() + epsilon)", "(beta2 * u + (F32x4::splat(1.0) - beta2) * (g.abs() + epsilon))"],
    ],
    ["the maximum never falls", ["(beta2 * u).max", "u.max", 2]],
  ]),
  ...rule("nadam", [
    [
      "betas swapped",
      [
        "beta1: from.number()?,\n            beta2: from.number()?,",
        "beta2: from.number()?,\n            beta1: from.number()?,",
      ],
    ],
    ["epsilon inside the root", ["v.sqrt().mul_add(scale, epsilon)", "(v * scale * scale + epsilon).sqrt()"]],
    ["decay decoupled", [coupled, decoupled]],
    [
      "stale second moment",
      [
        "/ v.sqrt().mul_add(scale, epsilon)",
        "/ (v - share2 * g * g).max(F32x4::zero()).sqrt().mul_add(scale, epsilon)",
      ],
    ],
    ["stale first moment", ["of_moment * m)", "of_moment * (m - share1 * g))"]],
    ["the momentum of this step in place of the next", ["self.momentum(step.t + 1)", "self.momentum(step.t)"]],
    [
      "the product without the next momentum",
      ["-step.rate * next / (1.0 - product * next)", "-step.rate * next / (1.0 - product)"],
    ],
    ["no momentum decay", ["t as f64 * self.momentum_decay", "self.momentum_decay"]],
    ["no correction of the second moment", ["1.0 / (1.0 - power(self.beta2, step.t)).sqrt()", "1.0"]],
    ["plain powers in place of the product", ["product *= factor;", "product *= self.beta1;"]],
  ]),
  ...rule("radam", [
    [
      "Optax' epsilon beside the uncorrected root",
      ["corrects_first: form == Form::Optax", "corrects_first: form == Form::Keras"],
    ],
    ["betas swapped", ["let (beta1, beta2, epsilon) = (from", "let (beta2, beta1, epsilon) = (from"]],
    ["epsilon inside the root", ["(v.sqrt() + epsilon)", "(v + epsilon).sqrt()"]],
    ["decay decoupled", [coupled, decoupled]],
    ["stale second moment", ["/ (v.sqrt() + epsilon)", "/ ((v - share2 * g * g).max(F32x4::zero()).sqrt() + epsilon)"]],
    ["stale first moment", ["(p + rate * m /", "(p + rate * (m - share1 * g) /"]],
    ["rectified from 4 on", ["(rho > 5.0)", "(rho > 4.0)"]],
    ["rectified late", ["(rho > 5.0)", "(rho > 6.0)"]],
    ["no rectification", ["(square * corrected).sqrt()", "corrected.sqrt()"]],
    ["the second moment uncorrected", ["(square * corrected).sqrt()", "square.sqrt()"]],
    ["the first moment uncorrected", ["/ (1.0 - power(beta1, step.t))", ""]],
    ["divided before it is rectified", ["(rate.mul_add(m, p), [m, v])", "(p + rate * m / v.sqrt(), [m, v])"]],
  ]),
  ...rule("lion", [
    ["betas swapped", swapBetas],
    [
      "decay coupled",
      ["let change = signed(", "let g = p.mul_add(s(step.decay), g);\n            let change = signed("],
      ["p.mul_add(decay, change)", "change"],
    ],
    ["stale moment", ["signed(beta1.mul_add(m, share1 * g), rate)", "signed(m, rate)"]],
    [
      "the moment before the direction",
      ["signed(beta1.mul_add(m, share1 * g), rate)", "signed(beta2.mul_add(m, share2 * g), rate)"],
    ],
    ["decay after the step", ["p.mul_add(decay, change)", "(p + change).mul_add(decay, change)"]],
    ["no sign", ["signed(beta1.mul_add(m, share1 * g), rate)", "rate * beta1.mul_add(m, share1 * g)"]],
  ]),
  ...rule("lars", [
    ["Optax' form as timm's", ["as_optax: form == Form::Optax", "as_optax: form == Form::Keras"]],
    ["Optax' norm without the decay", ["step.decay * both", "0.0 * both"]],
    ["decay outside the trust ratio's product", ["trust * p.mul_add(decay, g)", "p.mul_add(decay, trust * g)", 2]],
    ["decay left out of the trust ratio", ["(slope, slope + step.decay * length)", "(slope, slope)"]],
    [
      "one norm of g + λθ",
      [
        "(slope, slope + step.decay * length)",
        "(slope, (slope * slope + step.decay * step.decay * length * length).sqrt())",
      ],
    ],
    ["epsilon inside the root", ["(reach + self.epsilon)", "(reach * reach + self.epsilon).sqrt()"]],
    ["stale velocity", ["(rate.mul_add(b, p), [b])", "(rate.mul_add(b - trust * p.mul_add(decay, g), p), [b])"]],
    ["no trust coefficient", ["self.trust_coefficient * length", "length"]],
    ["vectors trusted and decayed too", ["step.dimensions < 2", "step.dimensions < 1"]],
    ["no trust where a norm is 0", ["slope > 0.0 { trust } else { 1.0 }", "slope > 0.0 { trust } else { 0.0 }"]],
    [
      "the rate in the momentum buffer",
      [
        "let b = mu.mul_add(b, trust * p.mul_add(decay, g));\n                (rate.mul_add(b, p), [b])",
        "let b = mu.mul_add(b, rate * trust * p.mul_add(decay, g));\n                (p + b, [b])",
      ],
    ],
  ]),
  ...rule("lamb", [
    ["betas swapped", swapBetas],
    [
      "epsilon inside the root",
      ["v.sqrt().mul_add(correction2, epsilon)", "(v * correction2 * correction2 + epsilon).sqrt()"],
    ],
    [
      "decay coupled",
      [
        "let (m, v) = (beta1.mul_add(m, share1 * g),",
        "let g = p.mul_add(decay, g);\n            let (m, v) = (beta1.mul_add(m, share1 * g),",
      ],
      ["p.mul_add(decay, correction1 * m", "(correction1 * m"],
    ],
    [
      "decay outside the trust ratio",
      [
        "(rate.mul_add(direction(p, m, v), p), [v])",
        "((s(-step.rate) * decay).mul_add(p, rate.mul_add(direction(p, m, v) - decay * p, p)), [v])",
      ],
    ],
    ["stale second moment", ["let u = direction(p, m, v);", "let u = direction(p, m, v - share2 * g * g);"]],
    ["stale first moment", ["(p, [m, v])\n        });", "(p, [m - share1 * g, v])\n        });"]],
    ["no trust ratio", ["{ length / reach } else", "{ 1.0 } else"]],
    ["no step where a norm is 0", ["{ length / reach } else { 1.0 }", "{ length / reach } else { 0.0 }"]],
    ["the first moment uncorrected", ["1.0 / (1.0 - power(beta1, step.t))", "1.0"]],
    ["the second moment uncorrected", ["1.0 / (1.0 - power(self.beta2, step.t)).sqrt()", "1.0"]],
  ]),
  ...rule("rprop", [
    [
      "the factors exchanged",
      ["shrink: from.single()?, grow: from.single()?", "grow: from.single()?, shrink: from.single()?"],
    ],
    ["decay decoupled", [coupled, "let p = (-start * decay).mul_add(p, p);"]],
    ["the gradient kept after a change of sign", ["let g = turned.select(zero, g);", ""]],
    [
      "stale step size",
      [
        "let size = (size * factor).pmax(smallest).pmin(largest);",
        "let (old, size) = (size, (size * factor).pmax(smallest).pmin(largest));",
      ],
      ["(p - sign(g) * size,", "(p - sign(g) * old,"],
    ],
    ["no largest step", [".pmax(smallest).pmin(largest)", ".pmax(smallest)"]],
    ["no smallest step", [".pmax(smallest).pmin(largest)", ".pmin(largest)"]],
    ["a zero product shrinks", ["turned.select(shrink, one)", "shrink"]],
    ["the gradient in place of its sign", ["(p - sign(g) * size", "(p - g * size"]],
  ]),
  ...rule("asgd", [
    ["decay decoupled", [coupled, decoupled]],
    [
      "the rate's decay one update early",
      ["self.lambda * step.rate * before", "self.lambda * step.rate * (before + 1.0)"],
    ],
    ["the own decay at the whole rate", ["s(-(self.lambda * rate))", "s(-(self.lambda * step.rate))"]],
    ["no own decay", ["s(-(self.lambda * rate))", "s(0.0)"]],
    ["the average one update early", ["(before - self.start)", "(before + 1.0 - self.start)"]],
    ["the average of what comes before the step", ["share.mul_add(p - a, a)", "share.mul_add(p - rate * g - a, a)"]],
    [
      "no power",
      ["libm::pow(1.0 + self.lambda * step.rate * before, self.alpha)", "(1.0 + self.lambda * step.rate * before)"],
    ],
    ["the gradient at the whole rate", ["s(step.decay), s(-rate)", "s(step.decay), s(-step.rate)"]],
  ]),
  ...rule("adabelief", [
    ["betas swapped", swapBetas],
    ["epsilon inside the root alone", ["v.sqrt().mul_add(scale, epsilon)", "(v.sqrt() * scale)"]],
    ["epsilon outside the root alone", ["share2 * surprise * surprise) + epsilon;", "share2 * surprise * surprise);"]],
    ["epsilon not kept in the state", ["epsilon), [m, v])", "epsilon), [m, v - epsilon])"]],
    ["decay decoupled", [coupled, decoupled]],
    [
      "the surprise by the stale moment",
      ["let surprise = g - m;", "let surprise = g - (m - share1 * g) * s(1.0 / beta1_);"],
      ["let (beta1, share1) =", "let beta1_ = beta1;\n        let (beta1, share1) ="],
    ],
    ["the square of the gradient, as Adam", ["let surprise = g - m;", "let surprise = g;"]],
    [
      "stale second moment",
      ["(p + rate * m / v.sqrt()", "(p + rate * m / (v - share2 * surprise * surprise).max(F32x4::zero()).sqrt()"],
    ],
    ["stale first moment", ["(p + rate * m /", "(p + rate * (m - share1 * g) /"]],
    ["the first moment uncorrected", ["s(-step.rate / (1.0 - power(beta1, step.t)))", "s(-step.rate)"]],
    ["the second moment uncorrected", ["s(1.0 / (1.0 - power(self.beta2, step.t)).sqrt())", "s(1.0)"]],
  ]),
  ...rule("yogi", [
    [
      "betas swapped",
      [
        "beta1: from.number()?,\n            beta2: from.number()?,",
        "beta2: from.number()?,\n            beta1: from.number()?,",
      ],
    ],
    ["epsilon inside the root", ["v.sqrt().mul_add(scale, epsilon)", "(v * scale * scale + epsilon).sqrt()"]],
    ["decay decoupled", [coupled, decoupled]],
    ["the mean of squares, as Adam", ["sign(v - square) * square", "(v - square)"]],
    ["away from the square", ["sign(v - square) * square", "sign(square - v) * square"]],
    ["by the difference's size", ["sign(v - square) * square", "sign(v - square) * v"]],
    [
      "stale second moment",
      ["let v = share2", "let old = v;\n            let v = share2"],
      ["v.sqrt().mul_add(scale", "old.sqrt().mul_add(scale"],
    ],
    ["stale first moment", ["(p + rate * m /", "(p + rate * (m - share1 * g) /"]],
    ["no initial accumulator", ["single(self.initial_accumulator)", "0.0"]],
    ["the first moment uncorrected", ["s(-step.rate / (1.0 - power(beta1, step.t)))", "s(-step.rate)"]],
    ["the second moment uncorrected", ["s(1.0 / (1.0 - power(self.beta2, step.t)).sqrt())", "s(1.0)"]],
  ]),
  ...rule("adan", [
    [
      "betas swapped",
      [
        "let betas = [from.number()?, from.number()?, from.number()?];",
        "let [a, b, c] = [from.number()?, from.number()?, from.number()?];\n        let betas = [b, a, c];",
      ],
    ],
    [
      "the last two betas swapped",
      [
        "let betas = [from.number()?, from.number()?, from.number()?];",
        "let [a, b, c] = [from.number()?, from.number()?, from.number()?];\n        let betas = [a, c, b];",
      ],
    ],
    ["epsilon inside the root", ["(n + root).sqrt().mul_add(scale, epsilon)", "(n * scale * scale + epsilon).sqrt()"]],
    [
      "decay coupled",
      ["let difference = known", "let g = p.mul_add(s(step.decay), g);\n            let difference = known"],
      ["(p.mul_add(after, p), [m, v, n, g])", "(p, [m, v, n, g])"],
    ],
    [
      "decay before the step",
      ["let p = p.mul_add(before, p)", "let p = p.mul_add(before + after, p)"],
      ["(p.mul_add(after, p), [m, v, n, g])", "(p, [m, v, n, g])"],
    ],
    ["decay multiplied", ["-decayed / (1.0 + decayed)", "-decayed"]],
    ["a difference in the first update", ["if step.t == 1 { 0.0 } else { 1.0 }", "1.0"]],
    ["stale gradient kept", ["[m, v, n, g])", "[m, v, n, previous])"]],
    ["stale squares", ["/ (n + root).sqrt()", "/ (n - share3 * ahead * ahead).max(F32x4::zero()).sqrt()"]],
    ["stale differences", ["rate1.mul_add(m, rate2 * v)", "rate1.mul_add(m, rate2 * (v - share2 * difference))"]],
    ["squares of the gradient alone", ["let ahead = ahead.mul_add(difference, g);", "let ahead = g;"]],
    [
      "differences in whole, not by β₂",
      ["s(-step.rate * weight / (1.0 - power(beta2, step.t)))", "s(-step.rate / (1.0 - power(beta2, step.t)))"],
    ],
    [
      "differences by 1 − β₂, as Optax",
      [
        "s(-step.rate * weight / (1.0 - power(beta2, step.t)))",
        "s(-step.rate * (1.0 - beta2) / (1.0 - power(beta2, step.t)))",
      ],
    ],
    ["gradients uncorrected", ["s(-step.rate / (1.0 - power(beta1, step.t)))", "s(-step.rate)"]],
    ["squares uncorrected", ["s(1.0 / correction.sqrt())", "s(1.0)"]],
    ["the other form", ["form == Form::Optax", "form != Form::Optax"]],
  ]),
  ...of(
    "schedule_free_adamw.rs",
    ["schedule_free_adam_w"],
    [
      [
        "betas swapped",
        [
          "beta1: from.number()?,\n            beta2: from.number()?,",
          "beta2: from.number()?,\n            beta1: from.number()?,",
        ],
      ],
      ["epsilon inside the root", ["v.sqrt().mul_add(scale, epsilon)", "(v * scale * scale + epsilon).sqrt()"]],
      [
        "decay coupled",
        ["let v = beta2.mul_add(v,", "let g = y.mul_add(decay, g);\n            let v = beta2.mul_add(v,"],
        ["y.mul_add(decay, g / v.sqrt().mul_add(scale, epsilon))", "g / v.sqrt().mul_add(scale, epsilon)"],
      ],
      ["decay at z", ["y.mul_add(decay, g /", "z.mul_add(decay, g /"]],
      ["stale squares", ["g / v.sqrt()", "g / (v - share2 * g * g).max(F32x4::zero()).sqrt()"]],
      ["y towards z after its step", ["share.mul_add(z - y, y)", "share.mul_add(rate.mul_add(u, z) - y, y)"]],
      ["Optax' warm-up as ours", ["u64::from(form == Form::Optax)", "u64::from(form == Form::Keras)"]],
      ["ours behind as Optax'", ["u64::from(form == Form::Optax)", "1"]],
      ["Optax' weights behind too", ["max(self.rate(step, step.t))", "max(self.rate(step, step.t - self.behind))"]],
      ["the average evaluated at y", ["away.mul_add(z - y, y)", "y"]],
      ["the average evaluated at z", ["away.mul_add(z - y, y)", "z"]],
      ["the average too far from z", ["single(1.0 - 1.0 / self.beta1)", "single(-1.0 / self.beta1)"]],
      [
        "warm-up one update early",
        ["step.rate * (t / self.warmup_steps)", "step.rate * ((t + 1.0) / self.warmup_steps)"],
      ],
      ["no warm-up", ["if t < self.warmup_steps {", "if t < 0.0 * self.warmup_steps {"]],
      [
        "the average by the rate of now",
        ["largest.set(largest.get().max(self.rate(step, step.t)));", "largest.set(self.rate(step, step.t));"],
      ],
      ["the average weighs all alike", ["libm::pow(largest.get(), self.weight_power)", "1.0"]],
      ["no power of t", ["libm::pow(step.t as f64, self.r) *", "1.0 *"]],
      ["the squares uncorrected", ["s(1.0 / (1.0 - power(self.beta2, step.t)).sqrt())", "s(1.0)"]],
      ["y takes the whole step", ["s(-rate * (1.0 - self.beta1 * (1.0 - share)))", "s(-rate)"]],
    ],
  ),
  ...rule("prodigy", [
    [
      "betas swapped",
      [
        "beta1: from.number()?,\n            beta2: from.number()?,",
        "beta2: from.number()?,\n            beta1: from.number()?,",
      ],
    ],
    ["epsilon inside the root", ["(v.sqrt() + epsilon)", "(v + epsilon * epsilon).sqrt()"]],
    ["epsilon without d", ["s(d * self.epsilon)", "s(self.epsilon)"]],
    [
      "decay coupled",
      ["let way = start - p;", "let g = p.mul_add(s(step.decay), g);\n            let way = start - p;"],
      ["p.mul_add(decay, p) + rate", "p + rate"],
    ],
    ["decay by the rate without d", ["s(-(pace * step.decay))", "s(-(step.rate * step.decay))"]],
    [
      "stale squares",
      ["let (m, v) = (beta1", "let old = v;\n            let (m, v) = (beta1"],
      ["share2 * g * g));", "share2 * g * g));\n            let v = if false { old } else { v };"],
      ["(p, [start, m, v, sum])", "(p, [start, m, old, sum])"],
    ],
    [
      "steps by the new d",
      [
        "let (d, pace) = (d.get(), self.pace.get());",
        "let (d, pace) = (d.get(), if step.round > 0 { d.get() * step.rate } else { self.pace.get() });",
      ],
    ],
    [
      "the estimate falls",
      [
        "d.set(d.get().max(self.coefficient * along_all.get() / length));",
        "d.set(self.coefficient * along_all.get() / length);",
      ],
    ],
    ["no coefficient", ["self.coefficient * along_all.get()", "along_all.get()"]],
    ["the numerator forgets by β₂", ["self.beta2.sqrt() * along_all.get()", "self.beta2 * along_all.get()"]],
    [
      "the denominator forgets by β₂",
      ["s(beta1), s(self.beta2), s(self.beta2.sqrt())", "s(beta1), s(self.beta2), s(self.beta2)"],
    ],
    ["squares without d", ["s(d * d * (1.0 - self.beta2))", "s(d * (1.0 - self.beta2))"]],
    ["the moment without d", ["s(d * (1.0 - beta1))", "s(1.0 - beta1)"]],
    ["the bias correction always", ["if self.bias_correction { correction }", "if true { correction }"]],
    ["the bias correction one update early", ["let k = count.get() + 1.0;", "let k = count.get() + 2.0;"]],
    [
      "sums of the last tensor alone",
      [
        "self.sums.set([along + (low + high).sum(), length + (small + large).sum()]);",
        "self.sums.set([(low + high).sum(), (small + large).sum() + 0.0 * (along + length)]);",
      ],
    ],
    ["the way from the last point", ["(p, [start, m, v, sum])", "(p, [p, m, v, sum])"]],
    ["the safeguard always", ["if self.safeguard_warmup { d } else { pace }", "d"]],
    ["no safeguard", ["if self.safeguard_warmup { d } else { pace }", "pace"]],
    ["the sum's size without signs", ["let size = sum.abs();", "let size = sum;"]],
  ]),
  ...rule("adafactor", [
    ["epsilon inside the root alone", ["(total / count as f64).max(least)", "(total / count as f64).max(0.0 * least)"]],
    ["epsilon outside the square", ["(least * least)", "least"]],
    [
      "the rows' mean of the update before",
      ["let mut total = 0.0;", "let mut total: f64 = of_rows.iter().map(Cell::get).sum();"],
      [
        "total += toward(cell, sum_of_squares(row) / columns as f64 + more);",
        "toward(cell, sum_of_squares(row) / columns as f64 + more);",
      ],
    ],
    [
      "decay coupled",
      [
        "let share = libm::pow(t, self.beta2_decay);",
        "let share = libm::pow(t, self.beta2_decay);\n        let coupled: Vec<f32> = gradients.iter().zip(&*parameters).map(|(&g, &p)| g + single(step.decay) * p).collect();\n        let gradients = &coupled[..];",
      ],
      ["rate.mul_add(u, p.mul_add(decay, p))", "rate.mul_add(u, p.mul_add(decay * F32x4::zero(), p))"],
    ],
    [
      "decay by the bounded rate",
      [
        "_ => [1.0 / t.sqrt(), step.rate * step.decay],",
        "_ => [1.0 / t.sqrt(), step.rate.min(1.0 / t.sqrt()) * step.decay * reach],",
      ],
    ],
    [
      "the size after the decay",
      [
        "(sum_of_squares(parameters) / count).sqrt().max(self.epsilon2)",
        "((sum_of_squares(parameters) / count).sqrt() * (1.0 - step.rate * step.decay)).max(self.epsilon2)",
      ],
    ],
    [
      "stale squares of a vector",
      [
        "single(cell.get())\n            }));",
        "single((cell.get() - share * f64::from(g) * f64::from(g)) / (1.0 - share).max(1e-9))\n            }));",
      ],
    ],
    [
      "the share one update early",
      ["let share = libm::pow(t, self.beta2_decay);", "let share = libm::pow(t + 1.0, self.beta2_decay);"],
    ],
    ["no bound of the rate", ["step.rate.min(bound)", "step.rate"]],
    ["no size of the tensor", ["s(-reach * step.rate", "s(-1.0 * step.rate"]],
    ["no least size", [".sqrt().max(self.epsilon2)", ".sqrt().max(0.0 * self.epsilon2)"]],
    ["no clipping", ["clipped.max(1.0)", "1.0f64.max(0.0 * clipped)"]],
    ["clipped below too", ["clipped.max(1.0)", "clipped"]],
    ["no threshold", ["/ self.threshold;", "/ 1.0;"]],
    ["sums in place of means", ["sum_of_squares(row) / columns as f64", "sum_of_squares(row)"]],
    ["not divided by the mean", ["single(cell.get() / mean)", "single(cell.get() / mean.max(1.0))"]],
    ["rows alone", ["(row * column)", "(row * row)"]],
    [
      "nothing added to the squares of rows",
      ["sum_of_squares(row) / columns as f64 + more", "sum_of_squares(row) / columns as f64"],
    ],
    ["nothing added to the squares of columns", ["sum / count as f64 + more", "sum / count as f64"]],
    ["nothing added to the squares of a vector", ["f64::from(g) * f64::from(g) + more", "f64::from(g) * f64::from(g)"]],
    ["Keras' squares in torch's form", ["[0.0, self.epsilon1]", "[self.epsilon1; 2]"]],
    ["Optax' rate bounded", ["[f64::INFINITY, step.decay]", "[1.0 / t.sqrt(), step.decay]"]],
    ["Optax' decay by the rate", ["[f64::INFINITY, step.decay]", "[f64::INFINITY, step.rate * step.decay]"]],
    ["Optax takes small kernels apart", ["rows.min(columns) >= 128", "rows.min(columns) >= 1"]],
    ["Keras' kernels whole", ["self.form != Form::Optax", "self.form == Form::Torch"]],
  ]),
  ...rule("muon", [
    [
      "decay coupled",
      [
        "room.x.clear();",
        "let coupled: Vec<f32> = gradients.iter().zip(&*parameters).map(|(&g, &p)| g + single(step.decay) * p).collect();\n        let gradients = &coupled[..];\n        room.x.clear();",
      ],
      ["rate.mul_add(x, p.mul_add(decay, p))", "rate.mul_add(x, p.mul_add(decay * F32x4::zero(), p))"],
    ],
    [
      "decay after the step",
      ["rate.mul_add(x, p.mul_add(decay, p))", "{ let p = rate.mul_add(x, p); p.mul_add(decay, p) }"],
    ],
    [
      "decay by the adjusted rate",
      [
        "let decay = s(-(step.rate * step.decay));",
        "let decay = s(-(step.rate * step.decay * (columns as f64 / rows as f64).max(1.0).sqrt()));",
      ],
    ],
    [
      "stale momentum",
      [
        "(if nesterov { of_mean.mul_add(b, of_gradient * g) } else { of_mean * b }, [b])",
        "(if nesterov { of_mean.mul_add(b - share * g, of_gradient * g) } else { of_mean * (b - share * g) }, [b])",
      ],
    ],
    ["Nesterov exchanged", ["(if nesterov {", "(if !nesterov {"]],
    ["torch's sgd momentum ahead", ["{ of_mean.mul_add(b, of_gradient * g) } else", "{ of_mean.mul_add(b, g) } else"]],
    ["epsilon outside the length, added", ["form == Form::Torch {", "false {"]],
    ["no epsilon", ["length.max(self.epsilon)", "length.max(0.0 * self.epsilon)"]],
    ["not brought to length 1", ["single(1.0 / length)", "single(0.5 / length)"]],
    ["four iterations", ["const ITERATIONS: usize = 5;", "const ITERATIONS: usize = 4;"]],
    ["six iterations", ["const ITERATIONS: usize = 5;", "const ITERATIONS: usize = 6;"]],
    ["the cubic iteration", ["[3.4445, -4.775, 2.0315]", "[1.5, -0.5, 0.0]"]],
    ["another coefficient", ["-4.775", "-4.774"]],
    [
      "the factor of torch's layout",
      ["(columns as f64 / rows as f64).max(1.0).sqrt(),", "(rows as f64 / columns as f64).max(1.0).sqrt(),"],
    ],
    ["no factor", ["(columns as f64 / rows as f64).max(1.0).sqrt(),", "1.0 + 0.0 * (columns * rows) as f64,"]],
    ["the smaller side as Keras' factor", ["columns.max(rows)", "columns.min(rows)"]],
    ["Optax' mean corrected one update early", ["step.t + 1", "step.t"]],
    ["the momentum's step without the iteration", ["room.orthogonalize(rows, columns);", ""]],
  ]),
  ...searching,
];
