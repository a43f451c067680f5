//! The WebAssembly boundary: handles, copying and error translation, no arithmetic.
//!
//! The facade checks every argument before it crosses; what is checked here again is what could harm memory.
//! Arrays are written and read through pointers into the linear memory (`ts/core/memory.ts`), valid until the next call
//! that may allocate. An error crosses as the number of its kind ([`nn::config::Error`]).

#[cfg(target_arch = "wasm32")]
mod allocator;
mod data;
mod fit;
mod model;
mod optimizer;

pub use data::CoreDataset;
pub use fit::CoreFit;
pub use model::CoreModel;
pub use optimizer::CoreOptimizer;

use nn::config::Error;
use wasm_bindgen::prelude::*;

/// The version of the core, equal to the version of the npm package.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").into()
}

/// xʸ, the same bits in every engine; for schedules.
#[wasm_bindgen]
#[must_use]
pub fn pow(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}

/// cos x, the same bits in every engine; for schedules.
#[wasm_bindgen]
#[must_use]
pub fn cos(x: f64) -> f64 {
    nn::trig::sin_cos(x).1
}

/// Can so many bytes be had in one piece? They are given back, and stay in the memory.
#[wasm_bindgen]
#[must_use]
pub fn has_room(bytes: usize) -> bool {
    let mut block: Vec<u8> = Vec::new();
    let is_had = block.try_reserve_exact(bytes).is_ok();
    // An allocation that nobody looks at would be left out.
    std::hint::black_box(&block);
    is_had
}

/// An error on its way out: JavaScript catches the number of its kind.
#[derive(Debug)]
pub struct Thrown(pub Error);

impl From<Thrown> for JsValue {
    fn from(Thrown(error): Thrown) -> JsValue {
        JsValue::from_f64(f64::from(error as u32))
    }
}

fn thrown(error: Error) -> Thrown {
    Thrown(error)
}

/// A byte a flag.
fn flags(bytes: &[u8]) -> Vec<bool> {
    bytes.iter().map(|&byte| byte != 0).collect()
}
