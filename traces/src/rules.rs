//! Sampling rules: which requests services trace.
//!
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html>

mod boost;
mod change;
mod clients;
mod error;
mod overview;
mod record;
mod rule;
mod statistics;

use std::collections::BTreeMap;

use segment::Time;
use serde::{Deserialize, Serialize};

use crate::{arn, nanos, tags::Tags};
pub use boost::{BOOST_TTL, BoostReport, Boosted, SamplingRateBoost};
pub use change::RuleChange;
pub use clients::{Client, Clients, MAX_CLIENTS, QUOTA_TTL, Quota};
pub use error::{MAX_RULES, ReportError, RuleError};
pub use overview::Overview;
pub use record::Record;
pub use rule::{DEFAULT, Rule};
pub use statistics::{Reported, Statistics};

/// The interval in seconds at which services are told to ask for targets.
pub const INTERVAL: u32 = 10;
/// The interval in seconds for a service whose quota is not yet its fair share.
pub const SOON: u32 = 2;

/// The rules, by priority, then by name.
#[derive(Debug, Clone)]
pub struct Rules {
    records: BTreeMap<(u32, String), Record>,
    /// When a rule was last created, changed or deleted.
    pub last_modification: Time,
}

/// The rules as they are saved.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SavedRules {
    rules: Vec<SavedRule>,
    #[serde(with = "nanos")]
    last_modification: Time,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct SavedRule {
    rule: Rule,
    #[serde(with = "nanos")]
    created: Time,
    #[serde(with = "nanos")]
    modified: Time,
    tags: Tags,
}

/// What a rule allows a service.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// Which share of the requests is sampled beyond the quota, from 0 to 1.
    pub fixed_rate: f64,
    /// How many requests a second are sampled in any case, valid for [`QUOTA_TTL`].
    pub quota: u32,
    /// After how many seconds to ask again: [`INTERVAL`] or [`SOON`].
    pub interval: u32,
}

impl Rules {
    /// Makes a list with only the `Default` rule, which samples everything: users of a console expect to find every
    /// trace.
    pub fn new(now: Time) -> Self {
        let mut rules = Self {
            records: BTreeMap::new(),
            last_modification: now,
        };
        rules.put(Record::new(Rule::default_rule(), Tags::default(), now));
        rules
    }

    /// Returns the rules in the order in which services try them.
    pub fn all(&self) -> impl Iterator<Item = &Record> {
        self.records.values()
    }

    /// Creates a rule.
    pub fn create(&mut self, rule: Rule, tags: Tags, now: Time) -> Result<&Record, RuleError> {
        rule.check()?;
        if self.all().any(|record| record.rule.name == rule.name) {
            let taken = arn::taken("RuleName", "sampling rule", &rule.name);
            return Err(RuleError::Invalid(taken));
        }
        if self.records.len() > MAX_RULES {
            return Err(RuleError::TooMany);
        }
        self.last_modification = now;
        Ok(self.put(Record::new(rule, tags, now)))
    }

    /// Returns the tags of the rule with this ARN.
    pub(crate) fn tags(&mut self, arn: &str) -> Option<&mut Tags> {
        let mut records = self.records.values_mut();
        let record = records.find(|record| record.rule.arn == arn)?;
        Some(&mut record.tags)
    }

    /// Changes a rule.
    pub fn update(&mut self, change: RuleChange, now: Time) -> Result<&Record, RuleError> {
        let key = self.key(change.name.as_deref(), change.arn.as_deref())?;
        let rule = change.apply(&self.records[&key].rule)?;
        let record = self.records.remove(&key).ok_or_else(|| unknown(&key.1))?;
        self.last_modification = now;
        Ok(self.put(Record {
            rule,
            modified: now,
            ..record
        }))
    }

    /// Deletes a rule, identified by name or ARN.
    pub fn delete(
        &mut self,
        name: Option<&str>,
        arn: Option<&str>,
        now: Time,
    ) -> Result<Record, RuleError> {
        let key = self.key(name, arn)?;
        if key.1 == DEFAULT {
            return Err(RuleError::Invalid(
                "RuleName is Default; the Default rule cannot be deleted".to_owned(),
            ));
        }
        self.last_modification = now;
        self.records.remove(&key).ok_or_else(|| unknown(&key.1))
    }

