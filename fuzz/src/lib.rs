//! What the fuzzers run. A target takes arbitrary bytes, makes numbers of them, and calls the core's handles with these as
//! JavaScript would: whatever the numbers, nothing may panic (in WebAssembly a panic stops the instance and every model in
//! it), and a call that reports an error, or a step that diverges, may have changed nothing.
//!
//! The same targets run under libFuzzer (`fuzz/libfuzzer`, `npm run fuzz`), and briefly, from a fixed seed, with every input
//! that once crashed (`fuzz/regressions`), as tests of the workspace.

mod calls;
mod config;
mod limit;
mod source;

pub use calls::calls;
pub use config::config;
pub use limit::Limited;

/// More than this in one piece cannot be had, as if the memory were full: what asks for it must say so, not panic.
#[global_allocator]
static ALLOCATOR: Limited = Limited { largest: 8 << 20 };
