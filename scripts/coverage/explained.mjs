// Why no counted test runs some lines, or some ways out of them. By file: the reason, then pieces of the code that it is
// good for. A piece stands in one line of the file; the reason is good for that line and all below that is indented
// further. `npm run coverage` fails for what nothing runs and nothing here explains, and for explanations of what is run.

const lookedUp = "what is looked up is always there; TypeScript demands a way for when it is not";
const excluded = "an assertion against mistakes within the crate: its callers exclude them";
const died = "an instance that died of a trap meanwhile; tests let it die between two calls, not within this one";
const workerd = "runs in bundles for hosts with the workerd condition alone, which test/packed loads";

/** @type {Record<string, [why: string, ...codes: string[]][]>} */
export const explained = {
  "crates/kernels/src/columns.rs": [[excluded, "assert!(if columns == 0"]],
  "crates/kernels/src/lanes.rs": [
    [excluded, '_ => panic!("a partial load', '_ => panic!("a partial store'],
    ["prints lanes in the messages of failing tests", "fn fmt(&self, formatter"],
  ],
  "crates/kernels/src/matmul/tile.rs": [
    ["a table of functions that the compiler makes", "const fn functions<const"],
    [excluded, "assert!(rows > 0 && terms"],
  ],
  "crates/nn/src/activation.rs": [
    [
      excluded,
      'ActivationKind::Prelu => panic!("prelu has parameters: prelu_forward',
      'ActivationKind::Prelu => panic!("prelu has parameters: prelu_backward',
    ],
  ],
  "crates/nn/src/definition.rs": [
    [
      "a weight of exactly 0 in a kernel with normalised weights: it takes pruning, and nobody checks gradients of both at once",
      "each(&mut kernel, *units",
    ],
  ],
  "crates/nn/src/diagnose.rs": [
    ["there is a place for every layer that is seen", "let Some((place, sums)"],
    ["the probe is there while it watches", "if let Some(probe) = self"],
  ],
  "crates/nn/src/fit/replica.rs": [
    [
      "only fits of several workers are asked, and they have an exchange",
      "let Some(mut exchange) = self.exchange.take() else",
      "let Some(exchange) = &mut",
    ],
  ],
  "crates/nn/src/init.rs": [
    [
      "a column of an orthogonal kernel that is drawn anew because the first draw lies within the columns before it: of measure zero",
      "if length > 1e-6 {",
    ],
  ],
  "crates/nn/src/layer/dense.rs": [
    ["the builder hands dense layers over and no others", "let config::Layer::Dense", "return Err(Error::Config"],
  ],
  "crates/nn/src/model.rs": [["two gradients of exactly 0", "let difference = if scale"]],
  "crates/nn/src/optim/mod.rs": [
    ["what a rule without rounds would do; those that are asked have their own", "fn begin(&self, _: &Step"],
    ["a rule that decays first has one round", "if self.decays_first && round"],
  ],
  "crates/nn/src/optim/nadam.rs": [
    ["a product of momenta that reaches 0: it takes a momentum decay far from any in use", "while at < t && product"],
  ],
  "crates/nn/src/optim/prodigy.rs": [
    [
      "the core gives the rule as many numbers as it asked for",
      "let [d, along_all, count",
      "let [d, ..] = step.scalars",
    ],
  ],
  "crates/nn/src/optim/schedule_free_adamw.rs": [
    ["the core gives the rule as many numbers as it asked for", "let [sum, largest] = step"],
  ],
  "crates/nn/src/params.rs": [["a tensor was added right before", "if let Some(spec) = self"]],
  "crates/nn/src/step.rs": [
    [
      "a gradient that is not finite at a frozen tensor alone, and a regularisation that overflows where no gradient does",
      "pub(crate) fn complete(",
    ],
    ["statistics before the first tensor that is not finite", "let bad = specs.iter().position"],
  ],
  "ts/check.ts": [[lookedUp, "> table[i]?.[j] ?? Number"]],
  "ts/config/optimizers/nesting.ts": [
    [
      "lbfgs stands alone, so that all tensors are its own",
      "parts.push({ config, from, until, members: mine.map((is) => (is ? 1",
    ],
  ],
  "ts/config/schedules/decays.ts": [[lookedUp, "rate: ({ boundaries, values"]],
  "ts/core/names.ts": [[lookedUp, "const next = () => table", '= roles[next()] ?? "";']],
  "ts/core/runtime.ts": [["engines throw errors; another engine may throw something else", "`this is not downhill's"]],
  "ts/core/source/relaxed-simd.workerd.ts": [[workerd, "return module;"]],
  "ts/core/source/simd128.sent.ts": [
    ["runs in bundles of worker files alone, which test/packed loads", 'throw new CoreError("a'],
  ],
  "ts/core/source/simd128.workerd.ts": [[workerd, "return module;"]],
  "ts/core/spawn.workerd.ts": [[workerd, "throw new UnsupportedError", "export const channelOf"]],
  "ts/data/batches.ts": [
    [lookedUp, "const step = core.counters"],
    ["aborted between two batches of one cut", "if (this.#isAborted) return"],
  ],
  "ts/data/csv.ts": [
    [lookedUp, "record, this.#names ?? [])"],
    ["too many numbers in a table without a column of words", "columns are too many numbers"],
  ],
  "ts/data/samples.ts": [["matrices without rows are refused before", "if (rows === 0) throw"]],
  "ts/diagnose/advice.ts": [
    [
      lookedUp,
      'layers.at(-1)?.name ?? "";',
      "= layers.at(-1) ?? {};",
      "const fall = first === undefined",
      "(factor).at(-1) ?? Number",
      "factors[best + 1] ?? 0.1",
      "? `Ten rehearsed updates",
      "{digits(ends[0] ?? 0)} at",
      "report?.weightNorm ?? 0)",
    ],
    ["a rehearsal that ends in NaN, not in infinity", "const endless = (loss: number"],
    ["a kernel of zeros", "const norms = layers.flatMap"],
  ],
  "ts/diagnose/diagnose.ts": [[lookedUp, "const step = core.counters", "rehearse(1, 0)[0] ?? loss"]],
  "ts/diagnose/findings.ts": [
    [
      lookedUp,
      "= (rehearsal[0] ?? 0)",
      "const last = trunk.at(-1",
      "const start = rehearsal",
      "rehearsal.at(-1) ?? 0);",
    ],
  ],
  "ts/diagnose/layers.ts": [[lookedUp, "]?.gradientNorm ?? 0, trunk"]],
  "ts/divergence.ts": [
    [lookedUp, "last?.gradientNorm ?? 0)"],
    ["a last layer that is neither dense nor an activation", "if (hasActivation && /softplus"],
  ],
  "ts/errors.ts": [
    ["the name of the class above all errors, of which there are no instances", 'return "DownhillError";'],
  ],
  "ts/fit.ts": [
    [died, "if (!instance.dead) handle", "if (!instance.dead) core"],
    [
      lookedUp,
      "const step = core.counters",
      'core.counters()[0] ?? 0, "epoch',
      "if (logs !== undefined) await",
      "const step = this.#inside",
      'advice[0]?.remedy ?? ""}`,',
    ],
    ["a callback that asks for records has a method for them", "return records.length"],
  ],
  "ts/inside.ts": [
    [
      lookedUp,
      "values[next++] ?? Number",
      "(largest[kind] ?? 0);",
      ", largest[kind] ?? 0);",
      "Number(training)] ?? 0)",
    ],
    ["a second metric of the user's own, which gets the matrices of the first", "if (given === undefined"],
  ],
  "ts/lbfgs.ts": [
    [
      "a turn of the search that none of PyTorch's 25 traces takes",
      "if (outside) t = Math.abs",
      "trial.value >= low.value) {",
    ],
    ["the cubic through two trials at one place", "return Number.isNaN(t)"],
  ],
  "ts/minimize.ts": [[lookedUp, "evaluationParameters([theta])[0] ?? theta", "times * (along[i] ?? 0))"]],
  "ts/model.ts": [
    [died, "if (!of.dead) core.free"],
    [
      "an error of another kind while a file is read goes on as it is; none is known",
      "const misfit = error instanceof",
      "throw misfit ? new FormatError",
    ],
    [
      lookedUp,
      "core.counters()[0] ?? 0);",
      "frozen, row[0] ?? 0, (first",
      "if (last === undefined",
      "maxRelativeDifference: worst[i] ?? 0 }]",
      "training?.().done ?? core",
      "slot, old.slots[s] ?? [], (i",
    ],
  ],
  "ts/node/file-sink.ts": [
    ["a file that cannot be removed: tests run as an administrator may remove all", 'throw new FileError("remove'],
    ["Windows alone", 'if (process.platform === "win32'],
  ],
  "ts/optimizer.ts": [
    [died, "if (!this.#instance.dead"],
    [lookedUp, "const place = after[tensor", "tensor]?.[place] ?? 0, after"],
  ],
  "ts/plot/axis.ts": [
    ["no finite number at all", "if (low > high) [low, high"],
    [lookedUp, "> end <= near)) ?? value"],
    ["a single tick", "const step = values.length"],
  ],
  "ts/plot/boundary.ts": [
    [lookedUp, ', [0], plot)[0] ?? "";', "columns + column] ?? Number"],
    ["two classes whose outputs are sums, not probabilities", "Array.from(classes ?? [])"],
  ],
  "ts/plot/chart.ts": [
    ["bands on a logarithmic axis", "...(line.band ?? []).flatMap"],
    [lookedUp, "points[low]?.[1] ?? y))", "points[high]?.[1] ?? y))", "if (last === undefined"],
  ],
  "ts/plot/confusion.ts": [
    [lookedUp, "[row]?.[column] ?? 0)"],
    ["a class that no row has", "(totals[i] ?? 0) === 0"],
  ],
  "ts/plot/gradient-flow.ts": [
    ["records given by themselves, not in an object", 'const records = "records'],
    [lookedUp, "layer[quantity] ?? Number", "[j]?.[quantity] ?? Number"],
    ["a picture without notes", 'subtitle: notes.join(" · ")'],
  ],
  "ts/plot/history.ts": [
    ["a history without epochs", "description: panels.map"],
    [lookedUp, "> [(epoch.epoch ?? i)"],
  ],
  "ts/plot/landscape.ts": [[lookedUp, "0 ? (heights[0] ?? 0)"]],
  "ts/plot/page.ts": [["a section without contents", 'return inner === "" ? "" : `<section']],
  "ts/plot/report.ts": [
    [
      lookedUp,
      "truth, predictions ?? [], { ...look",
      "model, x, labels ?? [], { ...look",
      "const diagnosis = isDiagnosed",
    ],
    ["samples given as one flat list", "const inputs = isNumericArray", ".length / (rows ?? flat"],
  ],
  "ts/plot/text.ts": [[lookedUp, "const code = character"]],
  "ts/plot/theme.ts": [["both themes have the same answer", "`fill:${contrast(theme"]],
  "ts/rates.ts": [[lookedUp, "parts[part]?.from ?? 0)", "return this.#each[part", "return rows[2 * ((step"]],
  "ts/save.ts": [
    ["bytes in shared memory, whose buffers only isolated pages have", "return kindOf(bytes.buffer"],
    [lookedUp, "{ steps: steps ?? 0, passes"],
  ],
  "ts/search.ts": [
    ["a start that is not finite: the update before would not have kept it", "if (!evaluate(true)) return"],
    ["constraints within a residual block, which are looked for by the same function", 'layer.type === "residual'],
  ],
  "ts/structure/grow.ts": [
    [lookedUp, "= kernel)?.data ?? new", "old.get(of)?.data ?? fresh"],
    ["a column of zeros", "return before > 0 ? Math"],
  ],
  "ts/structure/insert.ts": [[lookedUp, 'list = block?.type === "residual']],
  "ts/summary.ts": [
    [lookedUp, "row[c]?.length ?? 0))", "padEnd(widths[0] ?? 0)}  ${output", "lines[0]?.length ?? 0);"],
    ["an activation that is an object with options", "const activation = typeof"],
  ],
  "ts/training.ts": [
    ["the reader of files refuses tensors that nothing holds before this does", "if (left.size > 0) throw"],
  ],
  "ts/updates.ts": [[lookedUp, "frozen, row[0] ?? 0, (first"]],
  "ts/worker/link.ts": [
    ["what a callback answers is one of two words", 'const what = "call" in'],
    ["an answer that nobody waits for any more", "if (waiting === undefined"],
  ],
  "ts/worker/pack.ts": [["a mistake in the options, which the model itself then names", "if (!isRecord(options)"]],
  "ts/worker/program.workerd.ts": [[workerd, 'export const program = "";']],
  "ts/workers/replica.ts": [
    ["an import of the core that training never calls", "throw new Error(`the core"],
    [
      "browsers' workers, where workers-page.test.ts runs it uncounted",
      "if (threads !== undefined",
      "else globalThis.onmessage",
    ],
  ],
  "ts/workers/team.ts": [
    ["engines throw errors; another engine may throw something else", "const reason = cause instanceof"],
  ],
};
