// Tables and numbers for the terminal.

/**
 * Columns set side by side, the first to the left, the others to the right, under a rule.
 *
 * @param {readonly string[]} head
 * @param {readonly (readonly (string | number)[])[]} rows
 * @returns {string} every line indented by two spaces
 */
export function table(head, rows) {
  const lines = [head, ...rows].map((line) => line.map(String));
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const set = (line) => line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("  ");
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  return [set(lines[0]), rule, ...lines.slice(1).map(set)].map((line) => `  ${line}`.trimEnd()).join("\n");
}

/** A number with thousands set apart: 12,345. */
export const whole = (value) => Math.round(value).toLocaleString("en-US");

/** A share as per cent: 97.71 %. */
export const percent = (share, digits = 2) => `${(100 * share).toFixed(digits)} %`;

/** What an error says first; the rest of what `parseArgs` says is about arguments that look like options. */
export const firstSentence = ({ message }) => message.split(/\.(?:\s|$)/)[0];

/** A title with a line of its own. */
export const title = (text) => `\n${text}\n`;
