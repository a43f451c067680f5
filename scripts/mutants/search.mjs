// Mutants of what stands around rules or asks for gradients itself: how the wrappers become parts, sam in the core's step and
// in `minimize`, lbfgs with its search along a line. A file with a folder in its name is one of the repository's.

const of = (file, rules, list) => list.map(([name, ...changes]) => ({ file, rules, name, changes, alone: true }));

const nesting = "ts/config/optimizers/nesting.ts";
const average = "parts.push({ config, from, until, members: mine.map((is) => (is ? 2 : 0)) });";
const inner = `add(config.optimizer, \`\${path}.optimizer\`, from, until, mine);`;

const ofParts = [
  ...of(
    nesting,
    ["lookahead", "ema"],
    [
      ["the average before the update", [`${inner}\n        ${average}`, `${average}\n        ${inner}`]],
      ["no average", [average, ""]],
    ],
  ),
  ...of(
    nesting,
    ["ema"],
    [
      [
        "the average without the first tensor",
        [average, average.replace("(is) => (is ?", "(is, i) => (is && i > 0 ?")],
      ],
    ],
  ),
  ...of(
    nesting,
    ["switch_at"],
    [
      [
        "switches one update late",
        ["path}.first`, from, from + config.step, mine", "path}.first`, from, from + config.step + 1, mine"],
      ],
      ["both from the switch on", ["path}.first`, from, from + config.step, mine", "path}.first`, from, until, mine"]],
      [
        "a switch within counts from the start",
        ["path}.second`, from + config.step, until", "path}.second`, config.step, until"],
      ],
      ["the second from the start", ["path}.second`, from + config.step, until", "path}.second`, from, until"]],
    ],
  ),
  ...of(
    nesting,
    ["per_parameter"],
    [
      ["every rule that fits", ["(is, tensor) => is && left[tensor] === true", "(is) => is"]],
      ["the first rule for all that another leaves", ["if (is) left[tensor] = false;", "left[tensor] = false;"]],
      ["a rule for all tensors", ["[1]`, from, until, own)", "[1]`, from, until, mine)"]],
    ],
  ),
  ...of(
    nesting,
    ["sam"],
    [
      [
        "uphill whoever is in charge",
        ["step < config.step ? radiusAt(config.first, step)", "step < Infinity ? radiusAt(config.first, step)"],
      ],
      ["the second's from the start", ["radiusAt(config.second, step - config.step)", "radiusAt(config.second, step)"]],
      [
        "not within others",
        ["return Math.max(0, ...inside(config).map((each) => radiusAt(each, step)));", "return 0;"],
      ],
    ],
  ),
];

const ofStep = of(
  "crates/nn/src/step.rs",
  ["sam"],
  [
    ["as far as the gradient is long", ["radius / (report.gradient_norm + 1e-12)", "radius"]],
    ["downhill", ["radius / (report.gradient_norm", "-radius / (report.gradient_norm"]],
    ["the gradient at θ", ["self.parameters.move_along_gradient(scale);", ""]],
    ["θ stays uphill", ["self.parameters.values.copy_from_slice(&here);", ""]],
    [
      "tells of the point uphill",
      [
        "self.finish(row, &above)?;\n        } else {",
        "self.finish(row, &above)?;\n            return Ok(above);\n        } else {",
      ],
    ],
  ],
);

const ofSharpness = of(
  "sharpness.rs",
  ["sam"],
  [
    ["never uphill", ["self.radius\n", "0.0 * self.radius\n"]],
    ["twice as far", ["self.radius\n", "2.0 * self.radius\n"]],
  ],
);

const ofMinimize = of(
  "ts/minimize.ts",
  ["sam"],
  [
    ["as far as the gradient is long", ["radius / (lengthOf(gradient) + 1e-12)", "radius"]],
    ["downhill", ["radius / (lengthOf", "-radius / (lengthOf"]],
    ["a large epsilon at the length", ["(lengthOf(gradient) + 1e-12)", "(lengthOf(gradient) + 1e-2)"]],
    [
      "the length of the largest number",
      ["Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0))", "Math.max(...vector.map(Math.abs))"],
    ],
    ["the gradient at θ", ["evaluate(at()).gradient", "evaluate(x).gradient"]],
    ["every second update", ["radius > 0 ?", "radius > 0 && iteration % 2 === 0 ?"]],
    [
      "θ goes uphill",
      ["optimizer.step([theta], [uphill]);", "theta.set(at());\n      optimizer.step([theta], [uphill]);"],
    ],
  ],
);

