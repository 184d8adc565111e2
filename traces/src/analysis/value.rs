//! A value of a facet, and its text.

use std::fmt;

use super::{OUTCOMES, ranges::Range};
use crate::summary::{RootCause, Service};

/// A value that a trace has for a facet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
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

/// The deepest part of a root cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
