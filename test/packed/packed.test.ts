// The tarball that npm would publish, installed in an empty folder and used the ways that users do.
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build as esbuild, type Plugin } from "esbuild";
import { chromium } from "playwright";
import { build as viteBuild } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumLaunch } from "../../scripts/lib/browsers.mjs";

const execute = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
let folder = "";
/** What every consumer must print: the result of plain ESM in Node. */
let expected = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "downhill-packed-"));
  await npm(root, "pack", "--pack-destination", folder, "--ignore-scripts");
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  if (tarball === undefined) throw new Error("npm pack wrote no tarball");
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  cpSync(join(root, "test", "packed", "consumers"), folder, { recursive: true });
  await npm(folder, "install", `./${tarball}`, "--offline", "--no-audit", "--no-fund");
  expected = await node(join(folder, "esm.mjs"));
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the packed package", () => {
  test("trains from ESM in Node", () => {
    expect(JSON.parse(expected)).toMatchObject({ variant: "simd128", version: manifest().version, learned: true });
  });

  test("gives the same bits from CommonJS", async () => {
    expect(await node(join(folder, "cjs.cjs"))).toBe(expected);
  });

  test("runs from the wasm file beside it", async () => {
    const result = JSON.parse(await node(join(folder, "streamed.mjs")));
    expect(result.bits).toEqual(JSON.parse(expected).bits);
  });

  test("says whether relaxed SIMD is there, and takes it or refuses with a named error", async () => {
    const { supported, outcome } = JSON.parse(await node(join(folder, "relaxed.mjs")));
    expect(outcome).toBe(supported ? "relaxed-simd" : "UNSUPPORTED");
  });

  test("draws the same pictures from ESM, from CommonJS, and bundled for a host that forbids compiling", async () => {
    const drawn = await node(join(folder, "plot.mjs"));
    const { said, pictures } = JSON.parse(drawn);
    expect(said).toMatch(/^CONFIG plotHistory: unknown option "widht"; did you mean "width"/);
    for (const svg of pictures) expect(svg).toMatch(/^<svg .*<\/svg>\n$/s);
    expect(await node(join(folder, "plot.cjs"))).toBe(drawn);
    const bundle = outside("plot", "mjs");
    const entryPoints = [join(folder, "plot.mjs")];
    const host = { conditions: ["workerd"], plugins: [hostCompilesWasm], banner: { js: forbidCompiling } };
    await esbuild({ ...common, ...host, entryPoints, outfile: bundle, format: "esm" });
    expect(await node(bundle)).toBe(drawn);
  });

  test.each(["esm", "cjs"] as const)("gives the same bits when esbuild bundles it for Node as %s", async (format) => {
    const bundle = outside(`node-${format}`, format === "esm" ? "mjs" : "cjs");
    await esbuild({ ...common, outfile: bundle, format, platform: "node" });
    expect(await node(bundle)).toBe(expected);
  });

  test("gives the same bits under the workerd condition, where the host compiles the wasm", async () => {
    const bundle = outside("workerd", "mjs");
    const host = { conditions: ["workerd"], plugins: [hostCompilesWasm], banner: { js: forbidCompiling } };
    await esbuild({ ...common, ...host, outfile: bundle, format: "esm" });
    expect(await node(bundle)).toBe(expected);
  });

  test("gives the same bits in Chromium from one classic script, under a strict content security policy", async () => {
    const site = join(folder, "site-esbuild");
    await esbuild({
      ...common,
      entryPoints: [join(folder, "page.mjs")],
      outfile: join(site, "page.js"),
      format: "iife",
    });
    writeFileSync(join(site, "index.html"), page("page.js", ""));
    expect(await visit(site)).toBe(expected);
  });

  test("draws the same pictures in Chromium under a strict content security policy", async () => {
    const site = join(folder, "site-plot");
    const entryPoints = [join(folder, "plot-page.mjs")];
    await esbuild({ ...common, entryPoints, outfile: join(site, "page.js"), format: "iife" });
    writeFileSync(join(site, "index.html"), page("page.js", ""));
    // Without what the page itself needs to show a picture, there would be nothing to see.
    expect(await visit(site, `${policy}; img-src data:`)).toBe(await node(join(folder, "plot.mjs")));
  });

  test("gives the same bits in Chromium when Vite builds the page", async () => {
    const source = join(folder, "site-vite-source");
    mkdirSync(source);
    writeFileSync(join(source, "index.html"), page("../page.mjs", 'type="module"'));
    const site = join(folder, "site-vite");
    await viteBuild({ root: source, logLevel: "silent", base: "./", build: { outDir: site }, configFile: false });
    expect(await visit(site)).toBe(expected);
  });

  test("writes checkpoints and goes on from them, from ESM and from CommonJS", async () => {
    const names = ["epoch-3.safetensors", "epoch-4.safetensors"];
    for (const script of ["files.mjs", "files.cjs"]) {
      const result = JSON.parse(await node(join(folder, script)));
      expect(result, script).toEqual({ same: true, names, said: "FILE true true" });
    }
  });

  test("as ESM and CommonJS in one process is two copies that understand each other's configurations and files", async () => {
    expect(JSON.parse(await node(join(folder, "copies.mjs")))).toEqual({
      same: true,
      crossed: true,
      separate: true,
      code: "SHAPE",
      own: true,
      others: false,
      foreign: "SHAPE: y: must be given with x (a Dataset is known to the copy of downhill that made it)",
      live: [2, 3],
    });
  });

  test("works in a worker from ESM and from CommonJS in Node; the idle worker does not keep the process alive", async () => {
    const { bits } = JSON.parse(expected);
    for (const script of ["worker.mjs", "worker.cjs"]) {
      expect(JSON.parse(await node(join(folder, script))), script).toEqual({ bits, said: "SHAPE true" });
    }
  });

  test.each(["esm", "cjs"] as const)("works in a worker when esbuild bundles it for Node as %s", async (format) => {
    const bundle = outside(`node-worker-${format}`, format === "esm" ? "mjs" : "cjs");
    await esbuild({ ...common, entryPoints: [join(folder, "worker.mjs")], outfile: bundle, format, platform: "node" });
    expect(JSON.parse(await node(bundle)).bits).toEqual(JSON.parse(expected).bits);
  });

  test("works in a worker in Chromium from one classic script, where the policy allows workers from blob:", async () => {
    const site = join(folder, "site-worker");
    const entryPoints = [join(folder, "worker-page.mjs")];
    await esbuild({ ...common, entryPoints, outfile: join(site, "page.js"), format: "iife" });
    writeFileSync(join(site, "index.html"), page("page.js", ""));
    const result = await visit(site, `${policy}; worker-src blob:`);
    expect(JSON.parse(result)).toEqual({ bits: JSON.parse(expected).bits, said: "SHAPE true" });
  });

  test("works in a worker in Chromium when Vite builds the page", async () => {
    const source = join(folder, "site-worker-vite-source");
    mkdirSync(source);
    writeFileSync(join(source, "index.html"), page("../worker-page.mjs", 'type="module"'));
    const site = join(folder, "site-worker-vite");
    await viteBuild({ root: source, logLevel: "silent", base: "./", build: { outDir: site }, configFile: false });
    const result = await visit(site, `${policy}; worker-src blob:`);
    expect(JSON.parse(result)).toEqual({ bits: JSON.parse(expected).bits, said: "SHAPE true" });
  });

  test("under a policy that forbids workers from blob: says so, and works with a worker file of the page's own", async () => {
    const site = join(folder, "site-worker-strict");
    for (const [source, file] of [
      ["worker-page-strict.mjs", "page.js"],
      ["thread.mjs", "thread.js"],
    ] as const) {
      const entryPoints = [join(folder, source)];
      await esbuild({ ...common, entryPoints, outfile: join(site, file), format: "iife" });
    }
    writeFileSync(join(site, "index.html"), page("page.js", ""));
    const result = await visit(site, policy, /Content Security Policy/);
    expect(JSON.parse(result)).toEqual({ bits: JSON.parse(expected).bits, said: "SHAPE true", refused: "UNSUPPORTED" });
  });

  test("on a host without workers WorkerModel gives a named error", async () => {
    const bundle = outside("workerd-worker", "mjs");
    const host = { conditions: ["workerd"], plugins: [hostCompilesWasm], banner: { js: forbidCompiling } };
    const entryPoints = [join(folder, "worker-refused.mjs")];
    await esbuild({ ...common, ...host, entryPoints, outfile: bundle, format: "esm" });
    expect(await node(bundle)).toBe("UNSUPPORTED this host has no worker threads; use Model");
  });

  test.each(["nodenext", "bundler"])("has types for ESM and CommonJS under moduleResolution %s", async (resolution) => {
    const compilerOptions = {
      noEmit: true,
      strict: true,
      exactOptionalPropertyTypes: true,
      target: "es2022",
      lib: ["es2022", "dom"],
      types: [],
      module: resolution === "nodenext" ? "nodenext" : "esnext",
      moduleResolution: resolution,
    };
    const files = ["types.mts", "types.cts"];
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
    const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
    const said = await run(process.execPath, [compiler, "-p", folder], folder).catch((error) => error.stdout);
    expect(said).toBe("");
  });

  test("holds the library and its documents, nothing else", () => {
    const names = readdirSync(join(folder, "node_modules", "downhill")).filter((name) => !/\.md$/.test(name));
    expect(names.sort()).toEqual(["LICENSE", "dist", "package.json"]);
    expect(existsSync(join(folder, "node_modules", "downhill", "dist", "core.wasm"))).toBe(true);
  });
});

