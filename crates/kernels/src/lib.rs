//! `f32` slices in, `f32` slices out. The only crate with `unsafe` code.

#[cfg(all(target_arch = "wasm32", not(target_feature = "simd128")))]
compile_error!("build with -C target-feature=+simd128: the kernels are SIMD kernels");

pub mod columns;
pub mod elementwise;
pub mod lanes;
pub mod math;
pub mod matmul;
pub mod reduce;
