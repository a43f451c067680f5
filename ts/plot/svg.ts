/** SVG as text: elements, escaping, pixels. Nothing here knows what a chart is. */

/** Attributes in the order they are written; `undefined` ones are left out. */
export type Attributes = { readonly [name: string]: string | number | undefined };

/** Characters that XML 1.0 has no way to write, and halves of surrogate pairs that stand alone. */
const unwritable =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must go
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** `text` as XML or HTML may hold it, between tags or in a quoted attribute. */
export function escapeText(text: string): string {
  return text.replace(unwritable, "\ufffd").replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/**
 * An element.
 *
 * @param children markup, joined without a space; escape text with {@link escapeText}
 */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === "number" ? px(value) : escapeText(String(value))}"`)
    .join("");
  return children.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${children.join("")}</${name}>`;
}

/** A group of elements that share a class. */
export function group(className: string, ...children: readonly string[]): string {
  return children.every((child) => child === "") ? "" : element("g", { class: className }, ...children);
}

/** A line of text. */
export function textElement(x: number, y: number, text: string, attributes: Attributes = {}): string {
  return element("text", { x, y, ...attributes }, escapeText(text));
}

/** A coordinate, rounded to a tenth of a pixel. */
export function px(value: number): string {
  const rounded = Math.round(value * 10) / 10;
  return String(rounded === 0 ? 0 : rounded);
}

/** The path through points in pixels; a point that is not finite leaves a gap. Written by steps, which are short. */
export function pathThrough(points: readonly (readonly [number, number])[]): string {
  let path = "";
  let last: readonly [number, number] | undefined;
  for (const [x, y] of points) {
    if (!Number.isFinite(x) || !Number.isFinite(y)) {
      last = undefined;
      continue;
    }
    const next = [Math.round(x * 10), Math.round(y * 10)] as const;
    if (last === undefined) path += `M${px(next[0] / 10)} ${px(next[1] / 10)}`;
    else if (next[0] !== last[0] || next[1] !== last[1]) {
      const [dx, dy] = [px((next[0] - last[0]) / 10), px((next[1] - last[1]) / 10)];
      path += dy.startsWith("-") ? `l${dx}${dy}` : `l${dx} ${dy}`;
    }
    last = next;
  }
  return path;
}
