// crates/ → build/: the core in two variants, optimised, and the glue that instantiates them.
//
//   build/core.js, build/core.d.ts               instantiate(module: WebAssembly.Module): Core
//   build/{simd128,relaxed-simd}/core.wasm       what ships
//   build/{simd128,relaxed-simd}/inline.js       the same bytes as text and its table (lib/bytes.mjs)
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { textModule } from "./lib/bytes.mjs";
import { factory, factoryDeclarations } from "./lib/glue.mjs";
import { generated, root } from "./lib/paths.mjs";
import { ask, run, stage } from "./lib/run.mjs";
import { fingerprint, unlessBuilt } from "./lib/sources.mjs";
import { withoutPanicTexts } from "./lib/traps.mjs";
import { optimized, wasmOpt } from "./lib/wasm-opt.mjs";
import { fail, prepare } from "./toolchain.mjs";

/** What ships: `simd128` inside the main entry, `relaxed-simd` as an entry of its own. */
const variants = [
  { name: "simd128", features: "+simd128", optimizer: [] },
  { name: "relaxed-simd", features: "+simd128,+relaxed-simd", optimizer: ["--enable-relaxed-simd"] },
];

/**
 * Builds the core unless it is up to date.
 *
 * @param {import("./toolchain.mjs").Toolchain} toolchain
 */
export async function buildWasm(toolchain) {
  const own = ["build-wasm.mjs", "lib/bytes.mjs", "lib/glue.mjs", "lib/traps.mjs", "lib/wasm-opt.mjs"].map(
    (name) => `scripts/${name}`,
  );
  const sources = ["crates", "Cargo.toml", "Cargo.lock", ".cargo", ...own];
  const binaryen = await readFile(join(root, "node_modules", "binaryen", "package.json"), "utf8");
  const compiler = ask("rustc", ["-vV"], toolchain.env) ?? "";
  const facts = [compiler, toolchain.wasmPack, toolchain.wasmBindgen, JSON.parse(binaryen).version];
  const print = fingerprint(
    sources.map((source) => join(root, source)),
    facts,
  );
  const outputs = variants.flatMap(({ name }) => [
    join(generated, name, "core.wasm"),
    join(generated, name, "inline.js"),
  ]);
  outputs.push(join(generated, "core.js"), join(generated, "core.d.ts"));
  await unlessBuilt(join(generated, "wasm.stamp"), print, outputs, async () => {
    await mkdir(generated, { recursive: true });
    const glues = await Promise.all(
      variants.map((variant) => stage(`wasm ${variant.name}`, () => build(variant, toolchain))),
    );
    const [first, second] = glues;
    if (first.javascript !== second.javascript || first.declarations !== second.declarations) {
      throw new Error("the variants need different glue: their exports must not depend on target features");
    }
    await writeFile(join(generated, "core.js"), first.javascript);
    await writeFile(join(generated, "core.d.ts"), first.declarations);
  });
}

/** Compiles, binds and optimises one variant; gives back the glue. */
async function build({ name, features, optimizer }, { env, wasmPack }) {
  const out = await mkdtemp(join(tmpdir(), `downhill-${name}-`));
  try {
    // The bytes must not depend on where they were built.
    const cargoHome = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
    const flags = [
      `-Ctarget-feature=${features}`,
      // Loop strength reduction computes each address in the loop, where one pointer and constant offsets would do.
      "-Cllvm-args=-disable-lsr",
      // No panic says where it happened: the texts of panics go (lib/traps.mjs), the places in the data with this.
      "-Zlocation-detail=none",
      // A compiler that allows this would name functions another way than the profiles read.
      "-Zunstable-options",
      "-Csymbol-mangling-version=legacy",
      `--remap-path-prefix=${cargoHome}=/cargo`,
      `--remap-path-prefix=${join(root)}=/downhill`,
    ];
    const packParameters = [
      "build",
      join(root, "crates", "wasm"),
      "--release",
      "--target",
      "web",
      "--mode",
      "no-install",
    ];
    await run(wasmPack, [...packParameters, "--no-pack", "--out-dir", out, "--out-name", "core"], {
      cwd: root,
      env: {
        ...env,
        // What begins with -Z, of a stable compiler.
        RUSTC_BOOTSTRAP: "1",
        CARGO_ENCODED_RUSTFLAGS: flags.join("\x1f"),
        CARGO_TARGET_DIR: join(root, "target", `wasm-${name}`),
      },
    });
    const folder = join(generated, name);
    await mkdir(folder, { recursive: true });
    const wasm = join(folder, "core.wasm");
    const bound = join(out, "core_bg.wasm");
    await writeFile(bound, withoutPanicTexts(await readFile(bound)));
    // The names of exports travel twice, in the file and in the glue.
    const shortNames = await wasmOpt([...optimized, ...optimizer], bound, wasm);
    await writeFile(join(folder, "inline.js"), textModule(await readFile(wasm)));
    const types = [
      `/** The ${name} core. */`,
      "export const text: string;",
      "export const frequent: readonly number[];",
    ];
    await writeFile(join(folder, "inline.d.ts"), `${types.join("\n")}\n`);
    return {
      javascript: factory(await readFile(join(out, "core.js"), "utf8"), shortNames),
      declarations: factoryDeclarations(await readFile(join(out, "core.d.ts"), "utf8")),
    };
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await prepare().then(buildWasm).catch(fail);
}
