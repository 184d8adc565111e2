//! A point in time as segment documents write it.

use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Nanoseconds since 1970, UTC, up to the year 2554.
///
/// Documents have seconds with a fraction. AWS reads them as doubles, whose precision is about a quarter of a
/// microsecond for today's dates; all nine digits are written anyway, so that none is lost earlier.
///
/// ```
/// use segment::Time;
///
/// let start = Time::from_seconds(1_602_534_561.25).unwrap();
/// assert_eq!(start.as_nanos(), 1_602_534_561_250_000_000);
/// assert_eq!(Time::from_nanos(1_602_534_562_000_000_000).since(start).as_millis(), 750);
/// assert_eq!(Time::from_seconds(-1.0), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(u64);

impl Time {
    /// Makes a time from nanoseconds since 1970.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Makes a time from seconds since 1970; `None` if they are negative, not finite, or after the year 2554.
    pub fn from_seconds(seconds: f64) -> Option<Self> {
        let nanos = Duration::try_from_secs_f64(seconds).ok()?.as_nanos();
        u64::try_from(nanos).ok().map(Self)
    }

    /// Returns nanoseconds since 1970.
    pub fn as_nanos(self) -> u64 {
        self.0
    }

    /// Returns seconds since 1970 as the nearest double: clients that truncate to milliseconds would read slightly
    /// less than .25 as .249.
    pub fn as_seconds(self) -> f64 {
        Duration::from_nanos(self.0).as_secs_f64()
    }

    /// Returns the duration since `earlier`, zero if `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// Appends the seconds as a JSON number: no exponent, no trailing zeros.
    pub(crate) fn write(self, out: &mut Vec<u8>) {
        const SECOND: u64 = 1_000_000_000;
        let seconds = self.0 / SECOND;
        // 32 bits divide faster than 64.
        let fraction = u32::try_from(self.0 % SECOND).unwrap_or_default();
        out.extend_from_slice(itoa::Buffer::new().format(seconds).as_bytes());
        if fraction == 0 {
            return;
        }
        let mut text = [b'.'; 10];
        let mut rest = fraction;
        for pair in text[2..].as_chunks_mut::<2>().0.iter_mut().rev() {
            *pair = PAIRS[(rest % 100) as usize];
            rest /= 100;
        }
        text[1] = PAIRS[rest as usize][1];
        let zeros = text.iter().rev().take_while(|digit| **digit == b'0');
        let end = text.len() - zeros.count();
        out.extend_from_slice(&text[..end]);
    }
}

/// The two digits of every number below a hundred.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[b'0'; 2]; 100];
    let mut number = 0;
    while number < 100 {
        pairs[number] = [b"0123456789"[number / 10], b"0123456789"[number % 10]];
        number += 1;
    }
    pairs
};

impl From<SystemTime> for Time {
    /// A time before 1970 becomes 1970, after 2554 it becomes 2554: a wrong clock must not lose a trace.
    fn from(time: SystemTime) -> Self {
        let nanos = time
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_nanos();
        Self(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}.{:09}",
            self.0 / 1_000_000_000,
            self.0 % 1_000_000_000
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_written_with_as_many_digits_as_they_need() {
        for (nanos, text) in [
            (1_602_534_561_100_000_000, "1602534561.1"),
            (1_700_000_001_000_000_001, "1700000001.000000001"),
            (1_700_000_001_000_000_000, "1700000001"),
            (0, "0"),
            (u64::MAX, "18446744073.709551615"),
        ] {
            let mut out = Vec::new();
            Time::from_nanos(nanos).write(&mut out);
            assert_eq!(String::from_utf8(out).unwrap(), text);
        }
    }

    #[test]
    fn seconds_are_the_double_that_is_next_to_them() {
        for seconds in [
            0.0,
            0.25,
            1_602_537_377.25,
            1_795_910_400.999,
            1_700_000_001.001,
        ] {
            let time = Time::from_seconds(seconds).unwrap();
            assert_eq!(time.as_seconds().to_bits(), seconds.to_bits(), "{seconds}");
        }
    }

    #[test]
    fn seconds_that_are_no_date_are_none() {
        for seconds in [-1.0, f64::NAN, f64::INFINITY, 1e300] {
            assert_eq!(Time::from_seconds(seconds), None);
        }
        assert_eq!(
            Time::from_seconds(1.5),
            Some(Time::from_nanos(1_500_000_000))
        );
    }
}
