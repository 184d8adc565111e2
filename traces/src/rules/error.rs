//! Why a rule or a report was not taken.

use super::clients::MAX_CLIENTS;
use crate::tags::TagError;

/// Most rules besides `Default`. AWS's own number is a quota of the account.
pub const MAX_RULES: usize = 100;

/// Why a rule could not be made, changed or deleted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// The request cannot be.
    #[error("{0}")]
    Invalid(String),
    /// The tags are none.
    #[error(transparent)]
    Tags(#[from] TagError),
    /// There are as many as there may be.
    #[error("there are {MAX_RULES} sampling rules already; delete one first")]
    TooMany,
}

/// Why a report of a service was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// No such rule: whoever reports it does not know the rules as they are.
    #[error("there is no sampling rule {0}; ask for the rules again")]
    UnknownRule(String),
    /// The id is none.
    #[error("ClientID has {0} characters; it must have 24")]
    InvalidClient(usize),
    /// The rule has no boost that could be reported for.
    #[error("the sampling rule {0} has no SamplingRateBoost")]
    NoBoost(String),
    /// The report contradicts itself.
    #[error("{0}")]
    InvalidBoost(String),
    /// The rule has as many clients as are known at a time.
    #[error("{MAX_CLIENTS} clients share this rule already; try again later")]
    TooManyClients,
}

/// Refuses a request.
pub(super) fn invalid<T>(message: String) -> Result<T, RuleError> {
    Err(RuleError::Invalid(message))
}
