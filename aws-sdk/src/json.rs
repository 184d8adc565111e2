//! Members of a JSON object, each as it is written, so that what nobody wants to know is only passed over: a body may hold a
//! whole batch of items.

use std::borrow::Cow;

use memchr::memchr2;
use serde_json::Value;
use xray::AttributeValue;

/// How much of a body is looked at: what names a resource stands in front of what is stored in it.
pub(crate) const MAX_BODY: usize = 64 * 1024;

/// How many messages a batch has.
pub(crate) const MESSAGE_COUNT: &str = "messaging.batch.message_count";

/// A value as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Written<'b> {
    text: &'b str,
    /// Whether it is a string with escapes.
    is_escaped: bool,
    /// Whether it is a list or an object that does not end: a batch may be larger than what is looked at.
    is_cut: bool,
}

/// A value that can be an attribute.
#[derive(Debug, PartialEq)]
pub(crate) enum Scalar<'b> {
    Bool(bool),
    Integer(i64),
    /// Borrowed where it needs no unescaping.
    Text(Cow<'b, str>),
}

/// Hands the name and the value of each member of the object to `take`. What is no JSON, or is cut off, is read as far as it
/// goes.
pub(crate) fn members(body: &[u8], mut take: impl FnMut(&str, Written<'_>)) {
    let body = body.get(..MAX_BODY).unwrap_or(body);
    let text = str::from_utf8(body).or_else(|error| str::from_utf8(&body[..error.valid_up_to()]));
    let mut reader = Reader {
        text: text.unwrap_or_default(),
        at: 0,
    };
    let mut is_next = reader.finds(b'{');
    while is_next && let Some((name, value)) = reader.member() {
        take(&name, value);
        is_next = reader.finds(b',');
    }
}

impl<'b> Written<'b> {
    /// Returns it as what can be an attribute; `None` for a list, an object, and a number with a fraction.
    pub(crate) fn scalar(self) -> Option<Scalar<'b>> {
        match self.text {
            "true" => Some(Scalar::Bool(true)),
            "false" => Some(Scalar::Bool(false)),
            text if text.starts_with('"') => self.unquoted().map(Scalar::Text),
            number => number.parse().ok().map(Scalar::Integer),
        }
    }

    /// Returns the number of elements of a list.
    pub(crate) fn count(self) -> Option<AttributeValue<'static>> {
        let mut count = 0;
        self.elements(|_| count += 1);
        let is_list = self.text.starts_with('[') && !self.is_cut;
        is_list.then_some(AttributeValue::Integer(count))
    }

    /// Hands each element of a list to `take`, as far as it goes.
    pub(crate) fn elements(self, mut take: impl FnMut(Written<'b>)) {
        let mut reader = Reader {
            text: self.text,
            at: 0,
        };
        let mut is_next = reader.finds(b'[');
        while is_next && let Some(value) = reader.value() {
            take(value);
            is_next = reader.finds(b',');
        }
    }

    /// Hands the name of each member of an object to `take`, also of one whose value does not end.
    pub(crate) fn names(self, mut take: impl FnMut(&str)) {
        let mut reader = Reader {
            text: self.text,
            at: 0,
        };
        let mut is_next = reader.finds(b'{');
        while is_next && let Some(name) = reader.value().and_then(Written::unquoted) {
            is_next = reader.finds(b':');
            if is_next {
                take(&name);
                is_next = reader.value().is_some() && reader.finds(b',');
            }
        }
    }

    /// Returns the text of a string; `None` if it has an escape that is none.
    fn unquoted(self) -> Option<Cow<'b, str>> {
        if self.is_escaped {
            serde_json::from_str(self.text).ok().map(Cow::Owned)
        } else {
            let text = self.text.strip_prefix('"')?.strip_suffix('"')?;
            Some(Cow::Borrowed(text))
        }
    }

    /// Reads all of it.
    pub(crate) fn whole(self) -> Option<Value> {
        serde_json::from_str(self.text).ok()
    }
}

impl Scalar<'_> {
    pub(crate) fn attribute(&self) -> AttributeValue<'_> {
        match self {
            Self::Bool(bool) => AttributeValue::Other((*bool).into()),
            Self::Integer(integer) => AttributeValue::Integer(*integer),
            Self::Text(text) => AttributeValue::Text(text),
        }
    }
}

