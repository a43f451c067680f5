/** `downhill/node`: files are there whole or not at all, the newest of a kind stay, what is damaged is passed over and said. */

import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { csvLogger, DownhillError, dense, Model, modelCheckpoint } from "../../ts/index.js";
import { FileError, fileSink, loadNewest, type Skipped } from "../../ts/node/index.js";
import { WorkerModel } from "../../ts/worker/index.js";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "downhill-files-"));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const x = [[1], [2], [3], [4]];
const y = [2, 4, 6, 8];
const create = () => Model.create({ inputs: 1, layers: [dense(1)], loss: "meanSquaredError", optimizer: "sgd" });

async function trained(epochs: number, sink = fileSink(folder)) {
  const model = await create();
  await model.fit(x, y, { epochs, callbacks: [modelCheckpoint(sink)] });
  return model;
}

const names = async () => (await readdir(folder)).sort();

describe("fileSink", () => {
  test("makes the folder, writes files whole, keeps the newest two of a kind and everything else", async () => {
    await mkdir(join(folder, "deep"));
    const sink = fileSink(join(folder, "deep", "er"));
    expect(sink.folder).toBe(join(folder, "deep", "er"));
    await sink.write("notes.txt", new Uint8Array([1]));
    for (const name of ["epoch-x.safetensors", "epoch-3.txt", "my-epoch-1.safetensors", ".hidden"])
      await writeFile(join(sink.folder, name), name);
    const model = await create();
    const best = modelCheckpoint(sink, { monitor: "loss" });
    await model.fit(x, y, { epochs: 12, callbacks: [modelCheckpoint(sink), best, csvLogger(sink)] });
    expect((await readdir(sink.folder)).sort()).toEqual([
      ".hidden",
      "best.safetensors",
      "epoch-11.safetensors",
      "epoch-12.safetensors",
      "epoch-3.txt",
      "epoch-x.safetensors",
      "history.csv",
      "my-epoch-1.safetensors",
      "notes.txt",
    ]);
    expect((await readFile(join(sink.folder, "history.csv"), "utf8")).split("\n").length).toBe(14);
  });

  test("removes what a process that was killed had no time to remove, also when nothing is left to train", async () => {
    const model = await trained(4, fileSink(folder, { keep: Number.POSITIVE_INFINITY }));
    expect(await names()).toHaveLength(4);
    await model.fit(x, y, { epochs: 0, initialEpoch: 4, callbacks: [modelCheckpoint(fileSink(folder))] });
    expect(await names()).toEqual(["epoch-3.safetensors", "epoch-4.safetensors"]);
  });

  test("keeps as many as asked for", async () => {
    await trained(4, fileSink(folder, { keep: 1 }));
    expect(await names()).toEqual(["epoch-4.safetensors"]);
    await trained(4, fileSink(folder, { keep: 3 }));
    expect(await names()).toEqual(["epoch-2.safetensors", "epoch-3.safetensors", "epoch-4.safetensors"]);
    await trained(6, fileSink(folder, { keep: Number.POSITIVE_INFINITY }));
    expect((await names()).length).toBe(6);
  });

  test("the newest is what was written last, not what has the highest number", async () => {
    await trained(9);
    const begun = await trained(1);
    expect(await names()).toEqual(["epoch-1.safetensors", "epoch-9.safetensors"]);
    expect((await loadNewest(folder))?.parameters()).toEqual(begun.parameters());
  });

  test("nor does it matter that the clock was set back", async () => {
    await trained(2);
    const future = Date.now() / 1000 + 3600;
    for (const name of await names()) await utimes(join(folder, name), future, future);
    const model = await loadNewest(folder);
    await model?.fit(x, y, { initialEpoch: 2, epochs: 3, callbacks: [modelCheckpoint(fileSink(folder))] });
    expect(await names()).toEqual(["epoch-4.safetensors", "epoch-5.safetensors"]);
    const [fourth, fifth] = await Promise.all((await names()).map((name) => stat(join(folder, name))));
    expect(fifth?.mtimeMs).toBeGreaterThan(fourth?.mtimeMs ?? 0);
    expect(fourth?.mtimeMs).toBeGreaterThan(future * 1000);
  });

  test("clears away what a killed process left half written, not what another is writing", async () => {
    const dead = 2 ** 22 + 1; // above what a process may have
    await writeFile(join(folder, `.epoch-3.safetensors.${dead}.part`), "half");
    await writeFile(join(folder, `.epoch-3.safetensors.${process.ppid}.part`), "half");
    await trained(1);
    expect(await names()).toEqual([`.epoch-3.safetensors.${process.ppid}.part`, "epoch-1.safetensors"]);
  });

  test("writes that meet come one after the other", async () => {
    const sink = fileSink(folder);
    const contents = [1, 2, 3, 4].map((n) => new Uint8Array(1_000_000).fill(n));
    await Promise.all(contents.map((bytes) => sink.write("a", bytes)));
    expect((await readFile(join(folder, "a"))).equals(contents[3] as Uint8Array)).toBe(true);
    expect(await names()).toEqual(["a"]);
  });

  test.each(["../a", "a/b", ".a", "..", ""])("refuses %j as the name of a file", async (name) => {
    await expect(fileSink(folder).write(name, new Uint8Array())).rejects.toMatchObject({ code: "CONFIG" });
    expect(await names()).toEqual([]);
  });

  test("reads what it wrote, nothing where there is nothing", async () => {
    const sink = fileSink(folder);
    await sink.write("a", new Uint8Array([1, 2, 3]));
    expect(await sink.read("a")).toEqual(new Uint8Array([1, 2, 3]));
    expect(await sink.read("b")).toBeUndefined();
    await expect(sink.read("../a")).rejects.toMatchObject({ code: "CONFIG" });
  });

  test("refuses arguments that make no sense", () => {
    const loosely = fileSink as (...given: unknown[]) => unknown;
    expect(() => loosely()).toThrow("fileSink.folder: expected a string");
    expect(() => loosely("a", { keep: 0 })).toThrow("fileSink.keep: expected a whole number >= 1, got 0");
    expect(() => loosely("a", { kep: 1 })).toThrow('did you mean "keep"');
  });
});

