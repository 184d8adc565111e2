//! Which of `tracing`'s spans and events are recorded, by target and level.

use tracing_subscriber::filter::{LevelFilter, Targets};

/// Targets of spans that HTTP's and Lambda's own machinery starts around requests. They are recorded only if
/// [`crate::Config::span_filter`] names their target, and only within a segment: they never start a trace beside the
/// request's.
pub const TRANSPORTS: [&str; 3] = ["tower_http", "h2", "lambda_runtime"];

/// Returns the default: level `INFO` and above.
pub(crate) fn default_filter() -> Targets {
    Targets::new().with_default(LevelFilter::INFO)
}

/// Returns `filter` without the transports that it does not name.
pub(crate) fn without_transports(filter: &Targets) -> Targets {
    let is_named = |transport: &str| {
        let mut named = filter.iter().map(|(target, _)| target);
        named.any(|target| target.trim_end_matches(':') == transport)
    };
    let unnamed = TRANSPORTS.iter().filter(|transport| !is_named(transport));
    // With the colons, since a filter compares beginnings: `h2` would be a user's `h2o` as well.
    let off = unnamed.map(|transport| (format!("{transport}::"), LevelFilter::OFF));
    let mut left = filter.clone();
    left.extend(off);
    left
}

/// Whether a target is that of a transport.
pub(crate) fn is_transport(target: &str) -> bool {
    TRANSPORTS.iter().any(|transport| {
        let rest = target.strip_prefix(transport);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    })
}
