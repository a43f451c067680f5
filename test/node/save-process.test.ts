/** A model that was saved in one process and loaded in another trains on as if nothing had happened. */

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Model } from "../../ts/index.js";
import { bundleProgram } from "./program.js";
import { more, start } from "./resume.js";

let folder: string;
let program: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "downhill-"));
  program = join(folder, "resume.mjs");
  await bundleProgram("resume-process", program);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(Object.keys(start))(
  "%s: ten steps in a fresh process give the bits of the uninterrupted run",
  async (name) => {
    const model = await start[name as keyof typeof start]();
    const file = join(folder, `${name.replace(/\W/g, "-")}.safetensors`);
    await writeFile(file, model.save());
    const steps = await more(model);
    expect(steps).toBe(10);
    await promisify(execFile)(process.execPath, [program, file]);
    const there = new Uint8Array(await readFile(file));
    expect(there).toEqual(model.save());
    (await Model.load(there)).dispose();
  },
);
