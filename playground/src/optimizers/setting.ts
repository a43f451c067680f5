/** One setting of an optimizer: what it may be, and how a link holds it. */

import { choice, type Field, flag, real, whole } from "../url/codec.js";

/** A setting that is a number, shown as a slider. */
export interface NumberSetting {
  readonly kind: "number";
  readonly initial: number;
  readonly min: number;
  readonly max: number;
  readonly scale: "linear" | "log";
}

/** A setting that is a whole number. */
export interface WholeSetting {
  readonly kind: "whole";
  readonly initial: number;
  readonly min: number;
  readonly max: number;
}

/** A setting that is yes or no. */
export interface FlagSetting {
  readonly kind: "flag";
  readonly initial: boolean;
}

/** A setting that is one of some words. */
export interface WordSetting {
  readonly kind: "word";
  readonly initial: string;
  readonly words: readonly string[];
}

export type Setting = NumberSetting | WholeSetting | FlagSetting | WordSetting;

export const number = (
  initial: number,
  min: number,
  max: number,
  scale: "linear" | "log" = "linear",
): NumberSetting => ({
  kind: "number",
  initial,
  min,
  max,
  scale,
});

/** For links. */
export function fieldOf(setting: Setting): Field<never> {
  const { kind } = setting;
  if (kind === "number") return real(setting) as unknown as Field<never>;
  if (kind === "whole") return whole(setting) as unknown as Field<never>;
  if (kind === "flag") return flag(setting.initial) as unknown as Field<never>;
  return choice(setting.words, setting.initial) as unknown as Field<never>;
}