const common = {
  get entryPoints() {
    return [join(folder, "esm.mjs")];
  },
  bundle: true,
  minify: true,
  logLevel: "silent" as const,
};

/** What Cloudflare does: compiling from bytes is forbidden, and a `.wasm` import is a module that the host compiled. */
const forbidCompiling = `
const HostModule = WebAssembly.Module;
WebAssembly.Module = class {
  static [Symbol.hasInstance](value) {
    return value instanceof HostModule;
  }
  constructor() {
    throw new WebAssembly.CompileError("this host forbids compiling from bytes");
  }
};`;

const hostCompilesWasm: Plugin = {
  name: "host-compiles-wasm",
  setup(build) {
    build.onLoad({ filter: /\.wasm$/ }, ({ path }) => {
      const base64 = readFileSync(path).toString("base64");
      const bytes = `Uint8Array.from(atob("${base64}"), (letter) => letter.charCodeAt(0))`;
      return { contents: `export default new HostModule(${bytes});`, loader: "js" };
    });
  },
};

const page = (script: string, attributes: string): string =>
  `<!doctype html><meta charset="utf-8"><title>downhill</title><body><script ${attributes} src="${script}"></script></body>\n`;

/** A bundle in a folder from which no node_modules is reached. */
function outside(name: string, extension: string): string {
  const place = join(folder, "..", `${basename(folder)}-${name}`);
  mkdirSync(place, { recursive: true });
  bundles.push(place);
  return join(place, `bundle.${extension}`);
}

