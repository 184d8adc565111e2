//! W3C's `traceparent` and `tracestate`, as defined by level 2. <https://www.w3.org/TR/trace-context-2/>

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
use segment::SegmentId;

/// W3C's headers in requests. <https://www.w3.org/TR/trace-context-2/#trace-context-http-headers-format>
pub(super) const TRACE_PARENT: HeaderName = HeaderName::from_static("traceparent");
pub(super) const TRACE_STATE: HeaderName = HeaderName::from_static("tracestate");

/// The random trace id flag, which is passed on unchanged.
/// <https://www.w3.org/TR/trace-context-2/#random-trace-id-flag>
const RANDOM: u8 = 2;
const KNOWN_FLAGS: u8 = RANDOM | 1;
/// Most members of a `tracestate`.
const MAX_MEMBERS: usize = 32;

/// The parsed `traceparent`.
#[derive(Debug, PartialEq)]
struct TraceParent<'a> {
    trace_id: &'a [u8],
    parent_id: &'a [u8],
    flags: TraceFlags,
}

/// What `traceparent` adds to an X-Ray header that names a parent in the same trace.
pub(super) struct Beside {
    pub(super) flags: TraceFlags,
    pub(super) state: TraceState,
}

/// Returns the calling span.
pub(super) fn parent(headers: &HeaderMap) -> Option<SpanContext> {
    let parent = trace_parent(headers)?;
    let trace_id = TraceId::from_hex(hex(parent.trace_id)?).ok()?;
    let span_id = SpanId::from_hex(hex(parent.parent_id)?).ok()?;
    let context = SpanContext::new(trace_id, span_id, parent.flags, true, TraceState::default());
    // Without a valid parent there is no state.
    context
        .is_valid()
        .then(|| SpanContext::new(trace_id, span_id, parent.flags, true, state(headers)))
}

/// Returns what `traceparent` adds, if it is of the same trace.
pub(super) fn beside(headers: &HeaderMap, trace_id: segment::TraceId) -> Option<Beside> {
    let parent = trace_parent(headers)?;
    let mut same = [0; 32];
    trace_id.write_hex(&mut same);
    (parent.trace_id == same).then(|| Beside {
        flags: parent.flags,
        state: state(headers),
    })
}

/// Returns the value of `traceparent` and `traceresponse`.
pub(super) fn write(trace_id: segment::TraceId, span_id: SegmentId, flags: TraceFlags) -> [u8; 55] {
    let mut text = *b"00-00000000000000000000000000000000-0000000000000000-00";
    trace_id.write_hex(&mut text[3..35]);
    span_id.write_hex(&mut text[36..52]);
    text[54] += flags.to_u8() & KNOWN_FLAGS;
    text
}

/// Reads `traceparent`. Several headers with different values count as none, because neither is more likely to be
/// right.
fn trace_parent(headers: &HeaderMap) -> Option<TraceParent<'_>> {
    let mut lines = headers.get_all(TRACE_PARENT).into_iter();
    let first = lines.next()?.as_bytes().trim_ascii();
    if lines.any(|line| line.as_bytes().trim_ascii() != first) {
        return None;
    }
    TraceParent::read(first)
}

impl<'a> TraceParent<'a> {
    /// Reads version 0, and the fields of later versions that version 0 has too.
    fn read(text: &'a [u8]) -> Option<Self> {
        let (known, more) = text.split_at_checked(55)?;
        let &[v1, v2, b'-', ref rest @ ..] = known else {
            return None;
        };
        let (trace_id, rest) = rest.split_at(32);
        let (parent_id, flags) = rest.strip_prefix(b"-")?.split_at(16);
        let &[b'-', f1, f2] = flags else {
            return None;
        };
        let version = (digit(v1)?, digit(v2)?);
        let is_whole = more.is_empty() || version != (0, 0) && more[0] == b'-';
        let flags = digit(f1)? << 4 | digit(f2)?;
        (is_whole && version != (15, 15)).then_some(Self {
            trace_id,
            parent_id,
            flags: TraceFlags::new(flags & KNOWN_FLAGS),
        })
    }
}

