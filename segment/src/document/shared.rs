//! Blocks that many documents share: made and encoded once, borrowed by each document.

use std::ops::Deref;

use super::member::Member;
use crate::Value;

/// A block with its encoded JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoded<T> {
    block: T,
    json: Box<[u8]>,
}

/// A block of one document, or one borrowed from all documents' common data. Boxed or borrowed, so that documents,
/// which are moved, stay small.
#[derive(Debug, Clone)]
pub enum Shared<'a, T> {
    /// A block of this document alone.
    Owned(Box<T>),
    /// A block that many documents share.
    Borrowed(&'a Encoded<T>),
}

impl<T> Encoded<T> {
    /// Encodes the block.
    pub(crate) fn new<'a>(block: T) -> Self
    where
        T: Member<'a>,
    {
        let mut json = Vec::new();
        block.write(&mut json);
        Self {
            block,
            json: json.into(),
        }
    }

    /// Returns the members of the JSON object, without its braces.
    pub(crate) fn members(&self) -> &[u8] {
        match &*self.json {
            [b'{', members @ .., b'}'] => members,
            _ => &[],
        }
    }
}

impl<T> Deref for Encoded<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.block
    }
}

impl<T: Clone> Shared<'_, T> {
    /// Returns a copy of the block, which this document may change.
    pub(crate) fn own(self) -> T {
        match self {
            Self::Owned(block) => *block,
            Self::Borrowed(ready) => ready.block.clone(),
        }
    }
}

impl<T> From<T> for Shared<'_, T> {
    fn from(block: T) -> Self {
        Self::Owned(Box::new(block))
    }
}

impl<T> Deref for Shared<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Owned(block) => block,
            Self::Borrowed(ready) => ready,
        }
    }
}

impl<T: PartialEq> PartialEq for Shared<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<'a, T: Member<'a>> Member<'a> for Option<Shared<'a, T>> {
    fn read(value: Value<'a>) -> Result<Self, Value<'a>> {
        match value {
            Value::Null => Ok(None),
            value => T::read(value).map(|block| Some(block.into())),
        }
    }

    fn is_absent(&self) -> bool {
        self.as_deref().is_none_or(Member::is_absent)
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Some(Shared::Owned(block)) => block.write(out),
            Some(Shared::Borrowed(ready)) => out.extend_from_slice(&ready.json),
            None => {}
        }
    }
}
