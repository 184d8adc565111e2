//! The recorder: OpenTelemetry's API for spans, without its SDK.
//!
//! A span of it *is* the segment or subsegment that is being written: it knows its trace and whether it is
//! recorded, keeps what is said of it in two buffers that are used again for the next one, and is handed to the
//! [`crate::pipeline`] when it ends. The server layer, the client, [`crate::subsegment`], `tracing`'s spans and
//! OpenTelemetry's API all record by it.

mod attributes;
mod budget;
mod context;
mod request;
mod served;
mod shared;
mod span;
mod tracer;
mod within;

pub(crate) use attributes::Said;
pub(crate) use context::ServiceContext;
pub(crate) use shared::Recorder;
pub use span::Span;
pub(crate) use tracer::{Beginning, now, passed_on};
pub use tracer::{Tracer, TracerProvider};
pub(crate) use within::is_recording;
