import type { Page } from "playwright";
import { expect, test } from "vitest";
import { downloaded, site } from "./frame.js";

const { visit } = site();

/** Small enough to be quick, long enough to learn. */
const small = "race.html#epochs=60&seeds=2&steps=200";

/** Waits for both races to be computed. */
async function finished(page: Page): Promise<void> {
  await page.waitForSelector('.transport[aria-busy="false"]');
  await page.waitForSelector(".lanes .best >> nth=1");
}

/** Rows of the file with all numbers. */
const rows = (text: string) =>
  text
    .trim()
    .split("\r\n")
    .map((row) => row.split(","));

test("optimizers race on the surface and on the network, and the best of each is marked", async () => {
  const { page } = await visit(small);
  await finished(page);
  const table = rows(await downloaded(page, "Numbers"));
  const network = table
    .filter(([race, , , , epoch]) => race === "network" && epoch === "60")
    .map((row) => Number(row[8]));
  expect(network).toHaveLength(8);
  // Guessing leaves ln 2 = 0.69.
  expect(Math.min(...network)).toBeLessThan(0.1);
  const surface = table
    .filter(([race, , , , , step]) => race === "surface" && step === "200")
    .map((row) => Number(row[8]));
  expect(surface).toHaveLength(4);
  expect(Math.min(...surface)).toBeLessThan(0.5);
  expect(await page.locator(".lanes .best").count()).toBe(2);
  await page.context().close();
});

test("a changed setting changes the address, and the link gives the same numbers bit for bit", async () => {
  const { page } = await visit(small);
  await finished(page);
  const before = await downloaded(page, "Numbers");
  await page.getByLabel("Rate on the surface: 4 Adam").last().fill("0.3");
  await page.waitForURL(/surfaceRate:0\.3/);
  await finished(page);
  const changed = await downloaded(page, "Numbers");
  expect(changed).not.toBe(before);

  const other = await visit(page.url().slice(page.url().indexOf("race.html")));
  await finished(other.page);
  expect(await downloaded(other.page, "Numbers")).toBe(changed);
  await Promise.all([page.context().close(), other.page.context().close()]);
});

test("digits race, too: they are learned, and the link gives the same numbers bit for bit", async () => {
  const path = "race.html#data=digits&hidden=32&batch=32&epochs=4&seeds=1&steps=20&lanes=sgd;adam";
  const [one, two] = [await visit(path), await visit(path)];
  await Promise.all([finished(one.page), finished(two.page)]);
  const table = await downloaded(one.page, "Numbers");
  expect(await downloaded(two.page, "Numbers")).toBe(table);
  const losses = rows(table).filter(([race]) => race === "network");
  const adam = losses.filter((row) => row[1] === "2").map((row) => Number(row[8]));
  // Guessing leaves ln 10 = 2.30.
  expect(Math.min(...adam)).toBeLessThan(0.7);
  await Promise.all([one.page.context().close(), two.page.context().close()]);
});

test("what a first visitor sees: all four learn, and when the race is over the winners are named", async () => {
  const { page } = await visit("race.html", { reducedMotion: "reduce" });
  await finished(page);
  const finish = page.locator(".standings.over");
  await finish.waitFor();
  expect(await page.locator("output[aria-live=polite]").textContent()).toBe(await finish.textContent());
  const ends = rows(await downloaded(page, "Numbers")).filter((row) => row[0] === "network" && row[4] === "100");
  expect(ends).toHaveLength(12);
  // Guessing leaves ln 2 = 0.69.
  for (const row of ends) expect(Number(row[8]), row.join()).toBeLessThan(0.2);
  const [surface, network] = await page.locator(".lanes tr:has(.best) th").allTextContents();
  // The best of each, by number and name: “2SGD momentum 0.9” in the table, “2 SGD” here.
  const spoken = /surface: (\d) (\w+)\. Best on the network: (\d) (\w+)\./.exec((await finish.textContent()) ?? "");
  expect(surface).toMatch(new RegExp(`^${spoken?.[1]}${spoken?.[2]}`));
  expect(network).toMatch(new RegExp(`^${spoken?.[3]}${spoken?.[4]}`));
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await finish.waitFor({ state: "detached" });
  expect(await page.locator(".standings").textContent()).toMatch(/^In front on the surface: \d/);
  await page.context().close();
});

test("the page says why its lanes go as they go", async () => {
  const { page } = await visit(`${small}&lanes=adagrad;sgd;sgd,momentum:0.9;adam;lion;rmsprop`);
  const whys = await page.locator(".whys li").allTextContents();
  expect(whys.map((why) => why.slice(0, why.indexOf(":")))).toEqual([
    "2 SGD",
    "3 SGD",
    "4 Adam, 6 RMSprop",
    "1 AdaGrad",
  ]);
  await page.context().close();
});

