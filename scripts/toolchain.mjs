// Makes this machine ready to build and test: a Rust that compiles to wasm32-unknown-unknown, wasm-pack, the wasm-bindgen
// command that matches Cargo.lock and, with --browser, a Chromium. Does nothing on a ready machine, asks nothing, can run
// twice and beside itself. Node built-ins only, so it works before `npm ci`.
//
//   node scripts/toolchain.mjs [--browser]
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { aptInstall, aptUpdate, rootOnDebian } from "./lib/apt.mjs";
import { browserVariables, executable, findChromium } from "./lib/browsers.mjs";
import { cache, root } from "./lib/paths.mjs";
import { ask, ByHand, CommandError, run, seconds, stage, withPath } from "./lib/run.mjs";

/**
 * @typedef {object} Toolchain
 * @property {NodeJS.ProcessEnv} env for cargo, wasm-pack and rustc when they compile to wasm: the toolchain, the tools on the PATH
 * @property {string} wasmPack path of wasm-pack
 * @property {string} wasmBindgen path of the wasm-bindgen command
 * @property {string | undefined} chromium path of a Chromium, only when asked for
 */

const target = "wasm32-unknown-unknown";
const wasmPackVersion = "0.15.1";
/** The name under which Debian's compiler is linked into rustup. */
const linkedName = "downhill-wasm";

/**
 * Finds the tools, installing what is missing.
 *
 * @param {{ browser?: boolean }} [options]
 * @returns {Promise<Toolchain>}
 */
export async function prepare({ browser = false } = {}) {
  const start = performance.now();
  const before = found(browser);
  if (before !== undefined) {
    console.log(`toolchain: ready (${seconds(performance.now() - start)})`);
    return before;
  }
  console.log("toolchain: making this machine ready");
  const after = await locked(async () => {
    const results = await Promise.allSettled([
      wasmRust() ?? installRust(),
      ...tools()
        .filter((tool) => !existsSync(tool.path))
        .map(installTool),
      ...(browser && findChromium() === undefined ? [installChromium()] : []),
    ]);
    for (const result of results) if (result.status === "rejected") throw result.reason;
    return found(browser);
  });
  if (after === undefined) throw new Error("the toolchain was installed, but is not found afterwards");
  console.log(`toolchain: ready (${seconds(performance.now() - start)})`);
  return after;
}

/** The whole toolchain if nothing of it is missing. */
function found(browser) {
  const browserPath = browser ? findChromium() : undefined;
  if (browser && browserPath === undefined) return undefined;
  const [pack, bindgen] = tools();
  if (!existsSync(pack.path) || !existsSync(bindgen.path)) return undefined;
  const rust = wasmRust();
  if (rust === undefined) return undefined;
  return {
    env: withPath(rust, [pack.folder, bindgen.folder]),
    wasmPack: pack.path,
    wasmBindgen: bindgen.path,
    chromium: browserPath,
  };
}

// ---- Rust ------------------------------------------------------------------------------------------------------------

/** The environment of a Rust that compiles to wasm: the user's own, or the one that this script linked. */
function wasmRust() {
  const own = { ...process.env };
  if (compilesToWasm(own)) return own;
  const linked = { ...process.env, RUSTUP_TOOLCHAIN: linkedName };
  if (existsSync(join(rustupHome(), "toolchains", linkedName)) && compilesToWasm(linked)) return linked;
  return undefined;
}

const rustupHome = () => process.env.RUSTUP_HOME ?? join(homedir(), ".rustup");

/** Whether the compiler of this environment has a standard library for wasm that fits it, with bitcode for LTO. */
function compilesToWasm(env) {
  const sysroot = ask("rustc", ["--print", "sysroot"], env);
  if (sysroot === undefined) return false;
  const library = standardLibrary(sysroot);
  if (!existsSync(library) || readdirSync(library).length === 0) return false;
  // Compiling a probe takes half a second, so its success is remembered for exactly these files.
  const files = [
    join(sysroot, "bin", `rustc${executable}`),
    ...readdirSync(library).map((name) => join(library, name)),
  ];
  const facts = files.map((file) => [file, statSync(file).size, statSync(file).mtimeMs]);
  const stamp = join(cache, "probed", createHash("sha256").update(JSON.stringify(facts)).digest("hex"));
  if (existsSync(stamp)) return true;
  const folder = join(cache, "probe", String(process.pid));
  mkdirSync(folder, { recursive: true });
  const source = join(folder, "probe.rs");
  writeFileSync(
    source,
    '#[unsafe(no_mangle)]\npub extern "C" fn probe(n: usize) -> usize {\n    vec![1u8; n].len()\n}\n',
  );
  const options = [
    "--edition",
    "2024",
    "--target",
    target,
    "--crate-type",
    "cdylib",
    "-O",
    "-Clto=fat",
    "-Cpanic=abort",
  ];
  const compiled = ask("rustc", [...options, "-o", join(folder, "probe.wasm"), source], env) !== undefined;
  rmSync(folder, { recursive: true, force: true });
  if (compiled) {
    mkdirSync(join(cache, "probed"), { recursive: true });
    writeFileSync(stamp, "");
  }
  return compiled;
}

const standardLibrary = (sysroot) => join(sysroot, "lib", "rustlib", target, "lib");

