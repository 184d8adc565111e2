//! gRPC over HTTP: what a call is named, and how it went.
//!
//! <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>,
//! <https://opentelemetry.io/docs/specs/semconv/rpc/grpc/>

use std::time::{Duration, Instant};

use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};
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

/// Where an answer says how the call went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// In HTTP's trailers.
    Grpc,
    /// In the last message of the body, because browsers do not show trailers: gRPC-Web.
    Web,
    /// As [`Protocol::Web`], in base64.
    WebText,
}

impl Protocol {
    /// Reads it from a `Content-Type`: `application/grpc`, `application/grpc+proto`, `application/grpc-web-text`, ….
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let kind = headers.get(header::CONTENT_TYPE)?.as_bytes();
        let rest = kind.strip_prefix(b"application/grpc")?;
        let end = rest.iter().position(|byte| matches!(byte, b'+' | b';'));
        match &rest[..end.unwrap_or(rest.len())] {
            b"" => Some(Self::Grpc),
            b"-web" => Some(Self::Web),
            b"-web-text" => Some(Self::WebText),
            _ => None,
        }
    }

    /// Reads the trailers in a piece of a body, which begins with a message and is whole.
    /// <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md>
    pub(crate) fn trailers(self, piece: &[u8]) -> Option<HeaderMap> {
        match self {
            Self::Grpc => None,
            Self::Web => trailers(piece),
            Self::WebText => trailers(&BASE64_STANDARD.decode(piece).ok()?),
        }
    }
}

/// Finds the message that has trailers, by the first bit of its first byte.
fn trailers(mut piece: &[u8]) -> Option<HeaderMap> {
    loop {
        let (head, rest) = piece.split_first_chunk::<5>()?;
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
        let (message, behind) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        if head[0] == 0x80 {
            let lines = str::from_utf8(message).ok()?.split("\r\n");
            let fields = lines.filter_map(|line| line.split_once(':'));
            return Some(fields.filter_map(field).collect());
        }
        piece = behind;
    }
}

fn field((name, value): (&str, &str)) -> Option<(HeaderName, HeaderValue)> {
    let value = HeaderValue::from_str(value.trim_ascii()).ok()?;
    Some((name.parse().ok()?, value))
}

/// Whether a request is a call of gRPC's.
pub(crate) fn is_call<B>(request: &Request<B>) -> bool {
    // Of what is asked by other methods the headers are not looked at.
    request.method() == Method::POST && Protocol::of(request.headers()).is_some()
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
        let message = message.filter(|message| !message.is_empty());
        span.set_status(match message {
            Some(message) => Status::error(message),
            None => Status::error(name(code)),
        });
    }
}

/// What is told of a status without a message, as of a method that nobody serves.
/// <https://grpc.github.io/grpc/core/md_doc_statuscodes.html>
fn name(code: i64) -> &'static str {
    match code {
        1 => "CANCELLED",
        3 => "INVALID_ARGUMENT",
        4 => "DEADLINE_EXCEEDED",
        5 => "NOT_FOUND",
        6 => "ALREADY_EXISTS",
        7 => "PERMISSION_DENIED",
        8 => "RESOURCE_EXHAUSTED",
        9 => "FAILED_PRECONDITION",
        10 => "ABORTED",
        11 => "OUT_OF_RANGE",
        12 => "UNIMPLEMENTED",
        13 => "INTERNAL",
        14 => "UNAVAILABLE",
        15 => "DATA_LOSS",
        16 => "UNAUTHENTICATED",
        _ => "UNKNOWN",
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
    fn the_content_type_says_where_the_status_is() {
        for (kind, expected) in [
            ("application/grpc", Some(Protocol::Grpc)),
            ("application/grpc+json", Some(Protocol::Grpc)),
            ("application/grpc;charset=utf-8", Some(Protocol::Grpc)),
            ("application/grpc-web", Some(Protocol::Web)),
            ("application/grpc-web+proto", Some(Protocol::Web)),
            ("application/grpc-web-text+proto", Some(Protocol::WebText)),
            ("application/grpc-website", None),
            ("application/json", None),
            ("", None),
        ] {
            let kinds = HeaderMap::from_iter([(header::CONTENT_TYPE, kind.parse().unwrap())]);
            assert_eq!(Protocol::of(&kinds), expected, "{kind}");
        }
    }

    #[test]
    fn trailers_are_found_behind_messages_and_nowhere_else() {
        const TRAILERS: &[u8] = b"\x80\0\0\0\x28grpc-status:13\r\ngrpc-message:no%20luck\r\n";
        let message = b"\0\0\0\0\x02\x08\x01";
        let status = |trailers: Option<HeaderMap>| {
            let status = trailers?.get(GRPC_STATUS)?.to_str().ok()?.to_owned();
            Some(status)
        };
        for (piece, is_found) in [
            (TRAILERS, true),
            (&[message, TRAILERS].concat(), true),
            (message, false),
            (&TRAILERS[..30], false),
            (&[b"\x08", TRAILERS].concat(), false),
            (b"\x80\xff\xff\xff\xff", false),
            (b"\x80\0\0\0\x02\xff\xff", false),
            (b"", false),
        ] {
            let expected = is_found.then(|| "13".to_owned());
            assert_eq!(status(Protocol::Web.trailers(piece)), expected, "{piece:?}");
            let text = BASE64_STANDARD.encode(piece);
            let found = Protocol::WebText.trailers(text.as_bytes());
            assert_eq!(status(found), expected, "{text}");
            assert_eq!(status(Protocol::Grpc.trailers(piece)), None);
        }
    }

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
