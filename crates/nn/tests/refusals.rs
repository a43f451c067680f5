//! What the facade never writes is refused before it can harm memory: encoded configurations and fits from elsewhere.

use nn::config::{Constraint, Error, Layer, MAX_NESTING, Reader};
use nn::fit::{Dataset, Fit, Labels, Options, Stop};
use nn::model::Model;
use nn::transform::Transform;
use std::rc::Rc;

/// A dense layer of `units` tanh units with kernel glorotUniform and bias 0, as it crosses.
fn dense(units: f64) -> Vec<f64> {
    let mut layer = vec![0.0, units, 1.0, 14.0, 0.0, 7.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    layer.extend([0.0; 11]);
    layer
}

fn read(inputs: f64, layers: &[Vec<f64>]) -> Result<Model, Error> {
    let count = f64::from(u32::try_from(layers.len()).expect("few"));
    // The loss is meanSquaredError; neither metrics nor transforms.
    let numbers = [vec![inputs, 7.0, count], layers.concat(), vec![0.0; 4]].concat();
    let mut reader = Reader::new(&numbers);
    let model = Model::read(&mut reader)?;
    assert!(reader.is_done());
    Ok(model)
}

fn refusal(inputs: f64, layers: &[Vec<f64>]) -> Option<Error> {
    read(inputs, layers).err()
}

#[test]
fn numbers_that_stand_for_nothing() {
    assert_eq!(Reader::new(&[f64::NAN]).number(), Err(Error::Config));
    assert_eq!(Reader::new(&[]).number(), Err(Error::Config));
    for count in [0.5, -1.0, 4_294_967_296.0, f64::INFINITY] {
        assert_eq!(Reader::new(&[count]).count(), Err(Error::Config), "{count}");
    }
    assert_eq!(Reader::new(&[4_294_967_295.0]).count(), Ok(4_294_967_295));
    assert_eq!([0.0, 1.0].map(|flag| Reader::new(&[flag]).flag()), [Ok(false), Ok(true)]);
    assert_eq!(Reader::new(&[2.0]).flag(), Err(Error::Config));
    // More numbers than there are, however many: nothing is allocated for them.
    assert_eq!(Reader::new(&[1.0, 2.0]).singles(3), Err(Error::Config));
    assert_eq!(Reader::new(&[1.0, 2.0]).singles(usize::MAX), Err(Error::Config));
    assert_eq!(Reader::new(&[1.0, 2.0]).singles(2), Ok(vec![1.0, 2.0]));
}

#[test]
fn kinds_beyond_the_last() {
    assert!(Constraint::read(&mut Reader::new(&[3.0, -1.0, 1.0])).is_ok());
    assert_eq!(Constraint::read(&mut Reader::new(&[4.0, -1.0, 1.0])), Err(Error::Config));
    assert!(Transform::read_all(&mut Reader::new(&[1.0, 5.0])).is_ok());
    assert_eq!(Transform::read_all(&mut Reader::new(&[1.0, 7.0])).err(), Some(Error::Config));
    assert!(Layer::read(&mut Reader::new(&[6.0, 1e-3]), 0).is_ok());
    assert_eq!(Layer::read(&mut Reader::new(&[9.0, 1e-3]), 0).err(), Some(Error::Config));
}

#[test]
fn blocks_that_nest_deeper_than_the_stack_may_go() {
    let nested = |depth: usize| {
        let mut numbers = [7.0, 1.0].repeat(depth);
        numbers.extend([6.0, 1e-3]);
        Layer::read(&mut Reader::new(&numbers), 0).map(|_| ())
    };
    assert_eq!(nested(MAX_NESTING), Ok(()));
    assert_eq!(nested(MAX_NESTING + 1), Err(Error::Config));
}

#[test]
fn layers_without_units_and_of_widths_that_do_not_fit() {
    let residual = |inside: &[Vec<f64>]| {
        let count = f64::from(u32::try_from(inside.len()).expect("few"));
        [vec![7.0, count], inside.concat()].concat()
    };
    let normalization = |width: u32| [vec![8.0, f64::from(width)], vec![1.0; 2 * width as usize]].concat();
    assert_eq!(refusal(3.0, &[normalization(3), residual(&[dense(3.0)]), dense(1.0)]), None);
    assert_eq!(refusal(0.0, &[dense(1.0)]), Some(Error::Config));
    assert_eq!(refusal(3.0, &[]), Some(Error::Config));
    assert_eq!(refusal(3.0, &[dense(0.0)]), Some(Error::Config));
    assert_eq!(refusal(3.0, &[normalization(2), dense(1.0)]), Some(Error::Config));
    assert_eq!(refusal(3.0, &[residual(&[]), dense(1.0)]), Some(Error::Config));
    assert_eq!(refusal(3.0, &[residual(&[dense(4.0)]), dense(1.0)]), Some(Error::Config));
}

fn options() -> Options {
    Options { rows: 4, batch: 2, accumulate: 1, shuffle: false, epochs: 1, class_weight: None }
}

fn data() -> Rc<Dataset> {
    let x = (0..12_u8).map(f32::from).collect();
    Rc::new(Dataset { x, rows: 4, labels: Labels::Values(vec![1.0; 4]), sample_weight: None })
}

#[test]
fn fits_of_nothing_or_of_more_rows_than_there_are() {
    assert!(Fit::new(data(), options()).is_ok());
    for wrong in [
        Options { rows: 0, ..options() },
        Options { rows: 5, ..options() },
        Options { batch: 0, ..options() },
        Options { accumulate: 0, ..options() },
    ] {
        assert_eq!(Fit::new(data(), wrong).err(), Some(Error::Shape));
    }
}

#[test]
fn steps_after_the_last() {
    let mut model = read(3.0, &[dense(2.0), dense(1.0)]).expect("a model");
    let sgd = [1.0, 0.0, f64::INFINITY, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    model.set_optimizer(&mut Reader::new(&sgd), &[2; 4]).expect("an optimizer");
    let mut fit = Fit::new(data(), options()).expect("a fit");
    let rates = vec![0.1; 5 * model.optimizer.row_len()];
    assert_eq!(fit.run(&mut model, &rates, false), (2, Stop::Done));
    let values = model.parameters.values.clone();
    assert_eq!(fit.run(&mut model, &rates, false), (0, Stop::Done));
    assert_eq!(model.parameters.values, values);
    assert!(!fit.part(&mut model, 0), "nothing is shared");
}

#[test]
fn numbers_of_another_optimizer_change_nothing() {
    let mut model = read(3.0, &[dense(1.0)]).expect("a model");
    let before = model.optimizer.numbers.clone();
    model.optimizer.set_numbers(&vec![7.0; before.len() + 1]);
    assert_eq!(model.optimizer.numbers, before);
}

#[test]
fn replicas_that_nobody_shares_with() {
    let mut model = read(3.0, &[dense(2.0), dense(1.0)]).expect("a model");
    let sgd = [1.0, 0.0, f64::INFINITY, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    model.set_optimizer(&mut Reader::new(&sgd), &[2; 4]).expect("an optimizer");
    let mut fit = Fit::new(data(), options()).expect("a fit");
    assert!(fit.share(&model, 0).is_empty());
    assert!(fit.share(&model, 1025).is_empty());
    let values = model.parameters.values.clone();
    // Without a table nothing is summed, and nothing is finished.
    fit.reduce(&mut model, 0);
    assert_eq!(fit.finish(&mut model, 0), Stop::Done);
    assert!(!fit.share(&model, 2).is_empty());
    // At a table of two there is no third, and no update without a part.
    assert!(!fit.part(&mut model, 2));
    fit.reduce(&mut model, 2);
    assert_eq!(fit.finish(&mut model, 0), Stop::Done);
    assert_eq!(model.parameters.values, values);
}
