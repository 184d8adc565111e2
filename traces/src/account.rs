//! Everything that the X-Ray API can change, in one place: what an AWS account has in one region.
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

/// Why something of the account cannot be as the request wants it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidSetting(pub String);

/// Why nothing has this name or ARN.
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
    /// Who may write and read, for AWS: without effect here.
    pub policies: Policies,
    /// With which key AWS would encrypt.
    pub encryption: Encryption,
    /// Where AWS would send segments.
    pub destinations: Destinations,
    /// Which part of the spans AWS would index.
    pub indexing: Indexing,
    /// The jobs that look for traces.
    pub retrievals: Retrievals,
}

impl Account {
    /// Makes an account that nobody changed.
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
            message: arn::unknown(arn),
        })
    }
}

fn invalid<T>(message: String) -> Result<T, InvalidSetting> {
    Err(InvalidSetting(message))
}
