#![doc = include_str!("../README.md")]

mod assembly;
mod client;
mod config;
mod current;
mod delivery;
mod ecs;
mod emitter;
mod ending;
mod integers;
mod logs;
mod otlp;
mod processor;
mod propagation;
mod root;
mod sampler;
pub mod sampling;
pub mod server;
mod subsegment;
pub mod testing;
mod tracing;

pub use client::Client;
pub use config::{Config, Exporter, VARIABLES_HELP};
pub use current::{add_metadata, annotate, record_error, set_user};
pub use delivery::Delivery;
pub use ecs::{EcsMetadata, InvalidEcsMetadata};
pub use emitter::Resolver;
pub use ending::TracedBody;
pub use environment::{InvalidEnvironment, InvalidOtlpUrl, Mistake, Otlp, Reader, environment};
pub use logs::JsonLines;
pub use processor::Processor;
pub use propagation::inject;
pub use root::IdGenerator;
pub use sampler::SamplerKind;
pub use server::ServerLayer;
pub use subsegment::{Recorded, in_subsegment, subsegment};
pub use tracing::{FIRST_RULES_TIMEOUT, Guard, SHUTDOWN_TIMEOUT, StartError, Tracing, start};
