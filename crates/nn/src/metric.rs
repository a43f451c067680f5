//! Metrics, gathered over a whole epoch (not averaged over batches) from predictions after the head: probabilities for
//! the cross-entropies, values else. Samples count by their weight.
//!
//! | kind | value |
//! | --- | --- |
//! | `accuracy` | share of samples whose largest column is the target's; with one column, of predictions on the target's side of the threshold; with several labels a sample (binary cross-entropy, several columns) that share, over all columns |
//! | `topKAccuracy` | share of samples with fewer than k columns strictly above the target's (with one column, all) |
//! | `precision`, `recall`, `f1` | TP/(TP + FP), TP/(TP + FN), 2TP/(2TP + FP + FN); several columns: the plain mean over the columns (scikit-learn's `macro`, all classes counted); 0 where nothing is divided by nothing (`zero_division=0`, as Keras) |
//! | `auc` | area under the ROC curve = share of (positive, negative) pairs in the right order, ties half; several columns: the mean over the columns that have both kinds (one against the rest); NaN if none has |
//! | `meanAbsoluteError`, `rootMeanSquaredError` | mean of \|p − t\|, root of the mean of (p − t)² |
//! | `r2` | 1 − Σ(p − t)²/Σ(t − mean t)², mean over the columns (scikit-learn's `uniform_average`); a constant target column counts 1 if met exactly, else 0 (scikit-learn's `force_finite`) |
//!
//! Before the first sample every value but `auc`'s (NaN) is 0. A prediction is positive if it is above the threshold, a
//! target if it is above ½ (so −1/1 serve as well as 0/1). The threshold is a probability; under hinge, whose scores are
//! none, it is always 0. NaN stands for the usual threshold, ½, or the usual k, 5. All but `auc`, which keeps every prediction, take memory for a few numbers a column.

use crate::config::{Error, LossKind, Metric, MetricKind};
use crate::loss::Targets;

/// A metric on its way through an epoch.
#[derive(Clone, Debug)]
pub struct Accumulator {
    kind: MetricKind,
    columns: usize,
    /// decisions by threshold, column by column, instead of by the largest column
    by_threshold: bool,
    threshold: f32,
    k: usize,
    weight: f64,
    sum: f64,
    of_column: Vec<Column>,
    scores: Vec<Score>,
    /// Two copies of a column's scores, for sorting.
    room: [Vec<Score>; 2],
}

/// What precision, recall, F1 and R² need of a column.
#[derive(Clone, Copy, Debug, Default)]
struct Column {
    true_positive: f64,
    false_positive: f64,
    false_negative: f64,
    mean: f64,
    /// Σ w(t − mean)²
    spread: f64,
    /// Σ w(p − t)²
    residual: f64,
}

/// One prediction of one column, for the ranks of AUC.
#[derive(Clone, Copy, Debug)]
struct Score {
    prediction: f32,
    positive: bool,
    weight: f32,
}

impl Accumulator {
    /// An empty accumulator for predictions of `columns` columns of a model trained with `loss`.
    ///
    /// # Errors
    /// [`Error::Memory`].
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // k is a small whole number from the facade
    pub fn new(metric: &Metric, loss: LossKind, columns: usize) -> Result<Self, Error> {
        let mut of_column = Vec::new();
        of_column.try_reserve_exact(columns).map_err(|_| Error::Memory)?;
        of_column.resize(columns, Column::default());
        let given = |default: f32| if metric.parameter.is_nan() { default } else { metric.parameter };
        Ok(Accumulator {
            kind: metric.kind,
            columns,
            by_threshold: columns == 1 || loss == LossKind::BinaryCrossEntropy,
            threshold: if loss == LossKind::Hinge { 0.0 } else { given(0.5) },
            k: given(5.0) as usize,
            weight: 0.0,
            sum: 0.0,
            of_column,
            scores: Vec::new(),
            room: [Vec::new(), Vec::new()],
        })
    }

    /// Forgets everything that was added.
    pub fn reset(&mut self) {
        (self.weight, self.sum) = (0.0, 0.0);
        self.of_column.fill(Column::default());
        self.scores.clear();
    }

