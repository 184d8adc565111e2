//! Spans to a collector by OTLP over HTTP, in protobuf: the other exporter.
//!
//! The messages are OpenTelemetry's own (`opentelemetry-proto`). What carries them is ours: OpenTelemetry's
//! exporter says of a loss only that there was one, and its queue is bounded by number but not in bytes.
//! <https://opentelemetry.io/docs/specs/otlp/#otlphttp>

mod collector;
mod encode;

pub(crate) use collector::Collector;
pub(crate) use encode::encode;
pub(crate) use environment::Otlp;
