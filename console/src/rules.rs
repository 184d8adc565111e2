//! Sampling rules: what services ask which of their requests to trace.
//!
//! Kept in memory; a console that starts again has its `Default` rule alone.
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html>

mod clients;
mod overview;
mod rule;
mod statistics;

use std::collections::BTreeMap;

use segment::Time;
use serde::{Serialize, Serializer, ser::SerializeStruct};

pub use clients::{Client, Clients, LENT, Lent, MAX_CLIENTS};
pub use overview::Overview;
pub use rule::{Rule, RuleChange};
pub use statistics::{Reported, Statistics};

/// Most rules besides `Default`. AWS's own number is a quota of the account.
pub const MAX_RULES: usize = 100;
/// How often a service is told to ask for its targets, in seconds: as the service tells it.
pub const INTERVAL: u32 = 10;
/// How soon a service is told to ask again whose quota is not yet its fair share, in seconds.
pub const SOON: u32 = 2;
/// The name of the rule that takes what no other one takes.
pub const DEFAULT: &str = "Default";

/// The rules, by priority, then by name.
#[derive(Debug, Clone)]
pub struct Rules {
    records: BTreeMap<(u32, String), Record>,
    /// When a rule was last made, changed or deleted.
    pub last_modification: Time,
}

/// A rule with its dates and what became of it.
#[derive(Debug, Clone)]
pub struct Record {
    /// The rule.
    pub rule: Rule,
    /// When it was made.
    pub created: Time,
    /// When it was last changed.
    pub modified: Time,
    /// What services reported.
    pub statistics: Statistics,
    /// Which services asked.
    pub clients: Clients,
}

/// What a rule allows a service.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// Which part of the requests is sampled once the quota of the second is used: 0 to 1.
    pub fixed_rate: f64,
    /// How many requests a second are sampled before that, for as long as [`LENT`].
    pub quota: u32,
    /// After how many seconds to ask again: [`INTERVAL`] or [`SOON`].
    pub interval: u32,
}

/// Why a rule could not be made, changed or deleted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// The request cannot be.
    #[error("{0}")]
    Invalid(String),
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
    /// The rule has as many clients as are known at a time.
    #[error("{MAX_CLIENTS} clients share this rule already; try again later")]
    TooManyClients,
}

impl Rules {
    /// Begins with the `Default` rule, which samples everything: this is where people look for a trace.
    pub fn new(now: Time) -> Self {
        let mut rules = Self {
            records: BTreeMap::new(),
            last_modification: now,
        };
        rules.put(Record::new(Rule::default_rule(), now));
        rules
    }

    /// Returns every rule in the order in which services try them.
    pub fn all(&self) -> impl Iterator<Item = &Record> {
        self.records.values()
    }

    /// Makes a rule.
    pub fn create(&mut self, rule: Rule, now: Time) -> Result<&Record, RuleError> {
        rule.check()?;
        if self.all().any(|record| record.rule.name == rule.name) {
            return Err(RuleError::Invalid(format!(
                "there is a sampling rule named {} already",
                rule.name
            )));
        }
        if self.records.len() > MAX_RULES {
            return Err(RuleError::TooMany);
        }
        self.last_modification = now;
        Ok(self.put(Record::new(rule, now)))
    }

    /// Changes members of a rule.
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

    /// Deletes a rule, named by one of the two.
    pub fn delete(
        &mut self,
        name: Option<&str>,
        arn: Option<&str>,
        now: Time,
    ) -> Result<Record, RuleError> {
        let key = self.key(name, arn)?;
        if key.1 == DEFAULT {
            return Err(RuleError::Invalid(
                "the Default rule cannot be deleted".to_owned(),
            ));
        }
        self.last_modification = now;
        self.records.remove(&key).ok_or_else(|| unknown(&key.1))
    }

