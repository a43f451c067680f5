/** What tests of the playground share: the built site on a server, pages of a real Chromium, and what went wrong in them. */

import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright";
import { afterAll, beforeAll, expect } from "vitest";
import { chromiumLaunch } from "../../scripts/lib/browsers.mjs";
import { serveSite } from "../../scripts/playground/site.mjs";

/** A page of the site, and all that it complained about: console, errors, what the policy forbade. */
export interface Tab {
  readonly page: Page;
  readonly problems: readonly string[];
}

export interface Site {
  readonly url: () => string;
  readonly browser: () => Browser;
  /** Opens a page in a browser of its own: nothing is stored. */
  readonly visit: (path: string, options?: BrowserContextOptions) => Promise<Tab>;
  /** Ends the server: the network is gone. */
  readonly cut: () => Promise<void>;
}

/** Desktop, English, light, no service worker: what a test that cares about none of them gets. */
const plain: BrowserContextOptions = {
  viewport: { width: 1280, height: 900 },
  locale: "en",
  colorScheme: "light",
  serviceWorkers: "block",
};

/** Serves the site and opens a browser for the tests of this file; every page must have been without a complaint. */
export function site(): Site {
  let browser: Browser;
  let server: Awaited<ReturnType<typeof serveSite>>;
  const tabs: Tab[] = [];

  beforeAll(async () => {
    server = await serveSite();
    browser = await chromium.launch(chromiumLaunch());
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
    expect(tabs.flatMap(({ problems }) => problems)).toEqual([]);
  });

  const visit = async (path: string, options: BrowserContextOptions = {}): Promise<Tab> => {
    const context = await browser.newContext({ ...plain, ...options });
    const page = await context.newPage();
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(`${path}: ${error.stack ?? error}`));
    page.on("console", (message) => {
      const isOurs = message.text() !== "Service Worker registration blocked by Playwright";
      if (isOurs) problems.push(`${path}: ${message.type()}: ${message.text()}`);
    });
    await page.addInitScript(() => {
      addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
        // biome-ignore lint/suspicious/noConsole: this is how the test hears of it
        console.error(`policy: ${violatedDirective} ${blockedURI}`);
      });
    });
    const tab = { page, problems };
    tabs.push(tab);
    await page.goto(new URL(path, server.url).href);
    return tab;
  };
  return { url: () => server.url, browser: () => browser, visit, cut: () => server.close() };
}

/** The file that a click hands out, as text. */
export async function downloaded(page: Page, button: string): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: button, exact: true }).click(),
  ]);
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}

/**
 * What a browser does with a hidden tab: no frames. Playwright keeps every page visible, so the page's own way to ask for
 * frames is held instead; what comes back shows it again.
 */
export function hide(page: Page): Promise<void> {
  return page.evaluate(() => {
    const ask = window.requestAnimationFrame;
    const held: FrameRequestCallback[] = [];
    window.requestAnimationFrame = (callback) => held.push(callback);
    addEventListener(
      "shown",
      () => {
        window.requestAnimationFrame = ask;
        for (const callback of held) ask(callback);
      },
      { once: true },
    );
    // Those that were asked for before still come.
    return new Promise<void>((rests) => {
      ask(() => ask(() => rests()));
    });
  });
}

/** Ends `hide`. */
export function show(page: Page): Promise<boolean> {
  return page.evaluate(() => dispatchEvent(new Event("shown")));
}
