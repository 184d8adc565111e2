//! Blocks that many documents have in common: made and encoded once, lent to each of them.

use std::ops::Deref;

use super::member::Member;
use crate::Value;

/// A block, with its JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Ready<T> {
    block: T,
    json: Box<[u8]>,
}

/// A block of one document, or one that is lent to it. Boxed or borrowed, so that documents, which are
/// moved, do not carry its room along.
#[derive(Debug, Clone)]
pub enum Shared<'a, T> {
    /// The document's own.
    Own(Box<T>),
    /// Lent by whoever made it for many documents.
    Lent(&'a Ready<T>),
}

impl<T> Ready<T> {
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

impl<T> Deref for Ready<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.block
    }
}

impl<T: Clone> Shared<'_, T> {
    /// Returns the block, to be changed for this document alone.
    pub(crate) fn own(self) -> T {
        match self {
            Self::Own(block) => *block,
            Self::Lent(ready) => ready.block.clone(),
        }
    }
}

impl<T> From<T> for Shared<'_, T> {
    fn from(block: T) -> Self {
        Self::Own(Box::new(block))
    }
}

impl<T> Deref for Shared<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Own(block) => block,
            Self::Lent(ready) => ready,
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
            Some(Shared::Own(block)) => block.write(out),
            Some(Shared::Lent(ready)) => out.extend_from_slice(&ready.json),
            None => {}
        }
    }
}
