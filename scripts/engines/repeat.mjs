// The same trainings again and again in one engine: how often, and in which of them, other bits come out than expected.
//
//   node scripts/engines/repeat.mjs WebKit 20
//
// What the engine reads from the environment reaches it, so that its compilers can be left out one by one, as WebKit's by
// JSC_useOMGJIT=0.
import { engineForms, trainIn } from "./same-bits.mjs";

const [name, count = "20"] = process.argv.slice(2);
const one = engineForms().find(({ engine }) => engine.name === name);
if (one === undefined) throw new Error(`no engine ${name} on this machine`);
let trained = 0;
let different = 0;
let runs = 0;
for (let run = 1; run <= Number(count); run++) {
  const begun = performance.now();
  const { trainings, different: names, results } = await trainIn(one);
  trained += trainings;
  different += names.length;
  runs += Number(names.length > 0);
  console.log(
    `run ${run}: ${names.length} of ${trainings} different, ${((performance.now() - begun) / 1000).toFixed(1)} s`,
  );
  for (const what of names) {
    const [, task, way] = /^(.*), ([^:]*):/.exec(what);
    console.log(`  ${what}\n  ${JSON.stringify(results[task]?.[way]?.sample)}`);
  }
}
console.log(`${name}: ${different} of ${trained} trainings different, in ${runs} of ${count} runs`);
