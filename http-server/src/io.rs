//! A socket that reports the progress of its connection.

use std::{
    io::{self, IoSlice},
    mem::MaybeUninit,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::{io::ReadBuf, net::TcpStream};

use crate::progress::{Phase, Progress};

/// A socket that reports when a request begins, and whether the client reads its answer.
pub(crate) struct Io {
    socket: TokioIo<TcpStream>,
    progress: Arc<Progress>,
    /// Whether a client that has ended its side of the connection may still want its answer.
    half_closes: bool,
}

impl Io {
    pub(crate) fn new(socket: TcpStream, progress: Arc<Progress>, half_closes: bool) -> Self {
        Self {
            socket: TokioIo::new(socket),
            progress,
            half_closes,
        }
    }

    /// Whether the client has sent all that it will send. hyper ends a connection at once when it reads that, and drops
    /// the answer that is in the making.
    fn poll_end(&self, cx: &mut Context<'_>) -> Poll<bool> {
        let mut byte = [MaybeUninit::uninit()];
        let mut byte = ReadBuf::uninit(&mut byte);
        let peeked = self.socket.inner().poll_peek(cx, &mut byte);
        peeked.map(|peeked| matches!(peeked, Ok(0)))
    }

    fn written(&self, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match result {
            Poll::Pending => self.progress.stalls(),
            Poll::Ready(_) => self.progress.flows(),
        }
        result
    }
}

impl Read for Io {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if self.half_closes && self.progress.phase() == Phase::Answer && ready!(self.poll_end(cx)) {
            // The connection closes after the answer, when it waits for another request.
            self.progress.client_ended();
            return Poll::Pending;
        }
        let result = Pin::new(&mut self.socket).poll_read(cx, buffer);
        // The end of the stream counts as well: the connection closes at once.
        if result.is_ready() && self.progress.phase() == Phase::Idle {
            self.progress.enter(Phase::Head);
        }
        result
    }
}

impl Write for Io {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.socket).poll_write(cx, bytes);
        self.written(result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.socket).poll_write_vectored(cx, bytes);
        self.written(result)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}
