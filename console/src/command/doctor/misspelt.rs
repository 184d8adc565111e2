//! Variables that are almost those that a service reads: it ignores them, and nothing else would say so.

/// What decides where a service sends, and whether.
const KNOWN: [&str; 10] = [
    "AWS_XRAY_DAEMON_ADDRESS",
    "AWS_XRAY_SAMPLING_RULES",
    "AWS_XRAY_SDK_DISABLED",
    "AWS_XRAY_TRACING_NAME",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    "OTEL_SDK_DISABLED",
    "OTEL_SERVICE_NAME",
    "OTEL_TRACES_EXPORTER",
    "OTEL_TRACES_SAMPLER",
];
/// How many letters may be wrong, missing or too many.
const WRONG_LETTERS: usize = 2;

/// Returns each name that is almost a known one, with that.
pub(super) fn among(names: impl Iterator<Item = String>) -> Vec<(String, &'static str)> {
    let mut found: Vec<_> = names
        .filter_map(|name| {
            let upper = name.to_ascii_uppercase();
            let meant = KNOWN
                .into_iter()
                .find(|known| distance(&upper, known) <= WRONG_LETTERS)?;
            (meant != name).then_some((name, meant))
        })
        .collect();
    found.sort_unstable();
    found
}

/// How many letters have to be changed, added or removed to make one name of another (Levenshtein's distance).
fn distance(one: &str, other: &str) -> usize {
    if one.len().abs_diff(other.len()) > WRONG_LETTERS {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.bytes().enumerate() {
        let mut before = at;
        row[0] = at + 1;
        for (place, expected) in other.bytes().enumerate() {
            let changed = before + usize::from(letter != expected);
            before = row[place + 1];
            row[place + 1] = changed.min(before + 1).min(row[place] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_almost_known_are_found_and_others_are_not() {
        let names = [
            "AWS_XRAY_DAEMON_ADRESS",
            "aws_xray_daemon_address",
            "OTEL_TRACE_EXPORTER",
            "OTEL_SERVICENAME",
            "AWS_XRAY_DAEMON_ADDRESS",
            "OTEL_METRICS_EXPORTER",
            "OTEL_LOGS_EXPORTER",
            "OTEL_TRACES_SAMPLER_ARG",
            "OTEL_EXPORTER_OTLP_HEADERS",
            "AWS_XRAY_CONTEXT_MISSING",
            "AWS_XRAY_DEBUG_MODE",
            "PATH",
        ];
        assert_eq!(
            among(names.map(str::to_owned).into_iter()),
            [
                (
                    "AWS_XRAY_DAEMON_ADRESS".to_owned(),
                    "AWS_XRAY_DAEMON_ADDRESS"
                ),
                ("OTEL_SERVICENAME".to_owned(), "OTEL_SERVICE_NAME"),
                ("OTEL_TRACE_EXPORTER".to_owned(), "OTEL_TRACES_EXPORTER"),
                (
                    "aws_xray_daemon_address".to_owned(),
                    "AWS_XRAY_DAEMON_ADDRESS"
                ),
            ]
        );
    }
}
