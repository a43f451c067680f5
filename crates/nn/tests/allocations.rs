//! After its first epochs a fit allocates nothing: every buffer has the size that it needs.

use nn::config::Reader;
use nn::fit::{Dataset, Fit, Labels, Options, Stop};
use nn::model::Model;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::rc::Rc;

/// Counts what the thread asks for; other tests run on other threads.
struct Counting;

thread_local! {
    static ASKED: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: all is done by the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ASKED.set(ASKED.get() + 1);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ASKED.set(ASKED.get() + 1);
        // SAFETY: the caller's promise.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const LINEAR: f64 = 0.0;
const RELU: f64 = 1.0;
const GELU: f64 = 6.0;
const TANH: f64 = 14.0;

/// Constraints of kernel and bias `[kind, a, b]` and weight normalisation.
const FREE: [f64; 7] = [0.0; 7];

fn dense(units: u32, activation: f64, l2: f64, bounds: [f64; 7]) -> Vec<f64> {
    // kernel glorotUniform, bias zeros
    let first = [0.0, f64::from(units), 1.0, activation, 0.0, 7.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, l2, 0.0, 0.0];
    [&first[..], &bounds[..]].concat()
}

/// `[count, parts…]` of one rule with its settings.
fn rule(settings: &[f64]) -> Vec<f64> {
    [&[1.0, 0.0, f64::INFINITY, 0.0], settings].concat()
}

fn numbers(count: usize) -> Vec<f32> {
    (0..count).map(|i| f32::from(u8::try_from(i * 37 % 101).expect("below 101")) / 50.0 - 1.0).collect()
}

/// What steps ask for after three epochs: `layers` on 4 columns in batches of 8 of 50 rows, with `transforms`, accuracy and AUC.
fn asked(
    layers: &[Vec<f64>],
    loss: f64,
    transforms: &[f64],
    optimizer: &[f64],
    accumulate: usize,
    watched: bool,
) -> u64 {
    let mut config = vec![4.0, 7.0, f64::from(u32::try_from(layers.len()).expect("few"))];
    config.extend(layers.concat());
    config.extend([loss, 0.0]);
    config.extend(transforms);
    // accuracy at the usual threshold, and AUC
    config.extend([2.0, 0.0, 0.5, 5.0, 0.0]);
    let mut reader = Reader::new(&config);
    let mut model = Model::read(&mut reader).expect("a configuration that stands");
    assert!(reader.is_done());
    let weights = model.parameters.specs.iter().filter(|spec| spec.is_weight).count();
    model.set_optimizer(&mut Reader::new(optimizer), &vec![2; weights * 2]).expect("an optimizer that stands");
    let labels = Labels::Values(numbers(50 * model.columns).iter().map(|v| v.abs()).collect());
    let data = Dataset { x: numbers(200), rows: 50, labels, sample_weight: Some(vec![1.0; 50]) };
    let options = Options { rows: 50, batch: 8, accumulate, shuffle: true, epochs: 6, class_weight: None };
    let mut fit = Fit::new(Rc::new(data), options).expect("fits");
    if watched {
        fit.record(&model, 1);
    }
    let rates = [0.01, f64::NAN].repeat(model.optimizer.row_len() / 2 * 3 * 50_usize.div_ceil(8 * accumulate));
    assert_eq!(fit.run(&mut model, &rates, false).1, Stop::Rates);
    assert_eq!(fit.take_log().len(), 3 * 5);
    fit.take_records();
    let before = ASKED.get();
    assert_eq!(fit.run(&mut model, &rates, false).1, Stop::Done);
    let asked = ASKED.get() - before;
    assert_eq!(fit.take_log().len(), 3 * 5);
    asked
}

#[test]
fn steps_allocate_nothing_after_the_first_epochs() {
    let adam = rule(&[3.0, 0.0, 0.9, 0.999, 1e-8, 0.0, 1.0, 0.0]);
    let momentum = rule(&[0.0, 0.0, 0.9, 0.0, 0.0, 0.0]);
    let lamb = rule(&[11.0, 0.01, 0.9, 0.999, 1e-6]);
    let prodigy = rule(&[18.0, 0.0, 0.9, 0.999, 1e-8, 1e-6, 1.0, 0.0, 0.0]);
    let adafactor = rule(&[19.0, 0.0, -0.8, 1e-7, 1e-3, 1.0]);
    let muon = rule(&[20.0, 0.1, 0.95, 1.0, 1e-7]);
    let lookahead = [&[2.0], &adam[1..], &[0.0, f64::INFINITY, 0.0, 100.0, 0.0, 5.0, 0.5, 1.0]].concat();
    let plain = || vec![dense(6, RELU, 0.0, FREE), dense(5, TANH, 0.01, FREE), dense(3, LINEAR, 0.0, FREE)];
    // kernel and bias in −0.5 … 0.5
    let bounded = [3.0, -0.5, 0.5, 3.0, -0.5, 0.5, 0.0];
    let inner = [vec![7.0, 1.0], dense(6, GELU, 0.0, FREE)].concat();
    let rich = vec![
        dense(6, GELU, 0.0, bounded),
        vec![2.0, 0.3],
        inner,
        vec![5.0, 0.9, 1e-3],
        vec![6.0, 1e-3],
        dense(5, TANH, 0.0, FREE),
        dense(3, LINEAR, 0.0, FREE),
    ];
    let none = [0.0];
    // kernel and bias of norm 1 or at most 1, kernels by their lengths and directions
    let held = |kernel: f64, bias: f64| [kernel, 1.0, 0.0, bias, 1.0, 0.0, 1.0];
    let of_norm = vec![dense(6, RELU, 0.0, held(2.0, 1.0)), dense(3, LINEAR, 0.0, held(1.0, 2.0))];
    // by value, norm and global norm; adaptive; normalised, centralised, with noise
    let transforms = [7.0, 0.0, 1.0, 1.0, 1.0, 2.0, 1.0, 3.0, 0.01, 1e-3, 4.0, 0.0, 5.0, 6.0, 0.1, 0.5];
    for (name, count) in [
        ("Adam", asked(&plain(), 0.0, &none, &adam, 1, false)),
        ("momentum", asked(&plain(), 5.0, &none, &momentum, 1, false)),
        ("LAMB, accumulated", asked(&plain(), 4.0, &none, &lamb, 2, false)),
        ("Prodigy", asked(&plain(), 0.0, &none, &prodigy, 1, false)),
        ("Adafactor", asked(&plain(), 0.0, &none, &adafactor, 1, false)),
        ("Muon", asked(&plain(), 0.0, &none, &muon, 1, false)),
        ("lookahead over Adam", asked(&plain(), 0.0, &none, &lookahead, 1, false)),
        ("watched", asked(&plain(), 5.0, &none, &adam, 1, true)),
        ("watched lookahead", asked(&plain(), 5.0, &none, &lookahead, 1, true)),
        ("transforms", asked(&plain(), 0.0, &transforms, &adam, 1, false)),
        ("norms held, weight normalisation", asked(&of_norm, 0.0, &none, &adam, 1, false)),
        ("every kind of layer", asked(&rich, 0.0, &none, &adam, 1, false)),
    ] {
        assert_eq!(count, 0, "{name}");
    }
}
