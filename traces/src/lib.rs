//! Traces in memory, and X-Ray's answers about them.
//!
//! Pure: no sockets, no runtime, no clock; the caller passes the time. So tests, the console and other programs can
//! use it alike. Each module uses only those above it:
//!
//! - [`summary`]: what lists, maps and filters need of a trace;
//! - [`store`]: the documents of the stored traces, bounded, and their summaries;
//! - [`filter`]: X-Ray's filter expressions, applied to summaries;
//! - [`graph`]: the service map of any summaries, and [`series`], their statistics over time;
//! - [`analysis`]: groups, percentiles and differences of any summaries;
//! - [`groups`]: named filters;
//! - [`completions`]: completions for filter expressions;
//! - [`rules`]: sampling rules, and the quotas of the services that ask for them;
//! - [`spans`]: a trace as a list of spans or segments, and [`retrievals`], the jobs that search for traces;
//! - [`tags`], and [`account`]: everything that the X-Ray API can change.

pub mod account;
pub mod analysis;
mod arn;
pub mod completions;
mod fast_map;
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
