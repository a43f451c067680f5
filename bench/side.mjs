// One side of one workload in a process of its own. It takes its turns when the parent asks (bench/turns.mjs): a line
// "turn" on the standard input is answered by a line of JSON, { us, cpuUs, loss } or { error }.
//
//   node bench/side.mjs SIDE WORKLOAD
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { sides } from "./sides/index.mjs";
import { workloads } from "./workloads.mjs";

/**
 * @typedef {object} Side
 * @property {() => Promise<void> | void} turn what is timed
 * @property {() => Promise<number> | number} loss of the last turn: in training the mean over its last pass, else of the
 *   prediction; of an optimizer alone its first parameter
 */

async function main(name, id) {
  const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
  try {
    const { module, options } = sides[name];
    const { prepare } = await import(new URL(module, import.meta.url).href);
    const side = await prepare(
      workloads.find((workload) => workload.id === id),
      options,
    );
    say({ ready: true });
    for await (const line of createInterface({ input: process.stdin })) {
      if (line !== "turn") continue;
      const cpu = process.cpuUsage();
      const start = performance.now();
      await side.turn();
      const us = (performance.now() - start) * 1000;
      const { user, system } = process.cpuUsage(cpu);
      say({ us, cpuUs: user + system, loss: await side.loss() });
    }
  } catch (error) {
    say({ error: error.message.split("\n")[0] });
    process.exitCode = 1;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main(...process.argv.slice(2));
