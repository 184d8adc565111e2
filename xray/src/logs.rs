//! Log lines as JSON, with the trace id in X-Ray's format and in OpenTelemetry's.
//!
//! CloudWatch and X-Ray's console search for `1-…-…`, OpenTelemetry's tools for 32 digits; a line with both is found
//! by either.

use std::{
    fmt,
    io::{self, Write as _},
};

use opentelemetry::{Context, trace::TraceContextExt};
use segment::{Value, value::Members};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    subscriber::Interest,
};
use tracing_subscriber::{
    Layer,
    filter::Targets,
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::Writer,
        time::{FormatTime, SystemTime},
    },
    layer::Context as LayerContext,
    registry::LookupSpan,
};

use crate::layer::is_wanted;

/// Formats each event as one JSON object: `timestamp`, `level`, `target`, `message` and the event's fields; within a
/// request also `traceId` (`1-…-…`), `trace_id` (32 digits) and `span_id`. The time is in UTC, as RFC 3339 writes it.
///
/// [`crate::start`] uses it. For a subscriber of your own:
///
/// ```
/// use tracing_subscriber::fmt;
///
/// let subscriber = fmt().event_format(xray::JsonLines).finish();
/// tracing::subscriber::with_default(subscriber, || tracing::info!(order = 7, "paid"));
/// // {"timestamp":"2026-01-02T03:04:05.678901Z","level":"INFO","target":"shop","message":"paid","order":7}
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct JsonLines;

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        writeln!(writer, "{}", Line::of(event)?.into_value())
    }
}

/// Writes events to standard output, as [`JsonLines`], and filters what the layer for spans receives.
///
/// For the subscriber that [`crate::start`] installs, which has no other layers: a span that is not wanted is not
/// even created. `tracing-subscriber`'s per-layer filters, made for subscribers with several layers, look each span
/// up in the registry whenever it is entered or exited.
#[derive(Debug)]
pub(crate) struct LogLines {
    filter: Targets,
    /// What the layer for spans may see; none if nothing is traced.
    spans: Option<Targets>,
}

impl LogLines {
    pub(crate) fn new(filter: Targets, spans: Option<Targets>) -> Self {
        Self { filter, spans }
    }

    fn is_line(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event()
            && self
                .filter
                .would_enable(metadata.target(), metadata.level())
    }

    /// Whether the layer for spans may want what has this metadata.
    fn may_record(&self, metadata: &Metadata<'_>) -> bool {
        let is_let_in = |spans: &Targets| spans.would_enable(metadata.target(), metadata.level());
        self.spans.as_ref().is_some_and(is_let_in)
    }

    /// Whether the layer for spans wants a span, or an event for the span that it happens in. In a request that is not
    /// recorded the filter is not asked.
    fn is_recorded(&self, metadata: &Metadata<'_>) -> bool {
        is_wanted(metadata) && self.may_record(metadata)
    }
}

impl<S: Subscriber> Layer<S> for LogLines {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.is_line(metadata) {
            Interest::always()
        } else if self.may_record(metadata) {
            Interest::sometimes()
        } else {
            Interest::never()
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: LayerContext<'_, S>) -> bool {
        self.is_line(metadata) || self.is_recorded(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        let filters = [Some(&self.filter), self.spans.as_ref()];
        let levels = |filter: &Targets| {
            filter
                .iter()
                .map(|(_, level)| level)
                .chain(filter.default_level())
                .max()
        };
        filters.into_iter().flatten().filter_map(levels).max()
    }

    /// Called before any layer receives the event. Writes the line here, because the result only affects the other
    /// layers.
    fn event_enabled(&self, event: &Event<'_>, _: LayerContext<'_, S>) -> bool {
        if self.is_line(event.metadata()) {
            write_line(event);
        }
        self.is_recorded(event.metadata())
    }
}

fn write_line(event: &Event<'_>) {
    let Ok(line) = Line::of(event) else { return };
    let mut text = Vec::new();
    line.into_value().write(&mut text);
    text.push(b'\n');
    // If standard output cannot be written to, there is nowhere to report it.
    let _ = io::stdout().lock().write_all(&text);
}

/// The members of one line.
struct Line(Members<'static>);

impl Line {
    fn of(event: &Event<'_>) -> Result<Self, fmt::Error> {
        let mut timestamp = String::new();
        SystemTime.format_time(&mut Writer::new(&mut timestamp))?;
        let metadata = event.metadata();
        let mut line = Line(vec![
            ("timestamp".into(), Value::from(timestamp)),
            ("level".into(), Value::from(metadata.level().as_str())),
            ("target".into(), Value::from(metadata.target().to_owned())),
        ]);
        event.record(&mut line);
        line.push_trace();
        Ok(line)
    }

    fn into_value(self) -> Value<'static> {
        Value::Object(self.0)
    }

    fn push_trace(&mut self) {
        Context::map_current(|context| {
            let span = context.span();
            let span = span.span_context();
            if let Some(trace_id) = segment::TraceId::from_bytes(span.trace_id().to_bytes()) {
                self.0
                    .push(("traceId".into(), Value::from(trace_id.to_string())));
                self.0
                    .push(("trace_id".into(), Value::from(trace_id.to_hex())));
                self.0
                    .push(("span_id".into(), Value::from(span.span_id().to_string())));
            }
        });
    }

    fn push(&mut self, field: &Field, value: Value<'static>) {
        self.0.push((field.name().into(), value));
    }
}

impl Visit for Line {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.push(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.push(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.push(
            field,
            i64::try_from(value).map_or_else(|_| value.to_string().into(), Value::from),
        );
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.push(field, value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.push(field, value.to_owned().into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.push(field, format!("{value:?}").into());
    }
}
