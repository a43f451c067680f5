//! The WebAssembly boundary: handles, copying and error translation, no arithmetic.

use wasm_bindgen::prelude::*;

/// The version of the core, equal to the version of the npm package.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").into()
}
