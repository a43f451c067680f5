import { readdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

beforeAll(() => {
  vi.stubGlobal("location", new URL("http://localhost/"));
  vi.stubGlobal("navigator", { languages: ["en"] });
});
afterAll(() => vi.unstubAllGlobals());

/** What a file of words gives. */
interface Dictionary {
  readonly all: Readonly<Record<"en" | "zh", Readonly<Record<string, string>>>>;
}

const holes = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();

test("every text is there in English and in Chinese, with the same places to fill", async () => {
  const folder = new URL("../../playground/src/", import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
    /(^|[\\/])words\.ts$/.test(file),
  );
  expect(files.length).toBeGreaterThanOrEqual(4);
  for (const file of files) {
    const found = Object.values(await import(pathToFileURL(`${folder.pathname}${file}`).href)) as Dictionary[];
    const dictionaries = found.filter(({ all }) => all !== undefined);
    expect(dictionaries.length, file).toBeGreaterThan(0);
    for (const { en, zh } of dictionaries.map(({ all }) => all)) {
      expect(Object.keys(zh).sort(), file).toEqual(Object.keys(en).sort());
      for (const [key, text] of Object.entries(en)) {
        expect(text.trim(), `${file} ${key}`).not.toBe("");
        expect(zh[key]?.trim(), `${file} ${key}`).not.toBe("");
        expect(holes(zh[key] ?? ""), `${file} ${key}`).toEqual(holes(text));
      }
    }
  }
});

test("every setting of an optimizer and of a schedule has a meaning in Chinese", async () => {
  const [{ meanings }, { optimizers }, { scheduleNames, settingsOf }, { aroundNames, aroundSettings }] =
    await Promise.all([
      import("../../playground/src/optimizers/names.js"),
      import("../../playground/src/optimizers/table.js"),
      import("../../playground/src/schedules/table.js"),
      import("../../playground/src/optimizers/around.js"),
    ]);
  const settings = [
    ...Object.values(optimizers).map(({ settings }) => settings),
    ...scheduleNames.map(settingsOf),
    ...aroundNames.map(aroundSettings),
  ];
  const names = new Set(settings.flatMap((each) => Object.keys(each)));
  expect(names.size).toBeGreaterThan(40);
  expect([...names].filter((name) => !(name in meanings))).toEqual([]);
  expect(Object.keys(meanings).filter((name) => !names.has(name))).toEqual([]);
});