/// Most strings end within so many bytes, before a search that looks at many bytes at once has paid.
const NEAR: usize = 32;

/// The kinds of bytes at which something ends.
const IN_STRING: u8 = 1;
const NESTING: u8 = 2;
const BEHIND_WORD: u8 = 4;
static KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0_u8;
    while byte < u8::MAX {
        kinds[byte as usize] = match byte {
            b'"' => IN_STRING | NESTING | BEHIND_WORD,
            b'\\' => IN_STRING,
            b'}' | b']' => NESTING | BEHIND_WORD,
            b'{' | b'[' => NESTING,
            b',' | b':' | b' ' | b'\n' | b'\r' | b'\t' => BEHIND_WORD,
            _ => 0,
        };
        byte += 1;
    }
    kinds
};

fn is_of(byte: u8, kind: u8) -> bool {
    KINDS[usize::from(byte)] & kind != 0
}

/// Passes over values. All that it looks for is ASCII, so that values begin and end between characters.
struct Reader<'b> {
    text: &'b str,
    at: usize,
}

impl<'b> Reader<'b> {
    fn member(&mut self) -> Option<(Cow<'b, str>, Written<'b>)> {
        let name = self.value()?.unquoted()?;
        let value = self.finds(b':').then(|| self.value_or_rest())??;
        Some((name, value))
    }

    /// Passes over a value; of a list or an object that does not end, over all that there is.
    fn value_or_rest(&mut self) -> Option<Written<'b>> {
        self.pass_space();
        let start = self.at;
        self.value().or_else(|| {
            let text = self.text.get(start..)?;
            self.at = self.text.len();
            text.starts_with(['[', '{']).then_some(Written {
                text,
                is_escaped: false,
                is_cut: true,
            })
        })
    }

    /// Passes over a value; `None` if there is none, or if it does not end.
    fn value(&mut self) -> Option<Written<'b>> {
        self.pass_space();
        let (start, mut is_escaped) = (self.at, false);
        match self.next()? {
            b'"' => is_escaped = self.pass_string()?,
            b'{' | b'[' => self.pass_nested()?,
            _ => self.pass_word()?,
        }
        let text = self.text.get(start..self.at)?;
        Some(Written {
            text,
            is_escaped,
            is_cut: false,
        })
    }

    /// Whether the next byte, behind white space, is this one; then it is passed over.
    fn finds(&mut self, byte: u8) -> bool {
        self.pass_space();
        let is_found = self.next() == Some(byte);
        self.at += usize::from(is_found);
        is_found
    }

    fn next(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn pass_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.next() {
            self.at += 1;
        }
    }

    /// Passes over a string, and returns whether it has escapes.
    fn pass_string(&mut self) -> Option<bool> {
        let mut is_escaped = false;
        self.at += 1;
        loop {
            let rest = self.text.as_bytes().get(self.at..)?;
            let (near, far) = rest.split_at(rest.len().min(NEAR));
            let end = near.iter().position(|byte| is_of(*byte, IN_STRING));
            let end = end.or_else(|| Some(near.len() + memchr2(b'"', b'\\', far)?))?;
            self.at += end + 1;
            if rest[end] == b'"' {
                return Some(is_escaped);
            }
            // What is behind a backslash may be a quote.
            self.at += 1;
            is_escaped = true;
        }
    }

    fn pass_nested(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.pass_until(NESTING)? {
                b'"' => {
                    self.pass_string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                _ => depth -= 1,
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
        }
    }

    /// Passes over all up to a byte of this kind, and returns that.
    fn pass_until(&mut self, kind: u8) -> Option<u8> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let mut bytes = rest.iter();
        let end = bytes.find(|byte| is_of(**byte, kind))?;
        self.at += rest.len() - bytes.len() - 1;
        Some(*end)
    }

    /// Passes over a number, `true`, `false` or `null`, which has to end before the text does.
    fn pass_word(&mut self) -> Option<()> {
        let start = self.at;
        self.pass_until(BEHIND_WORD)?;
        (self.at > start).then_some(())
    }
}

#[cfg(test)]
mod tests;
