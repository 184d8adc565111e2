//! A value of a facet, and its text.

use std::{
    fmt,
    hash::{Hash, Hasher},
    ptr,
};

use super::{OUTCOMES, ranges::Range};
use crate::summary::{RootCause, Service};

/// A value that a trace has for a facet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value<'s> {
    /// A text.
    Text(&'s str),
    /// A status code.
    Status(i64),
    /// An index in [`OUTCOMES`].
    Outcome(usize),
    /// A boolean.
    Bool(bool),
    /// A number, or a range of numbers.
    Range(Range),
    /// A service.
    Service(&'s Service),
    /// A property of a service, such as its version.
    Of(&'s Service, &'s str),
    /// The root cause of a failure, or of the duration.
    Failure(Failure<'s>),
}

/// A value as the key of a table: the same one, if it is the same copy of its texts. To read the texts of a million values
/// takes longer than to count them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Same<'s>(pub(super) Value<'s>);

/// The deepest part of a root cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failure<'s> {
    /// The service that it is in.
    pub service: &'s str,
    /// The segment or subsegment.
    pub part: &'s str,
    /// The exception there: type and message.
    pub exception: Option<(&'s str, &'s str)>,
}

impl<'s> Failure<'s> {
    /// Returns the deepest part of a root cause.
    pub fn of(cause: &'s RootCause) -> Option<Self> {
        let service = cause.services.last()?;
        let part = service.entities.last();
        // The exception may be recorded at the part around the failed call.
        let around = cause.services.iter().flat_map(|service| &service.entities);
        let thrown = around.rev().find_map(|entity| entity.exceptions.last());
        Some(Self {
            service: &service.service.name,
            part: part.map_or(&service.service.name, |part| &part.name),
            exception: thrown.map(|exception| (&*exception.name, &*exception.message)),
        })
    }
}

impl Failure<'_> {
    /// Returns its texts, without which exception it is.
    fn texts(&self) -> [&str; 4] {
        // Any texts do for none, but the same ones each time.
        let (name, message) = self.exception.unwrap_or((self.service, self.service));
        [self.service, self.part, name, message]
    }
}

impl PartialEq for Same<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Value::Text(text), Value::Text(other)) => ptr::eq(*text, *other),
            (Value::Service(service), Value::Service(other)) => ptr::eq(*service, *other),
            (Value::Of(service, text), Value::Of(other, other_text)) => {
                ptr::eq(*service, *other) && ptr::eq(*text, *other_text)
            }
            (Value::Failure(failure), Value::Failure(other)) => {
                let texts = failure.texts().into_iter().zip(other.texts());
                failure.exception.is_some() == other.exception.is_some()
                    && texts.into_iter().all(|(text, other)| ptr::eq(text, other))
            }
            (value, other) => value == other,
        }
    }
}

impl Eq for Same<'_> {}

impl Hash for Same<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mut address = |text: &str| state.write_usize(text.as_ptr().addr());
        match &self.0 {
            Value::Text(text) => address(text),
            Value::Service(service) => state.write_usize(ptr::from_ref(*service).addr()),
            Value::Of(service, text) => {
                address(text);
                state.write_usize(ptr::from_ref(*service).addr());
            }
            Value::Failure(failure) => failure.texts().into_iter().for_each(address),
            Value::Status(status) => status.hash(state),
            Value::Outcome(rank) => rank.hash(state),
            Value::Bool(bool) => bool.hash(state),
            Value::Range(range) => range.hash(state),
        }
    }
}

impl fmt::Display for Failure<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.service)?;
        if self.part != self.service {
            write!(formatter, " › {}", self.part)?;
        }
        match self.exception {
            Some(("", message)) => write!(formatter, ": {message}"),
            Some((name, "")) => write!(formatter, ": {name}"),
            Some((name, message)) => write!(formatter, ": {name}: {message}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => formatter.write_str(text),
            Self::Status(status) => status.fmt(formatter),
            Self::Outcome(rank) => formatter.write_str(OUTCOMES[*rank]),
            Self::Bool(bool) => bool.fmt(formatter),
            Self::Range(range) => range.fmt(formatter),
            Self::Service(service) => formatter.write_str(&service.name),
            Self::Of(service, text) => write!(formatter, "{} {text}", service.name),
            Self::Failure(failure) => failure.fmt(formatter),
        }
    }
}
