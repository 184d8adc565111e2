//! Reads the time, level and message of a log line.

use segment::{Time, Value};

use crate::serve::timestamp::iso;

/// The parts of a line of JSON.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Facts {
    pub(super) at: Option<Time>,
    pub(super) level: Option<String>,
    pub(super) message: Option<String>,
}

impl Facts {
    /// Reads the time, level and message of a line of JSON, which may have a prefix like `front | `.
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

/// Parses a date, or a number of seconds or of milliseconds.
fn time(value: &Value<'_>) -> Option<Time> {
    // In seconds this is the year 5138, in milliseconds 1973.
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
