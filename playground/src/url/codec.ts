/**
 * Experiments as addresses: `#data=spirals&rate=0.1`. Only what differs from the defaults is written, numbers in their
 * shortest form that reads back to the same bits. Whatever else an address holds is told, never believed. Where defaults
 * have changed since links were first handed round, new links say so: `#v=2&rate=0.1`.
 */

/** How one value is written and read. */
export interface Field<T> {
  /** the value when the address does not say */
  readonly initial: T;
  write(value: T): string;
  /** @throws BadValue */
  read(text: string): T;
}

/** A part of an address that says nothing sensible. */
export class BadValue extends Error {
  override name = "BadValue";
  readonly expected: string;
  readonly got: string;

  constructor(expected: string, got: string) {
    super(`expected ${expected}, got ${got}`);
    this.expected = expected;
    this.got = got;
  }
}

/** A part of an address that could not be used. */
export interface Problem {
  readonly key: string;
  readonly expected: string;
  readonly got: string;
}

/** A number from `min` to `max`. */
export function real({ initial, min, max }: { initial: number; min: number; max: number }): Field<number> {
  const expected = `a number from ${min} to ${max}`;
  const read = (text: string) => {
    const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new BadValue(expected, text);
  };
  return { initial, write: String, read };
}

/** A whole number from `min` to `max`. */
export function whole({ initial, min, max }: { initial: number; min: number; max: number }): Field<number> {
  const expected = `a whole number from ${min} to ${max}`;
  const read = (text: string) => {
    const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new BadValue(expected, text);
  };
  return { initial, write: String, read };
}

/** One of some words. */
export function choice<const T extends string>(words: readonly T[], initial: NoInfer<T>): Field<T> {
  const read = (text: string) => {
    const word = words.find((each) => each === text);
    if (word !== undefined) return word;
    throw new BadValue(`one of ${words.join(", ")}`, text);
  };
  return { initial, write: (word) => word, read };
}

/** Yes or no, written 1 or 0. */
export function flag(initial: boolean): Field<boolean> {
  const read = (text: string) => {
    if (text === "1" || text === "0") return text === "1";
    throw new BadValue("1 or 0", text);
  };
  return { initial, write: (value) => (value ? "1" : "0"), read };
}

/** Several, parted by semicolons. */
export function list<T>(
  item: Pick<Field<T>, "write" | "read">,
  { initial, min = 0, max }: { initial: readonly T[]; min?: number; max: number },
): Field<readonly T[]> {
  const read = (text: string) => {
    const parts = text === "" ? [] : text.split(";");
    if (parts.length < min || parts.length > max) throw new BadValue(`${min} to ${max} parts`, String(parts.length));
    return parts.map((part) => item.read(part));
  };
  return { initial, write: (values) => values.map((value) => item.write(value)).join(";"), read };
}

/** A kind and its own settings: `adam,learningRate:0.1,amsgrad:1`. */
export interface Kind {
  readonly type: string;
  readonly values: Readonly<Record<string, number | boolean | string>>;
}

/** The fields of each kind. */
export type Kinds = Readonly<Record<string, Readonly<Record<string, Field<never>>>>>;

/** One of some kinds, each with settings of its own. */
export function kind(kinds: Kinds): Pick<Field<Kind>, "write" | "read"> {
  const write = ({ type, values }: Kind) => {
    const fields = kinds[type] ?? {};
    const own = Object.entries(fields).filter(([name, { initial }]) => values[name] !== initial);
    return [type, ...own.map(([name, field]) => `${name}:${field.write(values[name] as never)}`)].join(",");
  };
  const read = (text: string) => {
    const [type = "", ...settings] = text.split(",");
    const fields = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
    if (fields === undefined) throw new BadValue(`one of ${Object.keys(kinds).join(", ")}`, type);
    const values = initials(fields);
    for (const setting of settings) {
      const [name = "", value = ""] = setting.split(":");
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (field === undefined) throw new BadValue(`a setting of ${type}`, name);
      values[name] = field.read(value);
    }
    return { type, values };
  };
  return { write, read };
}

/** The values of all fields when nothing is said. */
export function initials(fields: Readonly<Record<string, Field<never>>>): Record<string, number | boolean | string> {
  return Object.fromEntries(Object.entries(fields).map(([name, { initial }]) => [name, initial]));
}

/** All fields of an experiment. */
export type Fields<E> = { readonly [K in keyof E]: Field<E[K]> };

/** Writes and reads experiments. */
export interface Codec<E> {
  readonly initial: E;
  /** without the `#` */
  write(experiment: E): string;
  /** what cannot be used is left at its default, and told */
  read(hash: string): { readonly experiment: E; readonly problems: readonly Problem[] };
}

/** The longest address that is looked at. */
const longest = 20_000;

/** What the first part of an address is where defaults have changed. */
const second = "v=2";

/** @param first the defaults that have changed, as they were: links of that time left them out */
export function codec<E extends object>(fields: Fields<E>, first?: Partial<E>): Codec<E> {
  const keys = Object.keys(fields) as (keyof E & string)[];
  const initial = Object.fromEntries(keys.map((key) => [key, fields[key].initial])) as E;

  const write = (experiment: E) => {
    const parts = keys
      .map((key) => [key, fields[key].write(experiment[key])] as const)
      .filter(([key, text]) => text !== fields[key].write(fields[key].initial))
      .map(([key, text]) => `${key}=${encodeURIComponent(text).replace(/%(3A|3B|2C)/g, decodeURIComponent)}`);
    return (first !== undefined && parts.length > 0 ? [second, ...parts] : parts).join("&");
  };

  const read = (hash: string) => {
    const whole = hash.replace(/^#/, "");
    const isSecond = first !== undefined && (whole === second || whole.startsWith(`${second}&`));
    const text = isSecond ? whole.slice(second.length + 1) : whole;
    const experiment = { ...initial, ...(isSecond || text === "" ? {} : first) };
    const problems: Problem[] = [];
    if (text.length > longest) {
      return { experiment, problems: [{ key: "#", expected: `at most ${longest} characters`, got: `${text.length}` }] };
    }
    for (const part of text === "" ? [] : text.split("&")) {
      const [name = "", ...rest] = part.split("=");
      const key = keys.find((each) => each === name);
      if (key === undefined) {
        problems.push({ key: shorten(name), expected: keys.join(", "), got: shorten(name) });
        continue;
      }
      const value = rest.join("=");
      try {
        experiment[key] = fields[key].read(decodeURIComponent(value));
      } catch (error) {
        const told = error instanceof BadValue ? error : new BadValue("percent signs that stand for bytes", value);
        problems.push({ key, expected: told.expected, got: shorten(told.got) });
      }
    }
    return { experiment, problems };
  };
  return { initial, write, read };
}

const shorten = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
