//! The share of spans that AWS would index as traces: kept, but without effect, because here every trace is indexed.
//!
//! <https://docs.aws.amazon.com/xray/latest/api/API_UpdateIndexingRule.html>

use segment::Time;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{InvalidSetting, NotFound, invalid};
use crate::arn::no_such;

/// The only rule that AWS has.
const DEFAULT: &str = "Default";
/// AWS's default, in percent.
const AWS_INDEXES: f64 = 1.0;
/// What is indexed here, in percent.
const INDEXED: f64 = 100.0;

/// The rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Indexing {
    /// The desired share, in percent.
    desired: f64,
    #[serde(with = "crate::nanos")]
    modified: Time,
}

/// X-Ray's `IndexingRule`, for serialization as JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct IndexingRule {
    name: &'static str,
    modified_at: f64,
    rule: Value,
}

impl Indexing {
    pub(super) fn new(now: Time) -> Self {
        Self {
            desired: AWS_INDEXES,
            modified: now,
        }
    }

    /// Returns the rule: the desired share, and the actual one.
    pub fn rule(&self) -> IndexingRule {
        IndexingRule {
            name: DEFAULT,
            modified_at: self.modified.as_seconds(),
            rule: json!({
                "Probabilistic": {
                    "DesiredSamplingPercentage": self.desired,
                    "ActualSamplingPercentage": INDEXED,
                },
            }),
        }
    }

    /// Returns an error unless the rule has this name.
    pub fn named(&mut self, name: &str) -> Result<&mut Self, NotFound> {
        if name == DEFAULT {
            return Ok(self);
        }
        let unknown = no_such("Name", "indexing rule", name);
        Err(NotFound {
            resource: name.to_owned(),
            message: format!("{unknown}, only {DEFAULT}"),
        })
    }

    /// Sets the desired share, in percent.
    pub fn update(&mut self, desired: f64, now: Time) -> Result<(), InvalidSetting> {
        if !(0.0..=100.0).contains(&desired) {
            return invalid(format!(
                "DesiredSamplingPercentage is {desired}; it must be 0 to 100"
            ));
        }
        self.desired = desired;
        self.modified = now;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_is_kept_and_what_is_so_is_told() {
        let mut indexing = Indexing::new(Time::from_nanos(1_000_000_000));
        assert!(indexing.named("default").is_err());
        let now = Time::from_nanos(2_000_000_000);
        indexing.named(DEFAULT).unwrap().update(12.5, now).unwrap();
        for bad in [-1.0, 100.5, f64::NAN] {
            assert!(indexing.update(bad, now).is_err(), "{bad}");
        }
        assert_eq!(
            serde_json::to_value(indexing.rule()).unwrap(),
            json!({ "Name": "Default", "ModifiedAt": 2.0, "Rule": { "Probabilistic":
                { "DesiredSamplingPercentage": 12.5, "ActualSamplingPercentage": 100.0 } } })
        );
    }
}
