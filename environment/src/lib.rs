//! Reading environment variables so that every mistake is found in one start.
//!
//! - [`Reader`]: variables, and what is wrong with them;
//! - [`Otlp`]: `OTEL_EXPORTER_OTLP_*`, as the library and the console's doctor read them alike.
//!
//! No I/O but the look at the process's environment, which is a function that the caller passes.

mod otlp;
mod reader;

pub use otlp::{InvalidOtlpUrl, Otlp, plain_http};
pub use reader::{InvalidEnvironment, Mistake, Reader, environment, key_values};
