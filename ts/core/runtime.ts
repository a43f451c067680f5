/**
 * The running core: which WebAssembly instance new models live in, and what to do when one traps.
 *
 * Nothing runs at import. The first asynchronous factory (or `init`) compiles and instantiates; each model keeps the
 * instance that it was made in.
 */

import { options as checkOptions } from "../check.js";
import { ConfigError, DownhillError, FormatError, UnsupportedError } from "../errors.js";
import type { RelaxedSimd } from "../relaxed-simd.js";
import { requireLive } from "./cross.js";
import { type Core, compile, defaultModule, instantiate } from "./load.js";

/** One instance of the core. `dead` after a trap: its memory can no longer be trusted. */
export interface Instance {
  readonly core: Core;
  /** what it is an instance of */
  readonly module: WebAssembly.Module;
  readonly variant: "simd128" | "relaxed-simd" | "custom";
  dead: boolean;
  liveModels: number;
  /** counts models that were forgotten without `dispose`; the glue frees their memory */
  readonly forgotten: {
    register(model: object, held: undefined, token: object): void;
    unregister(token: object): void;
  };
}

/** What runs. */
export interface RuntimeInfo {
  /** which build of the core */
  readonly variant: Instance["variant"];
  /** the version of the core, equal to that of the package */
  readonly version: string;
  /** bytes of WebAssembly memory held now */
  readonly memoryBytes: number;
  /** models made in this instance and not yet disposed */
  readonly liveModels: number;
}

/** Where {@link init} may take the core from. */
export interface InitOptions {
  readonly wasm?: URL | Response | BufferSource | WebAssembly.Module | RelaxedSimd;
}

let current: Instance | undefined;

/**
 * Makes the core ready; optional, since every asynchronous factory calls it. Called again without options it keeps the
 * running instance, unless that one trapped; with `wasm` it always starts a new instance, in which later models are made.
 *
 * @throws UnsupportedError `UNSUPPORTED` where the engine lacks WebAssembly SIMD (or relaxed SIMD, if that was given)
 * @throws FormatError `FORMAT` for bytes, or an address, that do not hold the core; the running instance stays then
 * @example
 * ```ts
 * import { init } from "downhill";
 * import { relaxedSimd } from "downhill/relaxed-simd";
 * if (relaxedSimd.supported) await init({ wasm: relaxedSimd });
 * ```
 */
export async function init(options: InitOptions = {}): Promise<RuntimeInfo> {
  const { wasm } = checkOptions(options, "init", ["wasm"]) as InitOptions;
  if (wasm === undefined) {
    if (current === undefined || current.dead) current = start(defaultModule(), "simd128");
  } else if (isRelaxedSimd(wasm)) {
    if (!wasm.supported)
      throw new UnsupportedError("relaxedSimd: this engine has no relaxed SIMD; leave `wasm` out for the plain build");
    current = start(compile(wasm.bytes), "relaxed-simd");
  } else {
    current = await custom(wasm);
  }
  return runtimeInfo();
}

/**
 * What runs now; starts the default core if none runs.
 *
 * @example
 * ```ts
 * runtimeInfo(); // { variant: "simd128", version: "0.1.0", memoryBytes: 1114112, liveModels: 0 }
 * ```
 */
export function runtimeInfo(): RuntimeInfo {
  const { core, variant, liveModels } = instance();
  return { variant, version: core.version(), memoryBytes: core.memory.buffer.byteLength, liveModels };
}

/** The instance for new models, started if need be. A dead one is not replaced silently: `init` does that. */
export function instance(): Instance {
  current ??= start(defaultModule(), "simd128");
  requireLive(current);
  return current;
}

function start(module: WebAssembly.Module, variant: Instance["variant"]): Instance {
  const forget = () => {
    made.liveModels -= 1;
  };
  const forgotten =
    typeof FinalizationRegistry === "undefined"
      ? { register() {}, unregister() {} }
      : new FinalizationRegistry<undefined>(forget);
  const made: Instance = { core: instantiate(module), module, variant, dead: false, liveModels: 0, forgotten };
  return made;
}

/** An instance of what the user gave; whatever is wrong with that has a name. */
async function custom(wasm: Exclude<NonNullable<InitOptions["wasm"]>, RelaxedSimd>): Promise<Instance> {
  try {
    const made = start(await moduleFrom(wasm), "custom");
    made.core.version();
    return made;
  } catch (error) {
    if (error instanceof DownhillError) throw error;
    throw new FormatError(
      "init.wasm",
      `this is not downhill's core: ${error instanceof Error ? error.message : String(error)}`,
      undefined,
      { cause: error },
    );
  }
}

function isRelaxedSimd(wasm: NonNullable<InitOptions["wasm"]>): wasm is RelaxedSimd {
  return (wasm as { variant?: unknown } | null)?.variant === "relaxed-simd";
}

async function moduleFrom(wasm: URL | Response | BufferSource | WebAssembly.Module): Promise<WebAssembly.Module> {
  if (wasm instanceof WebAssembly.Module) return wasm;
  if (ArrayBuffer.isView(wasm) || wasm instanceof ArrayBuffer) return compile(wasm);
  const response = wasm instanceof URL ? await fetch(wasm) : wasm;
  if (typeof response?.arrayBuffer !== "function") {
    throw new ConfigError("init.wasm", "expected a URL, a Response, bytes, a WebAssembly.Module or relaxedSimd");
  }
  if (!response.ok)
    throw new FormatError("init.wasm", `${response.url} answered ${response.status} ${response.statusText}`);
  return compile(await response.arrayBuffer());
}