    /// Takes what a service reports of a rule, and returns what the rule allows it from now on.
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
        let mut records = self.records.values_mut();
        let record = records
            .find(|record| record.rule.name == name)
            .ok_or_else(|| ReportError::UnknownRule(name.to_owned()))?;
        let lent = record.clients.lend(client, record.rule.reservoir_size, now);
        let lent = lent.ok_or(ReportError::TooManyClients)?;
        // Only now: who is told to try again later reports it again.
        record.statistics.add(reported, now);
        Ok(Target {
            fixed_rate: record.rule.fixed_rate,
            quota: lent.share,
            interval: if lent.is_fair { INTERVAL } else { SOON },
        })
    }

    fn key(&self, name: Option<&str>, arn: Option<&str>) -> Result<(u32, String), RuleError> {
        let given = name.or(arn);
        let given =
            given.ok_or_else(|| RuleError::Invalid("RuleName or RuleARN is missing".to_owned()))?;
        let is_meant = |record: &&Record| {
            name.is_none_or(|name| record.rule.name == name)
                && arn.is_none_or(|arn| record.rule.arn == arn)
        };
        let record = self.all().find(is_meant).ok_or_else(|| unknown(given))?;
        Ok((record.rule.priority, record.rule.name.clone()))
    }

    fn put(&mut self, record: Record) -> &Record {
        let key = (record.rule.priority, record.rule.name.clone());
        self.records.insert(key.clone(), record);
        &self.records[&key]
    }
}

