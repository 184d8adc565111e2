//! HTTP/1.1 and HTTP/2. A program holds the code of those that it serves.

use std::pin::Pin;

use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::{io::Io, limits::Limits, service::Service};

/// Requests that one connection may have under way at once.
const STREAMS: u32 = 8;
/// Bytes that one connection may send before a handler reads them.
const WINDOW: u32 = 256 * 1024;

/// A protocol that connections speak.
pub(crate) trait Protocol: 'static {
    /// A connection that is being served.
    type Serving: Serving;
    /// Whether an idle client learns that its connection goes before it sends another request.
    const SAYS_GOODBYE: bool;

    /// Whether a client may end its side of the connection and wait for the answer.
    const HALF_CLOSES: bool;

    /// Begins to serve a connection.
    fn serve(io: Io, service: Service, limits: &Limits) -> Self::Serving;
}

/// A connection that is being served, to its end.
pub(crate) trait Serving: Future + Send {
    /// Takes no further request, and ends with those that are under way.
    fn finish(self: Pin<&mut Self>);
}

/// HTTP/1.1.
#[derive(Debug)]
pub(crate) enum Http1 {}

impl Protocol for Http1 {
    type Serving = http1::Connection<Io, Service>;
    const SAYS_GOODBYE: bool = false;
    const HALF_CLOSES: bool = true;

    fn serve(io: Io, service: Service, limits: &Limits) -> Self::Serving {
        http1::Builder::new()
            .max_buf_size(limits.header_bytes)
            // Whether a client leaves while it is answered, the connection looks itself: hyper would take a new buffer for that
            // in each request, and drop the answer of who ends its side alone.
            .half_close(true)
            .serve_connection(io, service)
    }
}

impl Serving for http1::Connection<Io, Service> {
    fn finish(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

/// HTTP/2 without TLS, by clients that know it beforehand, as those of gRPC do.
#[derive(Debug)]
pub(crate) enum Http2 {}

impl Protocol for Http2 {
    type Serving = http2::Connection<Io, Service, TokioExecutor>;
    const SAYS_GOODBYE: bool = true;
    const HALF_CLOSES: bool = false;

    fn serve(io: Io, service: Service, limits: &Limits) -> Self::Serving {
        let header_bytes = u32::try_from(limits.header_bytes).unwrap_or(u32::MAX);
        http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW)
            .max_header_list_size(header_bytes)
            .serve_connection(io, service)
    }
}

impl Serving for http2::Connection<Io, Service, TokioExecutor> {
    fn finish(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}
