/** What can be put around a rule: a look uphill before each step, or an average of the weights that it trains. */

import { choice, type Field, type Kind } from "../url/codec.js";
import { fieldOf, number, type Setting, type WholeSetting } from "./setting.js";

const k: WholeSetting = { kind: "whole", initial: 5, min: 1, max: 1000 };

/** Each with its settings, in the library's names. */
export const arounds = {
  none: {},
  sam: { rho: number(0.05, 1e-4, 10, "log") },
  lookahead: { k, alpha: number(0.5, 0.01, 1) },
  // The library's 0.999 is an average over a thousand updates; most trainings here have few more.
  ema: { decay: number(0.99, 0, 0.9999) },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Setting>>>>;

export type AroundName = keyof typeof arounds;

export const aroundNames = Object.keys(arounds) as readonly AroundName[];

type Values = Kind["values"];

/** The setting of `around` that a link calls so. */
export const aroundKey = (setting: string): string => `around.${setting}`;

/** What stands around the rule of these values. */
export const aroundOf = ({ around = "none" }: Values): AroundName => around as AroundName;

/** All have the same form. */
export const aroundSettings = (name: AroundName): Readonly<Record<string, Setting>> => arounds[name];

/** The fields of links. */
export const aroundFields: Readonly<Record<string, Field<never>>> = {
  around: choice(aroundNames, "none") as unknown as Field<never>,
  ...Object.fromEntries(
    aroundNames.flatMap((name) =>
      Object.entries(aroundSettings(name)).map(([key, setting]) => [aroundKey(key), fieldOf(setting)] as const),
    ),
  ),
};

/** Whether what is evaluated is an average of the weights, and not the weights themselves. */
export const isAverage = (name: AroundName): boolean => name === "lookahead" || name === "ema";

/** A config of the library with what stands around it. */
export function wrapped(optimizer: { readonly type: string }, values: Values): { readonly type: string } {
  const type = aroundOf(values);
  if (type === "none") return optimizer;
  const settings = Object.keys(aroundSettings(type)).map((key) => [key, values[aroundKey(key)]] as const);
  return { type, optimizer, ...Object.fromEntries(settings) } as { readonly type: string };
}

/** As a part of a title: nothing where nothing is around it. */
export function titleOfAround(values: Values): readonly string[] {
  const type = aroundOf(values);
  if (type === "none") return [];
  const changed = Object.entries(aroundSettings(type))
    .filter(([key, { initial }]) => values[aroundKey(key)] !== initial)
    .map(([key]) => `${key} ${values[aroundKey(key)]}`);
  return [[type, ...changed].join(" ")];
}
