// What the package brings along, and what it does without: dependencies, code from strings, the network.
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { parseAst } from "rollup/parseAst";
import { describe, expect, test } from "vitest";
import { file, thirdParty } from "../../scripts/third-party.mjs";

const execute = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const dist = join(root, "dist");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const scripts = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter((name) => /\.c?js$/.test(name));

type Node = { type: string } & Record<string, unknown>;

function* nodes(node: Node): Generator<Node> {
  yield node;
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child === "object" && child !== null && "type" in child) yield* nodes(child as Node);
    }
  }
}

/** Everything by which a script reaches a network, or makes code of text. */
const forbidden = ["fetch", "XMLHttpRequest", "WebSocket", "WebSocketStream", "WebTransport", "EventSource"].concat([
  "RTCPeerConnection",
  "sendBeacon",
  "importScripts",
  "eval",
  "Function",
]);

/** How often a script calls or names one of them, the text that its workers run included. */
function uses(code: string): string[] {
  return [...nodes(parseAst(code) as unknown as Node)].flatMap((node) => {
    const { type, value, name } = node as { type: string; value?: unknown; name?: string };
    // A worker's whole program is one long string.
    if (type === "Literal" && typeof value === "string" && value.length > 2000 && value.includes("function"))
      return uses(value);
    if (type !== "CallExpression" && type !== "NewExpression" && type !== "MemberExpression") return [];
    if (type === "MemberExpression") {
      const { name = "" } = node.property as { name?: string };
      const { name: object = "" } = node.object as { name?: string };
      return ["globalThis", "self", "window", "navigator"].includes(object) && forbidden.includes(name) ? [name] : [];
    }
    const callee = (node.callee as { name?: string }).name ?? name ?? "";
    return forbidden.includes(callee) ? [callee] : [];
  });
}

test("the package depends on nothing at run time", () => {
  for (const kind of ["dependencies", "peerDependencies", "optionalDependencies", "bundleDependencies"])
    expect(manifest[kind], kind).toBe(undefined);
  for (const name of ["preinstall", "install", "postinstall", "prepare"])
    expect(manifest.scripts[name], name).toBe(undefined);
});

test("THIRD-PARTY.md lists what of others is in dist/ (node scripts/third-party.mjs writes it)", async () => {
  const text = await thirdParty();
  expect(readFileSync(file, "utf8")).toBe(text);
  for (const name of ["libm", "rlsf", "wasm-bindgen", "d3-array", "d3-contour"]) expect(text).toContain(`## ${name} `);
  expect(manifest.files).toContain("THIRD-PARTY.md");
});

test("the scan of dist/ finds what it looks for", () => {
  const code = `fetch("a"); new WebSocket(b); globalThis.fetch; navigator.sendBeacon(c); new Function("d"); eval("e");`;
  expect(uses(code)).toEqual(["fetch", "WebSocket", "fetch", "sendBeacon", "Function", "eval"]);
});

test("nothing in dist/ makes code of text or reaches the network, but init for an address that it is given", () => {
  const codes = scripts.map((name) => readFileSync(join(dist, name), "utf8"));
  const found = codes.flatMap(uses);
  expect([...new Set(found)]).toEqual(["fetch"]);
  const inInit = codes.flatMap((code) => code.match(/instanceof URL ?\? ?await fetch\(/g) ?? []);
  expect(found).toHaveLength(inInit.length);
});

describe("with code from strings switched off and every way to the network taken away", () => {
  const network = ["net", "dgram", "tls", "http", "https", "http2", "dns"];
  const program = (load: string) => `
    ${load}
    const refuse = (name) => { throw new Error(name + " was used"); };
    for (const name of ${JSON.stringify(forbidden.filter((name) => name !== "Function"))})
      Object.defineProperty(globalThis, name, { get: () => refuse(name) });
    for (const name of ${JSON.stringify(network)}) {
      const module = process.getBuiltinModule("node:" + name);
      for (const key of Object.keys(module).filter((key) => /^(connect|createConnection|createServer|createSocket|request|get|lookup|resolve)$/.test(key)))
        module[key] = () => refuse(name + "." + key);
    }
    const { adam, dense, Model } = downhill;
    const model = await Model.create({ inputs: 2, layers: [dense(8, { activation: "tanh" }), dense(1)], loss: "meanSquaredError", optimizer: adam() });
    const history = await model.fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], { epochs: 20 });
    const loaded = await Model.load(model.save());
    const report = await loaded.diagnose([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]);
    const svg = plot.plotHistory(history) + plot.plotGradientFlow(report);
    const away = await worker.WorkerModel.create(model.toJSON());
    await away.fit([[0, 0], [0, 1]], [0, 1], { epochs: 2 });
    await away.dispose();
    let refused = false;
    try { (0, model.fit.constructor)("return 1"); } catch { refused = true; }
    console.log(JSON.stringify({ epochs: history.epochs.length, svg: svg.length > 1000, refused }));`;
  const at = (name: string) => JSON.stringify(pathToFileURL(join(dist, name)).href);
  const names = { downhill: "index", plot: "plot", worker: "worker" };
  const modules = Object.entries(names).map(([name, entry]) => `import * as ${name} from ${at(`${entry}.js`)};`);
  const required = Object.entries(names).map(
    ([name, entry]) => `const ${name} = require(${at(`${entry}.cjs`)}.slice(7));`,
  );
  const create = `import { createRequire } from "node:module"; const require = createRequire(${at("index.js")});`;

  test.each([
    ["ESM", modules.join("\n")],
    ["CommonJS", [create, ...required].join("\n")],
  ])("it trains, draws, saves, loads and works in a worker: %s", async (_, load) => {
    const flags = ["--disallow-code-generation-from-strings", "--input-type=module", "--eval", program(load)];
    const { stdout } = await execute(process.execPath, flags);
    expect(JSON.parse(stdout)).toEqual({ epochs: 20, svg: true, refused: true });
  });
});
