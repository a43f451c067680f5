//! Who hands out the linear memory: two-level segregated fit (Masmano et al., 2004), in less than half of the bytes of the
//! standard library's dlmalloc.

use rlsf::{GlobalTlsf, GlobalTlsfOptions};

struct Options;

impl GlobalTlsfOptions for Options {
    /// Growing in place needs code that hardly runs: what grows here grows a few times in a model's life.
    const ENABLE_REALLOCATION: bool = false;
    /// Blocks are large: pieces of memory that follow each other must be one, or each would be grown for anew.
    const COALESCE_POOLS: bool = true;
}

#[global_allocator]
static ALLOCATOR: GlobalTlsf<Options> = GlobalTlsf::new();
