//! AWS X-Ray's data, as services write it and the console reads it.
//!
//! No I/O, no clock, no randomness, no OpenTelemetry and no async runtime: everything here is a function of its
//! arguments. In the order in which a request's trace uses them:
//!
//! - [`TraceHeader`]: what the caller sends about the trace, with [`TraceId`] and [`SegmentId`];
//! - [`DaemonAddress`]: the address of the X-Ray daemon;
//! - [`Document`]: a segment or subsegment, with [`names`] that X-Ray accepts and [`Value`]s;
//! - [`Span`]: what a document is made from, [`mapping`], which makes it, and [`secrets`], which it hides;
//! - [`datagram`]: a document on its way to the daemon;
//! - [`tree`]: the documents of a trace, put together again, and their [`shape`], which tests compare.

mod address;
pub mod datagram;
pub mod document;
mod encode;
mod header;
mod hex;
mod ids;
pub mod mapping;
pub mod names;
pub mod secrets;
mod seen;
pub mod shape;
pub mod span;
mod time;
pub mod tree;
pub mod value;

pub use address::{DaemonAddress, HostPort, InvalidDaemonAddress};
pub use document::{Document, Form, RefusalCode, RefusedDocument};
pub use header::{MAX_TRACE_HEADER, Sampled, TRACE_HEADER, TraceHeader};
pub use ids::{InvalidId, SegmentId, TraceId};
pub use seen::Seen;
pub use span::Span;
pub use time::Time;
pub use value::Value;
