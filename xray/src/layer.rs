//! The layer for `tracing`: its spans, for example of `#[tracing::instrument]`, become subsegments.

use opentelemetry::{Context, trace::TraceContextExt};
use tracing::{Metadata, Subscriber};
use tracing_subscriber::{
    Layer,
    filter::{FilterExt, LevelFilter, dynamic_filter_fn},
    registry::LookupSpan,
};

use crate::{integers::Integers, recorder::Tracer};

/// Targets of spans that HTTP's and Lambda's own machinery begins around requests. Within a segment they are
/// subsegments; where there is none they are nothing, and not a trace of their own beside the request's.
pub const TRANSPORTS: [&str; 3] = ["tower_http", "h2", "lambda_runtime"];

/// Spans of this level and above become subsegments.
pub(crate) const LEVEL: LevelFilter = LevelFilter::INFO;

/// Makes the layer for any subscriber, with a filter of its own; without a tracer it takes no spans.
pub(crate) fn layer<S>(tracer: Option<&Tracer>) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let level = tracer.map_or(LevelFilter::OFF, |_| LEVEL);
    // Not `filter_fn`, whose answer is cached for each call site.
    let is_wanted = dynamic_filter_fn(|metadata, _| is_wanted(metadata));
    spans(tracer).with_filter(level.and(is_wanted))
}

/// Makes the layer, with few of its features, for a subscriber that passes it only what it wants.
pub(crate) fn spans<S>(tracer: Option<&Tracer>) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    // Not `Option<Layer>`, which does not pass the dispatcher on to the layer in it.
    let tracer = tracer.cloned().unwrap_or_else(Tracer::none);
    tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        .and_then(Integers::default())
}

/// Whether to record a span that begins now: within a recorded request, or outside of any request.
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