describe("where the system refuses", () => {
  const failed = async (sink = fileSink(folder)) => {
    const model = await create();
    const before = model.parameters()[0]?.data[0];
    const error = await model.fit(x, y, { epochs: 3, callbacks: [modelCheckpoint(sink)] }).catch((e: unknown) => e);
    // The model is usable: the epoch is done, and the next fit goes on.
    expect(model.epochsDone).toBe(1);
    expect(model.parameters()[0]?.data[0]).not.toBe(before);
    await model.fit(x, y, { initialEpoch: 1, epochs: 2 });
    const whole = await create();
    await whole.fit(x, y, { epochs: 3 });
    expect(model.parameters()).toEqual(whole.parameters());
    expect(error).toBeInstanceOf(FileError);
    expect(error).toBeInstanceOf(DownhillError);
    return error as FileError;
  };

  test.runIf(existsSync("/dev/full"))("a full disk has a name, and the checkpoint before still loads", async () => {
    const before = await trained(2);
    // What is written to this device fails as on a disk that is full.
    await symlink("/dev/full", join(folder, `.epoch-1.safetensors.${process.pid}.part`));
    const error = await failed();
    const path = join(folder, "epoch-1.safetensors");
    expect(error).toMatchObject({ code: "FILE", name: "FileError", system: "ENOSPC", path });
    expect(error.message).toBe(
      `cannot write ${path}: the disk is full (ENOSPC); files written before are as they were`,
    );
    expect(await names()).toEqual(["epoch-1.safetensors", "epoch-2.safetensors"]);
    expect((await loadNewest(folder))?.parameters()).toEqual(before.parameters());
  });

  test("a folder that cannot be made", async () => {
    const file = join(folder, "file");
    await writeFile(file, "");
    const error = await failed(fileSink(join(file, "runs")));
    expect(error).toMatchObject({ path: join(file, "runs"), system: "ENOTDIR" });
    expect(error.message).toContain("cannot use the folder");
    await expect(loadNewest(join(file, "runs"))).rejects.toMatchObject({ code: "FILE", system: "ENOTDIR" });
  });

  // Permissions do not stop the administrator, but nobody may make files here.
  test.runIf(process.platform === "linux")("a folder that may not be written", async () => {
    const error = await failed(fileSink("/sys/kernel"));
    expect(error.path).toBe("/sys/kernel/epoch-1.safetensors");
    expect(["EACCES", "EPERM", "EROFS"]).toContain(error.system);
  });

  test("a file that is a folder when it is read, or cannot be read at all", async () => {
    const sink = fileSink(folder);
    await mkdir(join(folder, "history.csv"));
    const path = join(folder, "history.csv");
    await expect(sink.read("history.csv")).rejects.toMatchObject({ code: "FILE", system: "EISDIR", path });
    await expect(sink.read("history.csv")).rejects.toThrow(
      `cannot read ${path}: there is a folder of this name (EISDIR)`,
    );
  });

  // A regular file as far as anybody can see, whose first page nobody may read.
  test.runIf(existsSync("/proc/self/mem"))("a checkpoint whose disk fails", async () => {
    const path = join(folder, "epoch-9.safetensors");
    await symlink("/proc/self/mem", path);
    const error = await loadNewest(folder).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "FILE", path, system: "EIO" });
    // A code without an explanation: the system's own words.
    expect((error as FileError).message).toBe(`cannot read ${path}: EIO: i/o error, read`);
  });

  test("something that is no error of the system", () => {
    const error = new FileError("read", "a", "broken");
    expect(error.message).toBe("cannot read a: broken");
    expect(error.system).toBeUndefined();
  });

  test("a name that a folder has", async () => {
    await mkdir(join(folder, "epoch-1.safetensors"));
    expect((await failed()).path).toBe(join(folder, "epoch-1.safetensors"));
    expect(await names()).toEqual(["epoch-1.safetensors"]);
  });

  test("once there is room again, the same sink goes on", async () => {
    const place = join(folder, "runs");
    const sink = fileSink(place);
    await trained(1, sink);
    await rm(place, { recursive: true });
    await writeFile(place, "");
    await failed(sink);
    await rm(place);
    await trained(1, sink);
    expect(await readdir(place)).toEqual(["epoch-1.safetensors"]);
  });
});

