//! Filter expressions.
//!
//! The whole language of X-Ray's console, parsed into a [`Filter`], which is then applied to any number of
//! [`Summary`]s. <https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html>

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
/// Deepest nesting of parentheses, braces and exclamation marks.
pub const MAX_NESTING: usize = 64;

/// A parsed expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter(Arc<Expression>);

/// A group that an expression may name.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedFilter {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Its expression; without one, it contains every trace.
    pub filter: Option<Filter>,
}

/// A syntax error, with its position.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("position {position} of the expression: expected {expected}, but found {found}")]
pub struct FilterError {
    /// The number of characters before the error.
    pub position: usize,
    /// What is expected there.
    pub expected: String,
    /// What was found there.
    pub found: String,
}

impl Filter {
    /// Parses an expression that names no groups.
    ///
    /// # Errors
    ///
    /// Returns the position of the first error.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        Self::parse_with(text, &[])
    }

    /// Parses an expression that may name these groups.
    ///
    /// # Errors
    ///
    /// Returns the position of the first error.
    pub fn parse_with(text: &str, groups: &[NamedFilter]) -> Result<Self, FilterError> {
        parse::parse(text, groups).map(|expression| Self(Arc::new(expression)))
    }

    /// Whether a trace matches.
    pub fn matches(&self, trace: &Summary) -> bool {
        evaluate::matches(&self.0, trace)
    }
}

#[cfg(test)]
mod tests;
