import type { ScheduleName } from "../../schedules/table.js";
import type { Kind } from "../../url/codec.js";
import { say } from "./words.js";

/** What a schedule is called: its number, its kind, its warm-up. */
export function nameOf(schedules: readonly Kind[], at: number): string {
  const { type, values } = schedules[at] as Kind;
  const name = `${at + 1} ${say(type as ScheduleName)}`;
  const { warmup = 0 } = values;
  return warmup === 0 ? name : say("withWarmup", { name, n: String(warmup) });
}
