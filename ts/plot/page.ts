/** The parts of a page: sections, tables, pictures for wide and for narrow screens. Everything given is escaped. */

import { escapeText } from "./svg.js";
import { colours, type Theme } from "./theme.js";

/** The width of pictures on a wide and on a narrow screen, in pixels. */
const [wideWidth, narrowWidth] = [720, 360];

/** A heading and what belongs under it; nothing where there is nothing. */
export function section(heading: string, ...content: readonly string[]): string {
  const inner = content.filter((part) => part !== "").join("\n");
  return inner === "" ? "" : `<section>\n<h2>${escapeText(heading)}</h2>\n${inner}\n</section>`;
}

/** A paragraph. */
export const paragraph = (text: string): string => `<p>${escapeText(text)}</p>`;

/** The same picture for wide and for narrow screens; only one of them is shown, or read aloud. */
export function figure(draw: (width: number) => string): string {
  return `<figure><div class="wide">${draw(wideWidth)}</div><div class="narrow">${draw(narrowWidth)}</div></figure>`;
}

/** Numbers with their names, side by side. */
export function keyFigures(figures: readonly (readonly [name: string, value: string])[]): string {
  const items = figures.map(([name, value]) => `<div><dt>${escapeText(name)}</dt><dd>${escapeText(value)}</dd></div>`);
  return `<dl class="figures">${items.join("")}</dl>`;
}

/** A table whose first column is text, the others numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const top = `<tr>${head.map((name) => `<th scope="col">${escapeText(name)}</th>`).join("")}</tr>`;
  const body = rows.map(([name = "", ...cells]) => {
    const numbers = cells.map((cell) => `<td>${escapeText(cell)}</td>`).join("");
    return `<tr><th scope="row">${escapeText(name)}</th>${numbers}</tr>`;
  });
  return `<div class="scroll"><table><thead>${top}</thead><tbody>${body.join("")}</tbody></table></div>`;
}

/** Points, one under the other. */
export const bullets = (texts: readonly string[]): string =>
  texts.length === 0 ? "" : `<ul>${texts.map((item) => `<li>${escapeText(item)}</li>`).join("")}</ul>`;

/** Text as it is, in a box that scrolls. */
export const preformatted = (text: string): string => `<pre class="scroll">${escapeText(text)}</pre>`;

/** Something long behind a line that opens it. */
export const details = (summary: string, content: string): string =>
  `<details><summary>${escapeText(summary)}</summary>${content}</details>`;

function styleSheet(theme: Theme): string {
  const variables = (of: "light" | "dark"): string => {
    const { paper, ink, quiet, grid, axis } = colours[of];
    const ground = of === "light" ? "#f4f5f7" : "#0c0d10";
    return `:root{--paper:${paper};--ink:${ink};--quiet:${quiet};--grid:${grid};--axis:${axis};--ground:${ground};color-scheme:${of}}`;
  };
  const both = `${variables("light")}@media (prefers-color-scheme:dark){${variables("dark")}}`;
  return `${theme === "auto" ? both : variables(theme)}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:752px;margin:0 auto;padding:32px 16px 64px}
h1{font-size:26px;line-height:1.25;margin:0 0 4px;overflow-wrap:anywhere}
h2{font-size:19px;margin:40px 0 12px}
h3{font-size:15px;margin:20px 0 4px;overflow-wrap:anywhere}
ul{margin:0 0 16px;padding-left:24px}
p{margin:0 0 10px;overflow-wrap:anywhere}
.quiet,footer{color:var(--quiet)}
figure{margin:0 0 16px}
figure svg{display:block;max-width:100%;height:auto}
.narrow{display:none}
@media (max-width:760px){.wide{display:none}.narrow{display:block}.narrow svg{width:100%}}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(128px,1fr));gap:8px;margin:16px 0}
.figures div{background:var(--paper);border-radius:6px;padding:10px 14px}
dt{color:var(--quiet);font-size:13px;overflow-wrap:anywhere}
dd{margin:0;font-size:19px;font-weight:600;overflow-wrap:anywhere}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;background:var(--paper);border-radius:6px;font-variant-numeric:tabular-nums}
th,td{padding:6px 12px;text-align:right;border-bottom:1px solid var(--grid);white-space:nowrap}
th:first-child{text-align:left}
thead th{color:var(--quiet);font-weight:500;font-size:13px}
tbody th{font-weight:500}
pre{background:var(--paper);border-radius:6px;padding:12px 14px;margin:0 0 16px;font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.advice{background:var(--paper);border-radius:6px;padding:2px 16px 8px 40px;margin:0 0 16px}
summary{cursor:pointer;margin:8px 0}
footer{margin-top:48px;font-size:13px}
@media print{body{background:none}section{break-inside:avoid}}`;
}

/** A whole page that fetches nothing, runs nothing, and forbids both. */
export function page(title: string, theme: Theme, content: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeText(title)}</title>
<style>${styleSheet(theme)}</style>
</head>
<body>
<main>
${content.filter((part) => part !== "").join("\n")}
</main>
</body>
</html>
`;
}
