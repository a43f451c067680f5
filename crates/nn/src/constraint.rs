//! Constraints: where a tensor is brought back to after each update (Keras' `constraints`).
//!
//! Norms are of a unit's weights, in f64: of a column of a kernel `[inputs, units]`, of a vector as a whole. What keeps
//! within a constraint is not touched, not even by a rounding (Keras divides by ‖w‖ + 1e-7 whether or not).

use crate::config::Constraint;
use kernels::columns;

impl Constraint {
    /// Brings `w`, a matrix of `units` columns, back; `room` is for a number of each column.
    pub fn apply(self, w: &mut [f32], units: usize, room: &mut Vec<f64>) {
        match self {
            Constraint::None => {}
            Constraint::MaxNorm(longest) => scale_units(w, units, room, |norm| f64::min(1.0, longest / norm)),
            // No direction, no length: a column of zeros stays.
            Constraint::UnitNorm => scale_units(w, units, room, |norm| if norm > 0.0 { 1.0 / norm } else { 1.0 }),
            Constraint::Range { min, max } => kernels::elementwise::clamp(w, min, max),
        }
    }
}

/// Each column times `factor(its norm)`.
fn scale_units(w: &mut [f32], units: usize, factors: &mut Vec<f64>, factor: impl Fn(f64) -> f64) {
    columns::dots(w, w, units, factors);
    factors.iter_mut().for_each(|square| *square = factor(square.sqrt()));
    columns::scale(w, factors);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn close(got: &[f32], want: &[f64]) {
        assert_eq!(got.len(), want.len());
        for (got, want) in got.iter().zip(want) {
            assert!((f64::from(*got) - want).abs() <= 1e-7 * want.abs(), "got {got}, want {want}");
        }
    }

    #[test]
    fn the_largest_norm_holds_for_each_column_and_leaves_shorter_ones() {
        let mut w = vec![3.0, 0.1, 0.0, 4.0, 0.7, 0.0];
        Constraint::MaxNorm(2.0).apply(&mut w, 3, &mut Vec::new());
        close(&w, &[1.2, f64::from(0.1_f32), 0.0, 1.6, f64::from(0.7_f32), 0.0]);
        // as one column, a vector
        let mut w = vec![3.0, 4.0];
        Constraint::MaxNorm(1.0).apply(&mut w, 1, &mut Vec::new());
        close(&w, &[0.6, 0.8]);
    }

    #[test]
    fn unit_norm_makes_each_column_of_length_one_but_zeros() {
        let mut w = vec![3.0, 1e-30, 0.0, 4.0, 0.0, 0.0];
        Constraint::UnitNorm.apply(&mut w, 3, &mut Vec::new());
        close(&w, &[0.6, 1.0, 0.0, 0.8, 0.0, 0.0]);
    }

    #[test]
    fn a_range_cuts_each_number() {
        let mut w = vec![3.0, -0.5, -9.0, 1.0];
        Constraint::Range { min: -1.0, max: 1.5 }.apply(&mut w, 2, &mut Vec::new());
        close(&w, &[1.5, -0.5, -1.0, 1.0]);
        Constraint::Range { min: 0.0, max: f32::INFINITY }.apply(&mut w, 2, &mut Vec::new());
        close(&w, &[1.5, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn what_keeps_within_a_constraint_stays_bit_for_bit() {
        let before: Vec<f32> = (0..60_u8).map(|i| 0.3 / (1.0 + f32::from(i))).collect();
        for constraint in [Constraint::None, Constraint::MaxNorm(0.5), Constraint::Range { min: 0.0, max: 1.0 }] {
            let mut w = before.clone();
            constraint.apply(&mut w, 6, &mut Vec::new());
            assert_eq!(w, before, "{constraint:?}");
        }
    }
}
