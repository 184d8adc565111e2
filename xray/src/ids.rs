//! New ids in X-Ray's format.
//!
//! They come from `rand`'s thread-local generator, a stream cipher seeded by the system. Ids need no secrecy, but two
//! processes started from one snapshot must not make the same ids, and a caller who can guess ids could write into
//! other traces. The generator makes 64 bytes at a time, so an id takes some 20 instructions; a faster one gave no
//! measurable gain.

use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{SpanId, TraceId};

/// Returns the id of a trace that begins now. It starts with the time in seconds, which X-Ray searches by.
/// <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids>
pub(crate) fn new_trace_id() -> TraceId {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    // Four bytes of seconds last until 2106.
    TraceId::from(u128::from(seconds) << 96 | rand::random::<u128>() >> 32)
}

/// Returns the id of a segment or subsegment; never zero, which is invalid.
pub(crate) fn new_span_id() -> SpanId {
    SpanId::from(rand::random::<u64>().max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_id_begins_with_the_second_and_no_two_are_alike() {
        let before = SystemTime::now();
        let (one, other) = (new_trace_id(), new_trace_id());
        let second = u32::from_be_bytes(*one.to_bytes().first_chunk().unwrap());
        let before = before.duration_since(UNIX_EPOCH).unwrap().as_secs();
        assert!((before..before + 60).contains(&u64::from(second)));
        assert_ne!(one, other);
        assert_ne!(new_span_id(), new_span_id());
    }
}