impl Record {
    fn new(rule: Rule, now: Time) -> Self {
        Self {
            rule: Rule {
                arn: format!(
                    "arn:aws:xray:local:000000000000:sampling-rule/{}",
                    rule.name
                ),
                ..rule
            },
            created: now,
            modified: now,
            statistics: Statistics::default(),
            clients: Clients::default(),
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

fn unknown(name: &str) -> RuleError {
    RuleError::Invalid(format!("there is no sampling rule {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u64) -> Time {
        Time::from_nanos(second * 1_000_000_000)
    }

    fn rule(name: &str, priority: u32) -> Rule {
        Rule {
            name: name.to_owned(),
            priority,
            ..Rule::default_rule()
        }
    }

    #[test]
    fn rules_are_tried_by_priority_and_default_last() {
        let mut rules = Rules::new(at(1));
        for (name, priority) in [("b", 5), ("a", 5), ("z", 1)] {
            rules.create(rule(name, priority), at(2)).unwrap();
        }
        let names: Vec<_> = rules
            .all()
            .map(|record| record.rule.name.as_str())
            .collect();
        assert_eq!(names, ["z", "a", "b", "Default"]);
        assert_eq!(rules.last_modification, at(2));
    }

    #[test]
    fn a_rule_moves_with_its_priority_and_keeps_its_birthday() {
        let mut rules = Rules::new(at(1));
        rules.create(rule("a", 5), at(2)).unwrap();
        let change = RuleChange {
            name: Some("a".to_owned()),
            priority: Some(7),
            ..RuleChange::default()
        };
        let record = rules.update(change, at(3)).unwrap();
        assert_eq!(
            (record.rule.priority, record.created, record.modified),
            (7, at(2), at(3))
        );
        let arn = record.rule.arn.clone();
        assert_eq!(rules.all().count(), 2);
        rules.delete(None, Some(&arn), at(4)).unwrap();
        assert_eq!(rules.all().count(), 1);
    }

    #[test]
    fn what_cannot_be_is_refused_and_named() {
        let mut rules = Rules::new(at(1));
        rules.create(rule("a", 5), at(2)).unwrap();
        let twice = rules.create(rule("a", 6), at(3)).unwrap_err();
        assert!(twice.to_string().contains("named a already"));
        assert!(rules.delete(Some("Default"), None, at(3)).is_err());
        assert!(
            rules
                .delete(Some("b"), None, at(3))
                .unwrap_err()
                .to_string()
                .contains('b')
        );
        assert!(rules.delete(None, None, at(3)).is_err());
        for number in 1..MAX_RULES {
            rules.create(rule(&number.to_string(), 9), at(3)).unwrap();
        }
        assert_eq!(
            rules.create(rule("more", 9), at(3)).unwrap_err(),
            RuleError::TooMany
        );
    }

    #[test]
    fn a_report_is_kept_and_answered_with_a_share_of_the_rule_as_it_is() {
        let mut rules = Rules::new(at(1));
        rules.create(rule("a", 5), at(2)).unwrap();
        let (one, other) = ("1".repeat(24), "2".repeat(24));
        let reported = Reported {
            request_count: 9,
            sampled_count: 4,
            borrow_count: 1,
        };
        let mut report =
            |name: &str, client: &str, second| rules.report(name, client, reported, at(second));
        assert_eq!(
            report("a", &one, 100),
            Ok(Target {
                fixed_rate: 1.0,
                quota: 1,
                interval: INTERVAL,
            })
        );
        assert_eq!(report("a", &other, 101).unwrap().quota, 0);
        assert_eq!(report("Default", &other, 101).unwrap().quota, 1);
        for (name, client, part) in [
            ("gone", one.as_str(), "gone"),
            ("a", "short", "5 characters"),
        ] {
            let error = report(name, client, 102).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
        let change = RuleChange {
            name: Some("a".to_owned()),
            reservoir_size: Some(7),
            priority: Some(6),
            ..RuleChange::default()
        };
        rules.update(change, at(105)).unwrap();
        assert_eq!(
            rules.report("a", &other, reported, at(110)).unwrap().quota,
            3
        );
        assert_eq!(rules.report("a", &one, reported, at(110)).unwrap().quota, 4);
        let overview = serde_json::to_value(Overview::of(&rules, at(111))).unwrap();
        let of_a = &overview["rules"][0];
        assert_eq!(
            of_a["columns"],
            serde_json::json!([
                { "at": 100, "matched": 18, "sampled": 8, "borrowed": 2 },
                { "at": 110, "matched": 18, "sampled": 8, "borrowed": 2 },
            ])
        );
        assert_eq!(
            of_a["clients"],
            serde_json::json!([
                { "id": one, "last_asked": 110.0, "quota": 4 },
                { "id": other, "last_asked": 110.0, "quota": 3 },
            ])
        );
        assert_eq!(
            (&of_a["rule"]["RuleName"], &of_a["modified"]),
            (&"a".into(), &105.0.into())
        );
    }

    #[test]
    fn a_report_that_is_refused_is_not_counted() {
        let mut rules = Rules::new(at(1));
        let reported = Reported {
            request_count: 1,
            ..Reported::default()
        };
        let mut report = |client: usize| {
            let client = format!("{client:024}");
            rules.report(DEFAULT, &client, reported, at(100))
        };
        for client in 0..MAX_CLIENTS {
            report(client).unwrap();
        }
        assert_eq!(report(MAX_CLIENTS), Err(ReportError::TooManyClients));
        let record = rules.all().next().unwrap();
        let (_, counted) = record.statistics.columns(at(100)).next().unwrap();
        assert_eq!(counted.request_count, MAX_CLIENTS as u64);
    }

    #[test]
    fn who_waits_for_its_share_is_told_to_ask_again_soon() {
        let mut rules = Rules::new(at(1));
        let change = RuleChange {
            name: Some(DEFAULT.to_owned()),
            reservoir_size: Some(4),
            ..RuleChange::default()
        };
        rules.update(change, at(2)).unwrap();
        let mut ask = |client: &str, second| {
            let report = Reported::default();
            let target = rules.report(DEFAULT, &client.repeat(24), report, at(second));
            let target = target.unwrap();
            (target.quota, target.interval)
        };
        assert_eq!(ask("a", 100), (4, INTERVAL));
        assert_eq!(ask("b", 101), (0, SOON));
        assert_eq!(ask("a", 102), (3, SOON));
        assert_eq!(ask("b", 103), (1, SOON));
        assert_eq!(ask("a", 104), (2, INTERVAL));
        assert_eq!(ask("b", 105), (2, INTERVAL));
    }
}
