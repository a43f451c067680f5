import { expect, test } from "vitest";
import {
  configOf,
  dragged,
  handlesOf,
  plain,
  scaled,
  scheduleKinds,
  scheduleNames,
  settingsOf,
} from "../../playground/src/schedules/table.js";
import { type Kind, kind } from "../../playground/src/url/codec.js";
import { init, type ScheduleConfig, schedulePreview } from "../../ts/index.js";

const curve = (schedule: Kind, steps: number) => schedulePreview(configOf(schedule) as ScheduleConfig, steps);

test.each(scheduleNames)("the handles of %s lie on the curve that the library draws", async (name) => {
  await init();
  for (const schedule of name in { oneCycle: 1, warmupStableDecay: 1 }
    ? [plain(name)]
    : [plain(name), plain(name, { warmup: 50 })]) {
    const rates = curve(schedule, 2000);
    const highest = rates.reduce((a, b) => Math.max(a, b));
    for (const { update, rate } of handlesOf(schedule)) {
      // Between two updates the curve may turn: one update beside is close enough.
      const near = [-1, 0, 1].map((by) => Math.abs((rates[Math.max(0, Math.round(update) + by)] ?? Number.NaN) - rate));
      expect(Math.min(...near)).toBeLessThan(0.02 * highest);
    }
  }
});

test.each(scheduleNames)("a handle of %s that is dragged arrives where it is dropped", (name) => {
  const schedule = plain(name);
  for (const { handle, update, rate } of handlesOf(schedule)) {
    const to = [handle.across === undefined ? update : update * 0.9, handle.up === undefined ? rate : 0.004] as const;
    const moved = dragged(schedule, handle, ...to);
    const place = handlesOf(moved).find((each) => each.handle === handle);
    expect(Math.abs((place?.update ?? Number.NaN) - to[0])).toBeLessThanOrEqual(3);
    expect(Math.abs((place?.rate ?? Number.NaN) - to[1])).toBeLessThan(3e-4);
  }
});

test.each(scheduleNames)(
  "%s can be dragged anywhere and stays one that the library takes and a link holds",
  async (name) => {
    await init();
    const { read, write } = kind(scheduleKinds);
    for (const { handle } of handlesOf(plain(name))) {
      for (const update of [-1e9, 0, 1, 1e9]) {
        for (const rate of [-1, 0, 1e-9, 1e9]) {
          const moved = dragged(plain(name), handle, update, rate);
          expect(read(write(moved))).toEqual(moved);
          expect([...curve(moved, 50)].every(Number.isFinite)).toBe(true);
        }
      }
    }
  },
);

test.each(scheduleNames)("%s, scaled, is its curve so many times as high", async (name) => {
  await init();
  const before = curve(plain(name), 300);
  const after = curve(scaled(plain(name), 2), 300);
  after.forEach((rate, i) => {
    expect(rate).toBeCloseTo(2 * (before[i] as number), 5);
  });
});

test("the defaults of every schedule are within its limits", () => {
  for (const name of scheduleNames) {
    for (const setting of Object.values(settingsOf(name))) {
      if ("min" in setting) expect(setting.initial).toBeGreaterThanOrEqual(setting.min);
    }
  }
});
