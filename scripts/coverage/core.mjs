// The core with counters in it, for the tests in Node, and the reading of what was counted. WebAssembly has no file to
// write a profile to and no run-time library for it: the counters lie in the memory of each instance, from where
// setup.mjs takes them, and what llvm-profdata reads is put together here.
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { textModule } from "../lib/bytes.mjs";
import { factory } from "../lib/glue.mjs";
import { generated, root } from "../lib/paths.mjs";
import { run, stage } from "../lib/run.mjs";
import { sectionKinds, WasmReader } from "../lib/wasm-file.mjs";
import { features, wasmOpt } from "../lib/wasm-opt.mjs";
import { folder } from "./files.mjs";

const target = join(root, "target", "coverage-wasm");

/** The module that llvm-cov reads: as the compiler left it. */
export const measuredModule = join(target, "wasm32-unknown-unknown", "release", "downhill_core.wasm");

/** What stands in place of the core's files in build/, and where setup.mjs leaves what it found. */
export const measuredCore = {
  glue: join(folder, "core.js"),
  inline: join(folder, "inline.js"),
  place: join(folder, "counters.json"),
  counters: join(folder, "counters"),
};

/**
 * Compiles it. Its exports get the names that the one that ships has, so that the glue and the replicas fit both.
 *
 * @param {import("../toolchain.mjs").Toolchain} toolchain
 * @param {(name: string) => string} llvm the path of a tool of LLVM
 */
export async function buildMeasuredCore({ env, wasmBindgen }, llvm) {
  const flags = ["-Ctarget-feature=+simd128", "-Cinstrument-coverage", "-Zcoverage-options=branch"];
  await stage("the core with counters", () =>
    run("cargo", ["build", "-p", "downhill-core", "--release", "--target", "wasm32-unknown-unknown", "--locked"], {
      cwd: root,
      env: {
        ...env,
        RUSTC_BOOTSTRAP: "1",
        CARGO_TARGET_DIR: target,
        CARGO_ENCODED_RUSTFLAGS: [...flags, "-Zno-profiler-runtime"].join("\x1f"),
        CARGO_PROFILE_RELEASE_LTO: "off",
        CARGO_PROFILE_RELEASE_STRIP: "none",
      },
    }),
  );
  const bound = join(folder, "bound");
  await run(wasmBindgen, ["--target", "web", "--out-dir", bound, "--out-name", "core", measuredModule]);
  const wasm = join(bound, "core.wasm");
  const shortNames = await wasmOpt(features, join(bound, "core_bg.wasm"), wasm);
  const glue = factory(await readFile(join(bound, "core.js"), "utf8"), shortNames);
  if (glue !== (await readFile(join(generated, "core.js"), "utf8")))
    throw new Error("the core with counters needs other glue than build/core.js");
  await writeFile(measuredCore.inline, textModule(await readFile(wasm)));
  await copyFile(new URL("./glue.mjs", import.meta.url), measuredCore.glue);
  const { stdout: symbols } = await run(llvm("llvm-nm"), ["--print-size", measuredModule]);
  const section = (name) => {
    const found = new RegExp(`^(\\w+) (\\w+) \\w __llvm_prf_${name}$`, "m").exec(symbols);
    if (found === null) throw new Error(`the core with counters has no symbol __llvm_prf_${name}`);
    return [Number.parseInt(found[1], 16), Number.parseInt(found[2], 16)];
  };
  const place = { counters: section("cnts"), data: section("data"), names: section("names") };
  await writeFile(measuredCore.place, JSON.stringify(place));
  await rm(measuredCore.counters, { recursive: true, force: true });
  await mkdir(measuredCore.counters);
}

/** A raw profile: its version, which llvm-profdata checks, numbers in its header, bytes of a record; InstrProfData.inc. */
const format = { version: 10n, header: 16, record: 48 };

/**
 * The raw profile of all that the tests ran: the counters of every file of tests, summed.
 *
 * @param {string} out
 */
export async function writeProfile(out) {
  const { counters, data, names } = JSON.parse(await readFile(measuredCore.place, "utf8"));
  const sums = new BigUint64Array(counters[1] / 8);
  for (const name of await readdir(measuredCore.counters)) {
    const bytes = await readFile(join(measuredCore.counters, name));
    for (let i = 0; i < sums.length; i++) sums[i] += bytes.readBigUInt64LE(8 * i);
  }
  const [records, strings] = initialMemory(await readFile(measuredModule), [data, names]);
  const padding = (8 - (strings.length % 8)) % 8;
  const header = new BigUint64Array(format.header);
  header[0] = 0xff6c70726f665281n; // ÿlprofR and 129: of a machine with addresses of 32 bits
  header[1] = format.version;
  header[3] = BigInt(records.length / format.record);
  header[5] = BigInt(sums.length);
  header[9] = BigInt(strings.length);
  header[10] = BigInt.asUintN(32, BigInt(counters[0] - data[0]));
  header[12] = BigInt(names[0]);
  header[15] = 2n; // the kinds of values that could have been counted
  await writeFile(out, Buffer.concat([header, records, sums, strings, new Uint8Array(padding)].map(asBytes)));
}

const asBytes = ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength);

/** Pieces of a module's memory as it begins, from its segments. */
function initialMemory(bytes, pieces) {
  const found = pieces.map(([, length]) => new Uint8Array(length));
  const file = new WasmReader(bytes);
  for (const { kind } of file.sections()) {
    if (kind !== sectionKinds.data) continue;
    for (let left = file.number(); left > 0; left--) {
      // An active segment: 0, i32.const, its address, end.
      if (file.byte() !== 0 || file.byte() !== 0x41) throw new Error("a segment of the core has no fixed address");
      const address = file.number();
      file.byte();
      const segment = file.bytes(file.number());
      for (const [i, [from, wanted]] of pieces.entries())
        if (address === from && segment.length === wanted) found[i].set(segment);
    }
  }
  return found;
}
