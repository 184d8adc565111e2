//! Bars and their axis, in whole columns.

use std::{ops::Range, time::Duration};

/// Returns the columns of a bar between two times on an axis of the given length; at least one column.
pub(super) fn span(from: Duration, to: Duration, whole: Duration, columns: usize) -> Range<usize> {
    if whole.is_zero() || columns == 0 {
        return 0..columns;
    }
    let start = place(from, whole, columns).min(columns - 1);
    let end = place(to, whole, columns).clamp(start + 1, columns);
    start..end
}

/// Formats a duration with at most three digits, as the page does: "340 µs", "1.2 ms", "2.41 s".
pub(super) fn words(duration: Duration) -> String {
    const UNITS: [(&str, f64); 5] = [
        ("h", 3600.0),
        ("min", 60.0),
        ("s", 1.0),
        ("ms", 1e-3),
        ("µs", 1e-6),
    ];
    if duration.is_zero() {
        return "0 ms".to_owned();
    }
    let seconds = duration.as_secs_f64();
    let unit = UNITS.into_iter().find(|(_, unit)| seconds >= unit * 0.9995);
    unit.map_or_else(
        || "<1 µs".to_owned(),
        |(unit, size)| format!("{} {unit}", three_digits(seconds / size)),
    )
}

/// Returns a line of `columns` with the times of its ends, and of its middle if there is room.
pub(super) fn axis(whole: Duration, columns: usize) -> String {
    let (middle, end) = (words(whole / 2), words(whole));
    let room = columns.saturating_sub(1 + end.chars().count());
    let half = columns / 2;
    let mut line = String::new();
    if half + middle.chars().count() < room {
        line = " ".repeat(half - 1) + &middle;
    }
    format!("0{line:<room$}{end}")
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share of a terminal's width"
)]
fn place(at: Duration, whole: Duration, columns: usize) -> usize {
    (at.as_secs_f64() / whole.as_secs_f64() * columns as f64).round() as usize
}

fn three_digits(value: f64) -> String {
    let decimals = match value {
        _ if value < 9.995 => 2,
        _ if value < 99.95 => 1,
        _ => 0,
    };
    let text = format!("{value:.decimals$}");
    if decimals == 0 {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_the_page_writes_them() {
        for (nanos, text) in [
            (0, "0 ms"),
            (1, "<1 µs"),
            (340_000, "340 µs"),
            (999_600, "1 ms"),
            (1_204_000, "1.2 ms"),
            (2_414_000_000, "2.41 s"),
            (59_990_000_000, "1 min"),
            (150_000_000_000, "2.5 min"),
            (7_200_000_000_000, "2 h"),
            (400_000_000_000_000, "111 h"),
        ] {
            assert_eq!(words(Duration::from_nanos(nanos)), text);
        }
    }

    #[test]
    fn bars_stay_within_their_columns_and_are_seen() {
        let ms = Duration::from_millis;
        assert_eq!(span(ms(0), ms(10), ms(10), 40), 0..40);
        assert_eq!(span(ms(5), ms(10), ms(10), 40), 20..40);
        assert_eq!(span(ms(10), ms(10), ms(10), 40), 39..40);
        assert_eq!(span(ms(2), ms(2), ms(10), 40), 8..9);
        assert_eq!(span(ms(0), ms(0), ms(0), 40), 0..40);
        assert_eq!(span(ms(20), ms(30), ms(10), 40), 39..40);
        assert_eq!(span(ms(1), ms(2), ms(10), 0), 0..0);
    }

    #[test]
    fn the_axis_is_as_wide_as_the_bars() {
        for columns in [8, 20, 61] {
            let axis = axis(Duration::from_millis(12), columns);
            assert_eq!(axis.chars().count(), columns, "{axis}");
            assert!(axis.starts_with('0') && axis.ends_with("12 ms"), "{axis}");
        }
    }
}
