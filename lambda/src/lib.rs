#![doc = include_str!("../README.md")]

mod future;
mod service;

pub use future::{FLUSH_TIMEOUT, ResponseFuture};
pub use service::{Lambda, LambdaLayer, layer};