async function installRust() {
  const hasRustup = ask("rustup", ["--version"]) !== undefined;
  if (hasRustup) {
    try {
      await stage(`rustup target add ${target}`, () => run("rustup", ["target", "add", target]));
      if (compilesToWasm(process.env)) return;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
    }
  }
  if (!rootOnDebian()) {
    throw new ByHand(
      `Install Rust 1.90 or later with its ${target} target by hand: get rustup from https://rustup.rs, then run \`rustup target add ${target}\`.`,
    );
  }
  // Debian's Rust comes without a standard library for wasm but with its source, and needs the linker of its own LLVM.
  await stage("Debian's Rust and its linker (apt)", async () => {
    await aptUpdate();
    const depends = (await run("apt-cache", ["show", "--no-all-versions", "rust-web-llvm"])).stdout;
    const llvm = /^Depends:.*\bllvm-(\d+)/m.exec(depends)?.[1];
    if (llvm === undefined) throw new Error("apt: rust-web-llvm does not say which LLVM it depends on");
    await aptInstall(["rustc-web", "rust-web-src", "cargo-web", "rust-web-llvm", `lld-${llvm}`]);
  });
  const env = { ...process.env, ...(hasRustup ? { RUSTUP_TOOLCHAIN: linkedName } : {}) };
  if (hasRustup) await run("rustup", ["toolchain", "link", linkedName, "/usr"]);
  if (!compilesToWasm(env)) await stage(`the standard library for ${target}`, () => buildStandardLibrary(env));
  if (!compilesToWasm(env))
    throw new Error(`the standard library for ${target} was built, but does not compile a probe`);
}

/** Builds std from its source and puts it where the compiler looks; `test` is there for `wasm-pack test`. */
async function buildStandardLibrary(env) {
  const sysroot = ask("rustc", ["--print", "sysroot"], env);
  if (sysroot === undefined) throw new Error("Debian's rustc does not run");
  const folder = await mkdtemp(join(tmpdir(), "downhill-std-"));
  try {
    await writeFile(join(folder, "Cargo.toml"), '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2024"\n');
    await mkdir(join(folder, "src"));
    await writeFile(join(folder, "src", "lib.rs"), "#![no_std]\n");
    const flags = { RUSTC_BOOTSTRAP: "1", RUSTC: join(sysroot, "bin", "rustc"), RUSTFLAGS: "-Cembed-bitcode=yes" };
    const parameters = ["build", "--release", "-Zbuild-std=std,panic_abort,proc_macro,test", "--target", target];
    await run(join(sysroot, "bin", "cargo"), parameters, { cwd: folder, env: { ...env, ...flags } });
    const built = join(folder, "target", target, "release", "deps");
    const library = standardLibrary(sysroot);
    await rm(library, { recursive: true, force: true });
    await mkdir(library, { recursive: true });
    const names = readdirSync(built).filter((name) => name.endsWith(".rlib") && !name.startsWith("libempty"));
    await Promise.all(names.map((name) => copyFile(join(built, name), join(library, name))));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

// ---- wasm-pack and wasm-bindgen --------------------------------------------------------------------------------------

/** The commands that cargo installs, each version in a folder of its own. */
function tools() {
  const locked = /name = "wasm-bindgen"\nversion = "([^"]+)"/.exec(readFileSync(join(root, "Cargo.lock"), "utf8"))?.[1];
  if (locked === undefined) throw new Error("Cargo.lock names no version of wasm-bindgen");
  return [
    { crate: "wasm-pack", command: "wasm-pack", version: wasmPackVersion, options: [] },
    { crate: "wasm-bindgen-cli", command: "wasm-bindgen", version: locked, options: ["--no-default-features"] },
  ].map((tool) => {
    const home = join(cache, `${tool.crate}-${tool.version}`);
    const folder = join(home, "bin");
    return { ...tool, home, folder, path: join(folder, `${tool.command}${executable}`) };
  });
}

function installTool({ crate, version, options, home }) {
  // Unoptimised and without debug information they compile in half the time and do the same.
  const parameters = ["install", crate, "--version", version, "--locked", "--debug", "--root", home, ...options];
  const env = { ...process.env, CARGO_PROFILE_DEV_DEBUG: "0" };
  return stage(`${crate} ${version} (cargo install)`, async () => {
    if (ask("cargo", ["--version"]) === undefined) {
      throw new ByHand("Install Rust 1.90 or later by hand: get rustup from https://rustup.rs.");
    }
    await run("cargo", parameters, { env, cwd: tmpdir() });
  });
}

// ---- Chromium --------------------------------------------------------------------------------------------------------

async function installChromium() {
  if (!rootOnDebian()) {
    throw new ByHand(
      `Install Chromium or Chrome by hand, or name one in the environment variable ${browserVariables.chromium[0]}.`,
    );
  }
  await stage("Chromium (apt)", async () => {
    await aptUpdate();
    await aptInstall(["chromium"]);
  });
}

// ---- One at a time ---------------------------------------------------------------------------------------------------

/**
 * Runs `work` while no other process of this user does. A lock whose owner has died is taken over; should two take it
 * over at once, cargo's and apt's own locks still keep the installations right.
 */
async function locked(work) {
  await mkdir(cache, { recursive: true });
  const file = join(cache, "lock");
  for (let waits = 0; ; waits++) {
    try {
      await writeFile(file, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (waits === 0) console.log("  waiting for another run of this script");
    if (ownerIsGone(file)) await rm(file, { force: true });
    else await sleep(500);
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

function ownerIsGone(file) {
  try {
    const owner = Number(readFileSync(file, "utf8"));
    // An empty file is a lock being written this very moment, unless it stays so.
    if (owner === 0) return Date.now() - statSync(file).mtimeMs > 5000;
    process.kill(owner, 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH" || error.code === "ENOENT";
  }
}

/** Ends a script: the sentence for a person, or the whole error. */
export function fail(error) {
  console.error(error instanceof ByHand || error instanceof CommandError ? error.message : error);
  process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await prepare({ browser: process.argv.includes("--browser") }).catch(fail);
}
