//! Sampling rules: what services ask which of their requests to trace.
//!
//! Kept in memory; a console that starts again has its `Default` rule alone.
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html>

mod rule;
mod statistics;

use std::collections::BTreeMap;

use segment::Time;

pub use rule::{Rule, RuleChange};
pub use statistics::{Reported, Statistics, Trend};

/// Most rules besides `Default`.
pub const MAX_RULES: usize = 100;
/// The name of the rule that takes what no other one takes.
pub const DEFAULT: &str = "Default";

/// The rules, by priority, then by name.
#[derive(Debug, Clone)]
pub struct Rules {
    records: BTreeMap<(u32, String), Record>,
    /// When a rule was last made, changed or deleted.
    pub last_modification: Time,
    /// What services reported.
    pub statistics: Statistics,
}

/// A rule with its dates.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The rule.
    pub rule: Rule,
    /// When it was made.
    pub created: Time,
    /// When it was last changed.
    pub modified: Time,
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

impl Rules {
    /// Begins with the `Default` rule, which samples everything: this is where people look for a trace.
    pub fn new(now: Time) -> Self {
        let mut rules = Self {
            records: BTreeMap::new(),
            last_modification: now,
            statistics: Statistics::default(),
        };
        rules.put(Record {
            rule: Rule::default_rule(),
            created: now,
            modified: now,
        });
        rules
    }

    /// Returns every rule in the order in which services try them.
    pub fn all(&self) -> impl Iterator<Item = &Record> {
        self.records.values()
    }

    /// Returns the rule of a name.
    pub fn named(&self, name: &str) -> Option<&Record> {
        self.all().find(|record| record.rule.name == name)
    }

    /// Makes a rule.
    pub fn create(&mut self, rule: Rule, now: Time) -> Result<&Record, RuleError> {
        rule.check()?;
        if self.named(&rule.name).is_some() {
            return Err(RuleError::Invalid(format!(
                "there is a sampling rule named {} already",
                rule.name
            )));
        }
        if self.records.len() > MAX_RULES {
            return Err(RuleError::TooMany);
        }
        let record = Record {
            rule,
            created: now,
            modified: now,
        };
        self.last_modification = now;
        Ok(self.put(record))
    }

    /// Changes members of a rule.
    pub fn update(&mut self, change: RuleChange, now: Time) -> Result<&Record, RuleError> {
        let key = self.key(change.name.as_deref(), change.arn.as_deref())?;
        let mut record = self.records[&key].clone();
        change.apply(&mut record.rule)?;
        record.modified = now;
        self.records.remove(&key);
        self.last_modification = now;
        Ok(self.put(record))
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

    fn key(&self, name: Option<&str>, arn: Option<&str>) -> Result<(u32, String), RuleError> {
        let given = name.or(arn);
        let given =
            given.ok_or_else(|| RuleError::Invalid("RuleName or RuleARN is missing".to_owned()))?;
        let is_meant = |record: &&Record| {
            name.is_none_or(|name| record.rule.name == name)
                && arn.is_none_or(|arn| record.rule.arn() == arn)
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
        assert_eq!(rules.all().count(), 2);
        let arn = rule("a", 7).arn();
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
}
