/** What a file claims costs nothing: the peak of a process's memory, in a process of its own. */

import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { bundleProgram } from "./program.js";

test("files that claim gigabytes are refused for a few megabytes", async () => {
  const folder = await mkdtemp(join(tmpdir(), "downhill-"));
  try {
    const program = join(folder, "memory.mjs");
    await bundleProgram("hostile-memory-process", program);
    const { stdout } = await promisify(execFile)(process.execPath, [program]);
    const { refused, files, grown } = JSON.parse(stdout);
    expect(files).toBeGreaterThan(15);
    expect(refused).toBe(files);
    // The two layers of 8,000 units alone would be 250 MB, four times over; 4 MB of text taken in one by one 130 MB.
    expect(grown).toBeLessThan(64 * 1024);
  } finally {
    await rm(folder, { recursive: true });
  }
});
