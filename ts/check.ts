/**
 * Small validators for what users give. Each is made once (`number({ min: 0 })`), then called with a value and the place
 * it came from, and returns the value or throws a {@link ConfigError} saying what was expected and what came.
 *
 * A family of configs (layers, optimizers, …) is a table of {@link Row}s; {@link readConfig} turns a name, or an object
 * with some of the options, into the whole frozen config. Factories and hand-written JSON take the same way.
 */

import { ConfigError } from "./errors.js";

/** Returns `value` (or its normal form) if it is right. `path` is where it stands, for the message. */
export type Check<T> = (value: unknown, path: string) => T;

/** The ends of a range; `min` and `max` belong to it, `above` and `below` do not. */
export interface Range {
  readonly min?: number;
  readonly max?: number;
  readonly above?: number;
  readonly below?: number;
}

/** A value as messages show it, shortened to about 60 characters: `"relu"`, `[1, 2]`, `{ units }`, `function`. */
export function show(value: unknown): string {
  return showWithin(value, 2);
}

/** The same, lists within lists down to a `depth`: they can be as deep as they like, or contain themselves. */
function showWithin(value: unknown, depth: number): string {
  if (typeof value === "string") return shorten(JSON.stringify(value));
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return value.name === "" ? "a function" : `the function ${value.name}`;
  if (Array.isArray(value)) {
    if (depth === 0) return "[…]";
    const shown = Array.from(value.slice(0, 20), (each) => showWithin(each, depth - 1));
    return shorten(`[${shown.join(", ")}${value.length > 20 ? ", …" : ""}]`);
  }
  if (ArrayBuffer.isView(value)) return `a ${kindOf(value)}`;
  if (isRecord(value)) return shorten(`an object with ${Object.keys(value).join(", ") || "no options"}`);
  if (typeof value === "object" && value !== null) return `a ${kindOf(value)}`;
  return String(value);
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** `"Float32Array"`, `"Object"`, …; unlike `instanceof` it also knows objects of other frames and realms. */
export function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** True for objects with named properties, not for arrays, functions, typed arrays, maps, dates and the like. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && kindOf(value) === "Object";
}

function wrong(path: string, expected: string, value: unknown): ConfigError {
  return new ConfigError(path, `expected ${expected}, got ${show(value)}`);
}

function inRange(value: number, range: Range): boolean {
  return (
    (range.min === undefined || value >= range.min) &&
    (range.max === undefined || value <= range.max) &&
    (range.above === undefined || value > range.above) &&
    (range.below === undefined || value < range.below)
  );
}

function rangeText({ min, max, above, below }: Range): string {
  const ends: string[] = [];
  if (min !== undefined) ends.push(`>= ${min}`);
  if (above !== undefined) ends.push(`> ${above}`);
  if (max !== undefined) ends.push(`<= ${max}`);
  if (below !== undefined) ends.push(`< ${below}`);
  return ends.length === 0 ? "" : ` ${ends.join(" and ")}`;
}

/**
 * A finite number within `range`.
 *
 * @example
 * ```ts
 * const share = number({ min: 0, below: 1 });
 * share(0.5, "dropout.rate"); // 0.5
 * share(1, "dropout.rate"); // ConfigError: dropout.rate: expected a finite number >= 0 and < 1, got 1
 * ```
 */
export function number(range: Range = {}): Check<number> {
  const expected = `a finite number${rangeText(range)}`;
  return (value, path) => {
    if (typeof value !== "number" || !Number.isFinite(value) || !inRange(value, range))
      throw wrong(path, expected, value);
    return value;
  };
}

/** A whole number within `range`, and no further from 0 than 2⁵³ − 1. */
export function integer(range: Range = {}): Check<number> {
  const expected = `a whole number${rangeText(range)}`;
  return (value, path) => {
    if (typeof value !== "number" || !Number.isSafeInteger(value) || !inRange(value, range)) {
      throw wrong(path, expected, value);
    }
    return value;
  };
}

/** A seed: a whole number from 0 to 2³² − 1. */
export const seed: Check<number> = integer({ min: 0, max: 2 ** 32 - 1 });

/** `true` or `false`; nothing that merely behaves like them. */
export const boolean: Check<boolean> = (value, path) => {
  if (typeof value !== "boolean") throw wrong(path, "true or false", value);
  return value;
};

/** A string of at least one character. */
export const text: Check<string> = (value, path) => {
  if (typeof value !== "string" || value === "") throw wrong(path, "a string that is not empty", value);
  return value;
};

/** A function; `expected` says which, for the message. */
export function callable<T extends (...args: never[]) => unknown>(expected: string): Check<T> {
  return (value, path) => {
    if (typeof value !== "function") throw wrong(path, expected, value);
    return value as T;
  };
}

/** One of some words; a misspelt one is answered with the nearest. */
export function oneOf<T extends string>(allowed: readonly T[]): Check<T> {
  return (value, path) => {
    if (allowed.includes(value as T)) return value as T;
    if (typeof value !== "string") throw wrong(path, `one of ${allowed.join(", ")}`, value);
    throw unknownWord(path, "value", value, allowed, "One of");
  };
}

