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

test("a link's mistakes are told in Chinese throughout", async () => {
  const { expectedOf } = await import("../../playground/src/shell/problems.js");
  const { language } = await import("../../playground/src/shell/language.js");
  const { choice, codec, flag, kind, list, real, whole } = await import("../../playground/src/url/codec.js");
  const limits = { initial: 1, min: 1, max: 9 };
  const { read } = codec<object>({
    real: real(limits),
    whole: whole(limits),
    word: choice(["a", "b"], "a"),
    flag: flag(true),
    list: list(real(limits), { initial: [], max: 1 }),
    kind: { initial: { type: "t", values: {} }, ...kind({ t: {} }) },
  } as never);
  const { problems } = read("real=x&whole=x&word=x&flag=x&list=1;2&kind=t,x:1&real=%&other=1");
  const far = read("#".repeat(30_000)).problems;
  language.value = "zh";
  const told = [...problems, ...far].map(({ expected }) => expectedOf(expected));
  language.value = "en";
  expect(told).toEqual([
    " 1 到 9 之间的数",
    " 1 到 9 之间的整数",
    "其中之一：a, b",
    " 1 或 0",
    " 0 到 1 个部分",
    " t 的某个设置",
    "表示字节的百分号",
    "其中之一：real, whole, word, flag, list, kind",
    "至多 20000 个字符",
  ]);
  expect(expectedOf("a number from 1 to 9")).toBe("a number from 1 to 9");
});

test("a setting that means something else elsewhere is named for what it means there, with the library's name apart", async () => {
  const { settingName } = await import("../../playground/src/optimizers/names.js");
  const { language } = await import("../../playground/src/shell/language.js");
  expect(settingName("rho", "sam")).toEqual({ label: "rho" });
  language.value = "zh";
  const named = [settingName("rho", "sam"), settingName("rho", "rmsprop")];
  language.value = "en";
  expect(named).toEqual([
    { label: "邻域半径", code: "rho" },
    { label: "平方均值衰减率", code: "rho" },
  ]);
});
