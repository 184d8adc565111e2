//! OTLP over HTTP: what an answer means.
//! <https://opentelemetry.io/docs/specs/otlp/#otlphttp-response>

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use reqwest::Response;

use super::outcome::{Failure, LONGEST_WISH, MAX_ANSWER, Outcome};

pub(super) const CONTENT_TYPE: &str = "application/x-protobuf";

/// Reads the collector's answer to a request.
pub(super) async fn outcome(response: Response) -> Outcome {
    match response.status() {
        status if status.is_success() => {
            Outcome::accepted(&body(response).await.unwrap_or_default())
        }
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => {
            Outcome::Retry(Failure::Busy, retry_after(response.headers()))
        }
        _ => Outcome::Rejected,
    }
}

async fn body(mut response: Response) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body)
}

/// Returns the pause that the collector asks for, at most [`LONGEST_WISH`].
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    Some(Duration::from_secs(seconds.parse().ok()?).min(LONGEST_WISH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_that_the_collector_asks_for_is_kept_within_reason() {
        let asked = |value: &str| {
            let value = header::HeaderValue::from_str(value).unwrap();
            retry_after(&HeaderMap::from_iter([(header::RETRY_AFTER, value)]))
        };
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        assert_eq!(asked("86400"), Some(LONGEST_WISH));
        assert_eq!(asked("Sun, 22 Nov 2026 00:00:00 GMT"), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
