//! Reads environment variables and reports every invalid one at once.
//!
//! - [`Reader`]: reads variables and collects errors;
//! - [`Otlp`]: `OTEL_EXPORTER_OTLP_*`, shared by the library and the console's doctor.
//!
//! The only I/O is reading the process's environment, through a function that the caller passes.

mod otlp;
mod reader;

pub use otlp::{InvalidOtlpUrl, Otlp, plain_http};
pub use reader::{InvalidEnvironment, Mistake, Reader, environment, key_values};
