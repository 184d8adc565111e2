//! Saved traces in the usual formats.

use std::collections::BTreeMap;

use segment::{Document, TraceId, Value, tree::Trace};

/// Most trace ids that an error lists.
const NAMED: usize = 5;

/// The documents found in a text.
#[derive(Debug, Default)]
pub(super) struct Collected {
    traces: BTreeMap<TraceId, Vec<Document<'static>>>,
    skipped: Vec<String>,
}

/// The requested trace.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) trace: Trace<'static>,
    /// One warning for each item that is not a document.
    pub(super) skipped: Vec<String>,
}

/// Why there is no trace to show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotFound {
    #[error("there is no trace {id} in {whence}{}", reasons(.skipped))]
    Absent {
        id: TraceId,
        whence: String,
        skipped: Vec<String>,
    },
    #[error("there is no segment document in {whence}{}", reasons(.skipped))]
    Nothing {
        whence: String,
        skipped: Vec<String>,
    },
    #[error("there are {count} traces in {whence}; say which one: {names}")]
    Several {
        whence: String,
        count: usize,
        names: String,
    },
}

/// Decodes a file: UTF-8, or UTF-16 with its mark, as Windows' shells write what a command says.
pub(super) fn text(bytes: &[u8]) -> String {
    let utf16 = |bytes: &[u8], number: fn([u8; 2]) -> u16| {
        let units: Vec<_> = bytes
            .chunks_exact(2)
            .map(|pair| number([pair[0], pair[1]]))
            .collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xff, 0xfe, text @ ..] => utf16(text, u16::from_le_bytes),
        [0xfe, 0xff, text @ ..] => utf16(text, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, text @ ..] | text => String::from_utf8_lossy(text).into_owned(),
    }
}

/// Reads one JSON text, or one per line.
///
/// Accepts an answer of `BatchGetTraces` or a part of it, the console's `GET /documents/<id>`, a segment document,
/// and lists of them. Anything else is skipped with a warning.
pub(super) fn collect(text: &str) -> Collected {
    let mut collected = Collected::default();
    if let Ok(value) = Value::parse(text) {
        collected.take(value, "the JSON text");
        return collected;
    }
    for (number, line) in text.lines().enumerate() {
        let place = format!("line {}", number + 1);
        match Value::parse(line) {
            _ if line.trim().is_empty() => {}
            // Captured datagrams include their header lines.
            Ok(Value::Object(members)) if members.iter().any(|(name, _)| name == "format") => {}
            Ok(value) => collected.take(value, &place),
            Err(error) => collected.skip(&place, &error.to_string()),
        }
    }
    collected
}

impl Collected {
    /// Assembles the requested trace; without an id, the only one.
    pub(super) fn find(mut self, id: Option<TraceId>, whence: &str) -> Result<Found, NotFound> {
        let whence = whence.to_owned();
        let skipped = self.skipped;
        let id = match (id, self.traces.keys().next()) {
            (Some(id), _) => id,
            (None, Some(only)) if self.traces.len() == 1 => *only,
            (None, Some(_)) => {
                let names: Vec<_> = self.traces.keys().take(NAMED).collect();
                let names: Vec<_> = names.into_iter().map(ToString::to_string).collect();
                let more = if self.traces.len() > NAMED {
                    ", …"
                } else {
                    ""
                };
                return Err(NotFound::Several {
                    whence,
                    count: self.traces.len(),
                    names: names.join(", ") + more,
                });
            }
            (None, None) => return Err(NotFound::Nothing { whence, skipped }),
        };
        match self.traces.remove(&id) {
            Some(documents) => Ok(Found {
                trace: Trace::compile(id, documents),
                skipped,
            }),
            None => Err(NotFound::Absent {
                id,
                whence,
                skipped,
            }),
        }
    }

    fn take(&mut self, value: Value<'static>, place: &str) {
        match value {
            Value::Array(values) => {
                for (index, value) in values.into_iter().enumerate() {
                    self.take(value, &format!("{place}, entry {}", index + 1));
                }
            }
            Value::Text(text) => self.keep(Document::decode(&text), place),
            Value::Object(members) => self.take_object(members, place),
            other => self.skip(place, &format!("{other} is not a segment document")),
        }
    }

    fn take_object(&mut self, members: segment::value::Members<'static>, place: &str) {
        const CONTAINERS: [&str; 4] = ["Traces", "Segments", "Document", "documents"];
        let inner = members
            .iter()
            .position(|(name, _)| CONTAINERS.contains(&name.as_ref()));
        match inner {
            Some(inner) => {
                let (name, value) = members
                    .into_iter()
                    .nth(inner)
                    .expect("the index was found in the map");
                self.take(value, &format!("{place}, {name}"));
            }
            None if members.iter().any(|(name, _)| name == "resourceSpans") => self.skip(
                place,
                "it holds OpenTelemetry's spans; “Open” on the page takes them, and so does POST /v1/traces of a console",
            ),
            None => self.keep(Document::from_value(Value::Object(members)), place),
        }
    }

