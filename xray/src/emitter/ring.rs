//! The datagrams between the requests and the emitter's thread.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Most bytes that wait to be sent: some four thousand requests, at one datagram of 1 kB each.
pub(crate) const CAPACITY: usize = 4 * 1024 * 1024;

/// The most bytes that streamed subsegments may fill. The rest is for segments: their own, which are emitted last, and those
/// of other requests.
pub(crate) const STREAMED: usize = CAPACITY / 4 * 3;

/// How much room is kept for the next frames, of what a burst has made necessary.
const KEPT: usize = 256 * 1024;

/// Bytes of the length before each frame.
const LENGTH: usize = 4;

/// A bounded buffer to which many threads append, and which one thread takes as a whole.
#[derive(Debug)]
pub(crate) struct Ring {
    /// What precedes each document.
    prefix: &'static [u8],
    state: Mutex<State>,
    /// Notified when something is appended to an empty ring, when a flush begins, and at the shutdown.
    changed: Condvar,
    /// Notified when the thread has sent everything that it took.
    idle: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Frames: length, then the datagram.
    frames: Vec<u8>,
    /// Whether the thread is sending what it took.
    is_sending: bool,
    /// Whether the thread waits to be woken by the next frame.
    is_parked: bool,
    /// How many callers wait for everything to be sent.
    flushing: usize,
    is_closed: bool,
}

/// Which documents may fill the last quarter of the ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Priority {
    /// A segment, with or without subsegments in it: may use all of the ring.
    Segment,
    /// A subsegment that is sent by itself: may use three quarters.
    Streamed,
}

/// What the thread is to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Send what was taken.
    Send,
    /// Nothing was appended for a while.
    Idle,
    /// The ring is closed and empty.
    Closed,
}

/// The frames of a buffer, one after another.
pub(crate) struct Frames<'a>(&'a [u8]);

impl Ring {
    pub(crate) fn new(prefix: &'static [u8]) -> Self {
        Self {
            prefix,
            state: Mutex::default(),
            changed: Condvar::new(),
            idle: Condvar::new(),
        }
    }

    /// Appends `document` after the prefix; `false` if there is no room.
    ///
    /// Wakes the thread only if it waits for that: otherwise it will look by itself.
    pub(crate) fn push(&self, document: &[u8], priority: Priority) -> bool {
        let room = match priority {
            Priority::Segment => CAPACITY,
            Priority::Streamed => STREAMED,
        };
        let length = self.prefix.len() + document.len();
        let mut state = self.lock();
        if state.is_closed || state.frames.len() + LENGTH + length > room {
            return false;
        }
        let prefix = u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
        state.frames.extend_from_slice(&prefix);
        state.frames.extend_from_slice(self.prefix);
        state.frames.extend_from_slice(document);
        let was_parked = std::mem::take(&mut state.is_parked);
        drop(state);
        if was_parked {
            self.changed.notify_one();
        }
        true
    }

    /// Waits for frames, for at most `patience`, then for `linger` longer, and swaps them into `taken`.
    ///
    /// A flush or the shutdown ends all waits. If something was `taken` before, more is likely: the thread lingers
    /// first and is not woken, because a wake-up costs both sides as much as a send.
    pub(crate) fn take(&self, taken: &mut Vec<u8>, patience: Duration, linger: Duration) -> Turn {
        let was_busy = !taken.is_empty();
        taken.clear();
        taken.shrink_to(KEPT);
        let mut state = self.lock();
        state.is_sending = false;
        self.idle.notify_all();
        if was_busy {
            state = self.linger(state, linger);
        }
        if state.frames.is_empty() {
            state = self.park(state, patience);
            if state.frames.is_empty() {
                return if state.is_closed {
                    Turn::Closed
                } else {
                    Turn::Idle
                };
            }
            state = self.linger(state, linger);
        }
        std::mem::swap(&mut state.frames, taken);
        state.is_sending = true;
        Turn::Send
    }