test("on a phone each number of a lane says what it is", async () => {
  const { page } = await visit(small, { viewport: { width: 390, height: 844 } });
  await finished(page);
  const labels = await page
    .locator(".lanes tbody tr")
    .first()
    .locator("td[data-label]")
    .evaluateAll((cells) => cells.map((cell) => getComputedStyle(cell, "::before").content));
  expect(labels).toEqual([
    '"Rate on the surface"',
    '"Value after 200 steps"',
    '"Rate on the network"',
    '"Loss after 60 epochs"',
  ]);
  await page.context().close();
});

test("lanes are added, edited, removed; settings that contradict one another are told and stop only their lane", async () => {
  const { page } = await visit(small);
  await finished(page);
  await page.getByLabel("Optimizer to add").selectOption("lion");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.waitForURL(/;lion/);
  await page.getByRole("button", { name: "Settings of 1 SGD" }).click();
  await page.getByLabel("nesterov").check();
  await page.getByText("nesterov needs a momentum > 0").first().waitFor();
  await page.getByRole("button", { name: "Remove 1 SGD" }).click();
  await page.waitForURL(/lanes=sgd,momentum:0\.9;rmsprop;adam;lion/);
  await page.context().close();
});

test("SAM, lookahead and averages stand around any rule, L-BFGS races, and the page says what their steps cost", async () => {
  const lanes = "lanes=adam,around:sam,around.rho:0.1;adam,around:lookahead;adam,around:ema;lbfgs;adam";
  const { page } = await visit(`${small}&${lanes}`);
  await finished(page);
  expect(await page.getByRole("alert").count()).toBe(0);
  const table = rows(await downloaded(page, "Numbers"));
  const ends = table.filter(([race, , , , epoch]) => race === "network" && epoch === "60");
  expect(new Set(ends.map((row) => row[1]))).toEqual(new Set(["1", "2", "3", "4", "5"]));
  // Each of them trains in its own way.
  expect(new Set(ends.map((row) => row[8])).size).toBe(10);
  expect(ends.filter((row) => row[1] === "4").map((row) => row[5])).toEqual(["60", "60"]);
  expect(await page.locator(".lanes tbody tr").nth(0).textContent()).toContain("400 gradients");
  expect(await page.locator(".lanes tbody tr").nth(4).textContent()).not.toContain("gradients");
  const notes = await page.locator(".notes li").allTextContents();
  expect(notes.map((note) => note.slice(0, 14))).toEqual([
    "SAM takes two ",
    "Where an avera",
    "L-BFGS: all da",
    "L-BFGS searche",
  ]);

  await page.getByRole("button", { name: "Settings of 5 Adam" }).click();
  const usual = page.getByRole("button", { name: "Defaults" });
  expect(await usual.isDisabled()).toBe(true);
  await page.getByLabel("Around it").selectOption("sam");
  await page.getByLabel("rho").last().fill("0.2");
  await page.getByLabel("beta1").last().fill("0.8");
  await page.waitForURL(/;adam,beta1:0\.8,around:sam,around\.rho:0\.2/);
  await usual.click();
  await page.waitForURL(/;lbfgs;adam&/);
  await page.context().close();
});

test("the keyboard alone pauses, steps, replays, and sets the start", async () => {
  const { page } = await visit(small);
  await finished(page);
  const counter = page.locator(".counter");
  const press = async (name: string) => {
    await page.getByRole("button", { name, exact: true }).focus();
    await page.keyboard.press("Enter");
  };
  await press("Pause");
  const held = await counter.textContent();
  await press("One step");
  expect(Number(/\d+/.exec((await counter.textContent()) ?? "")?.[0])).toBe(Number(/\d+/.exec(held ?? "")?.[0]) + 1);
  await page.getByLabel("Place in the race").focus();
  await page.keyboard.press("Home");
  // Each step is one, also where 58 / 200 · 200 is below 58.
  for (let i = 1; i <= 60; i++) {
    await press("One step");
    expect(await counter.textContent()).toBe(`step ${i}`);
  }
  await page.getByLabel("Place in the race").focus();
  await page.keyboard.press("End");
  expect(await counter.textContent()).toBe("step 200");
  await press("Replay");
  await page.waitForFunction(
    () => Number(/\d+/.exec(document.querySelector(".counter")?.textContent ?? "")?.[0]) < 200,
  );
  await page.getByLabel("Start x").focus();
  await page.keyboard.press("Control+A");
  await page.keyboard.type("0.5");
  await page.waitForURL(/start=0\.5;1/);
  await page.context().close();
});

test("a click on the surface sets the start, and a bad link is told and replaced by defaults", async () => {
  const { page } = await visit("race.html#steps=abc&lanes=foo&epochs=20&seeds=1&what=1");
  const notice = page.getByRole("alert");
  expect(await notice.textContent()).toMatch(/“steps”.*“abc”.*“lanes”.*“foo”.*“what”/);
  await finished(page);
  await page.locator("canvas.plane").click({ position: { x: 100, y: 100 } });
  await page.waitForURL(/start=/);
  await page.context().close();
});
