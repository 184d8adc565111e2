//! One sampling rule and its validation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    boost::SamplingRateBoost,
    error::{RuleError, invalid},
};

/// The name of the rule that matches what no other rule does.
pub const DEFAULT: &str = "Default";
/// The priority of the `Default` rule; others have a lower number.
const DEFAULT_PRIORITY: u32 = 10_000;
/// Most attributes of one rule.
const MAX_ATTRIBUTES: usize = 5;

/// X-Ray's `SamplingRule`.
///
/// <https://docs.aws.amazon.com/xray/latest/api/API_SamplingRule.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Rule {
    /// Its name, at most 32 characters.
    #[serde(rename = "RuleName")]
    pub name: String,
    /// Its ARN, made by the console.
    #[serde(rename = "RuleARN", default)]
    pub arn: String,
    /// The resource that it matches, with wildcards.
    #[serde(rename = "ResourceARN")]
    pub resource_arn: String,
    /// Rules with a lower number are tried first: 1 to 9999.
    pub priority: u32,
    /// Which share of the requests is sampled beyond the reservoir, from 0 to 1.
    pub fixed_rate: f64,
    /// How many requests a second are sampled in any case.
    pub reservoir_size: u32,
    /// The service's name, with wildcards.
    pub service_name: String,
    /// The service's `origin`, with wildcards.
    pub service_type: String,
    /// The host, with wildcards.
    pub host: String,
    /// The method, with wildcards.
    #[serde(rename = "HTTPMethod")]
    pub http_method: String,
    /// The path, with wildcards.
    #[serde(rename = "URLPath")]
    pub url_path: String,
    /// Always 1.
    pub version: u32,
    /// Attributes that the segment must have, at most five.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
    /// The boost while there are anomalies; none by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampling_rate_boost: Option<SamplingRateBoost>,
}

impl Rule {
    /// Makes the rule that samples everything that no other rule matches.
    pub fn default_rule() -> Self {
        let any = || "*".to_owned();
        Self {
            name: DEFAULT.to_owned(),
            arn: String::new(),
            resource_arn: any(),
            priority: DEFAULT_PRIORITY,
            fixed_rate: 1.0,
            reservoir_size: 1,
            service_name: any(),
            service_type: any(),
            host: any(),
            http_method: any(),
            url_path: any(),
            version: 1,
            attributes: BTreeMap::new(),
            sampling_rate_boost: None,
        }
    }

    /// Validates it as X-Ray does.
    pub(super) fn check(&self) -> Result<(), RuleError> {
        // A rule without a name could not be changed. Other empty members match requests in which they are empty.
        for (member, value, least, most) in [
            ("RuleName", &self.name, 1, 32),
            ("ResourceARN", &self.resource_arn, 0, 500),
            ("ServiceName", &self.service_name, 0, 64),
            ("ServiceType", &self.service_type, 0, 64),
            ("Host", &self.host, 0, 64),
            ("HTTPMethod", &self.http_method, 0, 10),
            ("URLPath", &self.url_path, 0, 128),
        ] {
            let length = value.chars().count();
            if !(least..=most).contains(&length) {
                let wanted = match least {
                    0 => format!("at most {most}"),
                    least => format!("{least} to {most}"),
                };
                return invalid(format!(
                    "{member} has {length} characters; it must have {wanted}"
                ));
            }
        }
        let last = if self.name == DEFAULT {
            DEFAULT_PRIORITY
        } else {
            DEFAULT_PRIORITY - 1
        };
        if !(1..=last).contains(&self.priority) {
            return invalid(format!(
                "Priority is {}; it must be 1 to {}",
                self.priority,
                DEFAULT_PRIORITY - 1
            ));
        }
        if !(0.0..=1.0).contains(&self.fixed_rate) {
            return invalid(format!(
                "FixedRate is {}; it must be 0 to 1",
                self.fixed_rate
            ));
        }
        if self.version != 1 {
            return invalid(format!("Version is {}; it must be 1", self.version));
        }
        if let Some(boost) = self.sampling_rate_boost {
            boost.check()?;
        }
        self.check_attributes()
    }

    fn check_attributes(&self) -> Result<(), RuleError> {
        if self.attributes.len() > MAX_ATTRIBUTES {
            return invalid(format!(
                "Attributes has {} members; at most {MAX_ATTRIBUTES} are allowed",
                self.attributes.len()
            ));
        }
        let is_long = |text: &String| text.is_empty() || text.chars().count() > 32;
        match self
            .attributes
            .iter()
            .find(|(key, value)| is_long(key) || is_long(value))
        {
            Some((key, _)) => invalid(format!(
                "attribute {key}: key and value must have 1 to 32 characters"
            )),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_member_is_checked_and_named() {
        let rule = || Rule {
            name: "shop".to_owned(),
            priority: 1,
            ..Rule::default_rule()
        };
        assert_eq!(rule().check(), Ok(()));
        for (member, rule) in [
            (
                "RuleName",
                Rule {
                    name: "n".repeat(33),
                    ..rule()
                },
            ),
            (
                "RuleName",
                Rule {
                    name: String::new(),
                    ..rule()
                },
            ),
            (
                "Host",
                Rule {
                    host: "h".repeat(65),
                    ..rule()
                },
            ),
            (
                "HTTPMethod",
                Rule {
                    http_method: "m".repeat(11),
                    ..rule()
                },
            ),
            (
                "URLPath",
                Rule {
                    url_path: "/".repeat(129),
                    ..rule()
                },
            ),
            (
                "Priority",
                Rule {
                    priority: 0,
                    ..rule()
                },
            ),
            (
                "Priority",
                Rule {
                    priority: 10_000,
                    ..rule()
                },
            ),
            (
                "FixedRate",
                Rule {
                    fixed_rate: 1.5,
                    ..rule()
                },
            ),
            (
                "FixedRate",
                Rule {
                    fixed_rate: f64::NAN,
                    ..rule()
                },
            ),
            (
                "Version",
                Rule {
                    version: 2,
                    ..rule()
                },
            ),
            (
                "attribute",
                Rule {
                    attributes: [("k".to_owned(), "v".repeat(33))].into(),
                    ..rule()
                },
            ),
            (
                "Attributes",
                Rule {
                    attributes: (0..6)
                        .map(|key| (key.to_string(), "v".to_owned()))
                        .collect(),
                    ..rule()
                },
            ),
        ] {
            let error = rule.check().unwrap_err().to_string();
            assert!(error.contains(member), "{member}: {error}");
        }
    }

    #[test]
    fn what_a_rule_looks_at_may_be_empty() {
        let rule = Rule {
            name: "shop".to_owned(),
            priority: 1,
            host: String::new(),
            service_name: String::new(),
            service_type: String::new(),
            http_method: String::new(),
            url_path: String::new(),
            resource_arn: String::new(),
            ..Rule::default_rule()
        };
        assert_eq!(rule.check(), Ok(()));
    }
}
