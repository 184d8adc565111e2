//! Filter expressions: which traces are meant.
//!
//! The whole language of X-Ray's console, read once into a [`Filter`] and asked of any number of
//! [`Summary`]s.
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html>

mod causes;
mod evaluate;
mod expression;
mod parse;
mod select;
mod subject;
mod token;

use std::sync::Arc;

use crate::summary::Summary;
use expression::Expression;
pub use select::Selector;

/// Longest expression, in bytes.
pub const MAX_EXPRESSION: usize = 10_000;
/// Most parentheses, braces and exclamation marks around each other.
pub const MAX_NESTING: usize = 64;

/// An expression, ready to be asked of traces.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter(Arc<Expression>);

/// A group that an expression may name.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedFilter {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Its expression; none takes every trace.
    pub filter: Option<Filter>,
}

/// An expression that is none, with the place where that showed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("position {position} of the expression: {found} stands where {expected} was expected")]
pub struct FilterError {
    /// How many characters stand before the mistake.
    pub position: usize,
    /// What could have stood there.
    pub expected: String,
    /// What stands there.
    pub found: String,
}

impl Filter {
    /// Reads an expression that names no groups.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        Self::parse_with(text, &[])
    }

    /// Reads an expression that may name these groups.
    pub fn parse_with(text: &str, groups: &[NamedFilter]) -> Result<Self, FilterError> {
        parse::parse(text, groups).map(|expression| Self(Arc::new(expression)))
    }

    /// Whether a trace is meant.
    pub fn matches(&self, trace: &Summary) -> bool {
        evaluate::matches(&self.0, trace)
    }
}

#[cfg(test)]
mod tests;
