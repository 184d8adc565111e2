//! Everything that the X-Ray API can change: the state of an AWS account in one region.
//!
//! Kept in memory, and as text by whoever wants it to outlive the program ([`Account::save`]). All of it is bounded.

mod destination;
mod encryption;
mod indexing;
mod policies;
mod saved;

use segment::Time;

use crate::{arn, groups::Groups, retrievals::Retrievals, rules::Rules, tags::Tags};
pub use destination::{Destination, Destinations};
pub use encryption::{Encryption, EncryptionType};
pub use indexing::{Indexing, IndexingRule};
pub use policies::{MAX_POLICIES, MAX_POLICY_BYTES, Policies, Policy, PolicyError, PutPolicy};

/// Why a change of the account was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidSetting(pub String);

/// Why nothing was found with a name or ARN.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct NotFound {
    /// The name or ARN.
    pub resource: String,
    /// What is wrong with it.
    pub message: String,
}

/// The account.
#[derive(Debug)]
pub struct Account {
    /// The groups, with their tags.
    pub groups: Groups,
    /// The sampling rules, with their tags.
    pub rules: Rules,
    /// The resource policies: AWS's permissions, without effect here.
    pub policies: Policies,
    /// The encryption key that AWS would use.
    pub encryption: Encryption,
    /// The destination to which AWS would send segments.
    pub destinations: Destinations,
    /// The share of spans that AWS would index.
    pub indexing: Indexing,
    /// The jobs that search for traces.
    pub retrievals: Retrievals,
}

impl Account {
    /// Makes an account with AWS's defaults.
    pub fn new(now: Time) -> Self {
        Self {
            groups: Groups::default(),
            rules: Rules::new(now),
            policies: Policies::default(),
            encryption: Encryption::default(),
            destinations: Destinations::default(),
            indexing: Indexing::new(now),
            retrievals: Retrievals::default(),
        }
    }

    /// Returns the tags of the group or sampling rule with this ARN.
    pub fn tags(&mut self, arn: &str) -> Result<&mut Tags, NotFound> {
        let tags = match self.groups.tags(arn) {
            Some(tags) => Some(tags),
            None => self.rules.tags(arn),
        };
        tags.ok_or_else(|| NotFound {
            resource: arn.to_owned(),
            message: arn::unknown("ResourceARN", arn),
        })
    }
}

fn invalid<T>(message: String) -> Result<T, InvalidSetting> {
    Err(InvalidSetting(message))
}
