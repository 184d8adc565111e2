//! The text of an answer, in pieces.
//!
//! An answer may have many megabytes. A single buffer would need up to three times as much while it grows.

use std::{
    convert::Infallible,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::body::{Body, Bytes};
use http_body::{Body as HttpBody, Frame, SizeHint};
use serde::Serialize;

/// The most bytes of a piece, unless a single string in it is longer: 64 KiB with what an allocator adds, which would take the next
/// larger size otherwise.
const PIECE: usize = 64 * 1024 - 64;

/// JSON, ready to be sent.
#[derive(Debug)]
pub(super) struct Text {
    pieces: Vec<Bytes>,
    bytes: usize,
}

impl Text {
    /// No text.
    pub(super) const NONE: Self = Self {
        pieces: Vec::new(),
        bytes: 0,
    };

    /// Writes a value.
    pub(super) fn of(value: &impl Serialize) -> serde_json::Result<Self> {
        Self::written(|writer| serde_json::to_writer(writer, value))
    }

    /// Takes what `write` writes.
    pub(super) fn written<E>(write: impl FnOnce(&mut Writer) -> Result<(), E>) -> Result<Self, E> {
        let mut writer = Writer {
            text: Self::NONE,
            piece: Vec::new(),
        };
        write(&mut writer)?;
        writer.end_piece();
        Ok(writer.text)
    }

    /// Returns its length in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

/// Makes a body that sends the text and keeps `text` alive until then.
pub(super) fn body<T>(text: Arc<T>) -> Body
where
    T: AsRef<Text> + Send + Sync + 'static,
{
    let left = text.as_ref().as_ref().bytes;
    Body::new(Pieces {
        text,
        next: 0,
        left,
    })
}

impl AsRef<Self> for Text {
    fn as_ref(&self) -> &Self {
        self
    }
}

/// Writes a text.
pub(super) struct Writer {
    text: Text,
    piece: Vec<u8>,
}

impl Writer {
    fn end_piece(&mut self) {
        if !self.piece.is_empty() {
            self.text.bytes += self.piece.len();
            self.text
                .pieces
                .push(std::mem::take(&mut self.piece).into());
        }
    }
}

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.piece.len() + bytes.len() > PIECE {
            self.end_piece();
            // The others will be full, most likely.
            self.piece.reserve_exact(PIECE.max(bytes.len()));
        }
        self.piece.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A body that sends one piece after the other.
struct Pieces<T> {
    text: Arc<T>,
    next: usize,
    left: usize,
}

impl<T: AsRef<Text>> HttpBody for Pieces<T> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = self.text.as_ref().as_ref().pieces.get(self.next).cloned();
        Poll::Ready(piece.map(|piece| {
            self.next += 1;
            self.left -= piece.len();
            Ok(Frame::data(piece))
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_has_the_whole_text_and_says_how_long_it_is() {
        let value: Vec<_> = (0..40_000).map(|number| format!("\"{number}\"")).collect();
        let text = Text::of(&value).unwrap();
        assert!(text.pieces.len() > 1);
        assert!(text.pieces.iter().all(|piece| piece.len() <= PIECE));
        let body = body(Arc::new(text));
        let expected = serde_json::to_vec(&value).unwrap();
        assert_eq!(body.size_hint().exact(), Some(expected.len() as u64));
        let sent = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        assert_eq!(sent, expected);
    }
}
