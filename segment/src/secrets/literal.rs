//! Texts in quotes, and those that stand for a value.

/// Returns the position of the text within the quotes, or ODBC's braces, that begin at `start`.
pub(super) fn quoted(text: &str, start: usize) -> Option<(usize, usize)> {
    let rest = &text[start..];
    let prefix = match rest.as_bytes() {
        // Prefixes of literals: other character sets in SQL, bytes in Python and Rust.
        [b'N' | b'E' | b'b' | b'u', b'\'' | b'"', ..] => 1,
        _ => 0,
    };
    let rest = &rest[prefix..];
    let start = start + prefix;
    if let Some(inside) = rest.strip_prefix("\\\"") {
        let end = inside.find("\\\"").unwrap_or(inside.len());
        return Some((start + 2, start + 2 + end));
    }
    let (open, close) = match rest.chars().next()? {
        '{' => ('{', '}'),
        quote @ ('"' | '\'' | '`') => (quote, quote),
        _ => return None,
    };
    if open == '{' && rest[1..].starts_with(['"', '\'', ' ', '\n']) {
        return None;
    }
    let mut characters = rest[1..].char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if character == '\\' {
            characters.next();
        } else if character == close {
            // A doubled quote is an escaped one.
            if characters.next_if(|(_, next)| *next == close).is_none() {
                return Some((start + 1, start + 1 + at));
            }
        }
    }
    Some((start + 1, text.len()))
}

/// Whether a value is a placeholder, or means that there is none.
pub(super) fn is_placeholder(value: &str) -> bool {
    let value = value.trim();
    let is_word = ["null", "none", "nil", "undefined", "true", "false"]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word));
    let is_parameter = value == "?"
        || value == "%s"
        || value == "{}"
        || value.starts_with("${")
        || value
            .strip_prefix('$')
            .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let bare = value.trim_matches(['[', ']', '<', '>', '(', ')', '{', '}']);
    let is_hidden = value.bytes().all(|byte| byte == b'*')
        || ["redacted", "filtered", "hidden", "masked"]
            .iter()
            .any(|word| bare.eq_ignore_ascii_case(word));
    value.is_empty() || is_word || is_parameter || is_hidden
}
