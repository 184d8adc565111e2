//! Traces in memory, and what X-Ray answers about them.
//!
//! Pure: no socket, no runtime, no clock. Whoever calls says what time it is. So a test, a console and whatever else has
//! documents can use it alike. Each module uses only those above it:
//!
//! - [`summary`]: what lists, maps and filters need of a trace;
//! - [`store`]: the documents of the traces that are held, bounded, and their summaries;
//! - [`filter`]: X-Ray's filter expressions, asked of summaries;
//! - [`graph`]: the service map of any summaries, and [`series`], their statistics over time;
//! - [`analysis`]: groups, percentiles and differences of any summaries;
//! - [`groups`]: filters with a name;
//! - [`completions`]: what may be written into a filter;
//! - [`rules`]: sampling rules, and the quotas of the services that ask for them;
//! - [`spans`]: a trace as one span or segment after the other, and [`retrievals`], the jobs that look for traces;
//! - [`tags`], and [`account`]: everything that the X-Ray API can change, in one place.

pub mod account;
pub mod analysis;
mod arn;
pub mod completions;
pub mod filter;
pub mod graph;
pub mod groups;
mod nanos;
pub mod retrievals;
pub mod rules;
pub mod series;
pub mod spans;
pub mod store;
pub mod summary;
pub mod tags;
