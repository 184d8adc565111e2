//! The layer behind `tracing`: spans, as of `#[tracing::instrument]`, become subsegments.

use opentelemetry::{Context, trace::TraceContextExt};
use tracing::{Metadata, Subscriber};
use tracing_subscriber::{
    Layer,
    filter::{FilterExt, LevelFilter, Targets, dynamic_filter_fn},
    registry::LookupSpan,
};

use crate::{integers::Integers, recorder::Tracer};

/// Targets of spans that HTTP's and Lambda's own machinery begins around requests. They count only where
/// [`crate::Config::span_filter`] names them, and even then they are no trace of their own beside the request's:
/// outside of any segment they are nothing.
pub const TRANSPORTS: [&str; 3] = ["tower_http", "h2", "lambda_runtime"];

/// Which spans count unless told otherwise.
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

/// Makes the layer for any subscriber, with a filter of its own.
pub(crate) fn layer<S>(tracer: Option<&Tracer>, filter: Targets) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    // Not `filter_fn`, whose answer is cached for each call site.
    let is_wanted = dynamic_filter_fn(|metadata, _| is_wanted(metadata));
    spans(tracer).with_filter(is_wanted.and(filter))
}

/// Makes the layer for a subscriber that hands it nothing but what it wants; with lean settings.
pub(crate) fn spans<S>(tracer: Option<&Tracer>) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    // Not `Option`, which does not tell the layer in it of its dispatcher.
    let tracer = tracer.cloned().unwrap_or_else(Tracer::none);
    tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        .and_then(Integers::default())
}

/// Whether a span that begins now is to be recorded: in a request that is, or outside of any.
pub(crate) fn is_wanted(metadata: &Metadata<'_>) -> bool {
    Context::map_current(|context| {
        let span = context.span();
        let span = span.span_context();
        if span.is_valid() {
            span.is_sampled()
        } else {
            !is_transport(metadata.target())
        }
    })
}

fn is_transport(target: &str) -> bool {
    TRANSPORTS.iter().any(|transport| {
        let rest = target.strip_prefix(transport);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    })
}
