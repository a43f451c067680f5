//! Gradient transforms, applied in order between backpropagation and the update.
//!
//! Norms are summed in f64. A norm that is not finite makes the step diverge before any transform runs.

use crate::config::{Error, Reader};
use crate::params::{Parameters, Spec};
use crate::rng::{Purpose, Stream};
use kernels::columns;
use kernels::reduce::sum_of_squares;

/// One transform.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Transform {
    /// Each number into [−c, c].
    ClipByValue(f32),
    /// Each tensor g by min(1, c/‖g‖).
    ClipByNorm(f64),
    /// All tensors by min(1, c/(‖g‖ + 1e-6)), ‖g‖ over all of them (Pascanu 2013; the 1e-6 is torch's).
    ClipByGlobalNorm(f64),
    /// Each unit's g by min(1, λ·max(‖w‖, ε)/‖g‖), w its weights (Brock 2021). A kernel `[inputs, units]` has a unit in
    /// each column; a vector is one unit.
    AdaptiveClip {
        /// λ
        ratio: f64,
        /// ε, which lets weights grow from 0
        epsilon: f64,
    },
    /// g/‖g‖, ‖g‖ over all tensors (Hazan 2015) or of each alone (Yu 2017); a gradient of 0 stays.
    Normalize {
        /// each tensor alone?
        each: bool,
    },
    /// A kernel's gradient less its mean over the inputs, a column at a time (Yong 2020). One with a single input would
    /// become 0, and is left alone.
    Centralize,
    /// g + N(0, η/(1 + t)^γ), t the updates made so far (Neelakantan 2015).
    Noise {
        /// η, the first variance
        variance: f64,
        /// γ
        decay: f64,
    },
}

/// When a transform is applied: with the number of a tensor, all that its noise depends on.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The model's seed.
    pub seed: u32,
    /// Training passes so far, which no change of the optimizer resets: no noise comes twice.
    pub pass: u64,
    /// Updates by this optimizer so far.
    pub step: u64,
}

impl Transform {
    /// `[count, transforms…]`, each `[kind, its numbers…]`.
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
                    3 => Transform::AdaptiveClip { ratio: from.number()?, epsilon: from.number()? },
                    4 => Transform::Normalize { each: from.flag()? },
                    5 => Transform::Centralize,
                    6 => Transform::Noise { variance: from.number()?, decay: from.number()? },
                    _ => return Err(Error::Config),
                })
            })
            .collect()
    }

    /// Changes the gradients of all trained tensors.
    pub fn apply(self, parameters: &mut Parameters, moment: &Moment) {
        let whole = match self {
            Transform::ClipByGlobalNorm(_) | Transform::Normalize { each: false } => parameters.gradient_norm(),
            _ => 0.0,
        };
        let Parameters { specs, values, gradients, room, .. } = parameters;
        for (tensor, spec) in specs.iter().enumerate().filter(|(_, spec)| spec.is_trained()) {
            let g = &mut gradients[spec.range()];
            match self {
                Transform::ClipByValue(c) => kernels::elementwise::clamp(g, -c, c),
                Transform::ClipByNorm(c) => shrink(g, c / sum_of_squares(g).sqrt()),
                Transform::ClipByGlobalNorm(c) => shrink(g, c / (whole + 1e-6)),
                Transform::AdaptiveClip { ratio, epsilon } => {
                    clip_units(g, &values[spec.range()], spec.units(), (ratio, epsilon), room);
                }
                Transform::Normalize { each } => divide(g, if each { sum_of_squares(g).sqrt() } else { whole }),
                Transform::Centralize => centralize(g, spec, &mut room[0]),
                Transform::Noise { variance, decay } => {
                    #[allow(clippy::cast_precision_loss)] // no training makes 2⁵³ updates
                    let deviation = (variance / libm::pow(1.0 + moment.step as f64, decay)).sqrt();
                    #[allow(clippy::cast_possible_truncation)] // no model has 2³² tensors
                    let number = tensor as u32;
                    let mut stream = Stream::new(moment.seed, Purpose::GradientNoise, moment.pass, number);
                    g.iter_mut().for_each(|g| *g = single(f64::from(*g) + deviation * stream.normal()));
                }
            }
        }
    }
}

