import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { drawRace, optimizers, raceOnIris, raceTable } from "../../examples/compare-optimizers.mjs";

test("the race on iris finds a rate for each optimizer, all learn, and the pictures show them", async () => {
  const result = await raceOnIris({ seeds: 2 });
  expect(result.race.map(({ name }) => name)).toEqual(Object.keys(optimizers));
  for (const { name, mean, timeToTarget } of result.race) {
    expect(mean.at(-1), name).toBeLessThan(0.1);
    expect(
      timeToTarget?.every(({ epochs }) => epochs <= 40),
      name,
    ).toBe(true);
  }
  expect(raceTable(result.race).split("\n")).toHaveLength(2 + result.race.length);
  const folder = await mkdtemp(join(tmpdir(), "downhill-"));
  try {
    const [rate = "", race = ""] = await Promise.all(
      (await drawRace(result, folder)).map((path) => readFile(path, "utf8")),
    );
    expect(rate).toContain("suggestion");
    for (const name of Object.keys(optimizers)) expect(race).toContain(name);
  } finally {
    await rm(folder, { recursive: true });
  }
});
