//! Gradient transforms, applied in order between backpropagation and the update.
//!
//! Norms are summed in f64. A norm that is not finite makes the step diverge before any transform runs.

use crate::config::{Error, Reader};
use crate::params::Parameters;
use kernels::reduce::sum_of_squares;

/// One transform with its threshold c.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Transform {
    /// Each number into [−c, c].
    ClipByValue(f32),
    /// Each tensor g by min(1, c/‖g‖).
    ClipByNorm(f64),
    /// All tensors by min(1, c/(‖g‖ + 1e-6)), ‖g‖ over all of them (Pascanu 2013; the 1e-6 is torch's).
    ClipByGlobalNorm(f64),
}

impl Transform {
    /// `[count, (kind, c)…]`.
    ///
    /// # Errors
    /// [`Error::Config`].
    pub fn read_all(from: &mut Reader) -> Result<Vec<Transform>, Error> {
        let count = from.count()?;
        (0..count)
            .map(|_| {
                Ok(match from.count()? {
                    0 => Transform::ClipByValue(from.single()?),
                    1 => Transform::ClipByNorm(from.number()?),
                    2 => Transform::ClipByGlobalNorm(from.number()?),
                    _ => return Err(Error::Config),
                })
            })
            .collect()
    }

    /// Changes the gradients of all trained tensors.
    pub fn apply(self, parameters: &mut Parameters) {
        let global = match self {
            Transform::ClipByGlobalNorm(c) => Some(c / (global_norm(parameters) + 1e-6)),
            _ => None,
        };
        let Parameters { specs, gradients, .. } = parameters;
        for spec in specs.iter().filter(|spec| spec.is_trained()) {
            let g = &mut gradients[spec.range()];
            match self {
                Transform::ClipByValue(c) => kernels::elementwise::clamp(g, -c, c),
                Transform::ClipByNorm(c) => shrink(g, c / sum_of_squares(g).sqrt()),
                Transform::ClipByGlobalNorm(_) => shrink(g, global.unwrap_or(1.0)),
            }
        }
    }
}

/// ‖g‖ over all trained tensors.
#[must_use]
pub fn global_norm(parameters: &Parameters) -> f64 {
    let squares = |spec: &crate::params::Spec| sum_of_squares(&parameters.gradients[spec.range()]);
    parameters.specs.iter().filter(|spec| spec.is_trained()).map(squares).sum::<f64>().sqrt()
}

/// g·min(1, factor).
fn shrink(g: &mut [f32], factor: f64) {
    if factor < 1.0 {
        #[allow(clippy::cast_possible_truncation)] // the one rounding of a scalar formed in f64
        kernels::elementwise::scale(g, factor as f32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Initializer, InitializerKind, Regularizer};
    use crate::params::Role;

    fn parameters(gradients: &[&[f32]]) -> Parameters {
        let mut parameters = Parameters::default();
        for g in gradients {
            let zeros = Initializer { kind: InitializerKind::Zeros, a: 0.0, b: 0.0 };
            parameters.add(Role::Bias, &[g.len()], zeros, Regularizer::default());
        }
        parameters.gradients = gradients.concat();
        parameters
    }

    fn close(got: &[f32], want: &[f64]) {
        for (got, want) in got.iter().zip(want) {
            assert!((f64::from(*got) - want).abs() <= 2e-7 * want.abs(), "got {got}, want {want}");
        }
    }

    #[test]
    fn clipping_by_value_holds_each_number_within_the_threshold() {
        let mut p = parameters(&[&[3.0, -0.5, -9.0, 1.0, 2.0]]);
        Transform::ClipByValue(1.5).apply(&mut p);
        assert_eq!(p.gradients, [1.5, -0.5, -1.5, 1.0, 1.5]);
    }

    #[test]
    fn clipping_by_norm_looks_at_each_tensor_alone() {
        let mut p = parameters(&[&[3.0, 4.0], &[0.3, 0.4]]);
        Transform::ClipByNorm(1.0).apply(&mut p);
        close(&p.gradients, &[0.6, 0.8, f64::from(0.3_f32), f64::from(0.4_f32)]);
    }

    #[test]
    fn clipping_by_global_norm_keeps_the_direction_of_all() {
        let mut p = parameters(&[&[3.0, 4.0], &[12.0]]);
        Transform::ClipByGlobalNorm(1.0).apply(&mut p);
        let factor = 1.0 / (13.0 + 1e-6);
        close(&p.gradients, &[3.0 * factor, 4.0 * factor, 12.0 * factor]);
    }

    #[test]
    fn a_frozen_tensor_neither_counts_nor_changes() {
        let mut p = parameters(&[&[3.0, 4.0], &[1e6]]);
        p.specs[1].frozen = true;
        Transform::ClipByGlobalNorm(10.0).apply(&mut p);
        assert_eq!(p.gradients, [3.0, 4.0, 1e6]);
    }

    #[test]
    fn norms_neither_overflow_nor_vanish() {
        assert!((global_norm(&parameters(&[&[3e30, 4e30]])) / 5e30 - 1.0).abs() < 1e-6);
        assert!((global_norm(&parameters(&[&[3e-30, 4e-30]])) / 5e-30 - 1.0).abs() < 1e-6);
    }
}
