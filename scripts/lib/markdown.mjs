// Tables of the documents that scripts write.

/**
 * Rows as a Markdown table.
 *
 * @param {readonly string[]} head
 * @param {readonly (readonly (string | number)[])[]} rows
 * @param {number} [words] how many of the first columns stand to the left; the others, numbers, to the right
 */
export function markdown(head, rows, words = 1) {
  const rule = head.map((_, column) => (column < words ? "---" : "---:"));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
