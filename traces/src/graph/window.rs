//! Time ranges.

use segment::Time;

/// The earliest time.
const FIRST: Time = Time::from_nanos(0);
/// The latest time.
pub(super) const LAST: Time = Time::from_nanos(u64::MAX);

/// The time range of the map, both ends included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// The start.
    pub start: Time,
    /// The end.
    pub end: Time,
}

/// The first and the last time of an activity.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) first: Time,
    pub(super) last: Time,
}

impl Window {
    /// All times.
    pub const ALWAYS: Self = Self {
        start: FIRST,
        end: LAST,
    };

    /// Whether an activity with this start and end overlaps the window.
    pub fn touches(self, start: Time, end: Time) -> bool {
        start <= self.end && end >= self.start
    }

    pub(super) fn clamp(self, start: Time, end: Time) -> Seen {
        Seen {
            first: start.max(self.start),
            last: end.min(self.end),
        }
    }
}

impl Seen {
    pub(super) const NEVER: Self = Self {
        first: LAST,
        last: FIRST,
    };

    pub(super) fn extend(&mut self, other: Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}
