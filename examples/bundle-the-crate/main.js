// A front end that compiles the Rust crate itself instead of taking the package `downhill`: for those who change the core.
import { initSync, module } from "../../crates/wasm/Cargo.toml?custom";

/** A core of its own; the glue keeps one instance for the page. */
export function start() {
  return initSync({ module });
}

if (typeof document !== "undefined") {
  document.querySelector("output").textContent = `core ${start().version()}`;
}
