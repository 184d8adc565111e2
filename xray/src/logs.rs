//! Log lines as JSON, with the trace's id in X-Ray's spelling and in OpenTelemetry's.
//!
//! CloudWatch and X-Ray's console search by `1-…-…`, OpenTelemetry's tools by 32 digits; a line with both is
//! found by either.

use std::fmt;

use opentelemetry::{Context, trace::TraceContextExt};
use segment::{Value, value::Members};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::Writer,
        time::{FormatTime, SystemTime},
    },
    registry::LookupSpan,
};

/// Formats each event as one JSON object: `timestamp`, `level`, `target`, `message` and the event's fields,
/// and in a request `traceId` (`1-…-…`), `trace_id` (32 digits) and `span_id`.
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
        let mut timestamp = String::new();
        SystemTime.format_time(&mut Writer::new(&mut timestamp))?;
        let metadata = event.metadata();
        let mut line = Line(vec![
            ("timestamp".into(), Value::from(timestamp)),
            ("level".into(), Value::from(metadata.level().as_str())),
            ("target".into(), Value::from(metadata.target())),
        ]);
        event.record(&mut line);
        line.push_trace();
        writeln!(writer, "{}", Value::Object(line.0))
    }
}

/// The members of one line.
struct Line<'a>(Members<'a>);

impl Line<'_> {
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

impl Visit for Line<'_> {
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
