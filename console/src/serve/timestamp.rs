//! A time in a request: a number of seconds since 1970, or ISO 8601.

use std::fmt;

use segment::Time;
use serde::{
    Deserialize, Deserializer,
    de::{self, Unexpected},
};

/// A time in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timestamp(pub(crate) Time);

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TimestampVisitor)
    }
}

struct TimestampVisitor;

impl de::Visitor<'_> for TimestampVisitor {
    type Value = Timestamp;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a time: seconds since 1970, or 2026-11-22T19:43:50Z")
    }

    fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Timestamp, E> {
        let time = Time::from_seconds(seconds).map(Timestamp);
        time.ok_or_else(|| E::invalid_value(Unexpected::Float(seconds), &self))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds of any date fit a double"
    )]
    fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Timestamp, E> {
        self.visit_f64(seconds as f64)
    }

    fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Timestamp, E> {
        Err(E::invalid_value(Unexpected::Signed(seconds), &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
        let shown = segment::names::cut_str(text, 64);
        iso(text)
            .map(Timestamp)
            .ok_or_else(|| E::invalid_value(Unexpected::Str(shown), &self))
    }
}

/// Parses `2026-11-22T19:43:50Z`, optionally with a fraction and another offset, or seconds in a string.
pub(crate) fn iso(text: &str) -> Option<Time> {
    if let Ok(seconds) = text.parse() {
        return Time::from_seconds(seconds);
    }
    let (date, rest) = text.split_once(['T', 't', ' '])?;
    let (clock, offset) = match rest.find(['Z', 'z', '+', '-']) {
        Some(at) => rest.split_at(at),
        None => (rest, "Z"),
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let [year, month, day] = numbers(date, '-')?;
    let [hour, minute, second] = numbers(clock, ':')?;
    let fraction: f64 = format!("0.{fraction}").parse().ok()?;
    if !(1..=12).contains(&month)
        || !(1..=days_of_month(year, month)).contains(&day)
        || hour > 24
        || minute > 59
        || second > 60
    {
        return None;
    }
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds of any date fit a double"
    )]
    Time::from_seconds((seconds - offset_seconds(offset)?) as f64 + fraction)
}

fn numbers<const N: usize>(text: &str, separator: char) -> Option<[i64; N]> {
    let is_number = |part: &str| {
        (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let numbers: Option<Vec<i64>> = text
        .split(separator)
        .map(|part| part.parse().ok().filter(|_| is_number(part)))
        .collect();
    numbers?.try_into().ok()
}

fn offset_seconds(offset: &str) -> Option<i64> {
    let sign = match offset.get(..1)? {
        "Z" | "z" if offset.len() == 1 => return Some(0),
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let digits = offset[1..].replace(':', "");
    if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits: i64 = digits.parse().ok()?;
    Some(sign * (digits / 100 * 3_600 + digits % 100 * 60))
}

fn days_of_month(year: i64, month: i64) -> i64 {
    let [year, next] = match month {
        12 => [year, year + 1],
        _ => [year, year],
    };
    days(next, month % 12 + 1, 1) - days(year, month, 1)
}

/// Returns the days from 1970 to a date in the Gregorian calendar. For the computation years begin in March, so that
/// the leap day is the last one.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year
        - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_or_iso_8601() {
        for (json, nanos) in [
            ("1795376630", 1_795_376_630_000_000_000),
            ("1795376630.25", 1_795_376_630_250_000_000),
            ("1.79537663E9", 1_795_376_630_000_000_000),
            ("\"2026-11-22T19:43:50Z\"", 1_795_376_630_000_000_000),
            ("\"2026-11-22T19:43:50.5+01:00\"", 1_795_373_030_500_000_000),
            ("\"2026-11-22T14:43:50-0500\"", 1_795_376_630_000_000_000),
            ("\"2024-02-29 00:00:00\"", 1_709_164_800_000_000_000),
            ("\"1970-01-01T00:00:00Z\"", 0),
            ("\"1795376630\"", 1_795_376_630_000_000_000),
        ] {
            let moment: Timestamp = serde_json::from_str(json).unwrap();
            assert_eq!(moment.0.as_nanos(), nanos, "{json}");
        }
    }

    #[test]
    fn what_is_no_time_is_named() {
        for json in [
            "-1",
            "1e300",
            "null",
            "{}",
            "\"\"",
            "\"yesterday\"",
            "\"2026-13-01T00:00:00Z\"",
            "\"2026-02-29T00:00:00Z\"",
            "\"2026-11-31T00:00:00Z\"",
            "\"2026-12-32T00:00:00Z\"",
            "\"2026-11-22T19:43:50+1\"",
            "\"2026-11-22T19:43:5ü\"",
            "\"1969-11-22T19:43:50Z\"",
        ] {
            let error = serde_json::from_str::<Timestamp>(json)
                .unwrap_err()
                .to_string();
            assert!(error.contains("seconds since 1970"), "{json}: {error}");
        }
    }
}
