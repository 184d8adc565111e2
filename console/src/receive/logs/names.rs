//! Finds the trace ids in a log line.

use segment::TraceId;

/// Most traces that one line belongs to.
const MAX_IDS: usize = 8;
/// The start of X-Ray's format.
const XRAY: &str = "1-";
/// Names before which 32 digits are a trace id, in any case; elsewhere they may be any hash.
const NAMES: [&str; 4] = ["traceid", "trace_id", "trace.id", "trace-id"];
/// Most characters between such a name and the id: `": "`, or an escaped quote.
const MAX_BETWEEN: usize = 6;

/// Returns the trace ids in a line, without duplicates: `1-8 digits-24 digits` anywhere, and 32 digits after a name
/// like `trace_id`. The line may be JSON or not.
pub(super) fn trace_ids(text: &str) -> Vec<TraceId> {
    let mut ids = Vec::new();
    let mut add = |id: Option<TraceId>| {
        if let Some(id) = id.filter(|id| !ids.contains(id) && ids.len() < MAX_IDS) {
            ids.push(id);
        }
    };
    for (at, _) in text.match_indices(XRAY) {
        add(word(text, at, TraceId::TEXT_LEN).and_then(|word| word.parse().ok()));
    }
    let lower = text.to_ascii_lowercase();
    for name in NAMES {
        for (at, _) in lower.match_indices(name) {
            let behind = at + name.len();
            let is_between = |letter: &char| !letter.is_ascii_alphanumeric();
            let between = lower[behind..].chars().take_while(is_between);
            let length: usize = between.take(MAX_BETWEEN).map(char::len_utf8).sum();
            add(word(&lower, behind + length, 32).and_then(TraceId::from_hex));
        }
    }
    ids
}

/// Returns the word of this length at this position, unless it is a part of a longer one.
fn word(text: &str, at: usize, length: usize) -> Option<&str> {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric();
    let word = text.get(at..at + length)?;
    let ends = |letter: Option<char>| !letter.is_some_and(is_letter);
    (ends(text[..at].chars().next_back()) && ends(text[at + length..].chars().next()))
        .then_some(word)
}

#[cfg(test)]
mod tests {
    use proptest::{
        collection::vec,
        prelude::*,
        sample::{Index, select},
    };

    use super::*;

    const XRAY: &str = "1-5f84c7a1-e7d1852db8c4fd35d88bf49a";
    const HEX: &str = "5f84c7a1e7d1852db8c4fd35d88bf49a";

    #[test]
    fn a_line_names_a_trace_in_either_spelling() {
        let id: TraceId = XRAY.parse().unwrap();
        for line in [
            format!(r#"{{"message":"hi","traceId":"{XRAY}","trace_id":"{HEX}"}}"#),
            format!(r#"{{"trace_id": "{HEX}"}}"#),
            format!(r#"{{"otelTraceID":"{}"}}"#, HEX.to_uppercase()),
            format!(r#"front | {{"span":{{"trace.id":"{HEX}"}}}}"#),
            format!(r#"{{"log":"{{\"trace_id\":\"{HEX}\"}}"}}"#),
            format!("INFO [trace_id={HEX} span_id=1] hello"),
            format!("AWS-XRAY-TRACE-ID: {XRAY}@0000000000000001"),
            format!("Root={XRAY};Sampled=1"),
        ] {
            assert_eq!(trace_ids(&line), [id], "{line}");
        }
    }

    #[test]
    fn what_only_looks_like_an_id_is_none() {
        for line in [
            String::new(),
            format!("etag {HEX}"),
            format!("trace_id={HEX}0"),
            format!("2{XRAY}"),
            format!("{XRAY}0"),
            format!("trace_id=\u{fc}{}", &HEX[..31]),
            "trace_id=00000000000000000000000000000000".to_owned(),
            "traceId".to_owned(),
            "1-".repeat(100),
        ] {
            assert_eq!(trace_ids(&line), [], "{line}");
        }
    }

    #[test]
    fn a_line_is_found_by_a_few_traces_at_most() {
        let line: Vec<_> = (1..100)
            .map(|number| format!("trace_id={number:032x}"))
            .collect();
        assert_eq!(trace_ids(&line.join(" ")).len(), MAX_IDS);
    }

    proptest! {
        /// Any text is searched, and what is found is in it.
        #[test]
        fn damaged_lines_name_no_trace_that_is_not_in_them(
            line in select(vec![
                format!(r#"{{"message":"hi","traceId":"{XRAY}","trace_id":"{HEX}"}}"#),
                format!("Ä {XRAY} ü TRACE_ID=\\\"{HEX}\\\" [{XRAY}]"),
                format!("trace-id:{HEX}ß trace.id => {HEX}"),
            ]),
            damages in vec((any::<Index>(), 0..5_usize, "[1-9a-zäß\"=: -]{0,4}"), 1..5),
        ) {
            let mut letters: Vec<char> = line.chars().collect();
            for (at, cut, put) in damages {
                let from = at.index(letters.len() + 1);
                let to = (from + cut).min(letters.len());
                letters.splice(from..to, put.chars());
            }
            let line = String::from_iter(letters);
            let digits = line.to_ascii_lowercase().replace('-', "");
            for id in trace_ids(&line) {
                prop_assert!(digits.contains(&id.to_hex()), "{line}");
            }
        }
    }
}
