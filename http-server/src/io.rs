//! A socket that reports the progress of its connection.

use std::{
    io::{self, IoSlice},
    mem::MaybeUninit,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use crate::progress::{Phase, Progress};

/// A socket that a connection's protocol and its [`End`] share. One task polls both, so neither waits for the other.
#[derive(Clone)]
pub(crate) struct Socket(Arc<Mutex<TcpStream>>);

/// The end of what a client sends while it is answered.
pub(crate) struct End {
    socket: Socket,
    progress: Arc<Progress>,
}

/// A socket that reports when a request begins, and whether the client reads its answer.
pub(crate) struct Io {
    socket: TokioIo<Socket>,
    progress: Arc<Progress>,
    /// Whether a client that has ended its side of the connection may still want its answer.
    half_closes: bool,
}

impl Socket {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self(Arc::new(Mutex::new(stream)))
    }

    fn lock(&self) -> MutexGuard<'_, TcpStream> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether the client has sent all that it will send; waits until that, or more of it, is here.
    fn poll_end(&self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let mut byte = [MaybeUninit::uninit()];
        let peeked = self.lock().poll_peek(cx, &mut ReadBuf::uninit(&mut byte));
        peeked.map_ok(|length| length == 0)
    }
}

impl End {
    pub(crate) fn new(socket: Socket, progress: Arc<Progress>) -> Self {
        Self { socket, progress }
    }

    /// Waits until the client ends its side of the connection while a request of it is answered, or is lost. Its protocol does
    /// not look for that then: for most requests it would be in vain.
    pub(crate) fn poll(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !matches!(self.progress.phase(), Phase::Answer | Phase::Stream) {
            return Poll::Pending;
        }
        match ready!(self.socket.poll_end(cx)) {
            Ok(true) => Poll::Ready(Ok(())),
            // Another request, which is read after the answer.
            Ok(false) => Poll::Pending,
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}

impl Io {
    pub(crate) fn new(socket: Socket, progress: Arc<Progress>, half_closes: bool) -> Self {
        Self {
            socket: TokioIo::new(socket),
            progress,
            half_closes,
        }
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
        // What is left of a body whose answer is in the making: at its end the answer would be dropped.
        if self.half_closes
            && self.progress.phase() == Phase::Answer
            && let Ok(true) = ready!(self.socket.inner().poll_end(cx))
        {
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

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.lock()).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.lock()).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.lock()).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.lock()).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.lock()).poll_shutdown(cx)
    }
}
