// Writes docs/what-tutorials-get-wrong.md and its Chinese sister: the words of scripts/tutorials/page*.md with every
// `{{…}}` filled by what scripts/tutorials/forms.mjs computes. It needs `npm run build`.
//
//   node scripts/docs-tutorials.mjs
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { stepsToArrive } from "../examples/regression.mjs";
import { markdown } from "./lib/markdown.mjs";
import { root } from "./lib/paths.mjs";
import {
  best,
  follow,
  gradientOf,
  lossOf,
  pairs,
  points,
  right,
  steps,
  through,
  unlimitedDecay,
} from "./tutorials/forms.mjs";

const languages = {
  en: {
    page: "what-tutorials-get-wrong.md",
    template: "page.md",
    step: "step",
    wrong: "wrong",
    right: "right",
    loss: "loss",
    rate: "rate at t =",
    called: "called exponential",
    polynomial: "polynomial",
    exponential: "exponential",
    head: ["", "wrong form", "loss after 1,000 steps", "right form"],
    rows: {
      momentum: "1. momentum against its velocity, η = 0.1",
      momentumFast: "the same, η = 0.2",
      staleAdagrad: "2. Adagrad by the old accumulator",
      staleRmsprop: "RMSprop by the old accumulator",
      signedAdagrad: "3. Adagrad of g instead of g²",
      signedRmsprop: "RMSprop of g instead of g²",
      denominator: "4. Adam with the odd denominator",
      denominatorLarge: "the same, loss × 100",
      denominatorSmall: "the same, loss ÷ 10,000",
      uncorrected: "5. Adam without bias correction",
      plusOne: "6. Adagrad with √(G + 1)",
      plusOneSmall: "the same, loss ÷ 10,000",
      decay: "7. the polynomial past its end",
      bias: "8. no bias",
    },
  },
  zh: {
    page: "what-tutorials-get-wrong.zh.md",
    template: "page.zh.md",
    step: "步",
    wrong: "错误",
    right: "正确",
    loss: "损失",
    rate: "t 时的学习率",
    called: "所谓“指数衰减”",
    polynomial: "多项式衰减",
    exponential: "指数衰减",
    head: ["", "错误写法", "1000 步后的损失", "正确写法"],
    rows: {
      momentum: "1. 动量方向相反，η = 0.1",
      momentumFast: "同上，η = 0.2",
      staleAdagrad: "2. Adagrad 除以旧的累积量",
      staleRmsprop: "RMSprop 除以旧的累积量",
      signedAdagrad: "3. Adagrad 累积 g 而不是 g²",
      signedRmsprop: "RMSprop 累积 g 而不是 g²",
      denominator: "4. Adam 的分母写错",
      denominatorLarge: "同上，损失 × 100",
      denominatorSmall: "同上，损失 ÷ 10000",
      uncorrected: "5. Adam 不做偏差修正",
      plusOne: "6. Adagrad 用 √(G + 1)",
      plusOneSmall: "同上，损失 ÷ 10000",
      decay: "7. 多项式衰减超出终点",
      bias: "8. 没有偏置",
    },
  },
};

/** How the reader writes the right forms. */
const code = {
  momentum: 'sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true, form: "keras" })',
  adagrad: "adagrad({ learningRate: 0.5 })",
  rmsprop: "rmsprop({ learningRate: 0.01, rho: 0.9 })",
  adam: "adam({ learningRate: 0.1 })",
  polynomial: "sgd({ learningRate: polynomialDecay({ initial: 0.1, steps: 500, power: 3 }) })",
};

/** Four decimals where they say something, else four digits and an exponent. */
export function show(value) {
  if (!Number.isFinite(value) || value === 0) return String(value);
  const [digits, exponent] = value.toExponential(3).split("e");
  return Number(exponent) >= 6 || Number(exponent) < -3 ? `${digits}e${Number(exponent)}` : value.toFixed(4);
}

/** The first three steps and the last of a pair. */
function stepsTable({ wrong, right }, words) {
  const columns = [words.wrong, words.right].flatMap((side) =>
    ["w", "b", words.loss].map((name) => `${side}: ${name}`),
  );
  const row = (t) => [t, ...[wrong, right].flatMap((path) => [...path[t], lossOf(path[t])].map(show))];
  return markdown([words.step, ...columns], [1, 2, 3, steps].map(row));
}

function summary(all, words) {
  const [name, wrong, after, right] = words.head;
  const rows = Object.entries(words.rows).map(([key, title]) => [
    title,
    ...["wrong", "right"].map((side) => show(lossOf(all[key][side][steps]))),
  ]);
  return markdown([name, `${wrong}: ${after}`, `${right}: ${after}`], rows);
}

