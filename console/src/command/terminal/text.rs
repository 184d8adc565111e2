//! Sanitizes text for a terminal, so that it cannot move the cursor, change colours or hide what follows.

use std::{borrow::Cow, iter};

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// The mark of a text that was cut.
const ELLIPSIS: &str = "…";

/// Returns text as one line without control characters and without characters that change the writing direction.
///
/// Only harmless letters of an escape sequence are left.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let kept = text.chars().filter_map(|letter| match letter {
        '\n' | '\t' | '\r' | '\u{2028}' | '\u{2029}' => Some(' '),
        letter if is_unsafe(letter) => None,
        letter => Some(letter),
    });
    Cow::Owned(kept.collect())
}

/// Returns the width of sanitized text in columns.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// Returns sanitized text cut to at most `columns`, with a mark if it was cut.
pub(crate) fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let mut room = columns.saturating_sub(width(ELLIPSIS));
    let fits = text.chars().take_while(|letter| {
        let taken = letter.width().unwrap_or(0);
        let fits = taken <= room;
        room = room.saturating_sub(taken);
        fits
    });
    let ellipsis = if columns == 0 { "" } else { ELLIPSIS };
    Cow::Owned(fits.collect::<String>() + ellipsis)
}

/// Returns sanitized text of exactly `columns`: cut, or padded with spaces on the right.
pub(crate) fn pad(text: &str, columns: usize) -> String {
    let mut text = cut(text, columns).into_owned();
    let missing = columns.saturating_sub(width(&text));
    text.extend(iter::repeat_n(' ', missing));
    text
}

fn is_unsafe(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_control_characters_and_turned_text_lose_their_power() {
        for (text, safe) in [
            ("GET /users", "GET /users"),
            ("\u{1b}[2J\u{1b}]0;owned\u{7}name", "[2J]0;ownedname"),
            ("a\r\nb\tc", "a  b c"),
            ("\u{9b}31mred", "31mred"),
            ("user\u{202e}gnp.exe\u{202c}", "usergnp.exe"),
            ("a\u{200b}b\u{feff}c\u{0}", "abc"),
            ("naïve 数字 🦀", "naïve 数字 🦀"),
        ] {
            assert_eq!(plain(text), safe);
        }
    }

    #[test]
    fn text_is_cut_by_columns_and_says_so() {
        assert_eq!(cut("frontend", 8), "frontend");
        assert_eq!(cut("frontend", 7), "fronte…");
        assert_eq!(cut("数字数字", 5), "数字…");
        assert_eq!(cut("数字数字", 4), "数…");
        assert_eq!(cut("frontend", 0), "");
        assert_eq!(pad("数", 4), "数  ");
        assert_eq!(width(&pad("数字数字", 4)), 4);
    }
}