    /// Adds a batch: `predictions` `[rows, columns]`, a target and (if given) a weight for each row.
    ///
    /// # Panics
    /// If targets or weights are fewer than the rows.
    pub fn add(&mut self, predictions: &[f32], targets: &Targets, sample_weight: Option<&[f32]>) {
        for (row, p) in predictions.chunks_exact(self.columns).enumerate() {
            let single = sample_weight.map_or(1.0, |weights| weights[row]);
            let w = f64::from(single);
            self.weight += w;
            match self.kind {
                MetricKind::Accuracy => self.sum += w * self.right(row, p, targets),
                MetricKind::TopKAccuracy => {
                    let class = if p.len() == 1 { 0 } else { targets.class(row, p.len()) };
                    // A NaN is not below anything, so it counts against the target.
                    let above = p.iter().enumerate().filter(|&(c, x)| c != class && !at_most(*x, p[class]));
                    self.sum += if above.count() < self.k { w } else { 0.0 };
                }
                MetricKind::Precision | MetricKind::Recall | MetricKind::F1 => self.count(w, row, p, targets),
                MetricKind::Auc => self.scores.extend(p.iter().enumerate().map(|(c, x)| Score {
                    prediction: *x,
                    positive: targets.value(row, c, p.len()) > 0.5,
                    weight: single,
                })),
                MetricKind::MeanAbsoluteError => self.sum += w * mean(p, |c, x| error(row, c, x, p, targets).abs()),
                MetricKind::RootMeanSquaredError => {
                    let square = |e: f64| e * e;
                    self.sum += w * mean(p, |c, x| square(error(row, c, x, p, targets)));
                }
                MetricKind::R2 => self.spread(w, row, p, targets),
            }
        }
    }

    /// The metric of everything added since the start or the last reset.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // no network has 2⁵³ columns
    pub fn value(&mut self) -> f64 {
        let Accumulator { of_column, columns, .. } = &*self;
        let over_columns = |of: &dyn Fn(&Column) -> f64| of_column.iter().map(of).sum::<f64>() / *columns as f64;
        match self.kind {
            MetricKind::Auc => self.auc(),
            MetricKind::Precision => over_columns(&|c| ratio(c.true_positive, c.true_positive + c.false_positive)),
            MetricKind::Recall => over_columns(&|c| ratio(c.true_positive, c.true_positive + c.false_negative)),
            MetricKind::F1 => over_columns(&|c| {
                ratio(2.0 * c.true_positive, 2.0 * c.true_positive + c.false_positive + c.false_negative)
            }),
            MetricKind::RootMeanSquaredError => ratio(self.sum, self.weight).sqrt(),
            MetricKind::R2 if self.weight > 0.0 => over_columns(&Column::r2),
            MetricKind::R2 => 0.0,
            MetricKind::Accuracy | MetricKind::TopKAccuracy | MetricKind::MeanAbsoluteError => {
                ratio(self.sum, self.weight)
            }
        }
    }

    /// The share of a sample that is right: 0 or 1, or between with several labels.
    fn right(&self, row: usize, p: &[f32], targets: &Targets) -> f64 {
        if !self.by_threshold {
            return truth(largest(p) == Some(targets.class(row, p.len())));
        }
        mean(p, |c, x| truth((x > self.threshold) == (targets.value(row, c, p.len()) > 0.5)))
    }

    fn count(&mut self, w: f64, row: usize, p: &[f32], targets: &Targets) {
        let winner = if self.by_threshold { None } else { largest(p) };
        let class = targets.class(row, p.len());
        for (c, (x, column)) in p.iter().zip(&mut self.of_column).enumerate() {
            let (said, is) = if self.by_threshold {
                (*x > self.threshold, targets.value(row, c, p.len()) > 0.5)
            } else {
                (winner == Some(c), class == c)
            };
            match (said, is) {
                (true, true) => column.true_positive += w,
                (true, false) => column.false_positive += w,
                (false, true) => column.false_negative += w,
                (false, false) => {}
            }
        }
    }

    /// West's weighted form of Welford's running variance; the weight was added already.
    fn spread(&mut self, w: f64, row: usize, p: &[f32], targets: &Targets) {
        if w <= 0.0 {
            return;
        }
        for (c, (x, column)) in p.iter().zip(&mut self.of_column).enumerate() {
            let t = f64::from(targets.value(row, c, p.len()));
            let from_mean = t - column.mean;
            column.mean += from_mean * w / self.weight;
            column.spread += w * from_mean * (t - column.mean);
            column.residual += w * (f64::from(*x) - t) * (f64::from(*x) - t);
        }
    }

