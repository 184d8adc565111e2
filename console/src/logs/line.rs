//! What a log line says of itself.

use segment::{Time, TraceId, Value};

use crate::api::iso;

/// Most traces that one line is found by.
const MAX_IDS: usize = 8;
/// How X-Ray's spelling begins.
const XRAY: &str = "1-";
/// Names before which 32 digits are a trace's id, in any case; elsewhere they may be any hash.
const NAMES: [&str; 4] = ["traceid", "trace_id", "trace.id", "trace-id"];
/// Most characters between such a name and the id: `": "`, or an escaped quote.
const MAX_BETWEEN: usize = 6;

/// What can be read of a line of JSON.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Facts {
    pub(super) at: Option<Time>,
    pub(super) level: Option<String>,
    pub(super) message: Option<String>,
}

/// Returns the traces that a line names, each once: `1-8 digits-24 digits` anywhere, and 32 digits behind a name
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

/// Returns the word of this length at this place, unless it is a part of a longer one.
fn word(text: &str, at: usize, length: usize) -> Option<&str> {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric();
    let word = text.get(at..at + length)?;
    let ends = |letter: Option<char>| !letter.is_some_and(is_letter);
    (ends(text[..at].chars().next_back()) && ends(text[at + length..].chars().next()))
        .then_some(word)
}

impl Facts {
    /// Reads time, level and message of a line of JSON, which may stand behind a prefix like `front | `.
    pub(super) fn of(text: &str) -> Self {
        let json = text.find('{').map(|begin| &text[begin..]);
        let Some(value) = json.and_then(|json| Value::parse(json).ok()) else {
            return Self::default();
        };
        let first = |names: &[&str]| names.iter().find_map(|name| value.get(name).cloned());
        let words = |value: Value<'static>| match value {
            Value::Text(text) => Some(text.into_owned()),
            Value::Null => None,
            other => Some(other.to_string()),
        };
        let nested = || value.get("fields")?.get("message").cloned();
        Self {
            at: first(&["timestamp", "time", "@timestamp", "ts"]).and_then(|at| time(&at)),
            level: first(&["level", "severity", "lvl"]).and_then(words),
            message: first(&["message", "msg", "body"])
                .or_else(nested)
                .and_then(words),
        }
    }
}

/// Reads a date, or a number of seconds or of milliseconds.
fn time(value: &Value<'_>) -> Option<Time> {
    // As seconds this is the year 5138, as milliseconds 1973.
    const MILLISECONDS_FROM: f64 = 1e11;
    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds of any date fit a double"
    )]
    let number = match value {
        Value::Text(text) => return iso(text),
        Value::Integer(number) => *number as f64,
        Value::Number(number) => *number,
        _ => return None,
    };
    let seconds = if number < MILLISECONDS_FROM {
        number
    } else {
        number / 1e3
    };
    Time::from_seconds(seconds)
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn time_level_and_message_are_read_in_the_usual_spellings() {
        let at = Time::from_nanos(1_795_376_630_000_000_000);
        for line in [
            r#"{"timestamp":"2026-11-22T19:43:50.000Z","level":"WARN","message":"hot"}"#,
            r#"back | {"time":1795376630,"severity":"WARN","msg":"hot"}"#,
            r#"{"ts":1795376630000,"lvl":"WARN","fields":{"message":"hot"}}"#,
        ] {
            let facts = Facts::of(line);
            assert_eq!(facts.at, Some(at), "{line}");
            assert_eq!(
                (facts.level.unwrap(), facts.message.unwrap()),
                ("WARN".into(), "hot".into())
            );
        }
        assert_eq!(Facts::of("plain words"), Facts::default());
        assert_eq!(Facts::of("{broken"), Facts::default());
    }
}
