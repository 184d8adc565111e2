//! The codings in which bodies come: gzip, deflate and zstd.
//!
//! Read by hand and not by tower-http's layer, whose zstd is C; and where work may take its time, because a small body
//! may become a large one.

use std::io::{self, Read};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use ruzstd::decoding::StreamingDecoder;

use super::{
    answer::take_in,
    bound::{Unpacked, packed},
    error::ApiError,
};

/// The largest body that is read, before and after it is decoded: fifty documents of 64 kB, with their JSON escapes.
pub(super) const MAX_BODY: usize = 8 * 1024 * 1024;
/// The largest window of zstd, which a decoder must hold: what RFC 8878 asks every decoder to allow.
const MAX_WINDOW: u64 = 8 * 1024 * 1024;

/// A coding that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Gzip,
    /// The format of zlib, as HTTP and gRPC mean by this name.
    Deflate,
    Zstd,
}

impl Coding {
    /// Returns what a header says; `None` if the body is as it is. The error names a coding that is not read.
    pub(super) fn of(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Self>, String> {
        // Each header is a list; `identity` in it changes nothing.
        let said = headers.get_all(name).iter().map(HeaderValue::as_bytes);
        let said: Vec<_> = said.map(String::from_utf8_lossy).collect();
        let codings: Vec<_> = said
            .iter()
            .flat_map(|list| list.split(','))
            .map(|coding| coding.trim().to_ascii_lowercase())
            .filter(|coding| !matches!(&**coding, "" | "identity"))
            .collect();
        match &*codings.join(", ") {
            "" => Ok(None),
            "gzip" | "x-gzip" => Ok(Some(Self::Gzip)),
            "deflate" => Ok(Some(Self::Deflate)),
            "zstd" => Ok(Some(Self::Zstd)),
            other => {
                let other = segment::names::cut_str(other, 64);
                let read = "gzip, deflate, zstd and identity are read";
                Err(format!("{name} is {other:?}; {read}"))
            }
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Zstd => "zstd",
        }
    }

    /// Decodes a body; the error says whether it is too large or no such coding.
    pub(super) fn decode(self, body: &[u8]) -> Result<Vec<u8>, ApiError> {
        let decoded = match self {
            Self::Gzip => bounded(MultiGzDecoder::new(body)),
            Self::Deflate => bounded(ZlibDecoder::new(body)),
            Self::Zstd => StreamingDecoder::new_with_max_window_size(body, MAX_WINDOW)
                .map_err(io::Error::other)
                .and_then(bounded),
        };
        let decoded = decoded.map_err(|error| {
            let words = format!("the body is not in {}, as it says: {error}", self.name());
            ApiError::new(StatusCode::BAD_REQUEST, "SerializationException", words)
        })?;
        if decoded.len() > MAX_BODY {
            return Err(too_large());
        }
        Ok(decoded)
    }
}

/// Reads at most a byte more than a body may have.
fn bounded(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut decoded = Vec::new();
    reader.take(MAX_BODY as u64 + 1).read_to_end(&mut decoded)?;
    Ok(decoded)
}

/// The middleware: hands on a body as it was before it was coded. Answers 415 to a coding that is not read.
pub(super) async fn decoded(mut request: Request, next: Next) -> Response {
    let coding = match Coding::of(request.headers(), &header::CONTENT_ENCODING) {
        Ok(Some(coding)) => coding,
        Ok(None) => return next.run(request).await,
        Err(words) => {
            let code = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return ApiError::new(code, "UnsupportedMediaTypeException", words).into_response();
        }
    };
    request.headers_mut().remove(header::CONTENT_ENCODING);
    request.headers_mut().remove(header::CONTENT_LENGTH);
    match unpacked(request, next, move |body| coding.decode(body)).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

/// Asks the next one with an unpacked body, which keeps its turn until the answer is there.
pub(super) async fn unpacked(
    mut request: Request,
    next: Next,
    unpack: impl FnOnce(&[u8]) -> Result<Vec<u8>, ApiError> + Send + 'static,
) -> Result<Response, ApiError> {
    let body = std::mem::take(request.body_mut());
    let (body, turn) = packed(body, whole).await?;
    let body = take_in(move || unpack(&body)).await?;
    *request.body_mut() = Body::from(body);
    request.extensions_mut().insert(Unpacked);
    let response = next.run(request).await;
    drop(turn);
    Ok(response)
}

/// Reads a body to its end.
async fn whole(body: Body) -> Result<Bytes, ApiError> {
    // It fails for a body that is too large, and for one that breaks off, whose answer nobody reads.
    to_bytes(body, MAX_BODY).await.map_err(|_| too_large())
}

fn too_large() -> ApiError {
    let code = StatusCode::PAYLOAD_TOO_LARGE;
    ApiError::new(code, "RequestEntityTooLargeException", too_large_words())
}

/// What is said of a body with too many bytes.
pub(super) fn too_large_words() -> String {
    format!("the body has more than {MAX_BODY} bytes; send it in parts")
}