    /// Waits until there is a frame.
    fn park<'s>(
        &self,
        mut state: MutexGuard<'s, State>,
        patience: Duration,
    ) -> MutexGuard<'s, State> {
        state.is_parked = true;
        let is_waiting = |state: &mut State| state.frames.is_empty() && !state.is_closed;
        let mut state = self
            .changed
            .wait_timeout_while(state, patience, is_waiting)
            .unwrap_or_else(PoisonError::into_inner)
            .0;
        state.is_parked = false;
        state
    }

    /// Waits for more frames.
    fn linger<'s>(&self, state: MutexGuard<'s, State>, linger: Duration) -> MutexGuard<'s, State> {
        let is_lingering = |state: &mut State| {
            state.flushing == 0 && !state.is_closed && state.frames.len() < CAPACITY / 2
        };
        self.changed
            .wait_timeout_while(state, linger, is_lingering)
            .unwrap_or_else(PoisonError::into_inner)
            .0
    }

    /// Returns how full the ring would be (0 to 1, or more) if it also held the `taken` bytes that are not sent yet.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a share needs no more than a double's precision"
    )]
    pub(crate) fn fill(&self, taken: usize) -> f64 {
        (self.lock().frames.len() + taken) as f64 / CAPACITY as f64
    }

    /// Waits until everything appended so far is sent, at most until `deadline`; `false` on timeout.
    pub(crate) fn flush(&self, deadline: Instant) -> bool {
        let mut state = self.lock();
        state.flushing += 1;
        self.changed.notify_all();
        let is_busy = |state: &mut State| state.is_sending || !state.frames.is_empty();
        let patience = deadline.saturating_duration_since(Instant::now());
        let (mut state, waited) = self
            .idle
            .wait_timeout_while(state, patience, is_busy)
            .unwrap_or_else(PoisonError::into_inner);
        state.flushing -= 1;
        !waited.timed_out()
    }

    /// Accepts no more frames; the thread sends the rest and ends.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    /// Whether the ring is closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.lock().is_closed
    }

    /// Waits until the ring is closed, for at most `patience`; `true` if it is.
    pub(crate) fn wait_closed(&self, patience: Duration) -> bool {
        let state = self.lock();
        let (state, _) = self
            .changed
            .wait_timeout_while(state, patience, |state| !state.is_closed)
            .unwrap_or_else(PoisonError::into_inner);
        state.is_closed
    }

    /// A panic while the lock is held leaves whole frames, so a poisoned ring is still usable.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> Frames<'a> {
    pub(crate) fn new(buffer: &'a [u8]) -> Self {
        Self(buffer)
    }

    /// Returns how many bytes are left.
    pub(crate) fn length(&self) -> usize {
        self.0.len()
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_first_chunk::<LENGTH>()?;
        let (frame, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        self.0 = rest;
        Some(frame)
    }
}

#[cfg(test)]
mod tests {
    use segment::datagram;

    use super::*;

    const NOW: Duration = Duration::ZERO;

    #[test]
    fn what_goes_in_comes_out_in_order_with_its_header() {
        let ring = Ring::new(datagram::HEADER);
        assert!(ring.push(b"{1}", Priority::Segment) && ring.push(b"{22}", Priority::Streamed));
        let mut taken = Vec::new();
        assert_eq!(ring.take(&mut taken, NOW, NOW), Turn::Send);
        let frames: Vec<_> = Frames::new(&taken)
            .map(|frame| datagram::document(frame).unwrap())
            .collect();
        assert_eq!(frames, [&b"{1}"[..], b"{22}"]);
        assert_eq!(ring.take(&mut taken, NOW, NOW), Turn::Idle);
    }

    #[test]
    fn a_full_ring_takes_no_more_and_keeps_what_it_has() {
        let ring = Ring::new(datagram::HEADER);
        let document = vec![b' '; 60_000];
        let taken = (0..CAPACITY)
            .take_while(|_| ring.push(&document, Priority::Segment))
            .count();
        assert_eq!(taken, CAPACITY / (LENGTH + datagram::HEADER.len() + 60_000));
        let mut frames = Vec::new();
        assert_eq!(ring.take(&mut frames, NOW, NOW), Turn::Send);
        assert_eq!(Frames::new(&frames).count(), taken);
    }

    #[test]
    fn what_is_streamed_leaves_room_for_segments() {
        let ring = Ring::new(b"");
        let document = vec![b' '; 1_000];
        while ring.push(&document, Priority::Streamed) {}
        let segments = (0..CAPACITY)
            .take_while(|_| ring.push(&document, Priority::Segment))
            .count();
        assert!(segments >= (CAPACITY - STREAMED) / (LENGTH + document.len()));
    }

    #[test]
    fn what_a_burst_has_made_necessary_is_given_back() {
        let ring = Ring::new(b"");
        let (document, mut taken) = (vec![b' '; 60_000], Vec::new());
        for _ in 0..3 {
            while ring.push(&document, Priority::Segment) {}
            assert_eq!(ring.take(&mut taken, NOW, NOW), Turn::Send);
            assert!(taken.capacity() >= CAPACITY / 2);
        }
        assert_eq!(ring.take(&mut taken, NOW, NOW), Turn::Idle);
        assert!(taken.capacity() <= KEPT && ring.lock().frames.capacity() <= KEPT);
    }

    #[test]
    fn a_closed_ring_gives_out_its_rest_and_then_ends() {
        let ring = Ring::new(datagram::HEADER);
        ring.push(b"{}", Priority::Segment);
        ring.close();
        assert!(!ring.push(b"{}", Priority::Segment));
        let mut taken = Vec::new();
        assert_eq!(
            ring.take(&mut taken, Duration::MAX, Duration::MAX),
            Turn::Send
        );
        assert_eq!(
            ring.take(&mut taken, Duration::MAX, Duration::MAX),
            Turn::Closed
        );
    }
}