    fn keep(&mut self, document: Result<Document<'static>, segment::RefusedDocument>, place: &str) {
        match document.map(|document| (document.trace_id, document)) {
            Ok((Some(id), document)) => self.traces.entry(id).or_default().push(document),
            Ok((None, _)) => self.skip(place, "there is no trace_id"),
            Err(refused) => self.skip(place, &refused.to_string()),
        }
    }

    fn skip(&mut self, place: &str, reason: &str) {
        self.skipped.push(format!("{place} was skipped: {reason}"));
    }
}

fn reasons(skipped: &[String]) -> String {
    skipped.first().map_or_else(String::new, |first| {
        format!("; skipped: {}, the first: {first}", skipped.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1-5f84c7a1-e7d1852db8c4fd35d88bf49a";

    fn document(id: &str, trace: &str) -> String {
        format!(r#"{{"name":"a","id":"{id}","trace_id":"{trace}","start_time":1,"end_time":2}}"#)
    }

    fn quoted(text: &str) -> String {
        Value::from(text.to_owned()).to_string()
    }

    #[test]
    fn a_file_of_a_windows_shell_is_read() {
        let document = document("00000000000000a1", ID).replace("\"a\"", "\"größe\"");
        let units = || std::iter::once('\u{feff}').chain(document.chars());
        let utf16 = |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
            units()
                .collect::<String>()
                .encode_utf16()
                .flat_map(bytes)
                .collect()
        };
        for bytes in [
            document.clone().into_bytes(),
            units().collect::<String>().into_bytes(),
            utf16(u16::to_le_bytes),
            utf16(u16::to_be_bytes),
        ] {
            let found = collect(&text(&bytes)).find(None, "a file").unwrap();
            assert_eq!(found.trace.segments[0].name, "größe");
        }
    }

    #[test]
    fn spans_of_opentelemetry_are_told_where_they_belong() {
        let error = collect(r#"{"resourceSpans":[]}"#)
            .find(None, "a file")
            .unwrap_err();
        assert!(error.to_string().contains("POST /v1/traces"), "{error}");
    }

    #[test]
    fn every_usual_shape_of_a_saved_trace_is_read() {
        let [a, b] = [
            document("00000000000000a1", ID),
            document("00000000000000b2", ID),
        ];
        for text in [
            format!(
                r#"{{"Traces":[{{"Id":"{ID}","Segments":[{{"Id":"x","Document":{}}},{{"Document":{}}}]}}],"UnprocessedTraceIds":[]}}"#,
                quoted(&a),
                quoted(&b)
            ),
            format!(r#"{{"documents":[{},{}]}}"#, quoted(&a), quoted(&b)),
            format!("{a}\n\n{b}\n"),
            format!(
                "{{\"format\": \"json\", \"version\": 1}}\n{a}\n{{\"format\":\"json\",\"version\":1}}\n{b}"
            ),
            format!("[{a},{b}]"),
            format!("[{a},\n {}]", quoted(&b)),
        ] {
            let found = collect(&text).find(None, "a file").unwrap();
            assert_eq!(found.trace.id.to_string(), ID);
            assert_eq!(
                (found.trace.segments.len(), found.skipped),
                (2, vec![]),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_document_is_named_by_its_place_and_loses_nothing_else() {
        let a = document("00000000000000a1", ID);
        let text = format!("{a}\nnot json\n{{\"name\":\"b\"}}\n7\n");
        let found = collect(&text).find(None, "a file").unwrap();
        assert_eq!(found.trace.segments.len(), 1);
        assert_eq!(found.skipped.len(), 3);
        for (sentence, line) in found.skipped.iter().zip(2..) {
            assert!(
                sentence.starts_with(&format!("line {line} was skipped: ")),
                "{sentence}"
            );
        }
    }

    #[test]
    fn a_trace_that_is_not_there_and_a_choice_of_several_are_told() {
        let other = "1-5f84c7a2-e7d1852db8c4fd35d88bf49a";
        let text = format!(
            "{}\n{}\n",
            document("00000000000000a1", ID),
            document("00000000000000a1", other)
        );
        let error = collect(&text).find(None, "a file").unwrap_err().to_string();
        for part in ["2 traces", "a file", ID, other] {
            assert!(error.contains(part), "{error}");
        }
        let error = collect(&text).find(Some(other.replace('2', "3").parse().unwrap()), "f");
        assert!(matches!(error, Err(NotFound::Absent { .. })));
        assert!(
            collect(&text)
                .find(Some(other.parse().unwrap()), "f")
                .is_ok()
        );
        let error = collect("oh").find(None, "a file").unwrap_err().to_string();
        assert!(
            error.contains("no segment document in a file; skipped: 1, the first: line 1"),
            "{error}"
        );
    }
}
