//! A secret after a word: `Bearer token`, `PASSWORD 'x'`, `AUTH x`.

use super::{
    literal::{is_placeholder, quoted},
    name::{Secrecy, is_password, may_end, secrecy},
    secret::{Kind, Secret, starts_with},
};

/// Whether a word that ends with this byte may be followed by a space and a secret: the last letters of the words below, in
/// either case, and a quote.
#[inline]
pub(super) fn may_announce(last: u8) -> bool {
    matches!(last | 0x20, b'r' | b'c' | b'd' | b'y' | b'h' | b's') || last == b'"'
}

/// `password is hunter2`, with the space behind `is` or `was` at `space`. What stands there in a sentence has no digit
/// (`is required`), is a number of something (`is 30days old`), or the name of an algorithm (`is sha256`).
pub(super) fn behind_is(text: &str, space: usize, from: usize) -> Option<Secret> {
    let bytes = &text.as_bytes()[from..space];
    let name_end = match bytes {
        [.., b' ', b'i', b's'] => space - 3,
        [.., b' ', b'w', b'a', b's'] => space - 4,
        _ => return None,
    };
    let before = &text[from..name_end];
    // Few words are the names of secrets.
    if !may_end(before) {
        return None;
    }
    let is_in_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-".contains(byte);
    let length = before.bytes().rev().take_while(is_in_name).count();
    let name = &before[before.len() - length..];
    if !matches!(secrecy(name), Some(Secrecy::Always | Secrecy::Token)) {
        return None;
    }
    let start = space + 1;
    let (from, to) = quoted(text, start).unwrap_or_else(|| {
        let word = argument(text, start);
        (start, start + word.len())
    });
    let value = &text[from..to];
    let is_number = value.len() >= 4 && value.bytes().all(|byte| byte.is_ascii_digit());
    // `password is 4096 bytes`
    let is_alone = !text[to..].starts_with(' ');
    let is_secret = value.split(['-', '_', '/', '.', ':']).any(is_mixed)
        || (is_number && is_alone && is_password(name));
    is_secret.then(|| Secret::new(from, to))
}

/// Whether a part of a word has letters and digits, and is neither a quantity nor an algorithm.
fn is_mixed(part: &str) -> bool {
    const ALGORITHMS: [&str; 18] = [
        "aes", "argon", "base", "bcrypt", "crc", "ed", "hmac", "iso", "k", "md", "oauth", "pbkdf",
        "rfc", "scrypt", "sha", "utf", "x", "xoauth",
    ];
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic();
    let bytes = part.as_bytes();
    let has_digit = bytes.iter().any(u8::is_ascii_digit);
    if part.len() < 6 || !has_digit || !bytes.iter().any(is_letter) {
        return false;
    }
    let letters = bytes.iter().take_while(|byte| is_letter(byte)).count();
    let behind = &bytes[letters..];
    let digits = behind
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let rest = &behind[digits..];
    let is_quantity = letters == 0 && digits <= 4 && rest.iter().all(u8::is_ascii_lowercase);
    let is_algorithm = rest.len() <= 3
        && rest.iter().all(is_letter)
        && ALGORITHMS
            .iter()
            .any(|one| part[..letters].eq_ignore_ascii_case(one));
    !is_quantity && !is_algorithm
}

/// `Bearer token` and `Basic base64`, with the space at `space`.
pub(super) fn scheme(text: &str, space: usize, from: usize) -> Option<Secret> {
    let before = &text[from..space];
    // `bearer` and `basic`; few words end like them.
    if !ends_with_any(before, b"rc") {
        return None;
    }
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic();
    let length = before.bytes().rev().take_while(is_letter).count();
    let word = &before[before.len() - length..];
    let is_scheme = ["bearer", "basic"]
        .iter()
        .any(|scheme| word.eq_ignore_ascii_case(scheme));
    if !is_scheme {
        return None;
    }
    let start = space + 1;
    let is_in_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(byte);
    let length = text[start..].bytes().take_while(is_in_token).count();
    let token = &text[start..start + length];
    // `bearer authentication`, `basic understanding`: words.
    let is_word = token
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte == b'.')
        && (word.eq_ignore_ascii_case("basic") || token.len() < 16);
    (length >= 6 && !is_word).then(|| Secret::new(start, start + length))
}

