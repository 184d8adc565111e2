#![doc = include_str!("../README.md")]

mod call;
mod failure;
mod interceptor;
mod json;
mod partiql;
mod request;
mod response;
mod rest;

pub use interceptor::Interceptor;
