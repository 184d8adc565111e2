//! One pass over a text, checking each byte that may indicate a secret.

use super::{
    command_line, credentials, insert, pair, private_key,
    secret::{Kind, Secret, starts_with},
    token, word,
};
use crate::encode::eight;

/// Whether a text cannot contain a secret: none of `:;<=>?@`, no space or `%`, and no token.
///
/// Checks eight bytes at a time, because most texts contain no secret.
#[inline]
pub(super) fn is_plain(text: &[u8]) -> bool {
    let (eights, _) = text.as_chunks();
    let is_plain = match text.last_chunk() {
        // The last eight bytes may overlap the ones before.
        Some(last) => !announces_any(*last) && eights.iter().all(|eight| !announces_any(*eight)),
        None => match (text.first_chunk(), text.last_chunk()) {
            (Some(first), Some(last)) => !announces_any(eight(*first, *last)),
            _ => !text.iter().any(|byte| announces(*byte)),
        },
    };
    is_plain && !text.starts_with(b"eyJ") && !token::may_be_in(text)
}

fn announces(byte: u8) -> bool {
    matches!(byte, b' ' | b'%' | b':'..=b'@')
}

/// Whether one of eight bytes is a space, a `%`, or one of `:` to `@`. A non-ASCII byte, `!` and `$` may be mistaken for
/// one, but never the reverse.
#[inline]
fn announces_any(eight: [u8; 8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = ONES * 0x80;
    const COLON: u64 = 0x3a;
    const AT: u64 = 0x40;
    const SPACE: u64 = 0x20;
    let word = u64::from_le_bytes(eight);
    let low = word & !HIGH;
    // The high bit of each byte says whether it is at least `:`, and whether it is more than `@`.
    let from_colon = low + ONES * (0x80 - COLON);
    let beyond_at = low + ONES * (0x7f - AT);
    // Without these two bits, `%` is a space as well.
    let space = (word & !(ONES * 0x05)) ^ (ONES * SPACE);
    let is_space = space.wrapping_sub(ONES) & !space;
    ((from_colon & !beyond_at) | is_space) & HIGH != 0
}

/// Returns the text with each secret replaced by `***`; `None` if there is none.
pub(super) fn without_secrets(text: &str, kind: Kind) -> Option<String> {
    let inserted = (kind == Kind::Statement).then(|| insert::without_values(text));
    if let Some(clean) = inserted.flatten() {
        return Some(without_marked(&clean, kind).unwrap_or(clean));
    }
    without_marked(text, kind)
}

/// The same, for secrets with a sign in front of them.
fn without_marked(text: &str, kind: Kind) -> Option<String> {
    let mut clean = String::new();
    let mut done = 0;
    let mut at = 0;
    // Without an `@` there are no credentials.
    let has_at = text.contains('@');
    while let Some(next) = next_sign(text.as_bytes(), at) {
        at = next;
        let secret = secret_at(text, at, done, has_at, kind);
        let Some(secret) = secret.filter(|secret| secret.start >= done) else {
            at += 1;
            continue;
        };
        clean.push_str(&text[done..secret.start]);
        clean.push_str(&secret.instead);
        done = secret.end;
        at = secret.end.max(at + 1);
    }
    (done > 0).then(|| {
        clean.push_str(&text[done..]);
        clean
    })
}

/// Finds the next byte from `at` that may indicate a secret.
fn next_sign(text: &[u8], at: usize) -> Option<usize> {
    let mut at = at;
    while let Some(byte) = text.get(at) {
        if IS_SIGN[usize::from(*byte)] && is_sign(text, at) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// Whether a sign may indicate a secret where it stands: spaces, slashes and the letter `e` are frequent, and few of them do.
fn is_sign(text: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| text[before]);
    let after = text.get(at + 1);
    match text[at] {
        b' ' => before.is_some_and(word::may_announce),
        b'-' if before.is_none_or(|before| matches!(before, b' ' | b'\'' | b'"' | b'\n')) => true,
        byte if token::is_sign(byte) => token::is_prefix(text, at),
        b'/' => after == Some(&b'/'),
        b'e' => after == Some(&b'y'),
        _ => true,
    }
}

/// The bytes that [`secret_at`] handles.
static IS_SIGN: [bool; 256] = {
    let mut table = [false; 256];
    let signs = b"=%:/@ -e>_A";
    let mut index = 0;
    while index < signs.len() {
        table[signs[index] as usize] = true;
        index += 1;
    }
    table
};

/// Returns the secret that the byte `at` indicates. Names are searched for from `from` on.
fn secret_at(text: &str, at: usize, from: usize, has_at: bool, kind: Kind) -> Option<Secret> {
    match text.as_bytes()[at] {
        b'=' => pair::at_equals(text, at, at + 1, from, kind),
        b'>' => pair::in_element(text, at, from),
        b'%' if starts_with(text, at + 1, "3A%2F%2F") => credentials::of_encoded_url(text, at),
        b'%' if starts_with(text, at + 1, "3D") => pair::at_equals(text, at, at + 3, from, kind),
        b':' if text.as_bytes()[at + 1..].starts_with(b"//") => {
            has_at.then(|| credentials::of_url(text, at)).flatten()
        }
        b':' => {
            let oracle = has_at.then(|| credentials::of_oracle(text, at)).flatten();
            oracle.or_else(|| pair::at_colon(text, at, from, kind))
        }
        b'/' if begins(text, at) => credentials::of_authority(text, at + 2, ""),
        b'@' => credentials::before(text, at, from, kind),
        b' ' => word::scheme(text, at, from)
            .or_else(|| word::in_statement(text, at, kind))
            .or_else(|| match kind {
                Kind::Text => word::behind_is(text, at, from),
                Kind::Address | Kind::Statement => None,
            }),
        b'-' => private_key::block(text, at)
            .or_else(|| command_line::flag(text, at))
            .or_else(|| token::at(text, at)),
        b'_' | b'A' => token::at(text, at),
        b'e' if text.as_bytes()[at..].starts_with(b"eyJ") => json_web_token(text, at),
        _ => None,
    }
}

/// Whether a word begins here.
fn begins(text: &str, at: usize) -> bool {
    let before = text[..at].chars().next_back();
    before.is_none_or(|before| before.is_whitespace() || "\"'`(=,".contains(before))
}

/// Three parts in base64, the first an object: `eyJhbGciOi….eyJzdWIiOi….c2ln`.
fn json_web_token(text: &str, at: usize) -> Option<Secret> {
    let rest = &text[at..];
    let is_inside = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if at > 0 && is_inside(text.as_bytes()[at - 1]) {
        return None;
    }
    let end = rest
        .bytes()
        .position(|byte| !(is_inside(byte) || byte == b'.'))
        .unwrap_or(rest.len());
    let parts = rest[..end].split('.');
    let long = parts.filter(|part| part.len() >= 8).count();
    (long >= 2).then(|| Secret::new(at, at + end))
}
