//! OTLP over gRPC: the same spans, taken in as those that come over HTTP.
//!
//! <https://opentelemetry.io/docs/specs/otlp/#otlpgrpc>

use std::{net::SocketAddr, pin::Pin, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::{ConnectInfo, Extension, Request, State},
    http::{HeaderName, StatusCode, Uri},
    middleware::Next,
    response::Response,
};
use bytes::{Buf as _, BufMut as _};
use tokio::time::timeout;
use tonic::{
    Code, Status,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    server::{Grpc, UnaryService},
};

use super::otlp;
use crate::serve::{
    coding::{Coding, MAX_BODY, unpacked},
    error::ApiError,
    state::Console,
};

/// The method that exporters call.
pub(super) const PATH: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
const ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
/// What stands before a message: whether it is coded, and its length.
const FRAME_HEAD: usize = 5;
/// How long a request may take to come in, and to be answered.
const PATIENCE: Duration = Duration::from_secs(60);

/// Takes spans.
pub(super) async fn export(
    State(console): State<Console>,
    sender: Option<Extension<ConnectInfo<SocketAddr>>>,
    request: Request,
) -> Response {
    let sender = sender.map(|Extension(ConnectInfo(sender))| sender);
    let mut grpc = Grpc::new(Messages).max_decoding_message_size(MAX_BODY);
    let answer = timeout(PATIENCE, grpc.unary(Export { console, sender }, request)).await;
    match answer {
        Ok(response) => response.map(Body::new),
        Err(_) => failed(&Status::deadline_exceeded(
            "the request took too long to come in",
        )),
    }
}

/// Answers what is no method of this server, as exports of metrics and logs.
pub(super) async fn unknown(uri: Uri) -> Response {
    let method = uri.path();
    failed(&Status::unimplemented(format!(
        "the console takes traces alone, by {PATH}, and not {method}; switch the exporter of metrics or logs off"
    )))
}

/// The middleware: hands on a message as it was before it was coded. tonic could do so, but with no bound on how many
/// messages become large at once, and zstd with a library in C alone.
pub(super) async fn decoded(mut request: Request, next: Next) -> Response {
    let coding = match Coding::of(request.headers(), &ENCODING) {
        Ok(Some(coding)) => coding,
        Ok(None) => return next.run(request).await,
        Err(words) => return failed(&Status::unimplemented(words)),
    };
    request.headers_mut().remove(ENCODING);
    match unpacked(request, next, move |body| plain(body, coding)).await {
        Ok(response) => response,
        Err(error) => failed(&Status::new(code(error.status()), error.message())),
    }
}

/// Returns what gRPC calls an error of HTTP, so that exporters try again what may succeed.
fn code(status: StatusCode) -> Code {
    match status {
        StatusCode::BAD_REQUEST => Code::InvalidArgument,
        StatusCode::PAYLOAD_TOO_LARGE => Code::OutOfRange,
        StatusCode::TOO_MANY_REQUESTS => Code::Unavailable,
        _ => Code::Internal,
    }
}

/// Makes the frame of a call's one message anew, with the message decoded.
fn plain(body: &[u8], coding: Coding) -> Result<Vec<u8>, ApiError> {
    let [coded, length @ ..] = body.first_chunk::<FRAME_HEAD>().ok_or_else(no_frame)?;
    let message = &body[FRAME_HEAD..];
    if u32::from_be_bytes(*length) as usize != message.len() {
        return Err(no_frame());
    }
    let decoded = match coded {
        0 => message.to_vec(),
        _ => coding.decode(message)?,
    };
    let length = u32::try_from(decoded.len()).map_err(|_| no_frame())?;
    let mut frame = Vec::with_capacity(FRAME_HEAD + decoded.len());
    frame.push(0);
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(&decoded);
    Ok(frame)
}

fn no_frame() -> ApiError {
    let words = "the body is not the frame of one message";
    ApiError::new(StatusCode::BAD_REQUEST, "SerializationException", words)
}

fn failed(status: &Status) -> Response {
    status.clone().into_http()
}

/// One call.
struct Export {
    console: Console,
    sender: Option<SocketAddr>,
}

impl UnaryService<Bytes> for Export {
    type Response = Bytes;
    type Future = Pin<Box<dyn Future<Output = Result<tonic::Response<Bytes>, Status>> + Send>>;

    fn call(&mut self, request: tonic::Request<Bytes>) -> Self::Future {
        let (console, sender) = (self.console.clone(), self.sender);
        Box::pin(async move {
            let taken = otlp::take_message(console, request.into_inner(), sender).await;
            taken.map(tonic::Response::new)
        })
    }
}

/// Messages as they are: what is in them is read by [`crate::receive::otlp`].
struct Messages;

impl Codec for Messages {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Messages {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.put(message);
        Ok(())
    }
}

impl Decoder for Messages {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, message: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(message.copy_to_bytes(message.remaining())))
    }
}
