//! OTLP over gRPC: the same spans, taken in as those that come over HTTP.
//!
//! <https://opentelemetry.io/docs/specs/otlp/#otlpgrpc>

use std::{net::SocketAddr, pin::Pin, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::{ConnectInfo, Extension, Request, State},
    http::{HeaderName, Uri},
    middleware::Next,
    response::Response,
};
use bytes::{Buf as _, BufMut as _, BytesMut};
use tokio::time::timeout;
use tonic::{
    Status,
    codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder},
    server::{Grpc, UnaryService},
};

use super::otlp;
use crate::serve::{
    answer::take_in,
    coding::{Coding, MAX_BODY, whole},
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
    let mut grpc = Grpc::new(Messages)
        .max_decoding_message_size(MAX_BODY)
        .accept_compressed(CompressionEncoding::Gzip)
        .accept_compressed(CompressionEncoding::Deflate);
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

/// The middleware: hands on a message without zstd, which tonic could read with a library in C alone.
pub(super) async fn without_zstd(request: Request, next: Next) -> Response {
    if !matches!(
        Coding::of(request.headers(), &ENCODING),
        Ok(Some(Coding::Zstd))
    ) {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    parts.headers.remove(ENCODING);
    let Ok(body) = whole(body).await else {
        let words = format!("the message has more than {MAX_BODY} bytes; send it in parts");
        return failed(&Status::out_of_range(words));
    };
    match take_in(move || Ok(plain(&body))).await {
        Ok(Ok(frame)) => next.run(Request::from_parts(parts, frame.into())).await,
        Ok(Err(status)) => failed(&status),
        Err(_) => failed(&Status::internal("the message could not be read")),
    }
}

/// Makes the frame of a call's one message anew, with the message decoded.
fn plain(body: &[u8]) -> Result<Bytes, Status> {
    let [coded, length @ ..] = body.first_chunk::<FRAME_HEAD>().ok_or_else(no_frame)?;
    let message = &body[FRAME_HEAD..];
    if u32::from_be_bytes(*length) as usize != message.len() {
        return Err(no_frame());
    }
    let decoded = match coded {
        0 => message.to_vec(),
        _ => Coding::Zstd
            .decode(message)
            .map_err(|error| Status::invalid_argument(error.message()))?,
    };
    let length = u32::try_from(decoded.len()).map_err(|_| no_frame())?;
    let mut frame = BytesMut::with_capacity(FRAME_HEAD + decoded.len());
    frame.put_u8(0);
    frame.put_u32(length);
    frame.extend_from_slice(&decoded);
    Ok(frame.freeze())
}

fn no_frame() -> Status {
    Status::invalid_argument("the body is not the frame of one message")
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