/** An array (or typed array), each element checked; the result is a new frozen array. */
export function list<T>(check: Check<T>, options: { readonly minLength?: number } = {}): Check<readonly T[]> {
  const minLength = options.minLength ?? 0;
  return (value, path) => {
    if (!Array.isArray(value) && !isNumericArray(value)) {
      const one = isRecord(value) && typeof value.type === "string" ? `; for one write [${value.type}(…)]` : "";
      throw new ConfigError(path, `expected an array, got ${show(value)}${one}`);
    }
    if (value.length < minLength) throw new ConfigError(path, `expected at least ${minLength} element, got none`);
    return Object.freeze(Array.from(value as ArrayLike<unknown>, (element, i) => check(element, `${path}[${i}]`)));
  };
}

const numericArrays = new Set(
  "Float32Array Float64Array Int8Array Int16Array Int32Array Uint8Array Uint8ClampedArray Uint16Array Uint32Array".split(
    " ",
  ),
);

/** The typed arrays whose elements are numbers. */
export type NumericArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array;

/** True for every typed array of numbers (not of BigInts), of this realm or another. */
export function isNumericArray(value: unknown): value is NumericArray {
  return ArrayBuffer.isView(value) && numericArrays.has(kindOf(value));
}

/** The same numbers in memory of their own: `slice` of Node's `Buffer` would share the caller's. */
export function copyOf<N extends NumericArray>(numbers: N): N {
  const Kind = (globalThis as unknown as Record<string, new (numbers: N) => N>)[kindOf(numbers)];
  return new (Kind as new (numbers: N) => N)(numbers);
}

/**
 * An options object with no other keys than `known`; `undefined` counts as `{}`.
 *
 * @param of the kind of thing the options belong to, where `path` does not say it
 * @throws ConfigError `CONFIG` naming the unknown key, the nearest known one, and all known ones
 */
export function options(
  value: unknown,
  path: string,
  known: readonly string[],
  of?: string,
): Readonly<Record<string, unknown>> {
  if (value === undefined) return {};
  if (!isRecord(value)) {
    const first = known[0];
    const hint = typeof value === "number" && first !== undefined ? `; write { ${first}: ${value} }` : "";
    throw new ConfigError(path, `expected an object with options, got ${show(value)}${hint}`);
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) throw unknownWord(path, "option", key, known, "Options", of);
  }
  return value;
}

function unknownWord(
  path: string,
  what: string,
  word: string,
  allowed: readonly string[],
  heading: string,
  of?: string,
) {
  const suggestion = nearest(word, allowed);
  const unknown = `unknown ${what} ${JSON.stringify(word)}${of === undefined ? "" : ` of ${of}`}`;
  const meant = suggestion === undefined ? "." : `; did you mean ${JSON.stringify(suggestion)}?`;
  const message =
    allowed.length === 0 ? `${unknown}; there are no options` : `${unknown}${meant} ${heading}: ${allowed.join(", ")}`;
  return new ConfigError(path, message, suggestion === undefined ? { allowed } : { allowed, suggestion });
}

/**
 * The allowed word that `word` was probably meant to be: equal but for case and `_` or `-`, or the initials
 * (`lr` for `learningRate`, `mse` for `meanSquaredError`), or within a third of its length in edits. Else `undefined`.
 */
export function nearest(word: string, allowed: readonly string[]): string | undefined {
  const plain = word.toLowerCase().replace(/[_\-\s]/g, "");
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(plain.length / 3)) + 0.5;
  for (const candidate of allowed) {
    const initials = candidate.replace(/(?!^)[a-z0-9]+/g, "").toLowerCase();
    const isAbbreviation = plain.length > 1 && (plain === initials || candidate.toLowerCase().startsWith(plain));
    const distance = isAbbreviation ? 0.5 : editDistance(plain, candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Edits from `a` to `b`: insertions, deletions, replacements and swaps of neighbours, each 1. */
function editDistance(a: string, b: string): number {
  const table: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number) => table[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    table.push(row);
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? at(i - 2, j - 2) + 1 : replaced;
      row.push(Math.min(replaced, swapped, at(i - 1, j) + 1, at(i, j - 1) + 1));
    }
  }
  return at(a.length, b.length);
}

/** What contains its own kind nests no deeper than this; the core's reader has the same limit. */
export const maxNesting = 32;

/** Counts how deep the reading of `what` is nested, so that no configuration exhausts the stack. */
export function nesting(what: string): <T>(path: string, read: () => T) => T {
  let depth = 0;
  return (path, read) => {
    if (depth >= maxNesting) throw new ConfigError(path, `${what} can be nested ${maxNesting} deep, no deeper`);
    depth += 1;
    try {
      return read();
    } finally {
      depth -= 1;
    }
  };
}

