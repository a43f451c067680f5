/** Audits of a page: whether it fits its window, and what axe-core finds. */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { AxeResults, RunOptions } from "axe-core";
import type { Page } from "playwright";

/** Elements that make the page wider than its window, as text; those that scroll by themselves may be wide inside. */
export function widerThanItsWindow(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    return [...document.querySelectorAll("body *")]
      .filter((element) => element.getBoundingClientRect().right > clientWidth + 1)
      .map((element) => element.outerHTML.slice(0, 120));
  });
}

/** What axe-core calls serious or critical, contrast included: the rule and the elements. */
export async function seriousFindings(page: Page): Promise<readonly string[]> {
  const program = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  // Evaluated by the debugger: the page's own policy would forbid it.
  await page.evaluate(program);
  const { violations } = await page.evaluate(() => {
    const { axe } = globalThis as unknown as { axe: { run(what: Document, options: RunOptions): Promise<AxeResults> } };
    return axe.run(document, { resultTypes: ["violations"] });
  });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary}`).join("; ")}`,
    );
}
