// Fills the places of the documents that are marked `<!-- table:NAME -->` … `<!-- /table:NAME -->` with what the
// repository's own scripts measure here and now. It needs `npm run build`.
//
//   node scripts/docs-tables.mjs [names of tables]     all of them by default
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { time } from "../bench/report.mjs";
import { ratio } from "../bench/turns.mjs";
import { markdown } from "./lib/markdown.mjs";
import { generated, root } from "./lib/paths.mjs";
import { run } from "./lib/run.mjs";
import { kibibytes } from "./lib/units.mjs";
import { measure } from "./size.mjs";

const documents = ["README.md", "docs/optimizers.md", "docs/structure.md", "docs/minimize.md", "docs/decisions.md"];

const seeds = [0, 1, 2, 3, 4];

/** Each table by name: a function that measures and returns its lines. */
const tables = {
  async mnist() {
    const { readMnist, trainMnist } = await import("../examples/mnist.mjs");
    const images = await readMnist();
    const shares = [];
    for (const seed of seeds) {
      const { model, accuracy } = await trainMnist(images, { seed });
      model.dispose();
      shares.push(accuracy);
    }
    return markdown(
      ["MNIST, 784-128-10, batch 128, 5 epochs, Adam 3e-3 falling along a cosine (`npm start`)", "accuracy"],
      [[`the 10,000 test images, seeds ${seeds[0]} to ${seeds.at(-1)} (\`npm start -- --seed 0\`)`, range(shares)]],
    );
  },

  async bench() {
    await mkdir(generated, { recursive: true });
    const file = join(generated, "bench.json");
    await run(process.execPath, [join(root, "bench", "run.mjs"), "--sides", "downhill,plain", "--json", file], {
      cwd: root,
    });
    const { machine, rows } = JSON.parse(await readFile(file, "utf8"));
    return markdown(
      [`the fastest of many turns (\`npm run bench\`, Node ${machine.node})`, "downhill", "plain JavaScript", "ratio"],
      rows.map((row) => [
        row.name,
        ...["downhill", "plain"].map((side) => time(row.sides[side].min * (row.total ? row.steps : 1))),
        `${ratio(row, "downhill", "plain").toFixed(1)} ×`,
      ]),
    );
  },

  async optimizers() {
    const { head, measuredRows } = await import("./optimizers-table.mjs");
    return markdown(head, await measuredRows(), 3);
  },

  async presets() {
    const { head, presetRows } = await import("./presets-table.mjs");
    return markdown(head, await presetRows(), 4);
  },

  async grow() {
    const stages = await withDigits((await import("../examples/grow.mjs")).growDigits);
    return markdown(
      ["network", "loss on new images before growing", "right after", "accuracy then reached"],
      stages.map(({ what, before, after, accuracy }) => [what, before.toFixed(6), after.toFixed(6), range([accuracy])]),
    );
  },

  async prune() {
    const stages = await withDigits((await import("../examples/prune.mjs")).pruneDigits);
    return markdown(
      ["pruned", "accuracy on the 10,000 test images"],
      stages.map(({ sparsity, accuracy }) => [range([sparsity]), range([accuracy])]),
    );
  },

  async minimize() {
    const { minimizeRows } = await import("./minimize-table.mjs");
    return markdown(
      ["problem", "found by", "evaluations", "value above SciPy's", "distance from SciPy's point"],
      await minimizeRows(),
    );
  },

  async panels() {
    const { cells, measure: candidates } = await import("../bench/frameworks.mjs");
    return markdown(["eight lanes of four numbers", "gzipped", "an update"], cells(await candidates("panel")));
  },

  async charts() {
    const { cells, measure: candidates } = await import("../bench/frameworks.mjs");
    return markdown(
      ["eight lines of 2,000 points with bands", "gzipped", "a drawing"],
      cells(await candidates("chart")),
    );
  },

  async size() {
    const { minified, gzipped, wasm } = await measure();
    return markdown(
      ["what a program that trains a network ships (`npm run size`)", "size"],
      [
        ["bundled and minified, the wasm inside", `${kibibytes(minified)} KiB`],
        ["the same gzipped", `${kibibytes(gzipped)} KiB`],
        ["the wasm alone, gzipped", `${kibibytes(wasm)} KiB`],
      ],
    );
  },
};

async function withDigits(work) {
  const images = await (await import("../examples/large-batch.mjs")).readData();
  try {
    return await work(images);
  } finally {
    images.data.dispose();
  }
}

/** The lowest and the highest of some shares, in percent. */
function range(shares) {
  const [low, high] = [Math.min(...shares), Math.max(...shares)].map((share) => (100 * share).toFixed(2));
  return low === high ? `${low} %` : `${low} to ${high} %`;
}

const wanted = process.argv.slice(2);
for (const document of documents) {
  const path = join(root, document);
  let text = await readFile(path, "utf8");
  for (const [, name] of text.matchAll(/<!-- table:([\w-]+) -->/g)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const [begin, end] = [`<!-- table:${name} -->`, `<!-- /table:${name} -->`];
    const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
    if (tables[name] === undefined) throw new Error(`${document}: nobody makes the table ${name}`);
    if (to < from) throw new Error(`${document}: ${end} is missing after ${begin}`);
    text = `${text.slice(0, from)}\n\n${await tables[name]()}\n\n${text.slice(to)}`;
    console.log(`${document}: ${name}`);
  }
  await writeFile(path, text);
}
