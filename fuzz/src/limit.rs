//! An allocator that refuses large pieces, so that the errors of a full memory are met in no time.

use std::alloc::{GlobalAlloc, Layout, System};

/// The system's allocator for pieces up to `largest` bytes.
pub struct Limited {
    /// The largest piece that can be had.
    pub largest: usize,
}

// SAFETY: every piece comes from the system's allocator, unchanged, or is null, which stands for a full memory.
unsafe impl GlobalAlloc for Limited {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() > self.largest {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's promises are those that the system's allocator wants.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(piece, layout) }
    }
}
