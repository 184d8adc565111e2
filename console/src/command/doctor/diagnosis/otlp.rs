//! The hops of a span that goes by OTLP over HTTP.

use serde_json::Value;

use super::{
    super::{
        collector::{self, Collector},
        evidence::{Followed, Sent},
    },
    DROPPED, Finding, Hop,
};
use crate::command::client::NoAnswer;

/// Judges how far the request came: to the port, to what reads requests, to what reads spans.
pub(super) fn hops(collector: &Collector, followed: &Followed) -> [Finding; 3] {
    let to = collector::host_and_port(collector.otlp.url());
    let works = [
        Finding::works(Hop::Otlp, format!("TCP {to} takes requests")),
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

/// A collector may take a request and refuse what is in it.
/// <https://opentelemetry.io/docs/specs/otlp/#partial-success-1>
fn rejected(answer: &Value) -> Option<Finding> {
    let partial = answer.get("partialSuccess")?;
    // 64-bit numbers are texts in this form.
    let is_none = match &partial["rejectedSpans"] {
        Value::Null => true,
        Value::String(number) => number == "0",
        number => number == 0,
    };
    let message = partial["errorMessage"].as_str().unwrap_or_default();
    let saw = format!("the collector took the request and rejected the span: {message}");
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
            format!("something between drops packets: {DROPPED}"),
        ),
        NoAnswer::Silent(..) | NoAnswer::Strange(..) => Finding::broken(
            Hop::Otlp,
            saw,
            "it does not speak OTLP over HTTP: is it the port of gRPC (4317), where 4318 is meant?",
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
            "it wants to know who asks: OTEL_EXPORTER_OTLP_HEADERS; a console answers only to names that it was told: \
             --allow-host"
        }
        404 | 405 => {
            "nothing takes spans at that path: OTEL_EXPORTER_OTLP_ENDPOINT is without /v1/traces, \
             OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is the whole URL"
        }
        415 => {
            "it takes no JSON, in which the canary is; services send protobuf, and may get through"
        }
        _ => "the collector's log says why; services try again for a minute",
    }
}
