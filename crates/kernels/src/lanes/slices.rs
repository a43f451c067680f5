//! Elementwise passes over slices with the rule given as a function of lanes, so that callers need no `unsafe`.
//!
//! One pass over memory, no bounds check inside the loop; the last `len mod 4` elements go through the same rule with
//! zeros in the missing lanes, which are thrown away.

use super::{F32x4, LANES};

/// The start of the tail: `len` rounded down to a multiple of four.
#[inline(always)]
fn whole(len: usize) -> usize {
    len - len % LANES
}

/// What lies from `tail` on, for passes so long that a call more does not count.
#[inline(never)]
fn load_tail(x: &[f32], tail: usize) -> F32x4 {
    F32x4::load_partial(&x[tail..])
}

/// Writes what lies from `tail` on, as [`load_tail`].
#[inline(never)]
fn store_tail(value: F32x4, to: &mut [f32], tail: usize) {
    value.store_partial(&mut to[tail..]);
}

/// Calls `f` with 0 … S − 1, at most 3. Written out: compiled for size, a loop would stay a loop, four times as slow.
#[inline(always)]
fn each<const S: usize>(mut f: impl FnMut(usize)) {
    const { assert!(S <= 4, "a rule has at most four slots") };
    if S > 0 {
        f(0);
    }
    if S > 1 {
        f(1);
    }
    if S > 2 {
        f(2);
    }
    if S > 3 {
        f(3);
    }
}

/// What `f` gives for each slot.
#[inline(always)]
fn gather<const S: usize>(f: impl Fn(usize) -> F32x4) -> [F32x4; S] {
    let mut values = [F32x4::zero(); S];
    each::<S>(|slot| values[slot] = f(slot));
    values
}

/// Not inlined: there are some thirty rules and forms of rules.
#[inline(never)]
fn assert_lengths(len: usize, gradients: &[f32], slots: &[&mut [f32]]) {
    assert_eq!(gradients.len(), len, "gradients and parameters differ in length");
    assert!(slots.iter().all(|slot| slot.len() == len), "slots and parameters differ in length");
}

/// One optimizer update: `(p, s) ← rule(p, g, s)` for every parameter `p`, its gradient `g` and its `S` slots `s`.
///
/// All slices have the length of `parameters`.
///
/// # Panics
/// If the lengths differ.
#[inline(always)]
pub fn zip_update<const S: usize>(
    parameters: &mut [f32],
    gradients: &[f32],
    mut slots: [&mut [f32]; S],
    rule: impl Fn(F32x4, F32x4, [F32x4; S]) -> (F32x4, [F32x4; S]),
) {
    let len = parameters.len();
    assert_lengths(len, gradients, &slots);
    let tail = whole(len);
    let p = parameters.as_mut_ptr();
    let g = gradients.as_ptr();
    let s = slots.each_mut().map(|slot| slot.as_mut_ptr());
    for i in (0..tail).step_by(LANES) {
        // SAFETY: i + 4 <= tail <= len, the length of every slice; the slices are disjoint, being borrowed apart.
        unsafe {
            let (parameter, state) =
                rule(F32x4::load_at(p.add(i)), F32x4::load_at(g.add(i)), gather(|slot| F32x4::load_at(s[slot].add(i))));
            parameter.store_at(p.add(i));
            each::<S>(|slot| state[slot].store_at(s[slot].add(i)));
        }
    }
    if tail < len {
        let (parameter, state) =
            rule(load_tail(parameters, tail), load_tail(gradients, tail), gather(|slot| load_tail(slots[slot], tail)));
        store_tail(parameter, parameters, tail);
        each::<S>(|slot| store_tail(state[slot], slots[slot], tail));
    }
}

/// `x ← f(x)` for every element.
#[inline(always)]
pub fn map(x: &mut [f32], f: impl Fn(F32x4) -> F32x4) {
    let tail = whole(x.len());
    let pointer = x.as_mut_ptr();
    for i in (0..tail).step_by(LANES) {
        // SAFETY: i + 4 <= tail <= x.len().
        unsafe { f(F32x4::load_at(pointer.add(i))).store_at(pointer.add(i)) };
    }
    if tail < x.len() {
        f(F32x4::load_partial(&x[tail..])).store_partial(&mut x[tail..]);
    }
}

/// `out ← f(x)` for every element.
///
/// # Panics
/// If the lengths differ.
#[inline(always)]
pub fn map_into(x: &[f32], out: &mut [f32], f: impl Fn(F32x4) -> F32x4) {
    assert_eq!(out.len(), x.len(), "out and x differ in length");
    let tail = whole(x.len());
    let (from, to) = (x.as_ptr(), out.as_mut_ptr());
    for i in (0..tail).step_by(LANES) {
        // SAFETY: i + 4 <= tail <= x.len() = out.len().
        unsafe { f(F32x4::load_at(from.add(i))).store_at(to.add(i)) };
    }
    if tail < x.len() {
        f(F32x4::load_partial(&x[tail..])).store_partial(&mut out[tail..]);
    }
}

/// `x ← f(x, y)` for every pair of elements.
///
/// # Panics
/// If the lengths differ.
#[inline(always)]
pub fn zip(x: &mut [f32], y: &[f32], f: impl Fn(F32x4, F32x4) -> F32x4) {
    assert_eq!(y.len(), x.len(), "y and x differ in length");
    let tail = whole(x.len());
    let (to, from) = (x.as_mut_ptr(), y.as_ptr());
    for i in (0..tail).step_by(LANES) {
        // SAFETY: i + 4 <= tail <= x.len() = y.len().
        unsafe { f(F32x4::load_at(to.add(i)), F32x4::load_at(from.add(i))).store_at(to.add(i)) };
    }
    if tail < x.len() {
        f(F32x4::load_partial(&x[tail..]), F32x4::load_partial(&y[tail..])).store_partial(&mut x[tail..]);
    }
}

/// `out ← f(a, b)` for every pair of elements.
///
/// # Panics
/// If the lengths differ.
#[inline(always)]
pub fn zip_into(a: &[f32], b: &[f32], out: &mut [f32], f: impl Fn(F32x4, F32x4) -> F32x4) {
    assert_eq!(b.len(), a.len(), "b and a differ in length");
    assert_eq!(out.len(), a.len(), "out and a differ in length");
    let tail = whole(a.len());
    let (left, right, to) = (a.as_ptr(), b.as_ptr(), out.as_mut_ptr());
    for i in (0..tail).step_by(LANES) {
        // SAFETY: i + 4 <= tail <= a.len() = b.len() = out.len().
        unsafe { f(F32x4::load_at(left.add(i)), F32x4::load_at(right.add(i))).store_at(to.add(i)) };
    }
    if tail < a.len() {
        f(F32x4::load_partial(&a[tail..]), F32x4::load_partial(&b[tail..])).store_partial(&mut out[tail..]);
    }
}
