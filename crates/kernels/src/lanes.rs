//! Four `f32` lanes: a `v128` on wasm32 with `simd128`, a plain array elsewhere, with the same bits either way.
//!
//! Every kernel and every optimizer rule is written once against [`F32x4`]. `mul_add` rounds twice (multiply, then add)
//! everywhere but in the relaxed-SIMD build, where the engine may fuse it.