/** Learning rates of the three schedules. */
async function rates(words) {
  const { exponentialDecay, polynomialDecay, schedulePreview } = await import("downhill");
  const at = [0, 1, 2, 3, 250, 500, 750, 999];
  const polynomial = schedulePreview(polynomialDecay({ initial: 0.1, steps: 500, power: 3 }), steps);
  const exponential = schedulePreview(exponentialDecay({ initial: 0.1, rate: 0.01, steps: 500 }), steps);
  return markdown(
    [words.rate, ...at],
    [
      [words.called, ...at.map((t) => show(unlimitedDecay(t)))],
      [words.polynomial, ...at.map((t) => show(polynomial[t]))],
      [words.exponential, ...at.map((t) => show(exponential[t]))],
    ],
  );
}

/** A program that trains the same line by every right form, and what it prints. */
async function program() {
  const runs = Object.values(code);
  const body = `import { adagrad, adam, dense, Model, polynomialDecay, rmsprop, sgd } from "downhill";

// points of y = 3x + 2, without noise
const x = Array.from({ length: 100 }, (_, i) => i / 50);
const y = x.map((at) => 3 * at + 2);

for (const optimizer of [
${runs.map((run) => `  ${run},`).join("\n")}
]) {
  const model = await Model.create({ inputs: 1, layers: [dense(1)], loss: "meanSquaredError", optimizer });
  await model.fit(x, y, { epochs: 1000, batchSize: "full" });
  const [w, b] = model.parameters().map(({ data }) => data[0].toFixed(2));
  console.log(\`\${optimizer.type}: y = \${w}x + \${b}\`);
}
`;
  const { adagrad, adam, dense, Model, polynomialDecay, rmsprop, sgd } = await import("downhill");
  const printed = [];
  const console = { log: (line) => printed.push(line) };
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
  const names = ["adagrad", "adam", "dense", "Model", "polynomialDecay", "rmsprop", "sgd", "console"];
  const run = new AsyncFunction(...names, body.replace(/^import .*$/m, ""));
  await run(adagrad, adam, dense, Model, polynomialDecay, rmsprop, sgd, console);
  return `\`\`\`js\n${body}${printed.map((line) => `// prints ${line}\n`).join("")}\`\`\``;
}

/**
 * The text of both pages by their path in the repository.
 *
 * @returns {Promise<Record<string, string>>}
 */
export async function pages() {
  const all = await pairs();
  const exponential = (await follow(right.exponential()))[steps];
  const fastAdagrad = (await follow(right.adagrad(0.5)))[steps];
  const plain = await follow(right.plain(0.1));
  const arrive = (path) => stepsToArrive({ curve: path.map(lossOf) }, best.loss);
  const isThere = ({ wrong }) => lossOf(wrong[steps]) < best.loss + 1e-3;
  const stale = all.staleRmsprop.wrong[steps][0];
  const values = {
    count: points.x.length,
    program: await program(),
    runs: Object.keys(all).length,
    reached: Object.values(all).filter(isThere).length,
    "arrive.wrong": arrive(all.momentum.wrong),
    "arrive.plain": arrive(plain),
    "arrive.right": arrive(all.momentum.right),
    "start.loss": show(lossOf([0, 0])),
    "start.gradient": gradientOf([0, 0]).map(show).join(", "),
    "best.slope": show(best.slope),
    "best.intercept": show(best.intercept),
    "best.loss": show(best.loss),
    "through.slope": show(through.slope),
    "through.loss": show(through.loss),
    "through.times": (through.loss / best.loss).toFixed(1),
    "stale.place": show(stale),
    "stale.steps": show(stale / 0.01),
    "adagrad.slope": show(fastAdagrad[0]),
    "adagrad.intercept": show(fastAdagrad[1]),
    "rmsprop.first": show(all.staleRmsprop.right[1][0]),
    "signed.step": all.signedRmsprop.wrong.findIndex((theta) => theta.some(Number.isNaN)),
    "uncorrected.third": show(lossOf(all.uncorrected.wrong[3])),
    "exponential.slope": show(exponential[0]),
    "exponential.intercept": show(exponential[1]),
    ...Object.fromEntries(Object.entries(code).map(([name, text]) => [`code ${name}`, text])),
  };
  const texts = {};
  for (const words of Object.values(languages)) {
    const own = {
      ...values,
      summary: summary(all, words),
      rates: await rates(words),
      ...Object.fromEntries(Object.entries(all).map(([name, pair]) => [`table ${name}`, stepsTable(pair, words)])),
    };
    const template = await readFile(join(root, "scripts", "tutorials", words.template), "utf8");
    const text = template.replace(/\{\{(.*?)\}\}/g, (_, name) => {
      if (own[name] === undefined) throw new Error(`${words.template}: nobody computes {{${name}}}`);
      return own[name];
    });
    texts[`docs/${words.page}`] =
      `<!-- Written by scripts/docs-tutorials.mjs: change scripts/tutorials instead. -->\n\n${text}`;
  }
  return texts;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  for (const [path, text] of Object.entries(await pages())) {
    await writeFile(join(root, path), text);
    console.log(path);
  }
}
