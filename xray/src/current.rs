//! Adds data to the current segment or subsegment.
//!
//! Each function looks at OpenTelemetry's current context. If nothing is recorded there, it returns at once and
//! copies nothing.

mod keys;

use std::{any::type_name, borrow::Cow, error::Error, iter};

use opentelemetry::{
    Array, Context, KeyValue, StringValue, Value,
    trace::{SpanRef, Status, TraceContextExt},
};
use segment::mapping::{ANNOTATION_PREFIX, METADATA_PREFIX};

/// Adds an annotation to the current segment or subsegment: a string, number or boolean that X-Ray's filter
/// expressions can search for, as in `annotation.tier = "gold"`.
///
/// A key keeps only letters, digits, `_` and `.`; a string is cut at 1,000 bytes; after 50 annotations in one
/// document, further ones become metadata, and so do lists. Such changes are counted
/// ([`crate::Delivery::cut_annotations`]). Setting a key again replaces its value.
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

/// Adds metadata to the current segment or subsegment, in the namespace `default`. Metadata is shown with the trace
/// but cannot be searched for.
///
/// For another namespace or nested values, set OpenTelemetry's attribute `aws.xray.metadata.<namespace>` to a string
/// that holds a JSON object. What does not fit into a datagram is cut, the largest values first; the document says
/// what was cut, and [`crate::Delivery::trimmed`] counts it.
///
/// <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-annotations>
///
/// ```
/// xray::add_metadata("cart", "3 apples, 1 pear");
/// ```
pub fn add_metadata(key: &str, value: impl Into<Value>) {
    set(METADATA_PREFIX, key, value);
}

/// Sets the user who made the request: the `user` of the segment, which filter expressions can search for. At most
/// 250 bytes.
///
/// Only segments have a user. Called in a subsegment, this sets the user of the enclosing segment unless that already
/// has one. By OTLP, the user stays on the span that set it, as `enduser.id`.
///
/// <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html>
///
/// ```
/// xray::set_user("alice");
/// ```
pub fn set_user(user: impl Into<Cow<'static, str>>) {
    when_recording(|span| span.set_attribute(KeyValue::new("enduser.id", user.into())));
}

/// Records that the current segment or subsegment failed: sets `fault`, and records the error and each of its sources
/// as exceptions.
///
/// `#[tracing::instrument(err)]` does the same for a function that returns a `Result`. Of one document 50 exceptions are
/// kept; further ones are counted ([`crate::Delivery::cut_exceptions`]).
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
    record(span, type_of::<E>(), message.clone(), error.source());
    span.set_status(Status::error(message));
}

/// Returns the type of an exception. That of an error behind `dyn Error`, boxed or not, is not known; it is empty.
pub(crate) fn type_of<E: ?Sized>() -> &'static str {
    let name = type_name::<E>();
    let behind = name.strip_prefix("alloc::boxed::Box<").unwrap_or(name);
    if behind.starts_with("dyn ") { "" } else { name }
}

/// Adds an exception with its sources, as `tracing-opentelemetry` does: the sources are recorded as the stack trace. A type
/// that is empty is left out.
pub(crate) fn record(
    span: &SpanRef<'_>,
    exception_type: impl Into<Cow<'static, str>>,
    message: String,
    source: Option<&(dyn Error + 'static)>,
) {
    let mut attributes = vec![KeyValue::new("exception.message", message)];
    let exception_type = exception_type.into();
    if !exception_type.is_empty() {
        attributes.push(KeyValue::new("exception.type", exception_type));
    }
    let sources: Vec<StringValue> = iter::successors(source, |&error| error.source())
        .map(|error| error.to_string().into())
        .collect();
    if !sources.is_empty() {
        let sources = Value::Array(Array::String(sources));
        attributes.push(KeyValue::new("exception.stacktrace", sources));
    }
    span.add_event("exception", attributes);
}

fn set(prefix: &'static str, key: &str, value: impl Into<Value>) {
    when_recording(|span| span.set_attribute(KeyValue::new(keys::prefixed(prefix, key), value)));
}

fn when_recording(act: impl FnOnce(SpanRef<'_>)) {
    Context::map_current(|context| {
        let span = context.span();
        // `is_sampled` needs no lock; `is_recording` does.
        if span.span_context().is_sampled() || span.is_recording() {
            act(span);
        }
    });
}
