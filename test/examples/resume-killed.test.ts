/** Trainings that are killed in the middle; `npm run reliability` does it a hundred times. */

import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { run as killed } from "../../scripts/reliability/resume.mjs";

const run = promisify(execFile);
const program = fileURLToPath(new URL("../../scripts/reliability/programs/resume.mjs", import.meta.url));

test("a training killed five times ends with the bits of one that nobody killed", async () => {
  expect((await killed({ count: 5, quick: true })).failures).toEqual([]);
});

test.runIf(process.platform !== "win32")(
  "a file that would be larger than allowed has a name, leaves nothing behind, and the training goes on later",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "downhill-limit-"));
    try {
      const training = [program, folder, "3"];
      // Blocks of 512 or of 1,024 bytes.
      const limited = run("sh", ["-c", `ulimit -f 4; exec "$0" "$@"`, process.execPath, ...training]);
      await expect(limited).rejects.toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/FileError: cannot write .*: the file would be larger than .* \(EFBIG\)/),
      });
      expect(await readdir(folder)).toEqual(["history.csv"]);
      expect((await run(process.execPath, training)).stdout).toContain("finished");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);
