//! Turns an encoded embedded subsegment into an independent document.

use crate::{SegmentId, TraceId};

/// Appends the subsegment `encoded` (in [`crate::Form::Embedded`]) as an independent document.
///
/// Reads only its first byte, the opening brace: the missing members are inserted after it.
///
/// ```
/// use segment::document::write_independent;
///
/// let mut out = Vec::new();
/// let trace_id = "1-5f84c7a1-e7d1852db8c4fd35d88bf49a".parse()?;
/// write_independent(br#"{"name":"bank"}"#, trace_id, "53995c3f42cd8ad8".parse()?, &mut out);
/// assert_eq!(String::from_utf8(out)?, r#"{"type":"subsegment","trace_id":"1-5f84c7a1-e7d1852db8c4fd35d88bf49a","#.to_owned()
///     + r#""parent_id":"53995c3f42cd8ad8","name":"bank"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_independent(
    encoded: &[u8],
    trace_id: TraceId,
    parent_id: SegmentId,
    out: &mut Vec<u8>,
) {
    out.extend_from_slice(b"{\"type\":\"subsegment\",\"trace_id\":\"");
    out.extend_from_slice(&trace_id.text());
    out.extend_from_slice(b"\",\"parent_id\":\"");
    out.extend_from_slice(&parent_id.text());
    out.extend_from_slice(b"\",");
    out.extend_from_slice(encoded.get(1..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Document, Form, Time};

    #[test]
    fn an_embedded_subsegment_becomes_the_independent_one() {
        let trace_id = "1-5f84c7a1-e7d1852db8c4fd35d88bf49a".parse().unwrap();
        let (id, parent_id) = (
            "df6d4ea37eb22ed0".parse().unwrap(),
            "7df694142c905d8d".parse().unwrap(),
        );
        let mut subsegment = Document::new("gen".into(), id, Time::from_nanos(1_000_000_000));
        subsegment.is_subsegment = true;
        subsegment.end_time = Some(Time::from_nanos(2_000_000_000));
        let mut embedded = Vec::new();
        subsegment.encode(Form::Embedded, &mut embedded);
        let mut independent = Vec::new();
        write_independent(&embedded, trace_id, parent_id, &mut independent);

        subsegment.trace_id = Some(trace_id);
        subsegment.parent_id = Some(parent_id);
        assert_eq!(
            Document::decode(std::str::from_utf8(&independent).unwrap()),
            Ok(subsegment)
        );
    }
}
