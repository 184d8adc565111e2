//! A change of a rule.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    boost::SamplingRateBoost,
    error::{RuleError, invalid},
    rule::{DEFAULT, Rule},
};

/// X-Ray's `SamplingRuleUpdate`: absent members are not changed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "each is the member of the rule")]
pub struct RuleChange {
    #[serde(rename = "RuleName")]
    pub name: Option<String>,
    #[serde(rename = "RuleARN")]
    pub arn: Option<String>,
    #[serde(rename = "ResourceARN")]
    pub resource_arn: Option<String>,
    pub priority: Option<u32>,
    pub fixed_rate: Option<f64>,
    pub reservoir_size: Option<u32>,
    pub host: Option<String>,
    pub service_name: Option<String>,
    pub service_type: Option<String>,
    #[serde(rename = "HTTPMethod")]
    pub http_method: Option<String>,
    #[serde(rename = "URLPath")]
    pub url_path: Option<String>,
    pub attributes: Option<BTreeMap<String, String>>,
    pub sampling_rate_boost: Option<SamplingRateBoost>,
}

impl RuleChange {
    /// Returns the changed rule, or why it is invalid.
    pub(super) fn apply(self, rule: &Rule) -> Result<Rule, RuleError> {
        let mut changed = rule.clone();
        set(&mut changed.resource_arn, self.resource_arn);
        set(&mut changed.priority, self.priority);
        set(&mut changed.host, self.host);
        set(&mut changed.service_name, self.service_name);
        set(&mut changed.service_type, self.service_type);
        set(&mut changed.http_method, self.http_method);
        set(&mut changed.url_path, self.url_path);
        set(&mut changed.attributes, self.attributes);
        if self.sampling_rate_boost.is_some() {
            changed.sampling_rate_boost = self.sampling_rate_boost;
        }
        if rule.name == DEFAULT && changed != *rule {
            return invalid(
                "SamplingRuleUpdate: only FixedRate and ReservoirSize of the Default rule can be changed"
                    .to_owned(),
            );
        }
        set(&mut changed.fixed_rate, self.fixed_rate);
        set(&mut changed.reservoir_size, self.reservoir_size);
        changed.check()?;
        Ok(changed)
    }
}

fn set<T>(member: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *member = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_default_rule_only_rate_and_reservoir_change() {
        let rate = RuleChange {
            fixed_rate: Some(0.05),
            reservoir_size: Some(3),
            ..RuleChange::default()
        };
        let rule = rate.apply(&Rule::default_rule()).unwrap();
        assert_eq!((rule.fixed_rate, rule.reservoir_size), (0.05, 3));
        let host = RuleChange {
            host: Some("example.org".to_owned()),
            ..RuleChange::default()
        };
        assert!(host.apply(&rule).is_err());
    }
}
