import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

/**
 * Every block marked ```js of the documents is a program: it runs in Node against dist/, and each `console.log` that a
 * comment `// prints …` follows must print just that. Blocks of other languages are not run.
 */

const root = fileURLToPath(new URL("../..", import.meta.url));
const documents = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

interface Program {
  readonly line: number;
  readonly code: string;
  /** what the comments claim, line by line */
  readonly claims: readonly string[];
}

function programs(text: string): Program[] {
  return [...text.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map((match) => {
    const code = match[1] ?? "";
    const claims = [...code.matchAll(/\/\/ prints (.*)$/gm)].map((claim) => claim[1] ?? "");
    return { line: text.slice(0, match.index).split("\n").length, code, claims };
  });
}

function run(code: string): Promise<string> {
  return new Promise((done, fail) => {
    const child = execFile(process.execPath, ["--input-type=module", "-"], { cwd: root }, (error, stdout) =>
      error === null ? done(stdout) : fail(error),
    );
    child.stdin?.end(code);
  });
}

describe("the documents", () => {
  for (const document of documents) {
    const text = readFileSync(join(root, document), "utf8");

    for (const { line, code, claims } of programs(text)) {
      test(`the program at ${document}:${line} runs and prints what it claims`, async () => {
        const printed = await run(code);
        expect(printed.split("\n").slice(0, -1)).toEqual(claims);
        expect(claims.length).toBeGreaterThan(0);
      });
    }

    test(`the links in ${document} lead somewhere`, () => {
      const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map((match) => match[1] ?? "");
      const broken = links
        .filter((link) => !/^[a-z]+:/.test(link))
        .filter((link) => !existsSync(resolve(join(root, dirname(document)), link)));
      expect(broken).toEqual([]);
    });

    test(`the paths in ${document} are those of files`, () => {
      const inCode = [...text.matchAll(/`((?:ts|crates|scripts|test|docs|bench|examples)\/[\w./-]+)`/g)];
      const missing = inCode.map((match) => match[1] ?? "").filter((path) => !existsSync(join(root, path)));
      expect(missing).toEqual([]);
    });
  }

  test("the README's first program is at most 15 lines of code", () => {
    const [first] = programs(readFileSync(join(root, "README.md"), "utf8"));
    const lines = first?.code.split("\n").filter((line) => line.trim() !== "" && !line.trim().startsWith("//"));
    expect(lines?.length).toBeLessThanOrEqual(15);
    expect(lines?.length).toBeGreaterThan(0);
  });
});
