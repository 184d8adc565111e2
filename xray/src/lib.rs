#![doc = include_str!("../README.md")]

mod assembly;
mod call;
mod client;
mod client_layer;
mod config;
// Its code needs crates that this one does not: `end-to-end/calls` compiles it.
#[cfg_attr(not(doctest), doc = include_str!("../COOKBOOK.md"))]
pub mod cookbook {}
mod current;
mod database;
mod delivery;
mod ecs;
mod emitter;
mod ended;
mod ending;
mod fallible;
mod future;
mod grpc;
mod ids;
mod integers;
mod job;
mod layer;
mod logs;
mod otlp;
mod panics;
mod pipeline;
mod propagation;
mod recorder;
mod sampler;
pub mod sampling;
mod sdk;
pub mod server;
mod span_filter;
mod spawn;
mod subsegment;
pub mod testing;
mod tracing;

pub use client::{Client, RequestBuilder};
pub use client_layer::{CallFuture, ClientLayer, ClientService};
pub use config::{Config, Exporter, VARIABLES_HELP};
pub use current::{add_metadata, annotate, record_error, set_user};
pub use database::{Database, InvalidDatabaseAddress, Query};
pub use delivery::Delivery;
pub use ecs::{EcsMetadata, InvalidEcsMetadata};
pub use emitter::Resolver;
pub use ending::TracedBody;
pub use environment::{InvalidEnvironment, InvalidOtlpUrl, Mistake, Otlp, Reader, environment};
pub use fallible::{Fallible, try_subsegment};
pub use future::{Recorded, Segment, subsegment};
pub use logs::JsonLines;
pub use propagation::{AWS_TRACE_HEADER, inject, trace_header};
pub use recorder::{Span, Tracer, TracerProvider};
pub use sampler::SamplerKind;
pub use sdk::{IdGenerator, Processor};
pub use server::ServerLayer;
pub use span_filter::TRANSPORTS;
pub use spawn::{spawn, spawn_blocking};
pub use subsegment::{Subsegment, in_subsegment};
pub use tracing::{FIRST_RULES_TIMEOUT, Guard, SHUTDOWN_TIMEOUT, StartError, Tracing, start};

// For `xray-aws-sdk`.
#[doc(hidden)]
pub use propagation::trace_header_of;
#[doc(hidden)]
pub use recorder::AttributeValue;
#[doc(hidden)]
pub use segment::span::AwsCall;
// What the interface is written in, so that users need not guess versions.
pub use {http, opentelemetry, reqwest, segment, tracing_subscriber};
