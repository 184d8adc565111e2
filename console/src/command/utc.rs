//! How people read a time.

use segment::Time;

/// Writes a time as `2026-11-22 18:18:49.123 UTC`.
pub(crate) fn utc(at: Time) -> String {
    let seconds = at.as_nanos() / 1_000_000_000;
    let millis = at.as_nanos() / 1_000_000 % 1_000;
    let (year, month, day) = date(seconds / 86_400);
    let [hour, minute, second] = [seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60];
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{millis:03} UTC")
}

/// Returns year, month and day of a day counted from 1970, in the Gregorian calendar. Years begin in March
/// meanwhile, so that the leap day is the last one.
fn date(day: u64) -> (u64, u64, u64) {
    let day = day + 719_468;
    let (era, day) = (day / 146_097, day % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let in_month = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = 400 * era + year + u64::from(month <= 2);
    (year, month, in_month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc() {
        for (nanos, text) in [
            (0, "1970-01-01 00:00:00.000 UTC"),
            (1_709_164_799_999_999_999, "2024-02-28 23:59:59.999 UTC"),
            (1_709_164_800_000_000_000, "2024-02-29 00:00:00.000 UTC"),
            (1_735_689_599_000_000_000, "2024-12-31 23:59:59.000 UTC"),
            (1_795_376_630_250_000_000, "2026-11-22 19:43:50.250 UTC"),
            (4_107_542_400_000_000_000, "2100-03-01 00:00:00.000 UTC"),
        ] {
            assert_eq!(utc(Time::from_nanos(nanos)), text);
        }
    }
}