/** One option of a config: how it is checked, and what stands for it when it is omitted. */
export interface Field<T> {
  readonly check: Check<T>;
  /** taken, unchecked, when the option is omitted; without it, and not `optional`, the option must be given */
  readonly fallback?: T;
  /** an omitted option stays out of the config */
  readonly optional?: boolean;
}

/** An option with a default. */
export function field<T>(check: Check<T>, fallback: T): Field<T> {
  return { check, fallback };
}

/** An option that must be given. */
export function required<T>(check: Check<T>): Field<T> {
  return { check };
}

/** An option that stays out of the config when it is omitted. */
export function optional<T>(check: Check<T>): Field<T> {
  return { check, optional: true };
}

/** What every config has: the word that says which it is. */
export interface Typed<Type extends string = string> {
  readonly type: Type;
}

/** The config that a factory makes of options `O`: every option there, none changeable. */
export type Complete<Type extends string, O> = Typed<Type> & { readonly [K in keyof O]-?: Exclude<O[K], undefined> };

/** The names of a union of configs. */
export type TypeOf<C extends Typed> = C["type"];

/** One kind of config: a {@link Field} for each of its options, and what must hold between them. */
export interface Row<C extends Typed> {
  readonly fields: { readonly [K in Exclude<keyof C, "type">]-?: Field<Exclude<C[K], undefined>> };
  /** other defaults, by the name that the option `preset` gives */
  readonly presets?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** throws if the options do not go together, or returns the config completed */
  readonly finish?: (config: C, path: string) => C;
}

/** A family of configs: a {@link Row} for each `type`. */
export type Family<C extends Typed> = { readonly [T in C["type"]]: Row<Extract<C, Typed<T>>> };

/** The names in a family, in its order. */
export function namesOf<C extends Typed>(family: Family<C>): readonly TypeOf<C>[] {
  return Object.freeze(Object.keys(family) as TypeOf<C>[]);
}

/**
 * The whole frozen config for `value`: a name (`"relu"`) or an object with a `type` and some or all of its options.
 *
 * @param family the table of its kinds
 * @param path where it stands, for messages: `layers[1].activation`, or the name of the factory
 * @throws ConfigError `CONFIG` for an unknown type or option, a missing or wrong value
 */
export function readConfig<C extends Typed>(family: Family<C>, value: unknown, path: string): C {
  const given = typeof value === "string" ? { type: value } : value;
  const names = namesOf(family);
  if (!isRecord(given)) {
    const made = typeof value === "function" && Object.hasOwn(family, value.name) ? `; write ${value.name}(…)` : "";
    throw new ConfigError(path, `expected a name (${names.join(", ")}) or a config object, got ${show(value)}${made}`);
  }
  const type: unknown = given.type;
  if (typeof type !== "string") {
    throw new ConfigError(path, `expected a config with a type, one of ${names.join(", ")}; got ${show(given)}`);
  }
  if (!Object.hasOwn(family, type)) throw unknownWord(path, "name", type, names, "Known");
  const row = family[type as TypeOf<C>] as unknown as Row<Typed>;
  const fields = row.fields as Readonly<Record<string, Field<unknown>>>;
  const { type: _, ...rest } = given;
  options(rest, path, Object.keys(fields), path === type ? undefined : type);
  const config: Record<string, unknown> = { type };
  const preset = rest.preset === undefined ? {} : presetOf(row, rest.preset, `${path}.preset`);
  for (const [key, rule] of Object.entries(fields)) {
    const option = rest[key];
    const fallback = preset[key] ?? rule.fallback;
    if (option !== undefined) config[key] = rule.check(option, `${path}.${key}`);
    else if (fallback !== undefined) config[key] = fallback;
    else if (rule.optional !== true) throw new ConfigError(`${path}.${key}`, "must be given");
  }
  const complete = config as unknown as Typed;
  return Object.freeze(row.finish === undefined ? complete : row.finish(complete, path)) as C;
}

function presetOf({ presets = {} }: Row<Typed>, name: unknown, path: string): Readonly<Record<string, unknown>> {
  const names = Object.keys(presets);
  if (names.length === 0) throw new ConfigError(path, `there is none for this rule, got ${show(name)}; leave it out`);
  return presets[oneOf(names)(name, path)] as Readonly<Record<string, unknown>>;
}

/**
 * What a factory returns: the whole frozen config of `type`, with the factory's leading arguments, if it has any, and its
 * options. `dense(16, { activation: "relu" })` reads `("dense", { activation: "relu" }, { units: 16 })`; an option that
 * is also a leading argument is refused as unknown.
 *
 * @throws ConfigError `CONFIG`, starting with the name of the factory
 */
export function readFactory<C extends Typed, T extends TypeOf<C>>(
  family: Family<C>,
  type: T,
  given: unknown,
  leading: Readonly<Record<string, unknown>> = {},
): Extract<C, Typed<T>> {
  const known = Object.keys(family[type].fields).filter((key) => !Object.hasOwn(leading, key));
  const config = { ...options(given, type, known), ...leading, type };
  return readConfig(family, config, type) as Extract<C, Typed<T>>;
}