const ofSearch = of(
  "ts/minimize.ts",
  ["lbfgs"],
  [
    ["does not end where there is nowhere to go", [" || mover.settled?.() === true", ""]],
    ["evaluates each point again", ["mover.seen?.() ?? evaluate(x)", "evaluate(x)"]],
    [
      "the rate of the first update for all",
      ["rates.at(iteration));\n      let turn", "rates.at(0));\n      let turn"],
    ],
  ],
);

const ofModel = of(
  "ts/search.ts",
  ["lbfgs"],
  [
    [
      "goes on with what it knew of another function",
      ["if (inside.edits !== this.#edits) this.forget();\n    this.#edits", "this.#edits"],
    ],
    [
      "saves what it knew of another function",
      ["if (edits !== this.#edits) this.forget();\n    const { slots", "const { slots"],
    ],
    ["frozen weights move", ["gradient.fill(0, offset, offset + size)", "gradient.fill(0, offset, offset)"]],
    ["stays at the last trial", ["stand(lost ? start : point);", ""]],
    ["stays where it diverged", ["stand(lost ? start : point);", "stand(point);"]],
    [
      "tells of the last trial",
      [
        "const begun = { loss: core.loss(), gradientNorm: core.gradient_norm() };",
        "const begun = { get loss() { return core.loss(); }, gradientNorm: core.gradient_norm() };",
      ],
    ],
    ["keeps more than a file holds", ["new Lbfgs(config, true)", "new Lbfgs(config, false)"]],
  ],
);

