//! The text of an answer, in pieces.
//!
//! An answer may have many megabytes. A single buffer would need up to three times as much while it grows.

use std::{
    convert::Infallible,
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use axum::body::{Body, Bytes};
use http_body::{Body as HttpBody, Frame, SizeHint};
use serde::Serialize;

/// The most bytes of a piece, unless a single string in it is longer: 64 KiB with what an allocator adds, which would take the next
/// larger size otherwise.
const PIECE: usize = 64 * 1024 - 64;

/// How many pieces that were sent are kept for the next answers: 2 MiB. A page has more than a megabyte, and to give its memory back
/// to the kernel and take it again costs several times what writing it does.
const SPARE_PIECES: usize = 32;
static SPARE: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

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
            let piece = Piece(std::mem::take(&mut self.piece));
            self.text.pieces.push(Bytes::from_owner(piece));
        }
    }
}

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.piece.len() + bytes.len() > PIECE {
            self.end_piece();
            // The others will be full, most likely.
            self.piece = spare().pop().unwrap_or_default();
            self.piece.reserve_exact(PIECE.max(bytes.len()));
        }
        self.piece.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A piece that is kept for another answer when it has been sent.
struct Piece(Vec<u8>);

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        let mut spare = spare();
        if self.0.capacity() == PIECE && spare.len() < SPARE_PIECES {
            self.0.clear();
            spare.push(std::mem::take(&mut self.0));
        }
    }
}

/// A panic leaves nothing half done in it.
fn spare() -> MutexGuard<'static, Vec<Vec<u8>>> {
    SPARE.lock().unwrap_or_else(PoisonError::into_inner)
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

    #[test]
    fn pieces_are_used_again_and_few_are_kept() {
        let texts: Vec<_> = (0..3)
            .map(|number| Text::of(&vec![number; 1_000_000]).unwrap())
            .collect();
        assert!(texts[0].pieces.len() > 30);
        drop(texts);
        let kept = spare().len();
        assert!((1..=SPARE_PIECES).contains(&kept), "{kept}");
        let text = Text::of(&vec![7; 1_000_000]).unwrap();
        let written: Vec<u8> = text.pieces.iter().flatten().copied().collect();
        assert_eq!(written, serde_json::to_vec(&vec![7; 1_000_000]).unwrap());
    }
}