    /// Records a service's report on a rule, and returns the rule's target for the service.
    pub fn report(
        &mut self,
        name: &str,
        client: &str,
        reported: Reported,
        now: Time,
    ) -> Result<Target, ReportError> {
        let length = client.chars().count();
        if length != 24 {
            return Err(ReportError::InvalidClient(length));
        }
        let record = self.reported(name)?;
        let quota = record
            .clients
            .assign(client, record.rule.reservoir_size, now);
        let quota = quota.ok_or(ReportError::TooManyClients)?;
        // Only now: a service that is told to retry later reports it again.
        record.statistics.add(reported, now);
        Ok(Target {
            fixed_rate: record.rule.fixed_rate,
            quota: quota.share,
            interval: if quota.is_fair { INTERVAL } else { SOON },
        })
    }

    /// Records a service's report on anomalies, and returns its boost, if any.
    pub fn report_boost(
        &mut self,
        name: &str,
        service: &str,
        report: BoostReport,
        now: Time,
    ) -> Result<Option<Boosted>, ReportError> {
        let record = self.reported(name)?;
        let boost = record.rule.sampling_rate_boost;
        let boost = boost.ok_or_else(|| ReportError::NoBoost(name.to_owned()))?;
        record.boosts.report(boost, service, report, now)
    }

    /// Returns the rules as they are saved, without what services reported.
    pub(crate) fn saved(&self) -> SavedRules {
        let saved = |record: &Record| SavedRule {
            rule: record.rule.clone(),
            created: record.created,
            modified: record.modified,
            tags: record.tags.clone(),
        };
        SavedRules {
            rules: self.all().map(saved).collect(),
            last_modification: self.last_modification,
        }
    }

    /// Takes the rules that were saved.
    pub(crate) fn restore(&mut self, saved: SavedRules) {
        for saved in saved.rules {
            self.records
                .retain(|_, record| record.rule.name != saved.rule.name);
            self.put(Record {
                created: saved.created,
                modified: saved.modified,
                ..Record::new(saved.rule, saved.tags, saved.created)
            });
        }
        self.last_modification = saved.last_modification;
    }

    fn reported(&mut self, name: &str) -> Result<&mut Record, ReportError> {
        let mut records = self.records.values_mut();
        records
            .find(|record| record.rule.name == name)
            .ok_or_else(|| ReportError::UnknownRule(name.to_owned()))
    }

    fn key(&self, name: Option<&str>, arn: Option<&str>) -> Result<(u32, String), RuleError> {
        let record = |is_meant: &dyn Fn(&Record) -> bool| self.all().find(|one| is_meant(one));
        let by_name = name
            .map(|name| record(&|record| record.rule.name == name).ok_or_else(|| unknown(name)));
        let by_arn = arn.map(|arn| {
            record(&|record| record.rule.arn == arn)
                .ok_or_else(|| RuleError::Invalid(arn::unknown("RuleARN", arn)))
        });
        let record = match (by_name.transpose()?, by_arn.transpose()?) {
            (None, None) => {
                let words = "RuleName or RuleARN is missing";
                return Err(RuleError::Invalid(words.to_owned()));
            }
            (Some(record), Some(other)) if record.rule.name != other.rule.name => {
                let words = "RuleName and RuleARN are those of two sampling rules";
                return Err(RuleError::Invalid(words.to_owned()));
            }
            (Some(record), _) | (None, Some(record)) => record,
        };
        Ok((record.rule.priority, record.rule.name.clone()))
    }

    fn put(&mut self, record: Record) -> &Record {
        let key = (record.rule.priority, record.rule.name.clone());
        self.records.insert(key.clone(), record);
        &self.records[&key]
    }
}

fn unknown(name: &str) -> RuleError {
    RuleError::Invalid(arn::no_such("RuleName", "sampling rule", name))
}

#[cfg(test)]
mod tests;
