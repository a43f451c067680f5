import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/** The text form of one variant, by binaryen's `wasm-dis`. */
function disassemble(variant: string): string {
  const [program, wasm] = ["node_modules/binaryen/bin/wasm-dis", `build/${variant}/core.wasm`].map((path) =>
    fileURLToPath(new URL(`../../${path}`, import.meta.url)),
  );
  const parameters = [program ?? "", wasm ?? "", "--all-features"];
  return execFileSync(process.execPath, parameters, { encoding: "utf8", maxBuffer: 2 ** 28 });
}

const plain = disassemble("simd128");
const relaxed = disassemble("relaxed-simd");
const occurrences = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;

test.each([
  ["simd128", plain],
  ["relaxed-simd", relaxed],
])("the %s core computes with v128: loads, stores, splats and products", (_, text) => {
  for (const instruction of [/v128\.load\b/g, /v128\.store\b/g, /(f32x4\.splat|v128\.load32_splat)\b/g]) {
    expect(occurrences(text, instruction), String(instruction)).toBeGreaterThan(8);
  }
});

test("only the relaxed core has relaxed instructions, and its products are fused", () => {
  expect(occurrences(plain, /relaxed/g)).toBe(0);
  expect(occurrences(plain, /f32x4\.mul\b/g)).toBeGreaterThan(16);
  expect(occurrences(relaxed, /f32x4\.relaxed_madd\b/g)).toBeGreaterThan(16);
});

test.each([
  ["simd128", plain],
  ["relaxed-simd", relaxed],
])("the %s core imports nothing but its own glue", (_, text) => {
  const modules = new Set([...text.matchAll(/\(import "([^"]+)"/g)].map(([, name]) => name));
  expect([...modules]).toEqual(["./core_bg.js"]);
});