const ofLbfgs = of(
  "ts/lbfgs.ts",
  ["lbfgs"],
  [
    ["the first step as long as the gradient", ["Math.min(1, 1 / total(gradient)) * rate", "rate"]],
    ["the first step by the largest slope", ["1 / total(gradient)", "1 / largest(gradient)"]],
    ["the first step longer than 1", ["Math.min(1, 1 / total(gradient))", "1 / total(gradient)"]],
    ["the rate for the first step alone", ["* rate : rate;", "* rate : 1;"]],
    [
      "the rate for all but the first step",
      ["Math.min(1, 1 / total(gradient)) * rate", "Math.min(1, 1 / total(gradient))"],
    ],
    ["goes on where the line is flat", ["slope > -toleranceChange", "slope > 0"]],
    ["settled wherever the line is flat", ["settled = i === 1;", "settled = true;"]],
    ["never settled on a flat line", ["settled = i === 1;", ""]],
    ["never settled at the start", ["largest(seen.gradient) <= toleranceGradient", "false"]],
    ["the tolerance of the gradient ignored", [" || largest(now.gradient) <= toleranceGradient", ""]],
    ["the tolerance of the step ignored", ["largest(direction) * t <= toleranceChange || ", ""]],
    ["the tolerance of the value ignored", [" || Math.abs(now.value - value) < toleranceChange", ""]],
    ["more evaluations than allowed", ["evaluations >= maxEvaluations || ", ""]],
    ["each search may use all evaluations", ["maxEvaluations - evaluations)", "maxEvaluations)"]],
    ["one iteration more", ["i <= maxIterations && now", "i <= maxIterations + 1 && now"]],
    ["without a search evaluates once more", ["if (i < maxIterations) {", "if (i <= maxIterations) {"]],
    [
      "without a search goes on from what is not finite",
      ["if (!isSound(next)) return { point, seen: next, settled: false };", ""],
    ],
    [
      "forgets at each update",
      ["this.#memory = memory;\n    return { point", "this.#memory = undefined;\n    return { point"],
    ],
    ["never forgets", ["forget(): void {\n    this.#memory = undefined;", "forget(): void {"]],
    ["one pair fewer", ["pairs.length === this.config.historySize", "pairs.length === this.config.historySize - 1"]],
    [
      "the newest pair given up",
      ["pairs.slice(pairs.length === this.config.historySize ? 1 : 0)", "pairs.slice(0, this.config.historySize - 1)"],
    ],
    ["pairs without curvature", ["if (ys > leastCurvature)", "if (ys !== 0)"]],
    ["the other scale", ["scale = ys / dot(y, y);", "scale = dot(s, s) / ys;"]],
    ["no scale", ["scale = ys / dot(y, y);", ""]],
    ["the first loop from the oldest pair", ["pairs.toReversed()) {", "pairs) {"]],
    ["the first loop adds", ["add(q, y, -alpha)", "add(q, y, alpha)"]],
    ["the second loop without its slopes", ["(alphas.pop() as number) - dot(y, r) * rho", "alphas.pop() as number"]],
    ["the second loop by the steps", ["dot(y, r) * rho", "dot(s, r) * rho"]],
    ["the step without its length", ["scaled(before, t)", "scaled(before, 1)"]],
    ["the change of the gradient the other way", ["along(gradient, old, -1)", "scaled(along(gradient, old, -1), -1)"]],
    [
      "the gradient of now remembered late",
      [
        "gradient: this.#kind(gradient),\n        scale,",
        "gradient: memory?.gradient ?? this.#kind(gradient),\n        scale,",
      ],
    ],
    ["the length that was tried, not found", ["memory = { ...memory, t };", ""]],
    ["the search wants more decrease", ["[1e-4, 0.9]", "[0.3, 0.9]"]],
    ["the search wants a flatter end", ["[1e-4, 0.9]", "[1e-4, 0.3]"]],
    ["the search takes any slope", ["Math.abs(trial.slope) <= -curvature * slope", "trial.slope >= curvature * slope"]],
    ["a second trial compared with the start", ["rounds > 1 &&", "rounds > 0 &&"]],
    ["a trial that is no lower is no end", [" || (rounds > 1 && trial.value >= before.value)", ""]],
    ["no bracket where the line rises", ["if (trial.slope >= 0) {", "if (trial.slope > Infinity) {"]],
    ["outwards by less", ["trial.t * 10]", "trial.t * 2]"]],
    ["outwards by little at least", ["trial.t + 0.01 * (trial.t - before.t)", "trial.t + 0.5 * (trial.t - before.t)"]],
    [
      "the bracket in the other order",
      [
        "bracket[0].value <= bracket[1].value ? bracket : [bracket[1], bracket[0]];\n  let stuck",
        "bracket[0].value > bracket[1].value ? bracket : [bracket[1], bracket[0]];\n  let stuck",
      ],
    ],
    ["trials at the very edge", ["const edge = 0.1 * (right - left);", "const edge = 0;"]],
    ["moved inwards at once", ["stuck || t >= right || t <= left", "true"]],
    ["never moved inwards for being near twice", ["stuck || t >= right", "t >= right"]],
    ["moved inwards at the other end", ["? right - edge : left + edge", "? left + edge : right - edge"]],
    ["half the way back from infinity", ["low.t + 0.1 * (high.t - low.t)", "low.t + 0.5 * (high.t - low.t)"]],
    ["infinity interpolated", ["let t = high.value === Infinity ?", "let t = high.value === -Infinity ?"]],
    ["what is not finite taken as it is", ["value: finite ? seen.value : Infinity,", "value: seen.value,"]],
    [
      "gradients that are not finite go through",
      ["Number.isFinite(value) && Number.isFinite(total(gradient))", "Number.isFinite(value)"],
    ],
    ["the first place always replaced", ["const place = bracket[0] === high ? 0 : 1;", "const place = 0;"]],
    ["a trial that is no lower replaces the lower end", [" || trial.value >= low.value) {", ") {"]],
    [
      "the higher end never moves",
      ["if (!done && trial.slope * (high.t - low.t) >= 0) {", "if (done && trial.slope === Infinity) {"],
    ],
    ["ends only at the last evaluation", ["if (done) break;", ""]],
    ["the search ends on wide intervals", ["const shortest = 1e-9;", "const shortest = 1e-2;"]],
    ["the end that is higher", ["return found(low);", "return found(high);"]],
    ["a wrong cubic", ["(3 * (a.value - b.value))", "(2 * (a.value - b.value))"]],
    [
      "the cubic's other turn",
      ["((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))", "((b.slope - d2 - d1) / (b.slope - a.slope - 2 * d2))"],
    ],
    [
      "a mean where the ends change places",
      ["a.t - (a.t - b.t) * ((a.slope + d2 - d1) / (a.slope - b.slope + 2 * d2));", "(a.t + b.t) / 2;"],
    ],
    [
      "without a minimum at an end",
      ["if (!(square >= 0)) return (least + most) / 2;", "if (!(square >= 0)) return most;"],
    ],
    [
      "products without the last numbers",
      ["for (let i = whole; i < a.length; i++) sum0", "for (let i = whole; i < whole; i++) sum0"],
    ],
    ["saves one number less", ["numbers: [iterations, t, scale] };", "numbers: [iterations, t] };"]],
    [
      "loads another scale",
      [
        "this.#memory = { iterations, direction, t, gradient, scale, pairs };",
        "this.#memory = { iterations, direction, t, gradient, scale: 1, pairs };",
      ],
    ],
    [
      "loads without pairs",
      [
        "this.#memory = { iterations, direction, t, gradient, scale, pairs };",
        "this.#memory = { iterations, direction, t, gradient, scale, pairs: [] };",
      ],
    ],
    ["loads what no update saves", ["odd || rest.length", "rest.length"]],
  ],
);

export const searching = [...ofParts, ...ofStep, ...ofSharpness, ...ofMinimize, ...ofSearch, ...ofModel, ...ofLbfgs];
