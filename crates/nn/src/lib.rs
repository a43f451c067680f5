//! Dense networks: layers, losses, backpropagation and optimizers on flat `f32` memory.
//! Knows no JavaScript. Read [`step`] first.
#![forbid(unsafe_code)]

pub mod activation;
pub mod config;
pub mod constraint;
pub mod definition;
pub mod diagnose;
pub mod fit;
pub mod init;
pub mod layer;
pub mod loss;
pub mod metric;
pub mod model;
pub mod optim;
pub mod params;
pub mod rng;
pub mod step;
pub mod transform;
pub mod trig;
