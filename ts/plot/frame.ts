/** What every picture has: options, size, title, description, paper, style sheet. */

import { options as checkOptions, integer, oneOf, text } from "../check.js";
import { ConfigError } from "../errors.js";
import { element, escapeText, group, textElement } from "./svg.js";
import { shorten, wrap } from "./text.js";
import { styleOf, type Theme } from "./theme.js";

/** Options of every plot. */
export interface PlotOptions {
  /** pixels, 240 to 4000; default 720 */
  readonly width?: number;
  /** pixels, 160 to 4000; the default depends on the plot */
  readonly height?: number;
  /** the heading; each plot has one of its own */
  readonly title?: string;
  /** a line under the heading */
  readonly subtitle?: string;
  /** what a reader who cannot see the picture is told; each plot describes itself when it is left out */
  readonly description?: string;
  /** `"auto"` (default) follows the reader's system; `"light"` and `"dark"` stay as they are, for print or slides */
  readonly theme?: Theme;
}

/** The options of {@link PlotOptions}, checked; those that are missing have none yet. */
export interface Look {
  readonly width: number;
  readonly height: number | undefined;
  readonly title: string | undefined;
  readonly subtitle: string | undefined;
  readonly description: string | undefined;
  readonly theme: Theme;
}

const common = ["width", "height", "title", "subtitle", "description", "theme"];
const width = integer({ min: 240, max: 4000 });
const height = integer({ min: 160, max: 4000 });
const theme = oneOf<Theme>(["auto", "light", "dark"]);

/**
 * Reads the options of the plot `of`.
 *
 * @param more names of its own options, which the caller checks
 * @throws ConfigError `CONFIG`, starting with the name of the plot
 */
export function readLook<O extends PlotOptions>(given: O | undefined, of: string, more: readonly (keyof O)[] = []) {
  const all = checkOptions(given, of, [...common, ...(more as readonly string[])]) as O;
  const optional = <T>(key: keyof PlotOptions, check: (value: unknown, path: string) => T): T | undefined =>
    all[key] === undefined ? undefined : check(all[key], `${of}.${key}`);
  const look: Look = {
    width: optional("width", width) ?? 720,
    height: optional("height", height),
    title: optional("title", text),
    subtitle: optional("subtitle", text),
    description: optional("description", text),
    theme: optional("theme", theme) ?? "auto",
  };
  return { look, given: all };
}

/** A rectangle in pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What a plot says about itself where the options do not. */
export interface Heading {
  readonly title: string;
  readonly subtitle?: string | undefined;
  readonly description: string;
}

const edge = 16;

/**
 * The whole picture.
 *
 * @param heightOf the default height for the height of the heading
 * @param draw fills the space under the heading
 */
export function picture(
  look: Look,
  heading: Heading,
  heightOf: (headingHeight: number) => number,
  draw: (box: Box) => string,
): string {
  const title = look.title ?? heading.title;
  const subtitle = look.subtitle ?? heading.subtitle;
  const inner = look.width - 2 * edge;
  const titleLines = wrap(title, inner, 2, 16);
  const subtitleLines = subtitle === undefined ? [] : wrap(subtitle, inner, 3);
  const top = 12 + 20 * titleLines.length + 17 * subtitleLines.length + 8;
  const height = look.height ?? Math.round(heightOf(top));
  const content = draw({ x: edge, y: top, width: inner, height: Math.max(40, height - top - 12) });
  const attributes = {
    xmlns: "http://www.w3.org/2000/svg",
    class: `downhill-${look.theme}`,
    width: look.width,
    height,
    viewBox: `0 0 ${look.width} ${height}`,
    role: "img",
  };
  return `${element(
    "svg",
    attributes,
    element("title", {}, escapeText(title)),
    element("desc", {}, escapeText(look.description ?? heading.description)),
    element("style", {}, styleOf(look.theme)),
    element("rect", { class: "paper", width: look.width, height, rx: 6 }),
    ...titleLines.map((line, i) => textElement(edge, 28 + 20 * i, line, { class: "title" })),
    ...subtitleLines.map((line, i) =>
      textElement(edge, 26 + 20 * titleLines.length + 17 * i, line, { class: "quiet" }),
    ),
    content,
  )}\n`;
}

/** What stands in a box that has nothing to show. */
export function nothing(box: Box, message: string): string {
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  return group("quiet m", textElement(x, y, shorten(message, box.width)));
}

/**
 * A result of another function of the library, checked to be an object with these properties.
 *
 * @throws ConfigError `CONFIG`
 */
export function requireRecord(value: unknown, path: string, expected: string, keys: readonly string[]): void {
  const isThere = typeof value === "object" && value !== null && keys.every((key) => key in value);
  if (!isThere) throw new ConfigError(path, `expected ${expected}`);
}
