//! How a document's members are read from JSON and written to it, and the blocks made of such members.

use std::{borrow::Cow, str::FromStr};

use crate::{SegmentId, TraceId, Value, encode, value::Members};

/// The value of one member.
pub(crate) trait Member<'a>: Sized {
    /// Reads the value if it has this member's type; otherwise returns it unchanged, so that it is not lost.
    fn read(value: Value<'a>) -> Result<Self, Value<'a>>;
    /// Whether the member is left out of the document.
    fn is_absent(&self) -> bool;
    /// Appends the value as JSON.
    fn write(&self, out: &mut Vec<u8>);
}

/// Declares a block: a struct whose members are all optional, and `rest` for unknown members.
macro_rules! block {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$member_meta:meta])* $member:ident $(as $json:literal)? : $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct $name<'a> {
            $($(#[$member_meta])* pub $member: $type,)*
            /// Unknown members, and members of the wrong type.
            pub rest: $crate::value::Members<'a>,
        }

        impl<'a> $crate::document::member::Member<'a> for $name<'a> {
            fn read(value: $crate::Value<'a>) -> Result<Self, $crate::Value<'a>> {
                let $crate::Value::Object(members) = value else { return Err(value) };
                let mut block = Self::default();
                for (key, value) in members {
                    match key.as_ref() {
                        $(block!(@json $member $($json)?) => match $crate::document::member::Member::read(value) {
                            Ok(member) => block.$member = member,
                            Err(value) => block.rest.push((key, value)),
                        },)*
                        _ => block.rest.push((key, value)),
                    }
                }
                Ok(block)
            }

            fn is_absent(&self) -> bool {
                $($crate::document::member::Member::is_absent(&self.$member) &&)* self.rest.is_empty()
            }

            fn write(&self, out: &mut Vec<u8>) {
                let mut object = $crate::encode::Object::begin(out);
                $($crate::document::member::write(&mut object, block!(@json $member $($json)?), &self.$member);)*
                $crate::document::member::write_rest(&mut object, &self.rest);
                object.end();
            }
        }
    };
    (@json $member:ident $json:literal) => { $json };
    (@json $member:ident) => { stringify!($member) };
}
pub(crate) use block;

/// Appends a member unless it is absent.
// Inlined, so that the name's length is known and it is copied without a call.
#[inline]
pub(crate) fn write<'a>(
    object: &mut encode::Object<'_>,
    name: &'static str,
    member: &impl Member<'a>,
) {
    if !member.is_absent() {
        member.write(object.member(name));
    }
}

/// Appends members under their own names.
pub(crate) fn write_rest(object: &mut encode::Object<'_>, rest: &[(Cow<'_, str>, Value<'_>)]) {
    for (name, value) in rest {
        value.write(object.named(name));
    }
}

impl<'a> Member<'a> for Option<Cow<'a, str>> {
    /// Numbers are read as strings: SDKs for dynamic languages send user ids as either.
    fn read(value: Value<'a>) -> Result<Self, Value<'a>> {
        match value {
            Value::Text(text) => Ok(Some(text)),
            Value::Integer(_) | Value::Number(_) => Ok(Some(Cow::Owned(value.to_string()))),
            Value::Null => Ok(None),
            other => Err(other),
        }
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }

    fn write(&self, out: &mut Vec<u8>) {
        encode::text(self.as_deref().unwrap_or_default(), out);
    }
}

impl<'a> Member<'a> for Option<i64> {
    /// A string that contains an integer is read as one.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked to be whole and small just before"
    )]
    fn read(value: Value<'a>) -> Result<Self, Value<'a>> {
        match value {
            Value::Null => Ok(None),
            Value::Number(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
                Ok(Some(number as i64))
            }
            other => other.as_integer().map(Some).ok_or(other),
        }
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }

    fn write(&self, out: &mut Vec<u8>) {
        encode::integer(self.unwrap_or_default(), out);
    }
}