/// Returns the digits as a string if all are lower-case hexadecimal.
fn hex(digits: &[u8]) -> Option<&str> {
    let are_hex = digits.iter().all(|byte| digit(*byte).is_some());
    std::str::from_utf8(digits).ok().filter(|_| are_hex)
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

/// Reads `tracestate`; several headers form one list. Drops an invalid member, and a second member with the same key,
/// and keeps the others.
fn state(headers: &HeaderMap) -> TraceState {
    let mut lines = headers.get_all(TRACE_STATE).into_iter().peekable();
    if lines.peek().is_none() {
        return TraceState::default();
    }
    let mut members: Vec<(&str, &str)> = Vec::new();
    for (key, value) in lines.flat_map(line).filter_map(member) {
        let is_known = members.iter().any(|(known, _)| *known == key);
        if !is_known && members.len() < MAX_MEMBERS {
            members.push((key, value));
        }
    }
    TraceState::from_key_value(members).unwrap_or_default()
}

fn line(value: &HeaderValue) -> impl Iterator<Item = &[u8]> {
    value.as_bytes().split(|byte| *byte == b',')
}

/// <https://www.w3.org/TR/trace-context-2/#list>
fn member(member: &[u8]) -> Option<(&str, &str)> {
    let member = std::str::from_utf8(member.trim_ascii()).ok()?;
    let (key, value) = member.split_once('=')?;
    let is_value = !value.is_empty() && value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    // The API checks keys, lengths, and `=` in values.
    let is_taken = !key.is_empty() && TraceState::from_key_value([(key, value)]).is_ok();
    (is_value && is_taken).then_some((key, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const CALLER: &str = "00f067aa0ba902b7";

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let line = |(name, value): &(&'static str, &str)| {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            (HeaderName::from_static(name), value)
        };
        lines.iter().map(line).collect()
    }

    #[test]
    fn flags_go_on_as_far_as_they_are_known() {
        for (flags, known) in [
            ("00", 0),
            ("01", 1),
            ("02", 2),
            ("03", 3),
            ("ff", 3),
            ("08", 0),
        ] {
            let text = format!("00-{TRACE}-{CALLER}-{flags}");
            let parent = parent(&headers(&[("traceparent", &text)])).unwrap();
            assert_eq!(parent.trace_flags().to_u8(), known, "{flags}");
            let ids = (
                segment::TraceId::from_bytes(parent.trace_id().to_bytes()).unwrap(),
                SegmentId::from_bytes(parent.span_id().to_bytes()).unwrap(),
            );
            let written = write(ids.0, ids.1, parent.trace_flags());
            let expected = format!("00-{TRACE}-{CALLER}-0{known}");
            assert_eq!(written, expected.as_bytes());
        }
    }

    #[test]
    fn what_is_no_parent_is_none() {
        let zero = "0".repeat(32);
        for (text, is_parent) in [
            (format!("00-{TRACE}-{CALLER}-01"), true),
            (format!(" 00-{TRACE}-{CALLER}-01\t"), true),
            (format!("cc-{TRACE}-{CALLER}-01-more"), true),
            (format!("cc-{TRACE}-{CALLER}-01.more"), false),
            (format!("00-{TRACE}-{CALLER}-01-x"), false),
            (format!("00-{TRACE}-{CALLER}-01-"), false),
            (format!("ff-{TRACE}-{CALLER}-01"), false),
            (format!("00-{}-{CALLER}-01", TRACE.to_uppercase()), false),
            (format!("00-+{}-{CALLER}-01", &TRACE[1..]), false),
            (format!("00-{zero}-{CALLER}-01"), false),
            (format!("00-{TRACE}-{}-01", &zero[..16]), false),
            (format!("00-{TRACE}-{CALLER}-0"), false),
            (format!("00-{TRACE}-{CALLER}-0x"), false),
            ("é".repeat(28), false),
        ] {
            let found = parent(&headers(&[("traceparent", &text)]));
            assert_eq!(found.is_some(), is_parent, "{text}");
        }
    }

    #[test]
    fn two_different_parents_are_none_and_twice_the_same_is_one() {
        let (one, other) = (
            format!("00-{TRACE}-{CALLER}-01"),
            format!("00-{TRACE}-{CALLER}-00"),
        );
        let lines = |second| headers(&[("traceparent", &one), ("traceparent", second)]);
        assert!(parent(&lines(&one)).is_some());
        assert!(parent(&lines(&other)).is_none());
    }

    #[test]
    fn lines_of_state_are_one_list_and_an_odd_member_costs_itself_alone() {
        let many: Vec<_> = (0..40).map(|number| format!("k{number}=v")).collect();
        let kept = many[..32].join(",");
        for (lines, read) in [
            (&["a=1", "b=2"][..], "a=1,b=2"),
            (&["a=1,,b=2 , c@d=3"], "a=1,b=2,c@d=3"),
            (&["a=1,B=2,c=é,=4,e,f=,g=7"], "a=1,g=7"),
            (&["a=1", "a=2,b=x y"], "a=1,b=x y"),
            (&["", " , "], ""),
            (&[&many.join(",")], &kept),
        ] {
            let lines: Vec<_> = lines.iter().map(|line| ("tracestate", *line)).collect();
            assert_eq!(state(&headers(&lines)).header(), read, "{lines:?}");
        }
    }
}
