//! OTLP over gRPC: the frame of a message, and what an answer means.
//!
//! One unary call needs little more than HTTP/2 (<https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>), which the
//! HTTP client speaks; a gRPC client would be a second one in every service.

use std::{future::poll_fn, pin::Pin, time::Duration};

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use http::{HeaderMap, StatusCode};
use http_body::Body as _;
use prost::Message as _;
use reqwest::{Body, Response};

use super::outcome::{Failure, LONGEST_WISH, MAX_ANSWER, Outcome};

pub(super) const CONTENT_TYPE: &str = "application/grpc";
/// Whether the message is compressed, and its length.
const FRAME_HEAD: usize = 1 + 4;
/// Most milliseconds that `grpc-timeout` can say: it has eight digits.
const MAX_TIMEOUT: u128 = 99_999_999;
/// Binary headers come with padding or without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
const RETRY_INFO: &str = "/google.rpc.RetryInfo";

/// <https://github.com/googleapis/googleapis/blob/master/google/rpc/status.proto>
#[derive(prost::Message)]
struct Status {
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

#[derive(prost::Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

#[derive(prost::Message)]
struct RetryInfo {
    #[prost(message, tag = "1")]
    retry_delay: Option<Delay>,
}

#[derive(prost::Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

/// Returns the frame of a message, which is not compressed.
pub(super) fn frame(message: &[u8]) -> Vec<u8> {
    // A request is far below 4 GiB: the ring is.
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    let mut frame = Vec::with_capacity(FRAME_HEAD + message.len());
    frame.push(0);
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(message);
    frame
}

/// Returns the value of `grpc-timeout`.
pub(super) fn timeout(timeout: Duration) -> String {
    format!("{}m", timeout.as_millis().min(MAX_TIMEOUT))
}

/// Reads the collector's answer to a call.
pub(super) async fn outcome(response: Response) -> Outcome {
    let status = response.status();
    if status != StatusCode::OK {
        return of_http(status);
    }
    let (parts, body) = http::Response::<Body>::from(response).into_parts();
    // A call that fails at once has its status in the headers.
    let mut headers = parts.headers;
    match read(body, &mut headers).await {
        Ok(message) => of_status(&headers, &message),
        Err(error) => Outcome::Retry(Failure::of(&error), None),
    }
}

/// What is between here and the collector answered:
/// <https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md>
fn of_http(status: StatusCode) -> Outcome {
    match status {
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => Outcome::Retry(Failure::Busy, None),
        _ => Outcome::Rejected,
    }
}

/// Returns the body, as far as it is read, and adds its trailers to `headers`.
async fn read(mut body: Body, headers: &mut HeaderMap) -> Result<Vec<u8>, reqwest::Error> {
    let mut message = Vec::new();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        match frame?.into_data() {
            Ok(data) => {
                let room = MAX_ANSWER - message.len();
                message.extend_from_slice(&data[..data.len().min(room)]);
            }
            Err(frame) => headers.extend(frame.into_trailers().unwrap_or_default()),
        }
    }
    Ok(message)
}

/// <https://opentelemetry.io/docs/specs/otlp/#failures>
fn of_status(headers: &HeaderMap, frame: &[u8]) -> Outcome {
    let status = headers.get("grpc-status");
    let status = status.and_then(|status| status.to_str().ok()?.parse().ok());
    let pause = pause(headers);
    match status {
        Some(code::OK) => Outcome::accepted(frame.get(FRAME_HEAD..).unwrap_or_default()),
        Some(
            code::CANCELLED
            | code::DEADLINE_EXCEEDED
            | code::ABORTED
            | code::OUT_OF_RANGE
            | code::UNAVAILABLE
            | code::DATA_LOSS,
        ) => Outcome::Retry(Failure::Busy, pause),
        // Whether it has room again is known only if it says when.
        Some(code::RESOURCE_EXHAUSTED) if pause.is_some() => Outcome::Retry(Failure::Busy, pause),
        _ => Outcome::Rejected,
    }
}

/// <https://grpc.github.io/grpc/core/md_doc_statuscodes.html>
mod code {
    pub(super) const OK: u8 = 0;
    pub(super) const CANCELLED: u8 = 1;
    pub(super) const DEADLINE_EXCEEDED: u8 = 4;
    pub(super) const RESOURCE_EXHAUSTED: u8 = 8;
    pub(super) const ABORTED: u8 = 10;
    pub(super) const OUT_OF_RANGE: u8 = 11;
    pub(super) const UNAVAILABLE: u8 = 14;
    pub(super) const DATA_LOSS: u8 = 15;
}

/// Returns the pause that the collector asks for, at most [`LONGEST_WISH`].
fn pause(headers: &HeaderMap) -> Option<Duration> {
    let details = BASE64
        .decode(headers.get("grpc-status-details-bin")?)
        .ok()?;
    let status = Status::decode(details.as_slice()).ok()?;
    let mut details = status.details.iter();
    let info = details.find(|any| any.type_url.ends_with(RETRY_INFO))?;
    let delay = RetryInfo::decode(info.value.as_slice()).ok()?.retry_delay?;
    let (seconds, nanos) = (delay.seconds.try_into().ok()?, delay.nanos.try_into().ok()?);
    Some(
        Duration::from_secs(seconds)
            .saturating_add(Duration::from_nanos(nanos))
            .min(LONGEST_WISH),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a collector says with a status and, if it asks for a pause, how long.
    fn headers(status: &str, pause: Option<(i64, i32)>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("grpc-status", status.parse().unwrap());
        if let Some((seconds, nanos)) = pause {
            let info = RetryInfo {
                retry_delay: Some(Delay { seconds, nanos }),
            };
            let any = |kind: &str, value: Vec<u8>| Any {
                type_url: format!("type.googleapis.com{kind}"),
                value,
            };
            let details = vec![
                any("/google.rpc.DebugInfo", vec![0xff]),
                any(RETRY_INFO, info.encode_to_vec()),
            ];
            let status = BASE64.encode(Status { details }.encode_to_vec());
            headers.insert("grpc-status-details-bin", status.parse().unwrap());
        }
        headers
    }

    #[test]
    fn each_status_means_what_the_protocol_says() {
        let retried = [1, 4, 10, 11, 14, 15];
        for status in 1..=17 {
            let outcome = of_status(&headers(&status.to_string(), None), b"");
            let is_retried = outcome == Outcome::Retry(Failure::Busy, None);
            assert_eq!(is_retried, retried.contains(&status), "{status}");
            assert!(is_retried || outcome == Outcome::Rejected, "{status}");
        }
        for (status, nothing) in [("", headers("", None)), ("none", HeaderMap::new())] {
            let outcome = of_status(&nothing, b"");
            assert_eq!(outcome, Outcome::Rejected, "{status}");
        }
        let accepted = Outcome::Accepted { rejected: 0 };
        assert_eq!(of_status(&headers("0", None), &frame(b"")), accepted);
    }

    #[test]
    fn a_pause_that_the_collector_asks_for_is_kept_within_reason() {
        let pause = |pause| match of_status(&headers("8", Some(pause)), b"") {
            Outcome::Retry(Failure::Busy, pause) => pause,
            _ => None,
        };
        assert_eq!(pause((2, 500_000_000)), Some(Duration::from_millis(2_500)));
        assert_eq!(pause((86_400, 0)), Some(LONGEST_WISH));
        assert_eq!(pause((-1, 0)), None);
    }

    #[test]
    fn a_timeout_has_eight_digits_at_most() {
        assert_eq!(timeout(Duration::from_secs(10)), "10000m");
        assert_eq!(timeout(Duration::MAX), "99999999m");
    }
}
