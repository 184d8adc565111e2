//! What stands below a secret's name: `"secret": {"value": …}`, `"tokens": ["…", "…"]`.

use super::{
    literal::{is_placeholder, quoted},
    secret::HIDDEN,
};

/// The levels that are read. What is nested deeper is not, so that a text of brackets alone takes no time.
const LEVELS: usize = 16;

/// An object or a list, without what is in it.
pub(super) struct Below {
    pub(super) end: usize,
    /// `None` if nothing in it is secret.
    pub(super) hidden: Option<String>,
}

/// Reads the object or list that opens at `start` up to its close, or to the end of a text that was cut, and hides its
/// texts; its numbers too if it is a password's. Names stay, and so do words without quotes.
pub(super) fn read(text: &str, start: usize, is_password: bool) -> Below {
    let mut hidden = String::new();
    let (mut at, mut done, mut depth) = (start, start, 0_usize);
    while let Some(byte) = text.as_bytes().get(at) {
        let mut length = 1;
        match byte {
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            b'"' | b'\'' | b'\\' => {
                let literal = quoted(text, at).filter(|_| *byte != b'\\' || is_escaped(text, at));
                if let Some((from, to)) = literal {
                    let after = (to + from - at).min(text.len());
                    if !is_name(&text[after..]) && !is_placeholder(&text[from..to]) {
                        hidden.push_str(&text[done..from]);
                        hidden.push_str(HIDDEN);
                        done = to;
                    }
                    length = after - at;
                }
            }
            b'0'..=b'9' | b'-' => {
                length = number(&text[at..]);
                let is_value = text[..at].ends_with([':', ' ', ',', '[', '(', '=', '>']);
                if is_password && is_value && !is_name(&text[at + length..]) {
                    hidden.push_str(&text[done..at]);
                    hidden.push('"');
                    hidden.push_str(HIDDEN);
                    hidden.push('"');
                    done = at + length;
                }
            }
            _ => {}
        }
        at += length;
        if depth == 0 || depth > LEVELS {
            break;
        }
    }
    let is_hidden = done > start;
    hidden.push_str(&text[done..at]);
    Below {
        end: at,
        hidden: is_hidden.then_some(hidden),
    }
}

/// Whether a backslash belongs to a quote, as in JSON within a JSON string.
fn is_escaped(text: &str, at: usize) -> bool {
    text[at..].starts_with("\\\"")
}

/// Whether a value follows, so that what is before was a name.
fn is_name(rest: &str) -> bool {
    rest.trim_start().starts_with([':', '='])
}

/// Returns the length of the number with which a text begins; at least 1.
fn number(text: &str) -> usize {
    let is_in_number = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
    text.bytes().take_while(is_in_number).count().max(1)
}