/// Each column of g by min(1, λ·max(‖w‖, ε)/‖g‖).
fn clip_units(g: &mut [f32], w: &[f32], units: usize, (ratio, epsilon): (f64, f64), room: &mut [Vec<f64>; 2]) {
    let [factors, of_w] = room;
    columns::dots(g, g, units, factors);
    columns::dots(w, w, units, of_w);
    for (factor, w) in factors.iter_mut().zip(of_w) {
        // A gradient of 0 gives ∞, or NaN where λ is 0; both stay at 1, since `min` passes over NaN.
        *factor = (ratio * w.sqrt().max(epsilon) / factor.sqrt()).min(1.0);
    }
    if factors.iter().any(|&factor| factor < 1.0) {
        columns::scale(g, factors);
    }
}

fn centralize(g: &mut [f32], spec: &Spec, means: &mut Vec<f64>) {
    if spec.shape.len() < 2 || spec.shape[0] < 2 {
        return;
    }
    columns::means(g, spec.units(), means);
    columns::subtract(g, means);
}

/// g/norm, and g where the norm is 0.
fn divide(g: &mut [f32], mut norm: f64) {
    if norm <= 0.0 {
        return;
    }
    // 1/norm could lie beyond f32
    if norm < 1e-30 {
        kernels::elementwise::scale(g, 1e30);
        norm *= 1e30;
    }
    kernels::elementwise::scale(g, single(1.0 / norm));
}

#[allow(clippy::cast_possible_truncation)] // the one rounding of a number formed in f64
fn single(x: f64) -> f32 {
    x as f32
}

