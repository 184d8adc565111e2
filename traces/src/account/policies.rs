//! Resource policies: which AWS services may write to X-Ray. Kept, but without effect, because the console does not
//! check signatures.
//!
//! <https://docs.aws.amazon.com/xray/latest/api/API_PutResourcePolicy.html>

mod grammar;

use std::collections::BTreeMap;

use segment::Time;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::arn::no_such;
use grammar::{check, listed, statements};

/// Most policies of an account: X-Ray's limit.
pub const MAX_POLICIES: usize = 5;
/// Largest document: X-Ray's limit of 5 kB.
pub const MAX_POLICY_BYTES: usize = 5 * 1024;
/// The action that a policy must not deny to everyone.
const PUT: &str = "xray:PutResourcePolicy";

/// The policies, by name.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Policies {
    policies: BTreeMap<String, Policy>,
    /// The last revision id. No id is used twice, even after a policy was deleted.
    revision: u64,
}

/// A policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// The document, as it was put.
    pub document: String,
    /// The id of this revision.
    pub revision: u64,
    /// When it was put.
    #[serde(with = "crate::nanos")]
    pub updated: Time,
}

/// A request to put a policy.
#[derive(Debug, Clone)]
pub struct PutPolicy {
    /// Its name.
    pub name: String,
    /// The document.
    pub document: String,
    /// The revision that it replaces: `0` if the policy must be new.
    pub revision: Option<String>,
    /// Whether the document may deny everyone to put another one.
    pub bypasses_lockout_check: bool,
}

/// Why a policy was not put or deleted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The document is not a policy.
    #[error("PolicyDocument {0}")]
    Malformed(String),
    /// The document denies everyone to put another one.
    #[error(
        "PolicyDocument denies {PUT} to everyone, so nobody could change it; set BypassPolicyLockoutCheck to put it anyway"
    )]
    Lockout,
    /// The current revision is a different one.
    #[error("{0}")]
    Revision(String),
    /// The document is too large.
    #[error("PolicyDocument has {0} bytes; at most {MAX_POLICY_BYTES} are allowed")]
    TooLarge(usize),
    /// The maximum number of policies exists.
    #[error("there are {MAX_POLICIES} resource policies already; delete one first")]
    TooMany,
    /// There is no policy with this name.
    #[error("{}", no_such("PolicyName", "resource policy", .0))]
    Unknown(String),
}

impl Policies {
    /// Returns all policies, by name.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Policy)> {
        let policies = self.policies.iter();
        policies.map(|(name, policy)| (name.as_str(), policy))
    }

    /// Makes a policy, or replaces the one with this name.
    pub fn put(&mut self, put: PutPolicy, now: Time) -> Result<&Policy, PolicyError> {
        let size = put.document.len();
        if size > MAX_POLICY_BYTES {
            return Err(PolicyError::TooLarge(size));
        }
        let document = check(&put.document).map_err(PolicyError::Malformed)?;
        if !put.bypasses_lockout_check && locks_out(&document) {
            return Err(PolicyError::Lockout);
        }
        self.check_revision(&put.name, put.revision.as_deref())?;
        if !self.policies.contains_key(&put.name) && self.policies.len() >= MAX_POLICIES {
            return Err(PolicyError::TooMany);
        }
        self.revision += 1;
        let policy = Policy {
            document: put.document,
            revision: self.revision,
            updated: now,
        };
        self.policies.insert(put.name.clone(), policy);
        Ok(&self.policies[&put.name])
    }

    /// Deletes a policy; if a revision is given, only that one.
    pub fn delete(&mut self, name: &str, revision: Option<&str>) -> Result<(), PolicyError> {
        if !self.policies.contains_key(name) {
            return Err(PolicyError::Unknown(name.to_owned()));
        }
        self.check_revision(name, revision)?;
        self.policies.remove(name);
        Ok(())
    }

    fn check_revision(&self, name: &str, given: Option<&str>) -> Result<(), PolicyError> {
        let Some(given) = given else { return Ok(()) };
        let known = self.policies.get(name).map_or(0, |policy| policy.revision);
        if given == known.to_string() {
            return Ok(());
        }
        let given = segment::names::cut_str(given, 64);
        Err(PolicyError::Revision(match known {
            0 => format!("PolicyRevisionId is {given:?}, but there is no resource policy {name}"),
            known => format!("PolicyRevisionId is {given:?}, but {name} has the revision {known}"),
        }))
    }
}

