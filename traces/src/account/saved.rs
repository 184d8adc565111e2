//! The account as text, so that it can outlive the program.

use segment::Time;
use serde::{Deserialize, Serialize};

use super::{Account, Destinations, Encryption, Indexing, Policies};
use crate::{groups::SavedGroup, rules::SavedRules};

/// All of the account but jobs, which end soon anyway, and what services reported.
#[derive(Serialize, Deserialize)]
struct Saved {
    groups: Vec<SavedGroup>,
    rules: SavedRules,
    policies: Policies,
    encryption: Encryption,
    destinations: Destinations,
    indexing: Indexing,
}

impl Account {
    /// Writes the account as JSON.
    ///
    /// # Errors
    ///
    /// None that is known: all of it can be written.
    pub fn save(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&Saved {
            groups: self.groups.saved(),
            rules: self.rules.saved(),
            policies: self.policies.clone(),
            encryption: self.encryption.clone(),
            destinations: self.destinations.clone(),
            indexing: self.indexing.clone(),
        })
    }

    /// Reads what [`Account::save`] wrote.
    ///
    /// # Errors
    ///
    /// If it is something else.
    pub fn restore(saved: &[u8], now: Time) -> Result<Self, serde_json::Error> {
        let saved: Saved = serde_json::from_slice(saved)?;
        let mut account = Self::new(now);
        account.groups.restore(saved.groups);
        account.rules.restore(saved.rules);
        account.policies = saved.policies;
        account.encryption = saved.encryption;
        account.destinations = saved.destinations;
        account.indexing = saved.indexing;
        Ok(account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        account::{Destination, EncryptionType, PutPolicy},
        groups::{GroupReference, Insights},
        rules::{Rule, RuleChange},
        tags::{Tag, Tags},
    };

    const NOW: Time = Time::from_nanos(1_700_000_000_123_456_789);

    fn tags(key: &str) -> Tags {
        let tag = Tag {
            key: key.to_owned(),
            value: "1".to_owned(),
        };
        Tags::new(vec![tag]).unwrap()
    }

    fn changed() -> Account {
        let mut account = Account::new(NOW);
        let expression = Some("responsetime > 1".to_owned());
        let insights = Insights {
            insights_enabled: true,
            ..Insights::default()
        };
        let groups = &mut account.groups;
        groups
            .create("slow", expression, insights, tags("team"))
            .unwrap();
        let default = GroupReference {
            name: Some("Default".to_owned()),
            arn: None,
        };
        groups.update(&default, None, Some(insights)).unwrap();
        let rule = Rule {
            name: "half".to_owned(),
            priority: 7,
            fixed_rate: 0.5,
            ..Rule::default_rule()
        };
        account.rules.create(rule, tags("tier"), NOW).unwrap();
        let change =
            serde_json::from_str::<RuleChange>(r#"{"RuleName":"Default","FixedRate":0.1}"#);
        account.rules.update(change.unwrap(), NOW).unwrap();
        for name in ["a", "b"] {
            let put = PutPolicy {
                name: name.to_owned(),
                document: r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"xray:*","Resource":"*"}]}"#.to_owned(),
                revision: None,
                bypasses_lockout_check: false,
            };
            account.policies.put(put, NOW).unwrap();
        }
        account.policies.delete("b", None).unwrap();
        let key = Some("alias/shop".to_owned());
        account.encryption.put(EncryptionType::Kms, key).unwrap();
        let logs = Destination::CloudWatchLogs;
        account.destinations.update(logs, None).unwrap();
        account.indexing.update(12.5, NOW).unwrap();
        account
    }

    #[test]
    fn what_is_saved_comes_back_whole() {
        let (before, later) = (changed(), Time::from_nanos(NOW.as_nanos() + 1));
        let mut after = Account::restore(&before.save().unwrap(), later).unwrap();
        assert_eq!(after.groups.all(), before.groups.all());
        let records = |account: &Account| {
            let records = account.rules.all();
            let record = |record: &crate::rules::Record| {
                (
                    record.rule.clone(),
                    record.created,
                    record.modified,
                    record.tags.clone(),
                )
            };
            records.map(record).collect::<Vec<_>>()
        };
        assert_eq!(records(&after), records(&before));
        assert_eq!(
            after.rules.last_modification,
            before.rules.last_modification
        );
        assert!(after.policies.all().eq(before.policies.all()));
        assert_eq!(after.encryption, before.encryption);
        assert_eq!(after.destinations, before.destinations);
        assert_eq!(after.indexing, before.indexing);
        // No revision is given twice, also not that of a policy that is gone.
        let put = PutPolicy {
            name: "c".to_owned(),
            document: r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"xray:*","Resource":"*"}]}"#.to_owned(),
            revision: None,
            bypasses_lockout_check: false,
        };
        assert_eq!(after.policies.put(put, NOW).unwrap().revision, 3);
    }

    #[test]
    fn an_account_that_nobody_changed_comes_back_too_and_nothing_else_does() {
        let saved = Account::new(NOW).save().unwrap();
        let account = Account::restore(&saved, NOW).unwrap();
        assert_eq!(account.groups.all().len(), 1);
        assert_eq!(account.rules.all().count(), 1);
        for bad in [&b"{}"[..], b"", &saved[..saved.len() / 2]] {
            assert!(Account::restore(bad, NOW).is_err());
        }
    }
}
