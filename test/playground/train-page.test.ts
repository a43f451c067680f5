import { Dataset, Model } from "downhill";
import type { Locator, Page } from "playwright";
import { expect, test } from "vitest";
import { exampleTable } from "../../playground/src/rooms/train/example.js";
import { hide, show, site } from "./frame.js";

const { visit } = site();

const reached = (page: Page, phase: string) =>
  page.waitForSelector(`.transport[data-phase=${phase}]`, { timeout: 45_000 });

const speed = (page: Page, name: string) => page.getByRole("combobox", { name: "Speed" }).selectOption(name);

/** Trains to the end as fast as it can. */
async function finish(page: Page): Promise<void> {
  await speed(page, "full");
  await reached(page, "done");
}

const number = async (page: Page, name: string) => Number(await page.locator(".numbers").getAttribute(name));

/** Losses and test metric at the end, all digits. */
const numbers = (page: Page) =>
  Promise.all(["data-loss", "data-test-loss", "data-metric"].map((name) => number(page, name)));

const epoch = async (page: Page) => Number(await page.locator(".transport").getAttribute("data-epoch"));

/** The epoch at which it rests: what was let through before may still come, late on a busy machine. */
async function resting(page: Page): Promise<number> {
  for (let before = await epoch(page); ; ) {
    await page.waitForTimeout(400);
    const now = await epoch(page);
    if (now === before) return now;
    before = now;
  }
}

/** The file that a click hands out. */
async function downloadOf(page: Page, button: Locator): Promise<Uint8Array> {
  const [file] = await Promise.all([page.waitForEvent("download"), button.click()]);
  const chunks: Buffer[] = [];
  for await (const chunk of await file.createReadStream()) chunks.push(Buffer.from(chunk));
  return new Uint8Array(Buffer.concat(chunks));
}

test("two spirals are learned; a changed setting changes the address, and the link gives the same bits", async () => {
  const { page } = await visit("train.html#epochs=150");
  await finish(page);
  const [loss, , accuracy] = await numbers(page);
  // An answer that knows nothing has a loss of ln 2 and is right in half of the cases.
  expect(loss).toBeLessThan(0.1);
  expect(accuracy).toBeGreaterThan(0.9);

  // Slow enough to be seen on its way.
  await speed(page, "normal");
  await page.getByLabel("Layer 2: one unit more").click();
  await page.getByRole("combobox", { name: /^Activation/ }).selectOption("tanh");
  await page.getByRole("combobox", { name: /^Schedule/ }).selectOption("cosine");
  await page.waitForURL(/hidden=8;9;8&activation=tanh&schedule=cosine/);
  await reached(page, "training");
  await finish(page);
  const changed = await numbers(page);
  expect(changed[0]).not.toBe(loss);

  const other = await visit(page.url().slice(page.url().indexOf("train.html")));
  await finish(other.page);
  expect(await numbers(other.page)).toEqual(changed);
  await Promise.all([page.context().close(), other.page.context().close()]);
});

test("it pauses, goes on by single epochs, and starts again with the same bits", async () => {
  const { page } = await visit("train.html#epochs=40&data=sine");
  await reached(page, "training");
  await page.getByRole("button", { name: "Pause" }).click();
  const before = await resting(page);
  await page.getByRole("button", { name: "One epoch" }).click();
  await page.waitForSelector(`.transport[data-epoch="${before + 1}"]`);
  await page.waitForTimeout(200);
  expect(await epoch(page)).toBe(before + 1);
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await finish(page);
  const end = await numbers(page);
  // Slow enough to be seen on its way.
  await speed(page, "normal");
  await page.getByRole("button", { name: "From the start" }).click();
  await reached(page, "training");
  await reached(page, "done");
  expect(await numbers(page)).toEqual(end);
  await page.context().close();
});

test("without frames, as in a hidden tab, it rests; shown again, it goes on to the same end", async () => {
  const address = "train.html#epochs=300&data=moons";
  const { page } = await visit(address);
  await reached(page, "training");
  await hide(page);
  const before = await resting(page);
  await page.waitForTimeout(700);
  expect(await epoch(page)).toBe(before);
  await show(page);
  await finish(page);
  const other = await visit(address);
  await finish(other.page);
  expect(await numbers(page)).toEqual(await numbers(other.page));
  await Promise.all([page.context().close(), other.page.context().close()]);
});

