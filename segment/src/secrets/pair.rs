//! A name and its value: `name=value`, `name: value`, `"name": value`, and `Bearer value`.

use super::{
    name::{Secrecy, may_end, secrecy},
    secret::{Kind, Secret, starts_with},
};

/// A name before a separator.
struct Name<'t> {
    text: &'t str,
    /// Its position, including its quote.
    start: usize,
    is_quoted: bool,
}

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
    let name = name_before(text, equals, from)?;
    let secrecy = secrecy(name.text)?;
    let value = value(text, after, &name, secrecy, kind)?;
    let content = &text[value.start..value.end];
    let is_secret = match secrecy {
        Secrecy::Always | Secrecy::Header => true,
        // `Unexpected token = in JSON`
        Secrecy::Token => !is_spaced || value.is_quoted,
        // `signature=add(int)` is another kind of signature.
        Secrecy::InPairs => (!is_spaced || value.is_quoted) && !content.contains('('),
        Secrecy::Perhaps => !is_spaced && looks_like_a_key(content),
    };
    is_secret.then(|| value.secret(text, &name)).flatten()
}

/// `name: value`, with the colon at `colon`.
pub(super) fn at_colon(text: &str, colon: usize, from: usize, kind: Kind) -> Option<Secret> {
    if kind == Kind::Statement && text[colon + 1..].starts_with(':') {
        return None;
    }
    let name = name_before(text, colon, from)?;
    let secrecy = secrecy(name.text)?;
    // `:=` is handled at its second character.
    if text[colon + 1..].starts_with('=') {
        return None;
    }
    // `arn:aws:secretsmanager:…:secret:name`: one of many parts.
    let is_part = text[..name.start].ends_with([':', '/']);
    if is_part || matches!(secrecy, Secrecy::InPairs | Secrecy::Perhaps) {
        return None;
    }
    let value = value(text, colon + 1, &name, secrecy, kind)?;
    if name.is_quoted {
        return value.secret(text, &name);
    }
    let content = &text[value.start..value.end];
    let is_token = value.is_quoted || content.bytes().any(|byte| byte.is_ascii_digit());
    if secrecy == Secrecy::Token && !(is_member(text, name.start) && is_token) {
        // `invalid token: expired`
        return None;
    }
    let is_prose =
        secrecy == Secrecy::Always && !value.is_quoted && is_prose(content, &text[value.end..]);
    (!is_prose).then(|| value.secret(text, &name)).flatten()
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

/// `--password value` on a command line, with its first dash at `dash`.
pub(super) fn flag(text: &str, dash: usize) -> Option<Secret> {
    let name = text[dash..].strip_prefix("--")?;
    if dash > 0 && !text[..dash].ends_with(' ') {
        return None;
    }
    let is_in_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let length = name.bytes().take_while(|byte| is_in_name(*byte)).count();
    let is_secret = matches!(
        secrecy(&name[..length]),
        Some(Secrecy::Always | Secrecy::Header | Secrecy::Token)
    );
    let start = dash + 2 + length + 1;
    let value = name[length..].strip_prefix(' ').filter(|_| is_secret)?;
    let value = &value[..value.find(char::is_whitespace).unwrap_or(value.len())];
    let is_value = !value.is_empty() && !value.starts_with('-') && !is_placeholder(value);
    is_value.then(|| Secret::new(start, start + value.len()))
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
    // All words below end with one of these letters, few others do.
    if !ends_with_any(before, b"dryhs") {
        return None;
    }
    let ends_with = |word: &str| {
        let start = before.len().checked_sub(word.len());
        start.is_some_and(|start| {
            starts_with(before, start, word)
                && !before[..start].ends_with(|last: char| last.is_alphanumeric() || last == '_')
        })
    };
    let start = space + 1;
    if kind == Kind::Statement && ends_with("auth") {
        let is_command = before.len() == 4 || starts_with(before, 0, "hello ");
        let rest = text[start..].trim_end();
        let is_secret = is_command && !rest.is_empty() && !is_placeholder(rest);
        return is_secret.then(|| Secret::new(start, start + rest.len()));
    }
    // `SET PASSWORD FOR 'app'@'%' = '…'`
    let start = if ends_with("password for") {
        start + text[start..].find('=')? + 1
    } else if ends_with("password") || ends_with("identified by") || ends_with("requirepass") {
        start
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

/// Whether a text ends with one of these small letters, in either case.
#[inline]
fn ends_with_any(text: &str, letters: &[u8]) -> bool {
    let last = text.as_bytes().last();
    last.is_some_and(|last| letters.contains(&last.to_ascii_lowercase()))
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
fn name_before(text: &str, end: usize, from: usize) -> Option<Name<'_>> {
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
    (!name.is_empty()).then(|| Name {
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

/// Where a value is.
struct Value {
    start: usize,
    end: usize,
    is_quoted: bool,
}

impl Value {
    fn secret(&self, text: &str, name: &Name<'_>) -> Option<Secret> {
        let content = &text[self.start..self.end];
        if is_placeholder(content) {
            return None;
        }
        Some(Secret {
            start: self.start,
            end: self.end,
            needs_quotes: name.is_quoted && !self.is_quoted,
        })
    }
}

/// Finds the value that begins at `after`, ignoring spaces.
fn value(text: &str, after: usize, name: &Name<'_>, secrecy: Secrecy, kind: Kind) -> Option<Value> {
    let rest = &text[after..];
    let mut start = after + rest.len() - rest.trim_start_matches([' ', '\t']).len();
    // `Some("…")`, `crypt('…', salt)`
    let function = identifier(&text[start..]).len();
    if text[start + function..].starts_with("('") || text[start + function..].starts_with("(\"") {
        start += function + 1;
    }
    let before = text[..name.start].chars().next_back();
    if !name.is_quoted && before.is_some_and(|quote| is_closed_by(quote, &text[start..])) {
        return None;
    }
    if let Some((start, end)) = quoted(text, start) {
        return Some(Value {
            start,
            end,
            is_quoted: true,
        });
    }
    let rest = &text[start..];
    if kind == Kind::Statement && (start > after || is_operand(rest)) {
        return None;
    }
    if name.is_quoted && rest.starts_with(['{', '[']) {
        // The members of an object have names of their own. A list of secrets is hidden up to its end.
        let end = rest.strip_prefix('[').and_then(|list| list.find(']'))? + 1;
        let value = Value {
            start: start + 1,
            end: start + end,
            is_quoted: false,
        };
        return Some(value).filter(|value| value.start < value.end);
    }
    let end = start + length(text, start, name, secrecy);
    (start < end).then_some(Value {
        start,
        end,
        is_quoted: false,
    })
}

/// Returns the identifier with which a text begins; empty if there is none.
fn identifier(text: &str) -> &str {
    let is_in_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    &text[..text.bytes().take_while(is_in_name).count()]
}

/// Whether the quote before a name closes where its value would begin: `expected "token="`.
fn is_closed_by(quote: char, text: &str) -> bool {
    "\"'`".contains(quote) && text.starts_with(quote)
}

/// Whether a statement continues with a parameter, a function or a column of a table.
fn is_operand(text: &str) -> bool {
    let length = identifier(text).len();
    text.starts_with(['$', '?', ':', '@', '%']) || text[length..].starts_with(['.', '('])
}

/// Returns the position of the text within the quotes, or ODBC's braces, that begin at `start`.
fn quoted(text: &str, start: usize) -> Option<(usize, usize)> {
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

/// Returns the length of a value without quotes.
fn length(text: &str, start: usize, name: &Name<'_>, secrecy: Secrecy) -> usize {
    let rest = &text[start..];
    let line = rest.find(['\n', '\r']).unwrap_or(rest.len());
    let line = &rest[..line];
    if secrecy == Secrecy::Header {
        return line.find(['"', '\'', '&', '`']).unwrap_or(line.len());
    }
    let before = text[..name.start].trim_end_matches(' ').chars().next_back();
    if before == Some(';') && !name.is_quoted {
        // In a list of `name=value;` a value may contain spaces.
        return line.find([';', '"']).unwrap_or(line.len());
    }
    let close = match before {
        Some('(') => Some(')'),
        Some('[') => Some(']'),
        Some('{') => Some('}'),
        _ => None,
    };
    let ends = |(at, character): &(usize, char)| match character {
        '&' | ';' | '"' | '\'' | '<' | '>' | '`' => true,
        ',' => name.is_quoted || is_followed_by_name(&line[at + 1..]),
        ')' | ']' | '}' => {
            let rest = &line[at + 1..];
            let is_close = close == Some(*character) && !rest.starts_with(char::is_alphanumeric);
            is_close || name.is_quoted || ends_here(rest)
        }
        '%' => ["%26", "%3B", "%20"]
            .iter()
            .any(|end| starts_with(line, *at, end)),
        '\\' => line[at + 1..].starts_with(['"', 'n', 'r']),
        other => other.is_whitespace(),
    };
    let end = line.char_indices().find(ends);
    let end = end.map_or(line.len(), |(at, _)| at);
    // A comma or a full stop after the value belongs to the sentence.
    let value = line[..end].trim_end_matches([',', '.']);
    if value.is_empty() { end } else { value.len() }
}

/// Whether a text begins with `name=` or `name:`.
fn is_followed_by_name(text: &str) -> bool {
    let text = text.trim_start_matches(' ');
    let is_in_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-. \"'".contains(byte);
    let length = text.bytes().take_while(is_in_name).count();
    length > 0 && text[length..].starts_with(['=', ':'])
}

/// Whether only punctuation follows up to the end of the word.
fn ends_here(text: &str) -> bool {
    let next = text.trim_start_matches([')', ']', '}', ',', '.', ';', ':', '"', '\'']);
    next.is_empty() || next.starts_with(char::is_whitespace)
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

/// Whether a value is long and mixed enough to be a key.
fn looks_like_a_key(value: &str) -> bool {
    value.len() >= 20
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && value.bytes().any(|byte| byte.is_ascii_alphabetic())
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_+/=.%".contains(&byte))
}
