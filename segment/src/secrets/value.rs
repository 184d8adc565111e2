//! The value of `key=value`: where it begins and ends, and whether it is one.

use std::borrow::Cow;

use super::{
    below,
    key::Key,
    literal::{is_placeholder, quoted},
    name::{self, Secrecy},
    secret::{HIDDEN, Kind, Secret, starts_with},
};

/// The replacement where a string must stand.
const QUOTED: &str = "\"***\"";

/// Where a value is.
pub(super) struct Value {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) is_quoted: bool,
    /// The value without its secrets, if it is an object or a list.
    hidden: Option<String>,
}

impl Value {
    pub(super) fn secret(self, text: &str, key: &Key<'_>) -> Option<Secret> {
        let content = &text[self.start..self.end];
        if is_placeholder(content) {
            return None;
        }
        let instead = match self.hidden {
            Some(hidden) => Cow::Owned(hidden),
            None if key.is_quoted && !self.is_quoted => Cow::Borrowed(QUOTED),
            None => Cow::Borrowed(HIDDEN),
        };
        Some(Secret {
            start: self.start,
            end: self.end,
            instead,
        })
    }
}

/// Finds the value that begins at `after`, ignoring spaces.
pub(super) fn value(
    text: &str,
    after: usize,
    key: &Key<'_>,
    secrecy: Secrecy,
    kind: Kind,
) -> Option<Value> {
    let rest = &text[after..];
    let mut start = after + rest.len() - rest.trim_start_matches([' ', '\t']).len();
    // `Some("…")`, `crypt('…', salt)`
    let function = identifier(&text[start..]).len();
    if text[start + function..].starts_with("('") || text[start + function..].starts_with("(\"") {
        start += function + 1;
    }
    let before = text[..key.start].chars().next_back();
    if !key.is_quoted && before.is_some_and(|quote| is_closed_by(quote, &text[start..])) {
        return None;
    }
    if let Some(open) = opening(text, start, key, secrecy) {
        let below = below::read(text, open, name::is_password(key.text));
        return below.hidden.map(|hidden| Value {
            start: open,
            end: below.end,
            is_quoted: false,
            hidden: Some(hidden),
        });
    }
    if let Some((start, end)) = quoted(text, start) {
        return Some(Value {
            start,
            end,
            is_quoted: true,
            hidden: None,
        });
    }
    let rest = &text[start..];
    if kind == Kind::Statement && (start > after || is_operand(rest)) {
        return None;
    }
    if key.is_quoted && rest.starts_with('[') {
        // Numbers, or words without quotes.
        let end = rest.find(']').unwrap_or(rest.len());
        return (end > 1).then_some(Value {
            start: start + 1,
            end: start + end,
            is_quoted: false,
            hidden: None,
        });
    }
    let end = start + length(text, start, key, secrecy);
    (start < end).then_some(Value {
        start,
        end,
        is_quoted: false,
        hidden: None,
    })
}

/// Returns where the object or list that is a value opens: `{` and `[` behind a name in quotes; `{ value: 'x' }` and
/// `Secret { value: "x" }`, as JavaScript and Rust print them, behind one without.
fn opening(text: &str, start: usize, key: &Key<'_>, secrecy: Secrecy) -> Option<usize> {
    let rest = &text[start..];
    if key.is_quoted {
        let inside = rest.strip_prefix(['{', '['])?.trim_start();
        return inside
            .starts_with(['"', '\'', '\\', '{', '[', '}', ']'])
            .then_some(start);
    }
    if secrecy != Secrecy::Always {
        return None;
    }
    let kind = identifier(rest).len();
    let is_type = kind == 0 || rest.starts_with(|first: char| first.is_ascii_uppercase());
    let inside = rest[kind..].trim_start_matches(' ').strip_prefix("{ ")?;
    let member = identifier(inside).len();
    let is_object = is_type && member > 0 && inside[member..].starts_with(": ");
    is_object.then(|| text.len() - inside.len() - 2)
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

/// Returns the length of a value without quotes.
fn length(text: &str, start: usize, key: &Key<'_>, secrecy: Secrecy) -> usize {
    let rest = &text[start..];
    let line = rest.find(['\n', '\r']).unwrap_or(rest.len());
    let line = &rest[..line];
    if secrecy == Secrecy::Header {
        return header_length(line);
    }
    let before = text[..key.start].trim_end_matches(' ').chars().next_back();
    // What may stand in a URL's path (`;jsessionid=…`) has no spaces and no `?`.
    let is_in_url = matches!(secrecy, Secrecy::InPairs | Secrecy::Perhaps);
    if before == Some(';') && !key.is_quoted && !is_in_url {
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
        '?' => is_in_url,
        ',' => key.is_quoted || is_followed_by_name(&line[at + 1..]),
        ')' | ']' | '}' => {
            let rest = &line[at + 1..];
            let is_close = close == Some(*character) && !rest.starts_with(char::is_alphanumeric);
            is_close || key.is_quoted || ends_here(rest)
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

/// Returns the length of a header's value, in which parameters may be quoted: `Digest username="a", response="b"`. Any other quote is
/// that of the text around it.
fn header_length(line: &str) -> usize {
    let mut at = 0;
    while let Some(next) = line[at..].find(['"', '\'', '&', '`']) {
        let here = at + next;
        let (before, quote, after) = (&line[..here], &line[here..=here], &line[here + 1..]);
        let begins = |first: char| first.is_ascii_alphanumeric() || quote.starts_with(first);
        let is_opening = before.ends_with('=') && quote != "&" && after.starts_with(begins);
        match after.find(quote).filter(|_| is_opening) {
            Some(close) => at = here + 1 + close + 1,
            None => return here,
        }
    }
    line.len()
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

/// Whether a value is long and mixed enough to be a key.
pub(super) fn looks_like_a_key(value: &str) -> bool {
    value.len() >= 20
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && value.bytes().any(|byte| byte.is_ascii_alphabetic())
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_+/=.%".contains(&byte))
}