test("a table is learned; its model, downloaded and loaded in Node, gives the predictions of the page", async () => {
  const { page } = await visit("train.html#data=own&epochs=60");
  const text = exampleTable();
  await page
    .getByLabel("CSV file")
    .setInputFiles({ name: "flats.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
  await page.getByText("flats.csv: 240 rows, 7 inputs").waitFor();
  await finish(page);
  // r² on rows that it has not learned from.
  expect(await number(page, "data-metric")).toBeGreaterThan(0.9);

  const bytes = await downloadOf(page, page.getByRole("button", { name: "Model (safetensors)" }));
  const predictions = Buffer.from(await downloadOf(page, page.getByRole("button", { name: "Predictions (CSV)" })));
  const model = await Model.load(bytes);
  const { x, y } = await Dataset.fromCSV(text, { target: "price", categorical: ["district"] });
  const lines = predictions.toString("utf8").trim().split("\r\n").slice(1);
  const table = lines.map((line) => line.split(",").map(Number));
  expect(table.map(([price]) => price)).toEqual([...y]);
  expect(table.map(([, predicted]) => predicted)).toEqual([...model.predict(x).data]);
  // In the units of the table: prices, not standardised ones.
  const mean = Array.from(y).reduce((sum, price) => sum + price, 0) / y.length;
  const [left, all] = [0, 1].map((which) =>
    table.reduce((sum, [price = 0, predicted = 0]) => sum + (price - (which === 0 ? predicted : mean)) ** 2, 0),
  );
  expect((left as number) / (all as number)).toBeLessThan(0.1);
  model.dispose();
  await page.context().close();
});

test("classes of a table are named, with their probabilities", async () => {
  const { page } = await visit("train.html#data=own&epochs=30");
  await page.getByRole("button", { name: "Try an example" }).click();
  await page.getByRole("combobox", { name: /^Predict/ }).selectOption("district");
  await page.getByText("flats.csv: 240 rows, 4 inputs").waitFor();
  await reached(page, "training");
  await finish(page);
  expect(await page.locator(".confusion tbody tr").count()).toBe(4);
  const counts = (await page.locator(".confusion td").allTextContents()).map(Number);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(60);
  const file = Buffer.from(await downloadOf(page, page.getByRole("button", { name: "Predictions (CSV)" })));
  const [head = "", first = ""] = file.toString("utf8").split("\r\n");
  expect(head).toBe(
    `district,district predicted,${["harbour", "hill", "old town", "park"].map((each) => `probability of ${each}`).join(",")}`,
  );
  const shares = first.split(",").slice(2).map(Number);
  expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
  await page.context().close();
});

test.each([
  [
    "a word among numbers",
    "a,b\n1,2\n2,x\n3,4\n4,5\n5,6\n6,7\n",
    /line 3, column 3.*expected a number for "b", got "x"/,
  ],
  ["a row that is too short", "a,b\n1,2\n2\n3,4\n", /line 3.*expected 2 fields, got 1/],
  ["a missing value", "a,b\n1,2\n2,3\n,4\n", /line 4, column 1.*no value for "a"/],
  ["a quote that does not end", 'a,b\n1,"2\n3,4\n', /line/],
])(
  "a table with %s is refused with its place, and what was learned before stays out of it",
  async (_, text, message) => {
    const { page } = await visit("train.html#data=own");
    await reached(page, "waiting");
    await page.getByText("Or paste it").click();
    await page.getByRole("textbox", { name: "Or paste it" }).fill(text);
    await page.getByRole("button", { name: "Use this text" }).click();
    const alert = page.getByRole("alert");
    await alert.waitFor();
    expect(await alert.textContent()).toMatch(message);
    expect(await page.locator(".transport").getAttribute("data-phase")).toBe("waiting");
    await page.context().close();
  },
);

test("what is wrong with a table is said in Chinese, too", async () => {
  const { page } = await visit("train.html?lang=zh#data=own");
  await page.getByText("或者粘贴").click();
  const paste = page.getByRole("textbox", { name: "或者粘贴" });
  for (const [text, message] of [
    ["a,b\n1,2\n2,x\n3,4\n4,5\n5,6\n6,7\n", '第 3 行第 3 个字符："b" 应为数字，却是 "x"'],
    ["a,b\n1,2\n2\n", "应有 2 个字段，却有 1 个"],
    ["a,b\n1,2\n,3\n", '第 3 行第 1 个字符："a" 没有值'],
    ["a,b\n1,2\n", "它只有 1 行"],
  ] as const) {
    await paste.fill(text);
    await page.getByRole("button", { name: "使用这段文本" }).click();
    await page.getByRole("alert").getByText(message).waitFor();
  }
  await page.context().close();
});

test("digits are learned, and one that is drawn with the mouse is read", async () => {
  const { page } = await visit("train.html");
  await page.getByRole("combobox", { name: /^Data/ }).selectOption("digits");
  await page.getByLabel("Epochs", { exact: true }).fill("5");
  await finish(page);
  expect(await number(page, "data-metric")).toBeGreaterThan(0.88);

  const pad = page.locator("canvas.pad");
  const draw = async (points: readonly (readonly [number, number])[]) => {
    await page.getByRole("button", { name: "Clear" }).click();
    await pad.scrollIntoViewIfNeeded();
    const box = await pad.boundingBox();
    if (box === null) throw new Error("the field to draw in is not shown");
    const at = ([x, y]: readonly [number, number]) => [box.x + x * box.width, box.y + y * box.height] as const;
    await page.mouse.move(...at(points[0] as [number, number]));
    await page.mouse.down();
    for (const point of points) await page.mouse.move(...at(point), { steps: 4 });
    await page.mouse.up();
    await page.locator(".read").waitFor();
    await page.waitForTimeout(200);
    return page.locator(".read").getAttribute("data-digit");
  };
  await pad.scrollIntoViewIfNeeded();
  expect(
    await draw([
      [0.55, 0.15],
      [0.5, 0.5],
      [0.46, 0.85],
    ]),
  ).toBe("1");
  const round = Array.from({ length: 25 }, (_, i) => {
    const turn = (2 * Math.PI * i) / 24;
    return [0.5 + 0.2 * Math.sin(turn), 0.5 - 0.32 * Math.cos(turn)] as const;
  });
  expect(await draw(round)).toBe("0");
  // The same with the keyboard: up, the pen down, a stroke of 19 · 4 pixels of the field's 112.
  await page.getByRole("button", { name: "Clear" }).click();
  await pad.focus();
  for (let i = 0; i < 10; i++) await page.keyboard.press("ArrowUp");
  await page.getByText("Nothing is drawn yet.").waitFor();
  await page.keyboard.press("Space");
  for (let i = 0; i < 19; i++) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowRight");
  await page.waitForSelector(".read[data-digit='1']");
  await page.getByRole("button", { name: "A test digit" }).click();
  await page.waitForSelector(".read[data-digit='7']");
  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByText("Nothing is drawn yet.").waitFor();
  await page.context().close();
});

test("digits that do not come are told, and come when they are asked for again", async () => {
  const { page, problems } = await visit("train.html#data=sine&epochs=5");
  await page.route("**/digits.bin", (route) => route.abort());
  await page.getByRole("combobox", { name: /^Data/ }).selectOption("digits");
  await reached(page, "failed");
  expect(await page.getByRole("alert").textContent()).toContain("digits.bin");
  await page.unroute("**/digits.bin");
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await reached(page, "training");
  // The browser itself tells of the request that failed, and nothing else went wrong.
  expect(problems.filter((problem) => !problem.includes("net::ERR_FAILED"))).toEqual([]);
  (problems as string[]).length = 0;
  await page.context().close();
});

test("units can be visited with the keyboard, and are shown large", async () => {
  const { page } = await visit("train.html#epochs=5");
  await finish(page);
  await page.locator("canvas.network").focus();
  for (const key of ["ArrowRight", "ArrowRight", "ArrowRight", "ArrowDown"]) await page.keyboard.press(key);
  await page.getByRole("heading", { name: "What hidden 2, unit 2 answers" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("heading", { name: "What it answers" }).waitFor();
  await page.context().close();
});

test("the doctor examines the network as it is", async () => {
  const { page } = await visit(
    "train.html#hidden=8;8;8;8;8;8;8;8&activation=sigmoid&initializer=glorotUniform&epochs=10",
  );
  await finish(page);
  await page.getByRole("button", { name: "Examine" }).click();
  await page.getByText("Vanishing gradient, at epoch 10").waitFor();
  expect(await page.locator(".remedy-short").first().textContent()).toMatch(
    /^Replace sigmoid by relu.*of the gradient at layer 8 a share of [\d.·⁻⁰-⁹]+ reaches layer 1\./,
  );
  await page.context().close();
});

test("a rate that is far too high diverges, and the page says why, in its language", async () => {
  const settings = "#data=waves&optimizer=sgd,learningRate:100&activation=linear";
  const { page } = await visit(`train.html${settings}`);
  await reached(page, "diverged");
  expect(await page.getByRole("alert").textContent()).toMatch(
    /diverged at epoch 1, update \d+;.* The learning rate, 100, is too high: .* Lower the learning rate from 100 to 10\.$/,
  );
  await page.context().close();
  const chinese = await visit(`train.html?lang=zh${settings}`);
  await reached(chinese.page, "diverged");
  const told = (await chinese.page.getByRole("alert").textContent()) ?? "";
  expect(told).toMatch(/第 1 轮.*学习率 100 太高.*把学习率从 100 降到 10。$/);
  expect(told).not.toMatch(/[a-z]{2,}/i);
  await chinese.page.context().close();
});
