// The problems of docs/minimize.md solved here, beside what SciPy found: the rows of its table.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { adam, cosineDecay, lbfgs, minimize } from "downhill";
import { build } from "esbuild";
import { root } from "./lib/paths.mjs";

async function readProblems() {
  const entryPoints = [join(root, "test", "shared", "minimize-problems.ts")];
  const { outputFiles } = await build({ entryPoints, write: false, format: "esm", logLevel: "error" });
  const code = Buffer.from(outputFiles[0].contents).toString("base64");
  return (await import(`data:text/javascript;base64,${code}`)).problems;
}

/** @returns {Promise<string[][]>} */
export async function minimizeRows() {
  const { scipy, problems: golden } = JSON.parse(await readFile(join(root, "test", "golden", "minimize.json"), "utf8"));
  const problems = await readProblems();
  const rows = [];
  for (const [name, { f, start, initial, steps }] of Object.entries(problems)) {
    const wanted = golden[name];
    rows.push([name, `SciPy ${scipy}, L-BFGS-B`, String(wanted.evaluations), "", ""]);
    const memory = { historySize: 10 };
    const ours = {
      "`lbfgs`, default tolerances": lbfgs(memory),
      "`lbfgs`, `toleranceChange: 0`": lbfgs({ ...memory, toleranceGradient: 1e-9, toleranceChange: 0 }),
      [`\`adam\` ${initial}, cosine`]: adam({ learningRate: cosineDecay({ initial, steps }) }),
    };
    for (const [label, optimizer] of Object.entries(ours)) {
      let evaluations = 0;
      const counted = (x) => {
        evaluations++;
        return f(x);
      };
      const { x, value } = await minimize(counted, start, { optimizer, maxIterations: steps, tolerance: 1e-12 });
      const distance = Math.max(...wanted.x.map((coordinate, i) => Math.abs(coordinate - x[i])));
      rows.push(["", label, String(evaluations), (value - wanted.value).toExponential(1), distance.toExponential(1)]);
    }
  }
  return rows;
}
