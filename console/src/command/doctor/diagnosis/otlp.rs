//! The hops of a span sent by OTLP over HTTP.

use serde_json::Value;

use super::{
    super::{
        collector::{self, Collector},
        evidence::{Followed, Sent},
    },
    DROPPED, Finding, Hop,
};
use crate::command::client::NoAnswer;

/// Judges how far the request got: to the port, to the HTTP server, to the OTLP receiver.
pub(super) fn hops(collector: &Collector, followed: &Followed) -> [Finding; 3] {
    let to = collector::host_and_port(collector.otlp.url());
    let works = [
        Finding::works(Hop::Otlp, format!("TCP {to} accepts requests")),
        Finding::works(Hop::Header, "accepted"),
        Finding::works(Hop::Document, "accepted"),
    ];
    let broken = match &followed.sent {
        Some(Sent::Posted(Ok(answer))) => rejected(answer),
        Some(Sent::Posted(Err(error))) => Some(refused(error)),
        _ => return works.map(|finding| Finding::not_reached(finding.hop)),
    };
    let Some(broken) = broken else {
        return works;
    };
    let mut is_reached = true;
    works.map(|finding| match finding.hop {
        hop if hop == broken.hop => {
            is_reached = false;
            broken.clone()
        }
        _ if is_reached => finding,
        hop => Finding::not_reached(hop),
    })
}

/// A collector may accept a request and refuse its contents.
/// <https://opentelemetry.io/docs/specs/otlp/#partial-success-1>
fn rejected(answer: &Value) -> Option<Finding> {
    let partial = answer.get("partialSuccess")?;
    // 64-bit numbers are strings in this format.
    let is_none = match &partial["rejectedSpans"] {
        Value::Null => true,
        Value::String(number) => number == "0",
        number => number == 0,
    };
    let message = partial["errorMessage"].as_str().unwrap_or_default();
    let saw = format!("the collector accepted the request but rejected the span: {message}");
    (!is_none).then(|| Finding::broken(Hop::Document, saw, "its log says why"))
}

fn refused(error: &NoAnswer) -> Finding {
    let saw = error.to_string();
    match error {
        NoAnswer::Closed(..) => Finding::broken(
            Hop::Otlp,
            saw,
            "start the collector there, or correct OTEL_EXPORTER_OTLP_ENDPOINT; collectors listen at 4318, and the \
             CloudWatch agent at cloudwatch-agent.amazon-cloudwatch:4318",
        ),
        NoAnswer::Dropped(_) => Finding::broken(
            Hop::Otlp,
            saw,
            format!("packets are dropped on the way: {DROPPED}"),
        ),
        NoAnswer::Silent(..) | NoAnswer::Unexpected(..) => Finding::broken(
            Hop::Otlp,
            saw,
            "it does not speak OTLP over HTTP: is it the port of gRPC (4317) instead of 4318?",
        ),
        NoAnswer::Status(_, 400 | 422, _) => Finding::broken(
            Hop::Document,
            saw,
            "the collector's log says what it did not understand",
        ),
        NoAnswer::Status(_, status, _) => Finding::broken(Hop::Header, saw, remedy(*status)),
    }
}

fn remedy(status: u16) -> &'static str {
    match status {
        401 | 403 => {
            "it requires authentication: set OTEL_EXPORTER_OTLP_HEADERS; a console accepts only the host names \
             that it was given: --allow-host"
        }
        404 | 405 => {
            "nothing accepts spans at that path: OTEL_EXPORTER_OTLP_ENDPOINT must be without /v1/traces, \
             OTEL_EXPORTER_OTLP_TRACES_ENDPOINT with the whole path"
        }
        415 => {
            "it does not accept JSON, which the canary uses; services send protobuf, which it may accept"
        }
        _ => "the collector's log says why; services retry for a minute",
    }
}
