import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { publint } from "publint";
import { parseAst } from "rollup/parseAst";
import { describe, expect, test } from "vitest";
import { decodeBytes } from "../../ts/core/bytes.js";

const execute = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const dist = join(root, "dist");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const files = readdirSync(dist, { recursive: true, encoding: "utf8" });
const scripts = files.filter((name) => /\.c?js$/.test(name));
const read = (name: string): string => readFileSync(join(dist, name), "utf8");

/** An entry with the chunks that it shares with others. */
function whole(name: string): string {
  const code = read(name);
  const chunks = [...code.matchAll(/(?:from |require\()['"](\.[^'"]+\.c?js)['"]/g)].map((match) => match[1] ?? "");
  return [code, ...chunks.map((chunk) => whole(join(name, "..", chunk)))].join("\n");
}

type Node = { type: string } & Record<string, unknown>;

/** Every node of a syntax tree, with whether it stands inside a function. */
function* nodes(node: Node, inFunction = false): Generator<[Node, boolean]> {
  yield [node, inFunction];
  const within = inFunction || /Function/.test(node.type);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child === "object" && child !== null && "type" in child) yield* nodes(child as Node, within);
    }
  }
}

describe("dist/", () => {
  test("holds ESM, CommonJS, workerd and declarations of every entry", () => {
    const entries = scripts.filter((name) => /^[\w-]+\.js$/.test(name)).map((name) => name.replace(/\.js$/, ""));
    expect(entries).toEqual(
      expect.arrayContaining(["index", "node", "plot", "relaxed-simd", "worker", "worker-thread"]),
    );
    for (const entry of entries) {
      expect(files).toEqual(expect.arrayContaining([".cjs", ".d.ts", ".d.cts"].map((extension) => entry + extension)));
      expect(files).toContain(join("workerd", `${entry}.js`));
      expect(Object.keys(manifest.exports)).toContain(entry === "index" ? "." : `./${entry}`);
    }
  });

  test.each(scripts)("%s needs nothing that a bundler, an old worker or a content policy forbids", (name) => {
    const tree = parseAst(read(name)) as unknown as Node;
    const found = [...nodes(tree)].filter(([node, inFunction]) => {
      if (node.type === "ImportExpression" || node.type === "MetaProperty") return true;
      if (node.type === "AwaitExpression") return !inFunction;
      const callee = node.callee as { name?: string } | undefined;
      return /^(Call|New)Expression$/.test(node.type) && (callee?.name === "eval" || callee?.name === "Function");
    });
    expect(found.map(([node]) => node.type)).toEqual([]);
  });

  const entries = ["index", "node", "plot", "relaxed-simd", "worker", "worker-thread"];
  test.each(entries.flatMap((entry) => [`${entry}.js`, `${entry}.cjs`]))("importing %s runs nothing", async (name) => {
    const poison = ["WebAssembly", "atob", "fetch", "TextDecoder", "setTimeout", "FinalizationRegistry", "Worker"];
    const program = `for (const name of ${JSON.stringify(poison)}) {
      Object.defineProperty(globalThis, name, { get() { throw new Error(name + " was used at import"); } });
    }
    await import(${JSON.stringify(pathToFileURL(join(dist, name)).href)});`;
    await expect(execute(process.execPath, ["--input-type=module", "--eval", program])).resolves.toMatchObject({
      stderr: "",
    });
  });

  test("the wasm inside the JavaScript is the wasm file beside it", () => {
    for (const extension of ["js", "cjs"]) {
      for (const [entry, wasm] of [
        ["index", "core.wasm"],
        ["relaxed-simd", "relaxed-simd.wasm"],
      ] as const) {
        const code = whole(`${entry}.${extension}`);
        const text = /text =\s*"([^"]+)"/.exec(code)?.[1] ?? "";
        const frequent = /frequent = \[([^\]]+)\]/.exec(code)?.[1]?.split(",").map(Number) ?? [];
        expect(Buffer.compare(decodeBytes(text, frequent), readFileSync(join(dist, wasm)))).toBe(0);
      }
    }
  });

  test("the workerd entries import their wasm and inline none", () => {
    for (const [entry, wasm] of Object.entries({ index: "core.wasm", "relaxed-simd": "relaxed-simd.wasm" })) {
      const code = whole(join("workerd", `${entry}.js`));
      expect(code).toContain(`from '../${wasm}'`);
      expect(code.length).toBeLessThan(whole("index.js").length);
      expect(existsSync(join(dist, wasm))).toBe(true);
    }
  });

  test("nothing names a folder of the machine that built it", () => {
    for (const name of files.filter((name) => /\.(c?js|map|ts|cts|wasm)$/.test(name))) {
      const bytes = readFileSync(join(dist, name));
      for (const folder of [homedir(), root]) expect(bytes.includes(folder), `${name} names ${folder}`).toBe(false);
    }
  });

  test("a bundle that draws nothing holds nothing of the plots, one that only draws holds no core", async () => {
    const bundle = async (contents: string) => {
      const stdin = { contents, resolveDir: root };
      // The paths of tsconfig.json lead to the sources.
      const tsconfigRaw = {};
      const common = { bundle: true, minify: true, format: "esm", write: false, metafile: true, tsconfigRaw } as const;
      const { outputFiles, metafile } = await build({ ...common, stdin });
      const [output] = Object.values(metafile.outputs);
      const inputs = Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
      return { text: outputFiles[0]?.text ?? "", inputs: inputs.map(([name]) => name) };
    };
    const trains = await bundle('import { Model } from "downhill"; globalThis.Model = Model;');
    expect(trains.inputs.filter((name) => /plot|node_modules/.test(name))).toEqual([]);
    expect(trains.text).not.toMatch(/prefers-color-scheme|d3-|node:fs/);
    const draws = await bundle('import * as plot from "downhill/plot"; globalThis.plot = plot;');
    expect(draws.text).not.toContain("WebAssembly");
    expect(draws.text).toContain("Copyright 2010-2026 Mike Bostock");
  });

  test("source maps lead to files of the repository", () => {
    for (const name of files.filter((name) => name.endsWith(".map"))) {
      for (const source of JSON.parse(read(name)).sources as string[]) {
        const path = relative(root, join(dist, name, "..", source));
        expect(path, `${name} → ${source}`).toMatch(/^(ts|build|node_modules\/d3-\w+)\//);
      }
    }
  });
});

describe("the exports map", () => {
  test("names only files that exist", () => {
    const targets = (value: unknown): string[] =>
      typeof value === "string" ? [value] : Object.values(value ?? {}).flatMap(targets);
    for (const target of targets(manifest.exports)) expect(existsSync(join(root, target)), target).toBe(true);
  });

  test("passes publint without a remark", async () => {
    const { messages } = await publint({ pkgDir: root, strict: true, pack: "npm" });
    expect(messages).toEqual([]);
  });

  test("gives every kind of importer types that fit (are the types wrong?)", async () => {
    const program = join(root, "node_modules", "@arethetypeswrong", "cli", "dist", "index.js");
    const parameters = ["--pack", root, "--profile", "node16", "--no-color", "--no-emoji", "--exclude-entrypoints"];
    const wasm = Object.keys(manifest.exports).filter((name) => name.endsWith(".wasm"));
    const said = await execute(process.execPath, [program, ...parameters, ...wasm]).catch((error) => error);
    expect(said.code ?? 0, said.stdout).toBe(0);
  });
});
