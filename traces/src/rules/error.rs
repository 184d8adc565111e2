//! Why a rule or a report was refused.

use super::clients::MAX_CLIENTS;
use crate::tags::TagError;

/// Most rules besides `Default`. In AWS it is a quota of the account.
pub const MAX_RULES: usize = 100;

/// Why a rule could not be created, changed or deleted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// The request is invalid.
    #[error("{0}")]
    Invalid(String),
    /// The tags are invalid.
    #[error(transparent)]
    Tags(#[from] TagError),
    /// The maximum number of rules exists.
    #[error("there are {MAX_RULES} sampling rules already; delete one first")]
    TooMany,
}

/// Why a service's report was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// There is no such rule: the service's rules are out of date.
    #[error("there is no sampling rule {0}; ask for the rules again")]
    UnknownRule(String),
    /// The id is invalid.
    #[error("ClientID has {0} characters; it must have 24")]
    InvalidClient(usize),
    /// The rule has no boost to report for.
    #[error("the sampling rule {0} has no SamplingRateBoost")]
    NoBoost(String),
    /// The report contradicts itself.
    #[error("{0}")]
    InvalidBoost(String),
    /// The rule has the maximum number of clients.
    #[error("{MAX_CLIENTS} clients share this rule already; try again later")]
    TooManyClients,
}

/// Returns an error for an invalid request.
pub(super) fn invalid<T>(message: String) -> Result<T, RuleError> {
    Err(RuleError::Invalid(message))
}
