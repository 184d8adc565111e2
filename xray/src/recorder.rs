//! The recorder: implements OpenTelemetry's API for spans, without its SDK.
//!
//! A recorder's span *is* the segment or subsegment that is being written. It knows its trace and whether it is
//! recorded, and collects its data in two buffers, which are reused. When it ends, it is passed to the
//! [`crate::pipeline`]. The server layer, the client, [`crate::subsegment`], `tracing`'s spans and OpenTelemetry's
//! API all use it.

mod attributes;
mod budget;
mod context;
mod details;
mod server_spans;
mod shared;
mod span;
mod tracer;
mod within;

pub use attributes::AttributeValue;
pub(crate) use context::ServiceContext;
pub(crate) use shared::Recorder;
pub use span::Span;
pub(crate) use tracer::{Beginning, key_values, now, passed_on};
pub use tracer::{Tracer, TracerProvider};
pub(crate) use within::{is_recording, turn_off};
