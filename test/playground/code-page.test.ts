import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { root } from "../../scripts/lib/paths.mjs";
import { site } from "./frame.js";

const { visit } = site();

/** Runs it as a reader would, in a folder of its own, with the package installed. */
async function run(program: string): Promise<string> {
  // Inside the repository the package finds itself by its name.
  await mkdir(join(root, "build"), { recursive: true });
  const folder = await mkdtemp(join(root, "build", "code-"));
  try {
    await writeFile(join(folder, "train.mjs"), program);
    const { exampleTable } = await import("../../playground/src/rooms/train/example.js");
    await writeFile(join(folder, "flats.csv"), exampleTable());
    await symlink(join(root, "node_modules"), join(folder, "node_modules"), "junction");
    return (await promisify(execFile)(process.execPath, ["train.mjs"], { cwd: folder })).stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
}

test.each([
  ["train.html#epochs=30&schedule=warmupCosine&clip=1&normalization=batch&dropout=0.1", undefined, "accuracy"],
  ["train.html#data=waves&epochs=20&optimizer=sgd,momentum:0.9,around:lookahead", undefined, "r2"],
  ["train.html#data=own&epochs=20", "price", "r2"],
  ["train.html#data=own&epochs=20", "district", "accuracy"],
  ["train.html#data=digits&hidden=16&epochs=2", undefined, "accuracy"],
])("the program that %s shows prints the page's numbers (%s)", async (path, target, metric) => {
  const { page } = await visit(path);
  if (target !== undefined) {
    await page.getByRole("button", { name: "Try an example" }).click();
    await page.getByRole("combobox", { name: /^Predict/ }).selectOption(target);
    await page.getByText(`240 rows, ${target === "price" ? 7 : 4} inputs`).waitFor();
  }
  await page.getByRole("combobox", { name: "Speed" }).selectOption("full");
  await page.waitForSelector(".transport[data-phase=done]", { timeout: 45_000 });
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "train.mjs" }).click(),
  ]);
  const program = await readFile(await file.path(), "utf8");
  await page.getByRole("button", { name: "Show code" }).click();
  expect(await page.locator(".code pre").textContent()).toBe(program);
  const printed = await run(program);
  const number = (name: string) => Number(new RegExp(`\\b${name}: ([^,\\s]+)`).exec(printed)?.[1]);
  const shown = await page.locator(".numbers").evaluate(({ dataset }) => ({ ...dataset }));
  expect([number("loss"), number("val_loss"), number(`val_${metric}`)]).toEqual(
    [shown.loss, shown.testLoss, shown.metric].map(Number),
  );
  await page.context().close();
});
