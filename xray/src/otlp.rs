//! Exports spans to a collector by OTLP over HTTP or gRPC, in protobuf.
//!
//! The messages are OpenTelemetry's own (`opentelemetry-proto`). The transport is our own: OpenTelemetry's exporter
//! reports only that there was a loss, and bounds its queue by the number of spans, not by bytes.
//! <https://opentelemetry.io/docs/specs/otlp/>

mod collector;
mod encode;
mod grpc;
mod http;
mod outcome;

pub(crate) use collector::Collector;
pub(crate) use encode::encode;
pub(crate) use environment::Otlp;
