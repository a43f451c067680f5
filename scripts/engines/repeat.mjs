// The same trainings again and again in a browser: how often, and in which of them, other bits come out than expected.
//
//   node scripts/engines/repeat.mjs WebKit 5 [page]
//
// Each of five pages trains for 50 s, in workers or itself. A page that says nothing has ended with its process. What the
// engine reads from the environment reaches it, so that its compilers can be left out one by one, as WebKit's by
// JSC_useOMGJIT=0.
import { findEngines } from "./find.mjs";
import { trainAgainIn } from "./same-bits.mjs";

const [name, pages = "5", where = "workers"] = process.argv.slice(2);
const engine = findEngines().engines.find((each) => each.name === name);
if (engine === undefined) throw new Error(`no engine ${name} on this machine`);
let trained = 0;
let wrong = 0;
let silent = 0;
for (let page = 1; page <= Number(pages); page++) {
  const found = await trainAgainIn(engine, where).catch((error) => error);
  if (found instanceof Error) {
    silent += 1;
    console.log(`page ${page}: ${found.message}`);
    continue;
  }
  const { done, different } = found;
  trained += done;
  wrong += different.length;
  console.log(`page ${page}: ${different.length} of ${done} different`);
  for (const one of different) console.log(`  ${JSON.stringify(one)}`);
}
console.log(`${name}: ${wrong} of ${trained} trainings different, ${silent} of ${pages} pages silent`);