/// Whether a document unconditionally denies everyone to put a policy.
fn locks_out(document: &Value) -> bool {
    let names = |value: &Value, wanted: &[&str]| {
        let values = listed(value);
        values.iter().any(|value| {
            let text = value.as_str().unwrap_or_default();
            wanted
                .iter()
                .any(|wanted| text.eq_ignore_ascii_case(wanted))
        })
    };
    statements(document).into_iter().any(|statement| {
        let principal = &statement["Principal"];
        statement["Effect"] == "Deny"
            && statement["Condition"].is_null()
            && (names(principal, &["*"]) || names(&principal["AWS"], &["*"]))
            && names(&statement["Action"], &["*", "xray:*", "xray:Put*", PUT])
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: Time = Time::from_nanos(1);

    fn document(more: &Value) -> String {
        let mut statement = json!({ "Effect": "Allow", "Principal": { "Service": "sns.amazonaws.com" },
            "Action": "xray:PutTraceSegments", "Resource": "*" });
        for (member, value) in more.as_object().unwrap() {
            statement[member] = value.clone();
        }
        json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
    }

    fn put(name: &str, document: String, revision: Option<&str>) -> PutPolicy {
        PutPolicy {
            name: name.to_owned(),
            document,
            revision: revision.map(str::to_owned),
            bypasses_lockout_check: false,
        }
    }

    #[test]
    fn a_revision_replaces_only_the_one_that_it_names() {
        let mut policies = Policies::default();
        let good = || document(&json!({}));
        let first = policies.put(put("a", good(), Some("0")), NOW).unwrap();
        assert_eq!(first.revision, 1);
        for stale in ["0", "2", "x", ""] {
            let error = policies
                .put(put("a", good(), Some(stale)), NOW)
                .unwrap_err();
            assert!(matches!(error, PolicyError::Revision(_)), "{error}");
            let error = policies.delete("a", Some(stale)).unwrap_err();
            assert!(matches!(error, PolicyError::Revision(_)), "{error}");
        }
        assert_eq!(
            policies
                .put(put("a", good(), Some("1")), NOW)
                .unwrap()
                .revision,
            2
        );
        assert_eq!(
            policies.put(put("a", good(), None), NOW).unwrap().revision,
            3
        );
        policies.delete("a", Some("3")).unwrap();
        assert_eq!(
            policies.delete("a", None),
            Err(PolicyError::Unknown("a".to_owned()))
        );
        // A new policy with the same name has another revision.
        assert_eq!(
            policies.put(put("a", good(), None), NOW).unwrap().revision,
            4
        );
        assert!(policies.put(put("b", good(), Some("4")), NOW).is_err());
    }

    #[test]
    fn there_are_five_of_five_kilobytes_at_most() {
        let mut policies = Policies::default();
        let good = || document(&json!({}));
        for name in ["a", "b", "c", "d", "e"] {
            policies.put(put(name, good(), None), NOW).unwrap();
        }
        assert_eq!(
            policies.put(put("f", good(), None), NOW),
            Err(PolicyError::TooMany)
        );
        policies.put(put("e", good(), None), NOW).unwrap();
        let large = document(&json!({ "Sid": "s".repeat(MAX_POLICY_BYTES) }));
        let size = large.len();
        assert_eq!(
            policies.put(put("e", large, None), NOW),
            Err(PolicyError::TooLarge(size))
        );
    }

    #[test]
    fn what_is_no_policy_is_named() {
        let one: Value = serde_json::from_str(&document(&json!({ "Sid": "s" }))).unwrap();
        let statement = &one["Statement"][0];
        let twice = json!({ "Statement": [statement, statement] }).to_string();
        for (text, part) in [
            ("no".to_owned(), "not JSON"),
            ("[]".to_owned(), "not a JSON object"),
            ("{}".to_owned(), "no Statement"),
            (
                json!({ "Version": 1, "Statement": [] }).to_string(),
                "Version 1",
            ),
            (document(&json!({ "Effect": "Maybe" })), "Effect"),
            (document(&json!({ "Principal": null })), "Principal"),
            (document(&json!({ "Action": null })), "Action"),
            (document(&json!({ "Action": 7 })), "no valid Action"),
            (document(&json!({ "Action": [] })), "no valid Action"),
            (
                document(&json!({ "Resource": ["*", 7] })),
                "no valid Resource",
            ),
            (
                document(&json!({ "NotAction": "xray:*" })),
                "both Action and NotAction in statement 1",
            ),
            (
                document(&json!({ "Principal": "me" })),
                "no valid Principal",
            ),
            (document(&json!({ "Principal": {} })), "no valid Principal"),
            (
                document(&json!({ "Principal": { "Team": "*" } })),
                "no valid Principal",
            ),
            (document(&json!({ "Actions": "*" })), "member \"Actions\""),
            (
                json!({ "Statement": [], "Policy": {} }).to_string(),
                "member \"Policy\"",
            ),
            (twice, "the Sid \"s\" twice"),
        ] {
            let error = Policies::default()
                .put(put("a", text.clone(), None), NOW)
                .unwrap_err();
            assert!(
                matches!(error, PolicyError::Malformed(_)),
                "{text}: {error}"
            );
            assert!(error.to_string().contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn a_policy_that_locks_everyone_out_is_refused() {
        for (statement, expected) in [
            (
                json!({ "Effect": "Deny", "Principal": "*", "Action": "xray:*" }),
                true,
            ),
            (
                json!({ "Effect": "Deny", "Principal": { "AWS": ["*"] }, "Action": ["xray:putresourcepolicy"] }),
                true,
            ),
            (
                json!({ "Effect": "Deny", "Principal": "*", "Action": "*", "Condition": { "Bool": {} } }),
                false,
            ),
            (
                json!({ "Effect": "Deny", "Principal": "*", "Action": "xray:PutTraceSegments" }),
                false,
            ),
            (
                json!({ "Effect": "Allow", "Principal": "*", "Action": "*" }),
                false,
            ),
        ] {
            let mut policies = Policies::default();
            let mut asked = put("a", document(&statement), None);
            let is_locked_out = policies.put(asked.clone(), NOW) == Err(PolicyError::Lockout);
            assert_eq!(is_locked_out, expected, "{statement}");
            asked.bypasses_lockout_check = true;
            assert!(policies.put(asked, NOW).is_ok());
        }
    }
}