impl<'a> Member<'a> for Option<bool> {
    fn read(value: Value<'a>) -> Result<Self, Value<'a>> {
        match value {
            Value::Bool(bool) => Ok(Some(bool)),
            Value::Null => Ok(None),
            other => Err(other),
        }
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }

    fn write(&self, out: &mut Vec<u8>) {
        encode::bool(self.unwrap_or_default(), out);
    }
}

/// A flag: `false` and absent are the same.
impl<'a> Member<'a> for bool {
    fn read(value: Value<'a>) -> Result<Self, Value<'a>> {
        Option::<bool>::read(value).map(Option::unwrap_or_default)
    }

    fn is_absent(&self) -> bool {
        !self
    }

    fn write(&self, out: &mut Vec<u8>) {
        encode::bool(*self, out);
    }
}

impl<'a> Member<'a> for Option<TraceId> {
    fn read(value: Value<'a>) -> Result<Self, Value<'a>> {
        read_id(value)
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }

    fn write(&self, out: &mut Vec<u8>) {
        write_id(self.map(TraceId::text), out);
    }
}

impl<'a> Member<'a> for Option<SegmentId> {
    fn read(value: Value<'a>) -> Result<Self, Value<'a>> {
        read_id(value)
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }

    fn write(&self, out: &mut Vec<u8>) {
        write_id(self.map(SegmentId::text), out);
    }
}

impl<'a> Member<'a> for Vec<Cow<'a, str>> {
    /// A single string is read as a list of one.
    fn read(value: Value<'a>) -> Result<Self, Value<'a>> {
        match value {
            Value::Text(text) => Ok(vec![text]),
            Value::Array(values) if values.iter().all(|value| value.as_text().is_some()) => {
                let texts = values.into_iter().filter_map(|value| match value {
                    Value::Text(text) => Some(text),
                    _ => None,
                });
                Ok(texts.collect())
            }
            Value::Null => Ok(Vec::new()),
            other => Err(other),
        }
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }

    fn write(&self, out: &mut Vec<u8>) {
        encode::list(self, out, |text, out| encode::text(text, out));
    }
}

impl<'a> Member<'a> for Members<'a> {
    fn read(value: Value<'a>) -> Result<Self, Value<'a>> {
        match value {
            Value::Object(members) => Ok(members),
            Value::Null => Ok(Vec::new()),
            other => Err(other),
        }
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }

    fn write(&self, out: &mut Vec<u8>) {
        let mut object = encode::Object::begin(out);
        write_rest(&mut object, self);
        object.end();
    }
}

/// Implements [`Member`] for `Option<Block>` and `Vec<Block>`.
macro_rules! block_members {
    ($($block:ident),*) => {$(
        impl<'a> Member<'a> for Option<$block<'a>> {
            fn read(value: Value<'a>) -> Result<Self, Value<'a>> {
                match value {
                    Value::Null => Ok(None),
                    value => $block::read(value).map(Some),
                }
            }

            fn is_absent(&self) -> bool {
                self.as_ref().is_none_or(Member::is_absent)
            }

            fn write(&self, out: &mut Vec<u8>) {
                if let Some(block) = self {
                    block.write(out);
                }
            }
        }

        impl<'a> Member<'a> for Vec<$block<'a>> {
            fn read(value: Value<'a>) -> Result<Self, Value<'a>> {
                match value {
                    Value::Null => Ok(Vec::new()),
                    Value::Array(values) if values.iter().all(|value| matches!(value, Value::Object(_))) => {
                        Ok(values.into_iter().filter_map(|value| $block::read(value).ok()).collect())
                    }
                    other => Err(other),
                }
            }

            fn is_absent(&self) -> bool {
                self.is_empty()
            }

            fn write(&self, out: &mut Vec<u8>) {
                encode::list(self, out, |block, out| block.write(out));
            }
        }
    )*};
}
pub(crate) use block_members;

fn read_id<T: FromStr>(value: Value<'_>) -> Result<Option<T>, Value<'_>> {
    match value.as_text().map(str::parse) {
        Some(Ok(id)) => Ok(Some(id)),
        _ => Err(value),
    }
}

fn write_id<const N: usize>(text: Option<[u8; N]>, out: &mut Vec<u8>) {
    out.push(b'"');
    if let Some(text) = text {
        out.extend_from_slice(&text);
    }
    out.push(b'"');
}
