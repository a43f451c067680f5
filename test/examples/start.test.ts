import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";

const start = fileURLToPath(new URL("../../examples/start.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "start-"));
afterAll(() => rmSync(folder, { recursive: true }));

function run(...given: string[]): Promise<{ code: unknown; out: string; error: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [start, ...given], { cwd: folder }, (failure, out, error) => {
      resolve({ code: failure === null ? 0 : failure.code, out, error });
    });
  });
}

test("npm start trains, compares, solves the regression and writes its pictures", async () => {
  const { code, out, error } = await run("--epochs", "1", "--batch-size", "256", "--seed", "3", "--out", "pictures");
  expect([code, error]).toEqual([0, ""]);
  // One epoch of PyTorch's gives about 95 %.
  expect(Number(/test accuracy ([\d.]+) % of 10,000 images/.exec(out)?.[1])).toBeGreaterThan(93);
  expect(out).toMatch(/[\d,]+ images\/s, [\d.]+ s/);
  expect(Number(/downhill is ([\d.]+) × as fast/.exec(out)?.[1])).toBeGreaterThan(1);
  const losses = [...out.matchAll(/^ {2}(?:downhill|plain JavaScript) .* ([\d.]+)$/gm)].map(([, loss]) => Number(loss));
  expect(losses).toHaveLength(2);
  // Both sides see the same batches in the same order: the mean losses agree to what is printed, give or take the last digit.
  expect(Math.abs((losses[0] as number) - (losses[1] as number))).toBeLessThan(2e-5);
  for (const name of ["gradient descent", "momentum", "RMSprop", "Adagrad", "Adam", "least squares"]) {
    expect(out).toMatch(new RegExp(`^  ${name} .*\\d`, "m"));
  }
  expect(readdirSync(join(folder, "pictures")).sort()).toEqual(["mnist.svg", "regression-0.01.svg", "regression.svg"]);
  for (const name of readdirSync(join(folder, "pictures"))) {
    expect(out).toContain(join("pictures", name));
    expect(readFileSync(join(folder, "pictures", name), "utf8")).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
  }
}, 180_000);

test("--help lists every option", async () => {
  const { code, out } = await run("--help");
  expect(code).toBe(0);
  for (const option of ["--epochs", "--batch-size", "--optimizer", "--learning-rate", "--seed", "--data", "--out"]) {
    expect(out).toContain(option);
  }
});

describe("a mistake in the command line is one line and exit code 2", () => {
  test.each([
    [["--epoch", "3"], "Unknown option '--epoch'; see --help"],
    [["--epochs", "0"], '--epochs: expected a whole number >= 1, got "0"'],
    [["--batch-size", "1.5"], '--batch-size: expected a whole number >= 1, got "1.5"'],
    [["--optimizer", "adm"], '--optimizer: expected one of adam, adamw, rmsprop, adagrad, momentum, sgd, got "adm"'],
    [["--learning-rate", "-1"], /^Option '--learning-rate' argument is ambiguous; see --help$/m],
    [["--seed", ""], '--seed: expected a whole number from 0 to 4294967295, got ""'],
    [["more"], /Unexpected argument 'more'/],
  ])("%j", async (given, message) => {
    const { code, out, error } = await run(...given);
    expect([code, out]).toEqual([2, ""]);
    expect(error.trim().split("\n")).toHaveLength(1);
    if (typeof message === "string") expect(error.trim()).toBe(message);
    else expect(error).toMatch(message);
  });
});

test("data that is not there is one line and exit code 1", async () => {
  const { code, error } = await run("--data", join(folder, "nowhere"));
  expect(code).toBe(1);
  expect(error).toMatch(/^.*train-images-idx3-ubyte: cannot be read \(ENOENT\)\n$/);
});
