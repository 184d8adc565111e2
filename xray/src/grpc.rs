//! gRPC over HTTP: what a call is named, and how it went.
//!
//! <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>,
//! <https://opentelemetry.io/docs/specs/semconv/rpc/grpc/>

use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderName, header};
use opentelemetry::{
    Context, KeyValue,
    trace::{SpanRef, Status, TraceContextExt},
};
use percent_encoding::percent_decode;

use crate::recorder::AttributeValue;

const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const GRPC_TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");
const DEADLINE_EXCEEDED: i64 = 4;

/// The end of a call at which it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Client,
    Server,
}

/// Whether a request is a call of gRPC's, by its `Content-Type`: `application/grpc`, `application/grpc+proto`, ….
pub(crate) fn is_call(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let rest = kind.and_then(|kind| kind.as_bytes().strip_prefix(b"application/grpc"));
    rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';')))
}

/// Describes the call of `path`, which is `/package.Service/Method`, to `note`.
pub(crate) fn describe(path: &str, mut note: impl FnMut(&'static str, AttributeValue<'_>)) {
    note("rpc.system", AttributeValue::Static("grpc"));
    if let Some((service, method)) = path.trim_start_matches('/').rsplit_once('/') {
        note("rpc.service", AttributeValue::Text(service));
        note("rpc.method", AttributeValue::Text(method));
    }
}

/// Returns until when the caller waits for its answer. A server that keeps to it drops the handler's future then.
pub(crate) fn deadline(headers: &HeaderMap) -> Option<Instant> {
    let timeout = headers.get(GRPC_TIMEOUT)?.to_str().ok()?;
    let (amount, unit) = timeout.split_at_checked(timeout.len().checked_sub(1)?)?;
    let nanos = match unit {
        "H" => 3_600_000_000_000,
        "M" => 60_000_000_000,
        "S" => 1_000_000_000,
        "m" => 1_000_000,
        "u" => 1_000,
        "n" => 1,
        _ => return None,
    };
    let amount = amount.parse::<u32>().ok().filter(|_| amount.len() <= 8)?;
    Instant::now().checked_add(Duration::from_nanos(u64::from(amount) * nanos))
}

/// Notes that the caller's time was over before there was an answer.
pub(crate) fn note_deadline(span: &SpanRef<'_>) {
    span.set_attribute(KeyValue::new("rpc.grpc.status_code", DEADLINE_EXCEEDED));
    span.set_status(Status::error("the caller's deadline was exceeded"));
}

/// Notes how a call went, if `headers` say so: they are those of a response without a message, or the trailers
/// of one with messages.
pub(crate) fn note_status(context: &Context, headers: &HeaderMap, side: Side) {
    let Some(status) = headers.get(GRPC_STATUS) else {
        return;
    };
    let code = status.to_str().ok().and_then(|text| text.parse().ok());
    // What is no number is UNKNOWN, as gRPC's own clients read it.
    let code: i64 = code.unwrap_or(2);
    let span = context.span();
    span.set_attribute(KeyValue::new("rpc.grpc.status_code", code));
    if is_failure(code, side) {
        let message = headers.get(GRPC_MESSAGE);
        let message = message.map(|message| percent_decode(message.as_bytes()));
        let message = message.map(|message| message.decode_utf8_lossy().into_owned());
        span.set_status(Status::error(message.unwrap_or_default()));
    }
}

/// Whether the span failed: a server's has not if it was the caller's mistake.
fn is_failure(code: i64, side: Side) -> bool {
    match side {
        Side::Client => code != 0,
        // UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS
        Side::Server => matches!(code, 2 | 4 | 12..=15),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_read_in_every_unit() {
        for (text, seconds) in [
            ("2H", Some(7_200)),
            ("3M", Some(180)),
            ("99999999S", Some(99_999_999)),
            ("5000m", Some(5)),
            ("7000000u", Some(7)),
            ("10000000n", Some(0)),
            ("", None),
            ("S", None),
            ("5", None),
            ("-5S", None),
            ("100000000S", None),
            ("5ü", None),
        ] {
            let mut headers = HeaderMap::new();
            let value = http::HeaderValue::from_bytes(text.as_bytes()).unwrap();
            headers.insert(GRPC_TIMEOUT, value);
            let before = Instant::now();
            let left = deadline(&headers).map(|deadline| (deadline - before).as_secs());
            assert_eq!(left, seconds, "{text}");
        }
    }
}
