//! OTLP over HTTP.
//!
//! <https://opentelemetry.io/docs/specs/otlp/#otlphttp>

use std::net::SocketAddr;

use axum::{
    body::Bytes,
    extract::{ConnectInfo, Extension, State, rejection::BytesRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;
use tonic::Status;

use crate::{
    receive::{
        intake::Refusal,
        origin::{Origin, Protocol},
        otlp::{self, NoSpans},
    },
    serve::{answer::take_in, clock, state::Console},
};

/// The path to which OTLP's senders send spans.
pub(super) const PATH: &str = "/v1/traces";
/// Those to which they send what the console does not take, each with the variable that switches it off.
pub(super) const OTHERS: [(&str, &str); 2] = [
    ("/v1/metrics", "OTEL_METRICS_EXPORTER"),
    ("/v1/logs", "OTEL_LOGS_EXPORTER"),
];

/// `INVALID_ARGUMENT` of `google.rpc.Code`.
const INVALID_ARGUMENT: u8 = 3;

/// The two formats of OTLP over HTTP; an answer has the format of its request.
#[derive(Debug, Clone, Copy)]
enum Form {
    Protobuf,
    Json,
}

/// Receives spans.
pub(super) async fn export(
    State(console): State<Console>,
    sender: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Some(form) = Form::of(&headers) else {
        let words = "set Content-Type to application/x-protobuf or application/json\n";
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, words).into_response();
    };
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return form.error(rejection.status(), &rejection.body_text()),
    };
    let origin = Origin {
        at: clock::now(),
        sender: sender.map(|Extension(ConnectInfo(sender))| sender),
        via: Protocol::Otlp,
        bytes: body.len(),
    };
    let taken = take_in(move || Ok(take(&console, form, &body, origin))).await;
    match taken {
        Ok(Ok(refusals)) => form.answer(&refusals),
        Ok(Err(error)) => form.error(StatusCode::BAD_REQUEST, &error.to_string()),
        Err(error) => error.into_response(),
    }
}

/// Answers who sends metrics or logs: exporters send them to the same address as spans, unless they are told not to.
pub(super) fn not_taken(headers: &HeaderMap, variable: &str) -> Response {
    let words = format!("the console takes traces alone: set {variable}=none");
    let form = Form::of(headers).unwrap_or(Form::Json);
    form.error(StatusCode::NOT_FOUND, &words)
}

/// Takes spans that came over gRPC, and answers as over HTTP.
pub(super) async fn take_message(
    console: Console,
    message: Bytes,
    sender: Option<SocketAddr>,
) -> Result<Bytes, Status> {
    let origin = Origin {
        at: clock::now(),
        sender,
        via: Protocol::Otlp,
        bytes: message.len(),
    };
    match take_in(move || Ok(take(&console, Form::Protobuf, &message, origin))).await {
        Ok(Ok(refusals)) => Ok(in_protobuf(&refusals).into()),
        Ok(Err(error)) => Err(Status::invalid_argument(error.to_string())),
        Err(error) => Err(Status::internal(error.message())),
    }
}

fn take(
    console: &Console,
    form: Form,
    body: &[u8],
    origin: Origin,
) -> Result<Vec<Refusal>, NoSpans> {
    let spans = match form {
        Form::Protobuf => otlp::from_protobuf(body),
        Form::Json => otlp::from_json(body),
    };
    let refusals = console.intake.spans(spans?, origin);
    console.intake.events.notify();
    Ok(refusals)
}

impl Form {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        let kind = kind.split(';').next().unwrap_or_default().trim();
        match kind.to_ascii_lowercase().as_str() {
            "application/x-protobuf" => Some(Self::Protobuf),
            "application/json" => Some(Self::Json),
            _ => None,
        }
    }

    fn answer(self, refusals: &[Refusal]) -> Response {
        let body = match (self, first(refusals)) {
            (Self::Json, None) => b"{}".to_vec(),
            (Self::Json, Some(words)) => {
                let partial =
                    json!({ "rejectedSpans": refusals.len().to_string(), "errorMessage": words });
                json!({ "partialSuccess": partial })
                    .to_string()
                    .into_bytes()
            }
            (Self::Protobuf, _) => in_protobuf(refusals),
        };
        self.respond(StatusCode::OK, body)
    }

    fn error(self, status: StatusCode, words: &str) -> Response {
        let body = match self {
            Self::Json => json!({ "code": INVALID_ARGUMENT, "message": words })
                .to_string()
                .into_bytes(),
            Self::Protobuf => {
                // google.rpc.Status: code = 1, message = 2.
                let mut body = vec![1 << 3, INVALID_ARGUMENT];
                bytes(2, words.as_bytes(), &mut body);
                body
            }
        };
        self.respond(status, body)
    }

    fn respond(self, status: StatusCode, body: Vec<u8>) -> Response {
        let kind = match self {
            Self::Protobuf => "application/x-protobuf",
            Self::Json => "application/json",
        };
        (
            status,
            [(header::CONTENT_TYPE, HeaderValue::from_static(kind))],
            body,
        )
            .into_response()
    }
}

/// Returns what the answer says of the spans that were refused: why the first one was.
fn first(refusals: &[Refusal]) -> Option<String> {
    let refusal = refusals.first()?;
    Some(format!("{}: {}", refusal.code, refusal.message))
}

/// Writes an `ExportTraceServiceResponse`.
fn in_protobuf(refusals: &[Refusal]) -> Vec<u8> {
    let mut answer = Vec::new();
    if let Some(words) = first(refusals) {
        // ExportTracePartialSuccess: rejected_spans = 1, error_message = 2.
        let mut partial = vec![1 << 3];
        varint(refusals.len() as u64, &mut partial);
        bytes(2, words.as_bytes(), &mut partial);
        bytes(1, &partial, &mut answer);
    }
    answer
}

/// Appends a field that holds bytes.
fn bytes(number: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(number << 3 | 2);
    varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

fn varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}
