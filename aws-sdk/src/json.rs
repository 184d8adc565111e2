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
        let mut reader = Reader {
            text: self.text,
            at: 0,
        };
        let mut count = 0;
        let mut is_next = reader.finds(b'[');
        let is_list = is_next;
        while is_next && reader.value().is_some() {
            count += 1;
            is_next = reader.finds(b',');
        }
        is_list.then_some(AttributeValue::Integer(count))
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
        let value = self.finds(b':').then(|| self.value())??;
        Some((name, value))
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
        Some(Written { text, is_escaped })
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
mod tests {
    use proptest::{collection::vec, prelude::*};
    use serde_json::json;

    use super::*;

    fn read(body: &str) -> Vec<(String, String)> {
        let mut read = Vec::new();
        members(body.as_bytes(), |name, value| {
            read.push((name.to_owned(), value.text.to_owned()));
        });
        read
    }

    #[test]
    fn members_are_read_as_far_as_they_go() {
        for (body, names) in [
            (r#"{"a":1,"b":{"c":"}\""},"d":[[],{}]}"#, "a b d"),
            (" {\n\t\"a\" : \"\\u00e4\" , \"\\u0062\" : null }", "a b"),
            (r#"{"a":1,"b":"endless"#, "a"),
            (r#"{"a":1,"b":[2"#, "a"),
            (r#"{"a":1,"b":2"#, "a"),
            (r#"{"a":1 "b":2}"#, "a"),
            (r#"{"a":1,b:2}"#, "a"),
            (r#"{"a":"\"#, ""),
            (r#"{"\x":1}"#, ""),
            (r#"{"a"}"#, ""),
            ("{}", ""),
            ("[1]", ""),
            ("}", ""),
            ("", ""),
        ] {
            let read: Vec<_> = read(body).into_iter().map(|(name, _)| name).collect();
            assert_eq!(read.join(" "), names, "{body}");
        }
    }

    fn written_as(text: &str) -> Written<'_> {
        let is_escaped = text.contains('\\');
        Written { text, is_escaped }
    }

    #[test]
    fn a_value_says_what_it_is() {
        for (written, scalar) in [
            ("true", Some(Scalar::Bool(true))),
            ("-7", Some(Scalar::Integer(-7))),
            (r#""a""#, Some(Scalar::Text("a".into()))),
            (r#""\u00e4\n""#, Some(Scalar::Text("ä\n".into()))),
            (r#""\x""#, None),
            ("7.5", None),
            ("null", None),
            ("[1]", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(written_as(written).scalar(), scalar, "{written}");
        }
        for (written, count) in [
            ("[]", Some(0)),
            (r#"[1, "a,b", [2, 3], {"a": 4}]"#, Some(4)),
            ("{}", None),
            ("7", None),
        ] {
            let counted = written_as(written).count();
            let counted = counted.map(|count| opentelemetry::Value::from(count).to_string());
            assert_eq!(
                counted,
                count.map(|count: i64| count.to_string()),
                "{written}"
            );
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "\\PC{0,9}|[\"\\\\\n{}\\[\\],:]{0,5}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..4).prop_map(Value::from),
                vec(("[a-z\"\\\\]{0,4}", inner), 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_object_is_read_as_another_reader_does(members in vec(("\\PC{0,5}", value()), 0..5), is_pretty in any::<bool>()) {
            let object = Value::Object(members.into_iter().collect());
            let body = if is_pretty {
                format!("{object:#}")
            } else {
                object.to_string()
            };
            let mut again = json!({});
            super::members(body.as_bytes(), |name, value| {
                let list = value.whole().and_then(|value| Some(value.as_array()?.len()));
                assert_eq!(value.count().is_some(), list.is_some());
                again[name] = value.whole().unwrap_or_default();
            });
            prop_assert_eq!(again, object);
        }

        #[test]
        fn any_text_is_taken(body in "[\\PC{}\\[\\]\",:\\\\]{0,40}", end in 0..40_usize) {
            let bytes = body.as_bytes();
            members(&bytes[..end.min(bytes.len())], |_, value| {
                value.scalar();
                value.count();
                value.whole();
            });
        }
    }
}
