//! `key=value`, `key: value`, `"key": value`, and `<key>value</key>`.

use super::{
    key::{Key, key_before},
    literal::is_placeholder,
    name::{Secrecy, secrecy},
    secret::{Kind, Secret},
    value::{looks_like_a_key, value},
};

/// `name=value`, with the `=` (or `%3D`) from `equals` to `after`.
pub(super) fn at_equals(
    text: &str,
    equals: usize,
    after: usize,
    from: usize,
    kind: Kind,
) -> Option<Secret> {
    // `==` compares and `=>` is an arrow; neither is followed by a value.
    let after = match text.as_bytes().get(after) {
        Some(b'=' | b'>') if text.as_bytes()[equals] == b'=' => after + 1,
        _ => after,
    };
    let is_spaced = text[..equals].ends_with(' ') || text[after..].starts_with(' ');
    let key = key_before(text, equals, from)?;
    let secrecy = secrecy(key.text)?;
    let value = value(text, after, &key, secrecy, kind)?;
    let content = &text[value.start..value.end];
    let is_secret = match secrecy {
        Secrecy::Always | Secrecy::Header => true,
        // `Unexpected token = in JSON`
        Secrecy::Token => !is_spaced || value.is_quoted,
        // `signature=add(int)` is another kind of signature.
        Secrecy::InPairs => (!is_spaced || value.is_quoted) && !content.contains('('),
        Secrecy::Perhaps => {
            !is_spaced && (looks_like_a_key(content) || is_short_key(text, &key, content))
        }
    };
    is_secret.then(|| value.secret(text, &key)).flatten()
}

/// Whether a value that is too short to look like a key is one by where it stands:
///
/// - `code` in a query or form beside other parameters of OAuth 2.0 is an authorization code. Any other is an error's.
/// - `session_id` in a query, with a digit, is what a browser logs in with. In a message it is what one looks for.
/// - `otp` with a digit is a one-time password.
/// - `pin` of four digits or more, `cvv` and `cvc` of three or four. `pin=13` is one of a board's, `pin=true` a setting.
fn is_short_key(text: &str, key: &Key<'_>, value: &str) -> bool {
    let is = |name: &str| key.text.eq_ignore_ascii_case(name);
    let has_digit = value.bytes().any(|byte| byte.is_ascii_digit());
    if is("otp") {
        return has_digit;
    }
    let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
    if is("pin") {
        return is_number && (4..=12).contains(&value.len());
    }
    if is("cvv") || is("cvc") {
        return is_number && (3..=4).contains(&value.len());
    }
    let is_in_query = text[..key.start].ends_with(['?', '&']);
    if is("session_id") || is("sessionid") || is("sid") {
        return is_in_query && has_digit && value.len() >= 6;
    }
    is("code") && is_authorization_code(text, key.start, value)
}

/// Whether `code=value` at `start` is an authorization code by the other parameters of its query or form.
fn is_authorization_code(text: &str, start: usize, value: &str) -> bool {
    let ends = |character: char| character.is_whitespace() || "?#\"'<>".contains(character);
    let from = text[..start].rfind(ends).map_or(0, |at| at + 1);
    let length = text[start..].find(ends).unwrap_or(text.len() - start);
    let pairs = text[from..start + length].split('&');
    let mut names = pairs.filter_map(|pair| Some(pair.split_once('=')?.0));
    let is_all = |is: fn(&u8) -> bool| value.bytes().all(|byte| is(&byte));
    names.any(|name| match name {
        "code_verifier" | "grant_type" | "redirect_uri" => true,
        // `?code=94043&state=CA`
        "state" | "session_state" => {
            !is_all(u8::is_ascii_alphabetic) && !is_all(u8::is_ascii_digit)
        }
        _ => false,
    })
}

/// `name: value`, with the colon at `colon`.
pub(super) fn at_colon(text: &str, colon: usize, from: usize, kind: Kind) -> Option<Secret> {
    if kind == Kind::Statement && text[colon + 1..].starts_with(':') {
        return None;
    }
    let key = key_before(text, colon, from)?;
    let secrecy = secrecy(key.text)?;
    // `:=` is handled at its second character.
    if text[colon + 1..].starts_with('=') {
        return None;
    }
    // `arn:aws:secretsmanager:…:secret:name`: one of many parts.
    let is_part = text[..key.start].ends_with([':', '/']);
    if is_part || matches!(secrecy, Secrecy::InPairs | Secrecy::Perhaps) {
        return None;
    }
    let value = value(text, colon + 1, &key, secrecy, kind)?;
    if key.is_quoted {
        return value.secret(text, &key);
    }
    let content = &text[value.start..value.end];
    let is_token = value.is_quoted || content.bytes().any(|byte| byte.is_ascii_digit());
    if secrecy == Secrecy::Token && !(is_member(text, key.start) && is_token) {
        // `invalid token: expired`
        return None;
    }
    let is_prose =
        secrecy == Secrecy::Always && !value.is_quoted && is_prose(content, &text[value.end..]);
    (!is_prose).then(|| value.secret(text, &key)).flatten()
}

/// `<password>value</password>` in XML, with the `>` at `end`.
pub(super) fn in_element(text: &str, end: usize, from: usize) -> Option<Secret> {
    let tag = &text[from..end];
    let tag = &tag[tag.rfind('<')? + 1..];
    let name = tag
        .split(' ')
        .next()
        .filter(|name| !name.starts_with('/'))?;
    let is_secret = matches!(
        secrecy(name),
        Some(Secrecy::Always | Secrecy::Header | Secrecy::Token)
    );
    let start = end + 1;
    let value = text[start..].split('<').next().filter(|_| is_secret)?;
    // `Vec<Token>` is a type.
    let close = text[start + value.len()..].strip_prefix("</")?;
    let is_value = close.starts_with(name) && !is_placeholder(value);
    is_value.then(|| Secret::new(start, start + value.len()))
}

/// Whether a name is that of a member: in `Config { token: "…" }` and at the beginning of a line, not after a word.
fn is_member(text: &str, start: usize) -> bool {
    let before = text[..start].trim_end_matches([' ', '\t', '"', '\'']);
    before.is_empty() || before.ends_with(['{', '(', '[', ',', '\n', ';', '&', '?'])
}

/// Whether `password: must be longer` is a sentence: a lower-case word followed by more words.
fn is_prose(value: &str, rest: &str) -> bool {
    let is_word = |text: &str| !text.is_empty() && text.chars().all(char::is_lowercase);
    let next = rest.strip_prefix(' ').unwrap_or_default();
    let next = next
        .split(|c: char| !c.is_alphabetic())
        .next()
        .unwrap_or_default();
    is_word(value) && is_word(next)
}
