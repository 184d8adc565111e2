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
        const EIGHT: u64 = 100_000_000;
        // Eleven digits, the point, and nine digits.
        const POINT: usize = 11;
        let (seconds, nanos) = (self.0 / SECOND, self.0 % SECOND);
        let mut text = [b'.'; POINT + 10];
        let [.., hundreds, tens, ones] = digits(seconds / EIGHT);
        text[..3].copy_from_slice(&[hundreds, tens, ones]);
        text[3..POINT].copy_from_slice(&digits(seconds % EIGHT));
        let [.., tenths] = digits(nanos / EIGHT);
        text[POINT + 1] = tenths;
        text[POINT + 2..].copy_from_slice(&digits(nanos % EIGHT));
        let is_zero = |digit: &&u8| **digit == b'0';
        let start = text[..POINT - 1].iter().take_while(is_zero).count();
        let end = match nanos {
            0 => POINT,
            _ => text.len() - text.iter().rev().take_while(is_zero).count(),
        };
        out.extend_from_slice(&text[start..end]);
    }
}

/// Returns the eight digits of a number below 100,000,000, which are computed together: two halves of four, four pairs, and
/// eight digits, each part of a word divided by a multiplication.
#[inline]
fn digits(number: u64) -> [u8; 8] {
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    let halves = (number / 10_000) | (number % 10_000) << 32;
    let hundreds = ((halves * 10_486) >> 20) & 0x7f_0000_007f;
    let pairs = hundreds | (halves - 100 * hundreds) << 16;
    let tens = ((pairs * 103) >> 10) & 0xf_000f_000f_000f;
    let digits = tens | (pairs - 10 * tens) << 8;
    (digits + ZEROS).to_le_bytes()
}

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
    fn digits_are_those_of_the_formatter() {
        for number in (0..100_000_000).step_by(7_919).chain([99_999_999]) {
            assert_eq!(digits(number).as_slice(), format!("{number:08}").as_bytes());
        }
        for number in 0..10_000 {
            for number in [number, number * 10_000] {
                assert_eq!(digits(number).as_slice(), format!("{number:08}").as_bytes());
            }
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
