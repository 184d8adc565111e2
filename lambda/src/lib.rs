#![doc = include_str!("../README.md")]

mod future;
mod service;

pub use future::ResponseFuture;
pub use service::{FLUSH_TIMEOUT, Lambda, LambdaLayer, layer};