/// What follows `PASSWORD` and `IDENTIFIED BY` in SQL, which databases repeat in their errors, and `AUTH` in Redis, with the
/// space behind it at `space`.
pub(super) fn in_statement(text: &str, space: usize, kind: Kind) -> Option<Secret> {
    let before = &text[..space];
    let last = before.as_bytes().last()?.to_ascii_lowercase();
    let ends_with = |word: &str| {
        let start = before.len().checked_sub(word.len());
        word.as_bytes().last() == Some(&last)
            && start.is_some_and(|start| {
                starts_with(before, start, word)
                    && !before[..start]
                        .ends_with(|last: char| last.is_alphanumeric() || last == '_')
            })
    };
    let start = space + 1;
    if kind == Kind::Statement && ends_with("auth") {
        let command = before[before.rfind('\n').map_or(0, |end| end + 1)..].trim_start();
        let is_command = command.len() == 4 || starts_with(command, 0, "hello ");
        let rest = text[start..].lines().next()?.trim_end();
        let is_secret = is_command && !rest.is_empty() && !is_placeholder(rest);
        return is_secret.then(|| Secret::new(start, start + rest.len()));
    }
    if kind == Kind::Text
        && let Some(secret) = redis_auth(text, space)
    {
        return Some(secret);
    }
    // `SET PASSWORD FOR 'app'@'%' = '…'`
    let start = if ends_with("password for") {
        start + text[start..].find('=')? + 1
    } else if ends_with("password") || ends_with("identified by") {
        start
    } else if ends_with("requirepass") || ends_with("masterauth") {
        return setting(text, space);
    } else {
        return None;
    };
    let literal = &text[start..];
    let start = start + literal.len() - literal.trim_start().len();
    if text[start..].starts_with('{') {
        return None;
    }
    let (from, to) = quoted(text, start)?;
    (!is_placeholder(&text[from..to])).then(|| Secret::new(from, to))
}

/// The password in `CONFIG SET requirepass …`, and in a line of Redis' configuration, with the space before it at `space`.
/// In a sentence another word follows.
fn setting(text: &str, space: usize) -> Option<Secret> {
    let start = space + 1;
    let before = &text[..space];
    let before = before.rfind([' ', '\n']).map_or("", |end| &before[..=end]);
    let is_command = before
        .trim_end()
        .to_ascii_lowercase()
        .ends_with("config set");
    let begins = before.is_empty() || before.ends_with('\n');
    let (from, to) = match quoted(text, start) {
        Some(literal) => literal,
        None if is_command || begins => (start, start + argument(text, start).len()),
        None => return None,
    };
    let password = &text[from..to];
    (!password.is_empty() && !is_placeholder(password)).then(|| Secret::new(from, to))
}

/// Whether a text ends with one of these bytes; letters are small ones, and stand for either case.
#[inline]
fn ends_with_any(text: &str, letters: &[u8]) -> bool {
    let last = text.as_bytes().last();
    last.is_some_and(|last| letters.contains(&last.to_ascii_lowercase()))
}

/// `AUTH x` and `AUTH user x` of Redis in a message, and `"auth" "x"` of its monitor, with the space behind the word at
/// `space`. In prose (`AUTH failed`, `AUTH PLAIN`) the next word has no small letter or no digit.
fn redis_auth(text: &str, space: usize) -> Option<Secret> {
    let before = &text[..space];
    let start = space + 1;
    if let Some(command) = before.strip_suffix('"') {
        let is_auth = command.len() > 4 && starts_with(command, command.len() - 5, "\"auth");
        let (from, mut to) =
            quoted(text, start).filter(|_| is_auth && text[start..].starts_with('"'))?;
        // `"auth" "user" "x"`
        if text[to..].starts_with("\" \"") {
            to = quoted(text, to + 2)?.1;
        }
        return Some(Secret::new(from, to));
    }
    let command = before.strip_suffix("AUTH")?;
    if command.ends_with(|last: char| last.is_alphanumeric() || "_-".contains(last)) {
        return None;
    }
    let first = argument(text, start);
    if looks_like_a_password(first) {
        return Some(Secret::new(start, start + first.len()));
    }
    // A user before the password: only where the command begins, as a word in a sentence may be anything.
    let is_command = command.trim_end().is_empty()
        || is_hello(command)
        || command.ends_with(['"', '\'', '`', '('])
        || command.ends_with(": ");
    let second = start + first.len() + 1;
    let is_next = is_command && !first.is_empty() && text[second - 1..].starts_with(' ');
    let password = is_next.then(|| argument(text, second))?;
    looks_like_a_password(password).then(|| Secret::new(second, second + password.len()))
}

/// Whether a text ends with `HELLO 3 `, the command before `AUTH`.
fn is_hello(before: &str) -> bool {
    let version = before
        .trim_end()
        .strip_suffix(|last: char| last.is_ascii_digit());
    version.is_some_and(|before| before.to_ascii_lowercase().ends_with("hello "))
}

/// Returns the word at `start`, without what ends a sentence.
fn argument(text: &str, start: usize) -> &str {
    let rest = &text[start..];
    let ends = |character: char| character.is_whitespace() || "\"'`)".contains(character);
    let word = &rest[..rest.find(ends).unwrap_or(rest.len())];
    word.trim_end_matches([',', '.', ';', ':'])
}

/// Whether a word behind `AUTH` is a password and no word of a sentence or name of a mechanism.
fn looks_like_a_password(word: &str) -> bool {
    // A password may begin like the name of a mechanism, but is not one.
    const MECHANISMS: [&str; 9] = [
        "oauth2", "xoauth2", "md5", "sha1", "sha-1", "sha256", "sha-256", "sha512", "sha-512",
    ];
    const FAMILIES: [&str; 5] = ["scram-", "cram-", "digest-", "http:", "https:"];
    let has = |is: fn(&u8) -> bool| word.bytes().any(|byte| is(&byte));
    let is_mechanism = MECHANISMS.iter().any(|one| word.eq_ignore_ascii_case(one))
        || FAMILIES.iter().any(|one| starts_with(word, 0, one));
    has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase) && !is_mechanism && !is_placeholder(word)
}
