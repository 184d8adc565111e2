//! Writes subsegments that have only a name and times, as most functions instrumented with `tracing` do.

use crate::{SegmentId, Time, encode};

/// Appends a finished subsegment with only these members, in [`crate::Form::Embedded`]: the same bytes that
/// [`crate::Document::encode_with`] would write.
pub(crate) fn write_plain(
    name: &str,
    id: SegmentId,
    times: (Time, Time),
    encoded_subsegments: &[u8],
    out: &mut Vec<u8>,
) {
    let mut object = encode::Object::begin(out);
    encode::text(name, object.member("name"));
    let id_member = object.member("id");
    id_member.push(b'"');
    id.push_hex(id_member);
    id_member.push(b'"');
    times.0.write(object.member("start_time"));
    times.1.write(object.member("end_time"));
    if !encoded_subsegments.is_empty() {
        let subsegments = object.member("subsegments");
        subsegments.push(b'[');
        subsegments.extend_from_slice(encoded_subsegments);
        subsegments.push(b']');
    }
    object.end();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Document, Form};

    #[test]
    fn it_is_what_the_whole_document_is() {
        let id = "df6d4ea37eb22ed0".parse().unwrap();
        let (start, end) = (
            Time::from_nanos(1_000_000_007),
            Time::from_nanos(2_000_000_000),
        );
        for (name, subsegments) in [("gen", &b""[..]), ("a\"b", b"{},{}")] {
            let mut whole = Document::new(name.into(), id, start);
            whole.is_subsegment = true;
            whole.end_time = Some(end);
            let (mut expected, mut plain) = (Vec::new(), Vec::new());
            whole.encode_with(Form::Embedded, subsegments, &mut expected);
            write_plain(name, id, (start, end), subsegments, &mut plain);
            assert_eq!(plain, expected);
        }
    }
}
