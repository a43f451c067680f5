import { expect } from "vitest";

/** An element of a picture. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  /** text directly inside, entities resolved */
  text: string;
}

const entity = (text: string): string => text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));

/**
 * Reads an SVG strictly: every tag closed in order, attributes quoted and written once, no bare `&` or `<`, no character
 * that XML forbids. In a browser its own XML parser must agree.
 */
export function parseSvg(svg: string): Element {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what XML forbids
  expect(svg).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
  expect(svg).not.toMatch(/[\ud800-\udfff]/u);
  const root: Element = { name: "", attributes: {}, children: [], text: "" };
  const open = [root];
  let end = 0;
  for (const match of svg.matchAll(/<(\/?)([a-zA-Z]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/g)) {
    const [tag, closing, name = "", given = "", empty] = match;
    addText(open.at(-1) as Element, svg.slice(end, match.index));
    end = match.index + tag.length;
    if (closing === "/") {
      expect(open.pop()?.name).toBe(name);
      continue;
    }
    const pairs = [...given.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value] as const);
    expect(new Set(pairs.map(([key]) => key)).size).toBe(pairs.length);
    for (const [, value] of pairs) expect(value).not.toMatch(/&(?!#\d+;)/);
    const attributes = Object.fromEntries(pairs.map(([key, value]) => [key, entity(value)]));
    const element: Element = { name, attributes, children: [], text: "" };
    open.at(-1)?.children.push(element);
    if (empty !== "/") open.push(element);
  }
  expect(svg.slice(end).trim()).toBe("");
  expect(open).toHaveLength(1);
  expect(root.children).toHaveLength(1);
  if (typeof DOMParser === "function") {
    const parsed = new DOMParser().parseFromString(svg, "image/svg+xml");
    expect(parsed.querySelector("parsererror")?.textContent ?? "").toBe("");
  }
  return root.children[0] as Element;
}

function addText(element: Element, raw: string): void {
  expect(raw).not.toMatch(/[<>]|&(?!#\d+;)/);
  element.text += entity(raw);
}

/** All elements of a picture with this name, in the order they are drawn. */
export function all(element: Element, name: string): Element[] {
  return element.children.flatMap((child) => [...(child.name === name ? [child] : []), ...all(child, name)]);
}

/** Everything that is written in a picture. */
export const words = (svg: Element): string[] => all(svg, "text").map((text) => text.text);

/** The corners of a path of straight lines, in pixels. */
export function corners(path: string): [number, number][] {
  let [x, y] = [0, 0];
  return [...path.matchAll(/([MLlHhVv])(-?[\d.]+)(?:[ ]?(-?[\d.]+))?/g)].map(([, letter = "", a, b]) => {
    const [first, second] = [Number(a), Number(b)];
    if (letter === "M" || letter === "L") [x, y] = [first, second];
    else if (letter === "l") [x, y] = [x + first, y + second];
    else if (letter === "H") x = first;
    else if (letter === "h") x += first;
    else if (letter === "V") y = first;
    else y += first;
    return [Math.round(x * 10) / 10, Math.round(y * 10) / 10];
  });
}

/** What every picture must be: whole, named, described, sized, self-contained, without a number that is none. */
export function soundPicture(svg: string): Element {
  const root = parseSvg(svg);
  expect(root.name).toBe("svg");
  expect(root.attributes).toMatchObject({ xmlns: "http://www.w3.org/2000/svg", role: "img" });
  const [title, description, style] = root.children;
  expect(title?.name).toBe("title");
  expect(title?.text).not.toBe("");
  expect(description?.name).toBe("desc");
  expect(description?.text).not.toBe("");
  expect(style?.name).toBe("style");
  expect(svg.replace("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:|url\(|href|<script|<image|\bon\w+=/);
  const numbers = svg.replace(/<(title|desc|style|text)\b[\s\S]*?<\/\1>/g, "");
  expect(numbers).not.toMatch(/NaN|Infinity|undefined|null|e[+-]\d/);
  for (const text of all(root, "text")) {
    const [x, y] = [Number(text.attributes.x), Number(text.attributes.y)];
    expect(x).toBeGreaterThanOrEqual(-1);
    expect(x).toBeLessThanOrEqual(Number(root.attributes.width));
    expect(y).toBeLessThanOrEqual(Number(root.attributes.height));
  }
  return root;
}