    #[allow(clippy::cast_precision_loss)] // no network has 2⁵³ columns
    fn auc(&mut self) -> f64 {
        let (mut sum, mut counted) = (0.0, 0.0);
        for c in 0..self.columns {
            let [scores, merged] = &mut self.room;
            scores.clear();
            scores.extend(self.scores.iter().skip(c).step_by(self.columns));
            sort(scores, merged);
            let area = area(scores);
            if !area.is_nan() {
                sum += area;
                counted += 1.0;
            }
        }
        sum / counted
    }
}

impl Column {
    fn r2(&self) -> f64 {
        if self.spread > 0.0 { 1.0 - self.residual / self.spread } else { truth(self.residual <= 0.0) }
    }
}

/// Of sorted scores: Σ over positives of the weight of the negatives below, and half of the equal ones, over all pairs; NaN
/// without pairs.
fn area(scores: &[Score]) -> f64 {
    let (mut pairs, mut below, mut positives) = (0.0, 0.0, 0.0);
    // −0 and 0 are neighbours in the total order and equal here.
    for tied in scores.chunk_by(|x, y| x.prediction >= y.prediction) {
        let weight_of = |kind| tied.iter().filter(|s| s.positive == kind).map(|s| f64::from(s.weight)).sum::<f64>();
        let (positive, negative) = (weight_of(true), weight_of(false));
        pairs += positive * (below + 0.5 * negative);
        below += negative;
        positives += positive;
    }
    pairs / (positives * below)
}

/// By prediction, equal ones in the order in which they came: merges runs of 1, 2, 4, … The standard library's sort is
/// faster and 5 KB. `merged` is room.
fn sort(scores: &mut Vec<Score>, merged: &mut Vec<Score>) {
    merged.clear();
    merged.reserve(scores.len());
    let mut width = 1;
    while width < scores.len() {
        for pair in scores.chunks(2 * width) {
            let (mut left, mut right) = pair.split_at(width.min(pair.len()));
            while let (Some(x), Some(y)) = (left.first(), right.first()) {
                if x.prediction.total_cmp(&y.prediction).is_le() {
                    merged.push(*x);
                    left = &left[1..];
                } else {
                    merged.push(*y);
                    right = &right[1..];
                }
            }
            merged.extend_from_slice(left);
            merged.extend_from_slice(right);
        }
        std::mem::swap(scores, merged);
        merged.clear();
        width *= 2;
    }
}

/// p − t
fn error(row: usize, column: usize, p: f32, of: &[f32], targets: &Targets) -> f64 {
    f64::from(p) - f64::from(targets.value(row, column, of.len()))
}

/// Mean over the columns of a row.
#[allow(clippy::cast_precision_loss)] // no network has 2⁵³ columns
fn mean(p: &[f32], of: impl Fn(usize, f32) -> f64) -> f64 {
    p.iter().enumerate().map(|(c, x)| of(c, *x)).sum::<f64>() / p.len() as f64
}

/// The first of the largest; none if the row holds a NaN.
fn largest(p: &[f32]) -> Option<usize> {
    let best = (1..p.len()).fold(0, |best, c| if p[c] > p[best] { c } else { best });
    p.iter().all(|x| at_most(*x, p[best])).then_some(best)
}

fn at_most(x: f32, y: f32) -> bool {
    x <= y
}

fn truth(yes: bool) -> f64 {
    if yes { 1.0 } else { 0.0 }
}

/// `of / all`, 0 for nothing of nothing.
fn ratio(of: f64, all: f64) -> f64 {
    if all > 0.0 { of / all } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::{Score, sort};

    #[test]
    fn scores_are_sorted_as_the_standard_library_sorts_them() {
        let values = [0.5, -1.0, 0.0, -0.0, f32::NAN, 2.0, f32::INFINITY, -f32::NAN];
        for len in 0..70 {
            let score = |i: usize| Score {
                prediction: values[(i * 7 + i / 3) % 8],
                positive: i.is_multiple_of(2),
                weight: i as f32,
            };
            let mut got: Vec<Score> = (0..len).map(score).collect();
            let mut want = got.clone();
            sort(&mut got, &mut Vec::new());
            want.sort_by(|x, y| x.prediction.total_cmp(&y.prediction));
            // the weight tells which one it was: equal predictions keep their order
            let order = |scores: &[Score]| scores.iter().map(|score| score.weight).collect::<Vec<_>>();
            assert_eq!(order(&got), order(&want), "{len} scores");
        }
    }
}