describe("loadNewest", () => {
  const skips = () => {
    const skipped: Skipped[] = [];
    return { skipped, onSkip: (one: Skipped) => void skipped.push(one) };
  };

  test("gives nothing where there is nothing", async () => {
    expect(await loadNewest(folder)).toBeUndefined();
    expect(await loadNewest(join(folder, "missing"))).toBeUndefined();
    await writeFile(join(folder, "history.csv"), "epoch\n");
    expect(await loadNewest(fileSink(folder))).toBeUndefined();
  });

  test("passes over a damaged file, and says so", async () => {
    const model = await trained(3);
    const newest = join(folder, "epoch-3.safetensors");
    const size = (await stat(newest)).size;
    const { skipped, onSkip } = skips();
    for (const length of [size - 1, 1000, 7, 0]) {
      await truncate(newest, length);
      const loaded = await loadNewest(folder, { onSkip });
      expect(loaded?.epochsDone).toBe(2);
      await loaded?.fit(x, y, { initialEpoch: 2 });
      expect(loaded?.save()).toEqual(model.save());
    }
    expect(skipped.map(({ path }) => path)).toEqual([newest, newest, newest, newest]);
    for (const { error } of skipped) expect(error.code).toBe("FORMAT");
    await writeFile(join(folder, "foreign.safetensors"), "something else");
    expect((await loadNewest(folder, { onSkip }))?.epochsDone).toBe(2);
    expect(skipped.length).toBe(6);
  });

  test("warns by default", async () => {
    await trained(2);
    await truncate(join(folder, "epoch-2.safetensors"), 100);
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    expect((await loadNewest(folder))?.epochsDone).toBe(1);
    const path = join(folder, "epoch-2.safetensors");
    const kind = { type: "DownhillWarning", code: "DOWNHILL_SKIPPED" };
    expect(warn.mock.calls).toEqual([[expect.stringContaining(`${path} was skipped: model file: `), kind]]);
    warn.mockRestore();
  });

  test("does not begin anew without a word where every file is damaged", async () => {
    await trained(2);
    for (const name of await names()) await truncate(join(folder, name), 100);
    const { skipped, onSkip } = skips();
    const error = await loadNewest(folder, { onSkip }).catch((e: unknown) => e);
    expect(error).toBe(skipped[0]?.error);
    expect(skipped.map(({ path }) => path)).toEqual([2, 1].map((n) => join(folder, `epoch-${n}.safetensors`)));
  });

  test("makes what it is asked to make, and passes other errors on", async () => {
    const model = await trained(2);
    const loaded = await loadNewest(folder, { load: (bytes) => WorkerModel.load(bytes) });
    expect(await loaded?.parameters()).toEqual(model.parameters());
    await loaded?.dispose();
    const broken = new RangeError("mine");
    await expect(loadNewest(folder, { load: () => Promise.reject(broken) })).rejects.toBe(broken);
    const loosely = loadNewest as (...given: unknown[]) => Promise<unknown>;
    await expect(loosely(3)).rejects.toThrow("loadNewest.folder: expected a string");
    await expect(loosely("a", { load: 3 })).rejects.toThrow("loadNewest.load: expected a function (bytes) => Promise");
  });
});
