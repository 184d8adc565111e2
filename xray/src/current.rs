//! What code says of the segment or subsegment that it runs in.
//!
//! Each function looks at OpenTelemetry's current context. Where nothing is recorded it returns at once and
//! copies nothing.

use std::{any::type_name, borrow::Cow, error::Error, iter};

use opentelemetry::{
    Array, Context, KeyValue, StringValue, Value,
    trace::{SpanRef, Status, TraceContextExt},
};
use segment::mapping::{ANNOTATION_PREFIX, METADATA_PREFIX};

/// Adds an annotation to the current segment or subsegment: a text, a number or a boolean by which X-Ray
/// finds the trace, `annotation.tier = "gold"`.
///
/// The key keeps letters, digits, `_` and `.`; a text is cut at 1,000 bytes; beyond 50 of one document they
/// become metadata. What is changed is counted ([`crate::Delivery::cut_annotations`]). Said again, the last
/// value counts. Lists become metadata.
///
/// <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-annotations>
///
/// ```
/// xray::annotate("tier", "gold");
/// xray::annotate("items", 3);
/// ```
pub fn annotate(key: &str, value: impl Into<Value>) {
    set(ANNOTATION_PREFIX, key, value);
}

/// Adds metadata to the current segment or subsegment: anything that is to be seen with the trace, but not
/// searched for. It is in the namespace `default`.
///
/// For a namespace of its own, with values nested as deep as they are, set OpenTelemetry's attribute
/// `aws.xray.metadata.<namespace>` to a text that holds a JSON object.
///
/// <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-annotations>
pub fn add_metadata(key: &str, value: impl Into<Value>) {
    set(METADATA_PREFIX, key, value);
}

/// Says who made the request: the `user` of its segment, by which X-Ray finds traces. At most 250 bytes.
///
/// Only segments have a user: said in a subsegment, it goes to the segment around it, as long as that one
/// has none. By OTLP it stays where it was said, as `enduser.id`.
pub fn set_user(user: impl Into<Cow<'static, str>>) {
    when_recording(|span| span.set_attribute(KeyValue::new("enduser.id", user.into())));
}

/// Records that the current segment or subsegment failed, and why: a `fault`, with the error and each of its
/// sources as exceptions.
///
/// `#[tracing::instrument(err)]` does the same for a function that returns a `Result`.
///
/// ```
/// # fn charge() -> Result<(), std::io::Error> { Err(std::io::Error::other("no funds")) }
/// if let Err(error) = charge() {
///     xray::record_error(&error);
/// }
/// ```
pub fn record_error<E: Error + ?Sized>(error: &E) {
    when_recording(|span| record_in(&span, error));
}

/// Records that a span failed, and why.
pub(crate) fn record_in<E: Error + ?Sized>(span: &SpanRef<'_>, error: &E) {
    let message = error.to_string();
    record(span, type_name::<E>(), message.clone(), error.source());
    span.set_status(Status::error(message));
}

/// Adds an exception and what caused it, as `tracing-opentelemetry` does: the causes take the place of a stack.
pub(crate) fn record(
    span: &SpanRef<'_>,
    exception_type: impl Into<Cow<'static, str>>,
    message: String,
    source: Option<&(dyn Error + 'static)>,
) {
    let mut attributes = vec![
        KeyValue::new("exception.type", exception_type.into()),
        KeyValue::new("exception.message", message),
    ];
    let sources: Vec<StringValue> = iter::successors(source, |&error| error.source())
        .map(|error| error.to_string().into())
        .collect();
    if !sources.is_empty() {
        let sources = Value::Array(Array::String(sources));
        attributes.push(KeyValue::new("exception.stacktrace", sources));
    }
    span.add_event("exception", attributes);
}

fn set(prefix: &str, key: &str, value: impl Into<Value>) {
    when_recording(|span| span.set_attribute(KeyValue::new([prefix, key].concat(), value)));
}

fn when_recording(say: impl FnOnce(SpanRef<'_>)) {
    Context::map_current(|context| {
        let span = context.span();
        // Whether it is sampled is known without the lock that what is recorded has.
        if span.span_context().is_sampled() || span.is_recording() {
            say(span);
        }
    });
}
