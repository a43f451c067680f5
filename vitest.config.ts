import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { chromiumLaunch } from "./scripts/lib/browsers.mjs";

/** Tests print nothing: what does fails. */
const strict = {
  onConsoleLog(log: string): never {
    throw new Error(`a test printed: ${log}`);
  },
};

/** Tests of what the build made; they need dist/. */
const artefacts = ["build", "docs", "examples", "packed"].map((folder) => `test/${folder}/**/*.test.ts`);

export default defineConfig({
  test: {
    ...strict,
    testTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: "node",
          environment: "node",
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.browser.test.ts", "test/playground/**", ...artefacts],
        },
      },
      {
        extends: true,
        test: {
          name: "artefacts",
          environment: "node",
          include: artefacts,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: "playground",
          environment: "node",
          include: ["test/playground/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        // Known beforehand: found on the way they would load the page anew in the middle of a test.
        optimizeDeps: { include: ["d3-array", "d3-contour"] },
        test: {
          name: "chromium",
          include: ["test/shared/**/*.test.ts", "test/**/*.browser.test.ts"],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: chromiumLaunch(),
            }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
    ],
  },
});
