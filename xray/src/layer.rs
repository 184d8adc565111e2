//! The layer for `tracing`: its spans, for example of `#[tracing::instrument]`, become subsegments.

use opentelemetry::{Context, trace::TraceContextExt};
use tracing::{Metadata, Subscriber};
use tracing_subscriber::{
    Layer,
    filter::{FilterExt, Targets, dynamic_filter_fn},
    registry::LookupSpan,
};

use crate::{integers::Integers, panics::Panics, recorder::Tracer, span_filter::is_transport};

/// Makes the layer for any subscriber, with a filter of its own.
pub(crate) fn layer<S>(tracer: Option<&Tracer>, filter: Targets) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    // Not `filter_fn`, whose answer is cached for each call site.
    let is_wanted = dynamic_filter_fn(|metadata, _| is_wanted(metadata));
    spans(tracer).with_filter(is_wanted.and(filter))
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
        .and_then(Panics::default())
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
