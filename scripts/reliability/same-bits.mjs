// One seed, config and data give the same bits in every engine.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { findEngines, prepareEngines, versionOf } from "../engines/find.mjs";
import { engineForms, relaxedBound, trainIn } from "../engines/same-bits.mjs";
import { root } from "../lib/paths.mjs";
import { run, stage } from "../lib/run.mjs";

export const place = 1;
export const title = "The same bits everywhere";
export const unit = "pass over every engine";
export const counts = { short: 1, full: 1 };

/** @type {import("./lib/document.mjs").Part["run"]} */
async function measure() {
  await prepareEngines();
  const { missing } = findEngines();
  const cases = JSON.parse(await readFile(join(root, "test", "same-bits", "expected.json"), "utf8"));
  const failures = missing.map(({ name, reason }) => `${name} was not found: ${reason}`);
  const rows = [];
  const differences = new Map();
  for (const one of engineForms()) {
    const { engine, form } = one;
    const { trainings, different, relaxed } = await stage(`${engine.name}, ${form}`, () => trainIn(one));
    const where = versionOf(engine) || engine.name;
    rows.push([where, form, trainings, different.length]);
    failures.push(...different.map((what) => `${where}, ${form}: ${what}`));
    for (const [name, difference] of Object.entries(relaxed))
      differences.set(name, { ...differences.get(name), [engine.name]: difference });
  }
  const native = ["test", "-p", "downhill-nn", "--test", "same_bits", "--locked"];
  await stage("native", () => run("cargo", native, { cwd: root })).then(
    () => rows.push(["native code (`cargo test`)", "portable lanes", 2 * cases.length, 0]),
    (error) => failures.push(`native code: ${error.message}`),
  );
  const relaxedRows = [...differences].map(([name, by]) => {
    const worst = Math.max(...Object.values(by));
    if (!(worst <= relaxedBound)) failures.push(`relaxed SIMD, ${name}: ${worst} is above the bound ${relaxedBound}`);
    return [name, Object.keys(by).join(", "), worst.toExponential(1)];
  });
  return {
    failures,
    tables: [
      { head: ["engine", "as", "trainings of 200 updates", "with other bits"], rows, words: 2 },
      {
        head: ["relaxed SIMD", "engines that have it", "largest relative difference of a loss"],
        rows: relaxedRows,
        words: 2,
      },
    ],
    notes: [
      `Each engine trains ${cases.length} networks: five that together hold every kind of layer, dropout, wrappers, schedules and constraints, and one for each optimizer. Each is trained in one call, in several, and saved at update 100 and loaded; the five also in a worker, from the start and from the file. SHA-256 of all epochs' losses, norms, rates and metrics, of the parameters, of the optimizer's state and counters, and of predictions are compared with \`test/same-bits/expected.json\`.`,
      `The build for relaxed SIMD makes no such promise. It is compared within a bound: in 200 updates no epoch's loss is further from that of the default build than ${relaxedBound} of it. The table has the worst of the engines that have it.`,
    ],
  };
}

export { measure as run };