const bundles: string[] = [];
afterAll(() => {
  for (const place of bundles) rmSync(place, { recursive: true, force: true });
});

function manifest(): { version: string } {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
}

async function run(program: string, parameters: readonly string[], cwd: string): Promise<string> {
  const { stdout } = await execute(program, parameters, { cwd, maxBuffer: 2 ** 24 });
  return stdout.trim();
}

const node = (script: string): Promise<string> => run(process.execPath, [script], join(script, ".."));

/** npm as the running Node has it, without what a surrounding `npm test` put into the environment. */
async function npm(cwd: string, ...parameters: string[]): Promise<void> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle)/.test(name)),
  );
  await execute("npm", parameters, { cwd, env, shell: process.platform === "win32" });
}

const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'";

/** Serves a folder on the loopback with a strict policy and gives back what its page ends with. */
async function visit(site: string, contentPolicy = policy, allowed?: RegExp): Promise<string> {
  const types: Record<string, string> = { html: "text/html", js: "text/javascript" };
  const server = createServer((request, response) => {
    const path = join(site, request.url === "/" ? "index.html" : (request.url ?? ""));
    const type = types[path.split(".").at(-1) ?? ""];
    if (type === undefined || !existsSync(path)) return void response.writeHead(404).end();
    response.writeHead(200, { "content-type": type, "content-security-policy": contentPolicy }).end(readFileSync(path));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch(chromiumLaunch());
  try {
    const tab = await browser.newPage();
    const problems: string[] = [];
    tab.on("pageerror", (error) => problems.push(String(error)));
    tab.on("console", (message) => problems.push(message.text()));
    await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const result = await tab.locator("body[data-result]").getAttribute("data-result", { timeout: 20_000 });
    // The icon that Chromium asks for is not there.
    expect(problems.filter((problem) => !problem.includes("404") && !allowed?.test(problem))).toEqual([]);
    return result ?? "";
  } finally {
    await browser.close();
    server.close();
  }
}