/// g·min(1, factor).
fn shrink(g: &mut [f32], factor: f64) {
    if factor < 1.0 {
        kernels::elementwise::scale(g, single(factor));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Initializer, InitializerKind, Regularizer};
    use crate::params::Role;

    const ZEROS: Initializer = Initializer { kind: InitializerKind::Zeros, a: 0.0, b: 0.0 };
    const FIRST: Moment = Moment { seed: 3, pass: 0, step: 0 };

    fn parameters(gradients: &[&[f32]]) -> Parameters {
        let mut parameters = Parameters::default();
        for g in gradients {
            parameters.add(Role::Bias, &[g.len()], ZEROS, Regularizer::default());
        }
        parameters.gradients = gradients.concat();
        parameters
    }

    /// One kernel `[inputs, units]`.
    fn kernel(units: usize, weights: &[f32], gradient: &[f32]) -> Parameters {
        let mut parameters = Parameters::default();
        parameters.add(Role::Kernel, &[gradient.len() / units, units], ZEROS, Regularizer::default());
        parameters.values = weights.to_vec();
        parameters.gradients = gradient.to_vec();
        parameters
    }

    fn close(got: &[f32], want: &[f64]) {
        assert_eq!(got.len(), want.len());
        for (got, want) in got.iter().zip(want) {
            assert!((f64::from(*got) - want).abs() <= 2e-7 * want.abs(), "got {got}, want {want}");
        }
    }

    #[test]
    fn clipping_by_value_holds_each_number_within_the_threshold() {
        let mut p = parameters(&[&[3.0, -0.5, -9.0, 1.0, 2.0]]);
        Transform::ClipByValue(1.5).apply(&mut p, &FIRST);
        assert_eq!(p.gradients, [1.5, -0.5, -1.5, 1.0, 1.5]);
    }

    #[test]
    fn clipping_by_norm_looks_at_each_tensor_alone() {
        let mut p = parameters(&[&[3.0, 4.0], &[0.3, 0.4]]);
        Transform::ClipByNorm(1.0).apply(&mut p, &FIRST);
        close(&p.gradients, &[0.6, 0.8, f64::from(0.3_f32), f64::from(0.4_f32)]);
    }

    #[test]
    fn clipping_by_global_norm_keeps_the_direction_of_all() {
        let mut p = parameters(&[&[3.0, 4.0], &[12.0]]);
        Transform::ClipByGlobalNorm(1.0).apply(&mut p, &FIRST);
        let factor = 1.0 / (13.0 + 1e-6);
        close(&p.gradients, &[3.0 * factor, 4.0 * factor, 12.0 * factor]);
    }

    #[test]
    fn adaptive_clipping_holds_each_column_to_a_share_of_its_weights() {
        // columns of weights: norms 5, 0.5 and 0; of gradients: 5, 5 and 5
        let weights = [3.0, 0.3, 0.0, 4.0, 0.4, 0.0];
        let mut p = kernel(3, &weights, &[3.0, 4.0, 0.0, 4.0, 3.0, 5.0]);
        Transform::AdaptiveClip { ratio: 0.5, epsilon: 0.125 }.apply(&mut p, &FIRST);
        // held to 2.5, 0.25 and, by ε, 0.0625
        close(&p.gradients, &[1.5, 0.2, 0.0, 2.0, 0.15, 0.0625]);
    }

    #[test]
    fn adaptive_clipping_leaves_what_is_short_enough_bit_for_bit() {
        let gradient = [0.1, 3.0, 0.2, 4.0];
        let mut p = kernel(2, &[1.0; 4], &gradient);
        Transform::AdaptiveClip { ratio: 1.0, epsilon: 1e-3 }.apply(&mut p, &FIRST);
        let left: Vec<f32> = p.gradients.iter().step_by(2).copied().collect();
        assert_eq!(left, [0.1, 0.2]);
        let mut p = kernel(2, &[0.0; 4], &[0.0; 4]);
        Transform::AdaptiveClip { ratio: 0.0, epsilon: 1e-3 }.apply(&mut p, &FIRST);
        assert_eq!(p.gradients, [0.0; 4]);
    }

    #[test]
    fn adaptive_clipping_takes_a_vector_as_one_unit() {
        let mut p = parameters(&[&[3.0, 4.0]]);
        p.values = vec![0.0, 2.0];
        Transform::AdaptiveClip { ratio: 0.5, epsilon: 1e-3 }.apply(&mut p, &FIRST);
        close(&p.gradients, &[0.6, 0.8]);
    }

    #[test]
    fn a_normalised_gradient_has_length_one_as_a_whole_or_for_each_tensor() {
        let mut p = parameters(&[&[3.0, 4.0], &[12.0]]);
        Transform::Normalize { each: false }.apply(&mut p, &FIRST);
        close(&p.gradients, &[3.0 / 13.0, 4.0 / 13.0, 12.0 / 13.0]);
        let mut p = parameters(&[&[3.0, 4.0], &[-12.0], &[0.0]]);
        Transform::Normalize { each: true }.apply(&mut p, &FIRST);
        close(&p.gradients, &[0.6, 0.8, -1.0, 0.0]);
    }

    #[test]
    fn even_a_vanishing_gradient_is_normalised() {
        for size in [1e-44_f32, 1e-38, 1e-20, 1e30] {
            let mut p = parameters(&[&[size], &[-size]]);
            Transform::Normalize { each: false }.apply(&mut p, &FIRST);
            close(&p.gradients, &[0.5_f64.sqrt(), -(0.5_f64.sqrt())]);
        }
        let mut p = parameters(&[&[0.0, 0.0]]);
        Transform::Normalize { each: false }.apply(&mut p, &FIRST);
        assert_eq!(p.gradients, [0.0, 0.0]);
    }

    #[test]
    fn centralising_takes_the_mean_over_the_inputs_from_each_unit_of_a_kernel() {
        let mut p = kernel(2, &[0.0; 6], &[1.0, 10.0, 2.0, 20.0, 6.0, 60.0]);
        Transform::Centralize.apply(&mut p, &FIRST);
        assert_eq!(p.gradients, [-2.0, -20.0, -1.0, -10.0, 3.0, 30.0]);
        let mut p = parameters(&[&[1.0, 2.0, 6.0]]);
        Transform::Centralize.apply(&mut p, &FIRST);
        assert_eq!(p.gradients, [1.0, 2.0, 6.0]);
        let mut p = kernel(3, &[0.0; 3], &[1.0, 2.0, 6.0]);
        Transform::Centralize.apply(&mut p, &FIRST);
        assert_eq!(p.gradients, [1.0, 2.0, 6.0]);
    }

    /// What is added to a gradient of 0.
    fn noise(count: usize, moment: &Moment) -> Vec<f32> {
        let mut p = parameters(&[&vec![0.0; count]]);
        Transform::Noise { variance: 0.25, decay: 0.55 }.apply(&mut p, moment);
        p.gradients
    }

    #[test]
    fn noise_has_the_variance_of_its_step() {
        let n = 100_000;
        for (step, want) in [(0, 0.25), (1, 0.25 / 2.0_f64.powf(0.55)), (999, 0.25 / 1000.0_f64.powf(0.55))] {
            let noise = noise(n, &Moment { step, ..FIRST });
            let mean = noise.iter().map(|&x| f64::from(x)).sum::<f64>() / n as f64;
            let variance = noise.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>() / n as f64;
            // five deviations of a mean, √(v/n), and of a variance, v·√(2/n)
            assert!(mean.abs() < 5.0 * (want / n as f64).sqrt(), "step {step}: mean {mean}");
            assert!((variance / want - 1.0).abs() < 5.0 * (2.0 / n as f64).sqrt(), "step {step}: variance {variance}");
        }
    }

    #[test]
    fn noise_is_added_and_depends_on_seed_pass_and_tensor_alone() {
        assert_eq!(noise(9, &FIRST), noise(9, &FIRST));
        assert_ne!(noise(9, &FIRST), noise(9, &Moment { seed: 4, ..FIRST }));
        assert_ne!(noise(9, &FIRST), noise(9, &Moment { pass: 1, ..FIRST }));
        let mut p = parameters(&[&[0.0; 9], &[0.0; 9], &[8.0; 9]]);
        p.specs[0].frozen = true;
        Transform::Noise { variance: 0.25, decay: 0.55 }.apply(&mut p, &FIRST);
        assert_eq!(p.gradients[..9], [0.0; 9]);
        assert_ne!(p.gradients[9..18], noise(9, &FIRST));
        let mut unfrozen = parameters(&[&[0.0; 9], &[0.0; 9], &[0.0; 9]]);
        Transform::Noise { variance: 0.25, decay: 0.55 }.apply(&mut unfrozen, &FIRST);
        assert_eq!(p.gradients[9..18], unfrozen.gradients[9..18]);
        for (moved, alone) in p.gradients[18..].iter().zip(&unfrozen.gradients[18..]) {
            // a rounding at 8
            assert!((moved - 8.0 - alone).abs() <= 1e-6, "{moved} {alone}");
        }
    }

    #[test]
    fn a_frozen_tensor_neither_counts_nor_changes() {
        for transform in [
            Transform::ClipByGlobalNorm(10.0),
            Transform::AdaptiveClip { ratio: 1e6, epsilon: 1.0 },
            Transform::ClipByNorm(100.0),
        ] {
            let mut p = parameters(&[&[3.0, 4.0], &[1e6]]);
            p.specs[1].frozen = true;
            transform.apply(&mut p, &FIRST);
            assert_eq!(p.gradients, [3.0, 4.0, 1e6], "{transform:?}");
        }
        let mut p = parameters(&[&[3.0, 4.0], &[1e6]]);
        p.specs[1].frozen = true;
        Transform::Normalize { each: false }.apply(&mut p, &FIRST);
        close(&p.gradients, &[0.6, 0.8, 1e6]);
    }

    #[test]
    fn norms_neither_overflow_nor_vanish() {
        assert!((parameters(&[&[3e30, 4e30]]).gradient_norm() / 5e30 - 1.0).abs() < 1e-6);
        assert!((parameters(&[&[3e-30, 4e-30]]).gradient_norm() / 5e-30 - 1.0).abs() < 1e-6);
    }
}
