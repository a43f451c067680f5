//! Dense networks: layers, losses, backpropagation and optimizers on flat `f32` memory.
//! Knows no JavaScript. Read [`step`] first.
#![forbid(unsafe_code)]

pub mod config;
pub mod init;
pub mod rng;
