import type { Page } from "playwright";
import { expect, test } from "vitest";
import { site } from "./frame.js";

const { visit } = site();

/** Waits until patient and trial have been trained to their last update. */
const trained = (page: Page) =>
  page.waitForSelector('.transport[aria-busy="false"] ~ * .outcome[data-loss]', { timeout: 30_000 });

/** Every number of the page at the end of its film: all layers' gradients, activations and weights, before and after. */
async function everyNumber(page: Page): Promise<readonly string[]> {
  await losses(page);
  await page.getByLabel("Place in the training").focus();
  await page.keyboard.press("End");
  const table = page.locator("details:has(.table-frame), details", { hasText: "These numbers as a table" });
  if ((await table.getAttribute("open")) === null) await table.locator("summary").click();
  await page.locator(".table-frame tbody tr").first().waitFor();
  return page.locator(".table-frame td").allTextContents();
}

const verdict = (page: Page) => page.locator("[data-verdict]").getAttribute("data-verdict");

/** Losses at the end, all digits: as it is, and with the advice that is tried. */
async function losses(page: Page): Promise<readonly [number, number]> {
  const outcome = page.locator(".outcome[data-after]");
  await outcome.waitFor();
  const [before, after] = await Promise.all(["data-before", "data-after"].map((name) => outcome.getAttribute(name)));
  return [Number(before), Number(after)];
}

test("a deep sigmoid network is vanishing; the advice, tried and kept, makes it learn", async () => {
  const { page } = await visit("doctor.html");
  await page.getByText("Vanishing gradient", { exact: true }).waitFor();
  expect(await verdict(page)).toBe("vanishing");
  await page.getByRole("button", { name: "Try it" }).first().click();
  const [before, after] = await losses(page);
  // An answer that knows nothing has a loss of ln 2.
  expect(before).toBeGreaterThan(0.65);
  expect(before / after).toBeGreaterThan(2);
  expect(await page.locator("canvas.xray").count()).toBe(2);
  expect(page.url()).toContain("tried=0");

  // The link holds the experiment: another browser gets the same bits.
  const other = await visit(page.url().slice(page.url().indexOf("doctor.html")));
  expect(await losses(other.page)).toEqual([before, after]);
  expect(await verdict(other.page)).toBe("vanishing");
  const numbers = await everyNumber(page);
  // Six hidden layers and the output, twice, in each column.
  expect(numbers.length).toBeGreaterThan(2 * 7 * 4);
  expect(await everyNumber(other.page)).toEqual(numbers);
  await other.page.context().close();

  await page.getByRole("button", { name: "Keep it" }).click();
  await page.getByText("Healthy", { exact: true }).last().waitFor();
  await page.waitForFunction(() => document.querySelector("[data-verdict=healthy]") !== null);
  await trained(page);
  expect(Number(await page.locator(".outcome[data-loss]").getAttribute("data-loss"))).toBe(after);
  await page.getByRole("button", { name: "Undo" }).click();
  await page.waitForFunction(() => document.querySelector("[data-verdict=vanishing]") !== null);
  await page.context().close();
});

test("settings change the verdict and the address; an example sets them all", async () => {
  const { page } = await visit("doctor.html");
  await page.getByRole("combobox", { name: /^Activation/ }).selectOption("relu");
  await page.getByRole("combobox", { name: /^Initialiser/ }).selectOption("heNormal");
  await page.waitForFunction(() => document.querySelector("[data-verdict=healthy]") !== null);
  await page.waitForURL(/activation=relu&initializer=heNormal/);
  await page.getByRole("button", { name: "Raw inputs" }).click();
  await page.waitForFunction(() => document.querySelector("[data-verdict=inputsUnscaled]") !== null);
  await page.waitForURL(/scale=1000/);
  await page.getByLabel("Hidden layers", { exact: true }).last().fill("2");
  await page.waitForURL(/depth=2/);
  expect(await page.getByRole("button", { name: "Raw inputs" }).getAttribute("aria-pressed")).toBe("false");
  await page.context().close();
});

test("the layers can be read with the keyboard, and as a table", async () => {
  const { page } = await visit("doctor.html#depth=3&updates=40");
  await trained(page);
  await page.locator("canvas.xray").focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  expect(await page.locator(".readout").textContent()).toMatch(/^Layer 2: gradient .*activations .*dead 0 %/);
  await page.getByText("These numbers as a table").click();
  await page.locator("tbody tr").nth(3).waitFor();
  expect(await page.locator("tbody tr").count()).toBe(4);
  await page.context().close();
});

test("a training that diverges says so, and the advice is measured against it", async () => {
  const { page } = await visit(
    "doctor.html#activation=relu&initializer=heNormal&depth=6&optimizer=sgd&rate=100&data=moons&tried=0",
  );
  const [before, after] = await losses(page);
  expect(before).toBe(Number.POSITIVE_INFINITY);
  expect(after).toBeLessThan(0.7);
  expect(await page.locator(".outcome[data-after]").textContent()).toContain("diverged at update");
  await page.context().close();
});
