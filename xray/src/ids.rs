//! New ids, as X-Ray wants them.
//!
//! They come from `rand`'s generator of the thread, a stream cipher, seeded by the system: for ids no
//! secrecy is needed, but two processes that start from one snapshot must not make the same ones, and a
//! caller who guesses ids could write into foreign traces. It makes 64 bytes at a time, so an id takes some 20
//! instructions; a faster generator would save nothing that could be measured.

use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{SpanId, TraceId};

/// Makes the id of a trace that begins now: the second comes first, by which X-Ray searches.
/// <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids>
pub(crate) fn new_trace_id() -> TraceId {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    // The four bytes of the second last until 2106.
    TraceId::from(u128::from(seconds) << 96 | rand::random::<u128>() >> 32)
}

/// Makes the id of a segment or subsegment; never zero, which is none.
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
