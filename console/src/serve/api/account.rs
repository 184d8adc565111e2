//! Account settings that have no effect on a console: stored and returned.

use axum::http::StatusCode;
use serde_json::{Value, json};
use traces::account::{Destination, InvalidSetting, NotFound, Policy, PolicyError, PutPolicy};

use super::parameters::only_page;
use crate::serve::{
    answer::{Answer, answer},
    clock,
    error::ApiError,
    request::Member,
    state::Console,
};

/// Returns the encryption key that AWS would use.
pub(super) fn get_encryption_config(console: &Console, request: Member) -> Answer {
    let [] = request.members([])?;
    encryption_config(console, "ACTIVE")
}

/// Sets it. As in AWS, the answer says that it is updating; the next request shows it active.
pub(super) fn put_encryption_config(console: &Console, request: Member) -> Answer {
    let [kind, key] = request.members(["Type", "KeyId"])?;
    let (kind, key) = (kind.parsed()?, key.text_if_given()?);
    console.account().encryption.put(kind, key)?;
    encryption_config(console, "UPDATING")
}

fn encryption_config(console: &Console, status: &str) -> Answer {
    let mut config = json!(console.account().encryption);
    config["Status"] = status.into();
    answer(&json!({ "EncryptionConfig": config }))
}

/// Returns the destination to which AWS would send segments.
pub(super) fn get_trace_segment_destination(console: &Console, request: Member) -> Answer {
    let [] = request.members([])?;
    let current = console.account().destinations.current;
    answer(&json!({ "Destination": current, "Status": "ACTIVE" }))
}

/// Sets it: pending in this answer and active in the next one, as in AWS.
pub(super) fn update_trace_segment_destination(console: &Console, request: Member) -> Answer {
    let [destination, logs] = request.members(["Destination", "CloudWatchLogsConfiguration"])?;
    let missing = "Destination is missing: write XRay or CloudWatchLogs";
    let destination = destination
        .given()
        .ok_or_else(|| ApiError::invalid(missing))?;
    let destination: Destination = destination.parsed()?;
    let key = match logs.given() {
        Some(logs) => {
            let [key] = logs.members(["SpansLogGroupKmsKeyId"])?;
            key.text_if_given()?
        }
        None => None,
    };
    console.account().destinations.update(destination, key)?;
    answer(&json!({ "Destination": destination, "Status": "PENDING" }))
}

/// Lists the only rule.
pub(super) fn get_indexing_rules(console: &Console, request: Member) -> Answer {
    only_page(request)?;
    answer(&json!({ "IndexingRules": [console.account().indexing.rule()] }))
}

/// Changes it.
pub(super) fn update_indexing_rule(console: &Console, request: Member) -> Answer {
    let [name, rule] = request.members(["Name", "Rule"])?;
    let [probabilistic] = rule.members(["Probabilistic"])?;
    let [desired] = probabilistic.members(["DesiredSamplingPercentage"])?;
    let (name, desired) = (name.text()?, desired.number()?);
    let mut account = console.account();
    let indexing = account.indexing.named(&name)?;
    indexing.update(desired, clock::now())?;
    answer(&json!({ "IndexingRule": indexing.rule() }))
}

/// Lists the policies.
pub(super) fn list_resource_policies(console: &Console, request: Member) -> Answer {
    only_page(request)?;
    let account = console.account();
    let policies = account.policies.all();
    let policies: Vec<_> = policies.map(|(name, one)| policy(name, one)).collect();
    answer(&json!({ "ResourcePolicies": policies }))
}

/// Makes a policy, or replaces one.
pub(super) fn put_resource_policy(console: &Console, request: Member) -> Answer {
    let [name, document, revision, bypass] = request.members([
        "PolicyName",
        "PolicyDocument",
        "PolicyRevisionId",
        "BypassPolicyLockoutCheck",
    ])?;
    let name = name.text()?;
    let put = PutPolicy {
        name: name.clone(),
        document: document.text()?,
        revision: revision.text_if_given()?,
        bypasses_lockout_check: bypass.flag()?,
    };
    let mut account = console.account();
    let made = account.policies.put(put, clock::now())?;
    answer(&json!({ "ResourcePolicy": policy(&name, made) }))
}

/// Deletes a policy.
pub(super) fn delete_resource_policy(console: &Console, request: Member) -> Answer {
    let [name, revision] = request.members(["PolicyName", "PolicyRevisionId"])?;
    let (name, revision) = (name.text()?, revision.text_if_given()?);
    let mut account = console.account();
    account.policies.delete(&name, revision.as_deref())?;
    answer(&json!({}))
}

fn policy(name: &str, policy: &Policy) -> Value {
    json!({
        "PolicyName": name,
        "PolicyDocument": policy.document,
        "PolicyRevisionId": policy.revision.to_string(),
        "LastUpdatedTime": policy.updated.as_seconds(),
    })
}

impl From<InvalidSetting> for ApiError {
    fn from(InvalidSetting(message): InvalidSetting) -> Self {
        Self::invalid(message)
    }
}

impl From<NotFound> for ApiError {
    fn from(error: NotFound) -> Self {
        Self::not_found(&error.resource, error.message)
    }
}

impl From<PolicyError> for ApiError {
    fn from(error: PolicyError) -> Self {
        let code = match error {
            PolicyError::Malformed(_) => "MalformedPolicyDocumentException",
            PolicyError::Lockout => "LockoutPreventionException",
            PolicyError::Revision(_) => "InvalidPolicyRevisionIdException",
            PolicyError::TooLarge(_) => "PolicySizeLimitExceededException",
            PolicyError::TooMany => "PolicyCountLimitExceededException",
            PolicyError::Unknown(_) => "InvalidRequestException",
        };
        Self::new(StatusCode::BAD_REQUEST, code, error.to_string())
    }
}
