//! The key of `key=value`: a name before a separator.

use super::name::may_end;

/// A key before a separator.
pub(super) struct Key<'t> {
    pub(super) text: &'t str,
    /// Its position, including its quote.
    pub(super) start: usize,
    pub(super) is_quoted: bool,
}

/// The bytes of a name. Includes `%`, because the name may be percent-encoded.
static IS_IN_NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] =
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$' | b'%');
        byte += 1;
    }
    table
};

/// Finds the name that ends at `end`, ignoring spaces and a quote.
pub(super) fn key_before(text: &str, end: usize, from: usize) -> Option<Key<'_>> {
    let before = text[from..end].trim_end_matches(' ');
    let before = match text.as_bytes()[end] {
        b'=' => before
            .strip_suffix(':')
            .unwrap_or(before)
            .trim_end_matches(' '),
        _ => before,
    };
    let unquoted = before
        .strip_suffix(['"', '\'', '`'])
        .map(|before| before.strip_suffix('\\').unwrap_or(before));
    let is_quoted = unquoted.is_some();
    let before = unquoted.unwrap_or(before);
    // `user[password]=…` and `user['password'] = …`
    let before = before.strip_suffix(']').unwrap_or(before);
    let before = before.strip_suffix("%5D").unwrap_or(before);
    let before = before.strip_suffix(['"', '\'']).unwrap_or(before);
    if !may_end(before) {
        return None;
    }
    let is_in_name = |byte: &u8| IS_IN_NAME[usize::from(*byte)];
    let length = before.bytes().rev().take_while(is_in_name).count();
    let mut start = before.len() - length;
    // `%26token%3D…`: the text before the name is percent-encoded too.
    if let Some(percent) = before[start..].rfind('%') {
        start = (start + percent + 3).min(before.len());
    }
    let name = before.get(start..)?;
    (!name.is_empty()).then(|| Key {
        text: with_word_before(before, start),
        start: from + start - usize::from(is_quoted && before[..start].ends_with(['"', '\'', '`'])),
        is_quoted,
    })
}

/// `Shared Access Key` is one name in ADO.NET's connection strings; `access key` is enough to recognise it.
fn with_word_before(before: &str, start: usize) -> &str {
    let name = &before[start..];
    if !(name.eq_ignore_ascii_case("key")) {
        return name;
    }
    let words = before[..start].trim_end_matches(' ');
    let length = words
        .bytes()
        .rev()
        .take_while(u8::is_ascii_alphanumeric)
        .count();
    &before[words.len() - length..]
}
