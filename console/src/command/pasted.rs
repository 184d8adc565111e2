//! A trace id as people have it: alone, or in what they copied it from.

use segment::TraceId;

/// Finds the trace id in a text: X-Ray's form or W3C's, alone or in a header, a URL or a log line; the first of several.
///
/// # Errors
///
/// Says which form is wanted if there is none.
pub(crate) fn trace_id(text: &str) -> Result<TraceId, String> {
    let alone = TraceId::from_xray_or_hex(text.trim()).ok();
    alone.or_else(|| within(text)).ok_or_else(|| {
        format!("there is no trace id in `{text}`: write 1-8 hex digits-24 hex digits or 32 hex digits, alone or in a header, a URL or a log line")
    })
}

fn within(text: &str) -> Option<TraceId> {
    let is_of_id = |character: char| character.is_ascii_hexdigit() || character == '-';
    let mut words = text.split(|character| !is_of_id(character));
    words.find_map(|word| {
        let xray = word.parse().ok();
        // `traceparent` has further parts around it.
        xray.or_else(|| word.split('-').find_map(TraceId::from_hex))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_found_in_what_it_was_copied_from() {
        const ID: &str = "1-5f84c7a1-e7d1852db8c4fd35d88bf49a";
        for text in [
            ID,
            "5f84c7a1e7d1852db8c4fd35d88bf49a",
            " 1-5F84C7A1-E7D1852DB8C4FD35D88BF49A\r\n",
            "\"1-5f84c7a1-e7d1852db8c4fd35d88bf49a\",",
            "X-Amzn-Trace-Id: Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;Parent=53995c3f42cd8ad8;Sampled=1",
            "00-5f84c7a1e7d1852db8c4fd35d88bf49a-53995c3f42cd8ad8-01",
            "http://127.0.0.1:2000/#/traces/1-5f84c7a1-e7d1852db8c4fd35d88bf49a?row=53995c3f42cd8ad8",
            r#"{"level":"INFO","traceId":"1-5f84c7a1-e7d1852db8c4fd35d88bf49a"}"#,
        ] {
            assert_eq!(
                trace_id(text).map(|id| id.to_string()).as_deref(),
                Ok(ID),
                "{text}"
            );
        }
        for text in [
            "",
            "1-2-3",
            "53995c3f42cd8ad8",
            "00000000000000000000000000000000",
            "trace",
        ] {
            let error = trace_id(text).unwrap_err();
            assert!(
                error.starts_with(&format!(
                    "there is no trace id in `{text}`: write 1-8 hex digits-24 hex digits or 32"
                )),
                "{error}"
            );
        }
    }
}
