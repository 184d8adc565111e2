//! A rule with its state.

use segment::Time;
use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::{boost::Boosts, clients::Clients, rule::Rule, statistics::Statistics};
use crate::{arn::arn, tags::Tags};

/// A rule with its dates and statistics.
#[derive(Debug, Clone)]
pub struct Record {
    /// The rule.
    pub rule: Rule,
    /// When it was created.
    pub created: Time,
    /// When it was last changed.
    pub modified: Time,
    /// What services reported.
    pub statistics: Statistics,
    /// The services that asked for its targets.
    pub clients: Clients,
    /// The boosts of services that reported anomalies.
    pub boosts: Boosts,
    /// Its tags.
    pub tags: Tags,
}

impl Record {
    pub(super) fn new(rule: Rule, tags: Tags, now: Time) -> Self {
        Self {
            rule: Rule {
                arn: arn("sampling-rule", &rule.name),
                ..rule
            },
            created: now,
            modified: now,
            statistics: Statistics::default(),
            clients: Clients::default(),
            boosts: Boosts::default(),
            tags,
        }
    }
}

/// X-Ray's `SamplingRuleRecord`.
impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut record = serializer.serialize_struct("SamplingRuleRecord", 3)?;
        record.serialize_field("SamplingRule", &self.rule)?;
        record.serialize_field("CreatedAt", &self.created.as_seconds())?;
        record.serialize_field("ModifiedAt", &self.modified.as_seconds())?;
        record.end()
    }
}
