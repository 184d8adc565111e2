//! Account settings that have no effect on a console: stored and returned.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use traces::account::{
    Destination, EncryptionType, InvalidSetting, NotFound, Policy, PolicyError, PutPolicy,
};

use super::parameters::{NoParameters, OnlyToken};
use crate::serve::{
    answer::{Answer, answer},
    clock,
    error::ApiError,
    paging::no_token,
    state::Console,
};

/// Returns the encryption key that AWS would use.
pub(super) fn get_encryption_config(console: &Console, NoParameters {}: NoParameters) -> Answer {
    encryption_config(console, "ACTIVE")
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct PutEncryptionConfig {
    #[serde(rename = "Type")]
    kind: EncryptionType,
    key_id: Option<String>,
}

/// Sets it. As in AWS, the answer says that it is updating; the next request shows it active.
pub(super) fn put_encryption_config(console: &Console, request: PutEncryptionConfig) -> Answer {
    let PutEncryptionConfig { kind, key_id } = request;
    console.account().encryption.put(kind, key_id)?;
    encryption_config(console, "UPDATING")
}

fn encryption_config(console: &Console, status: &str) -> Answer {
    let mut config = json!(console.account().encryption);
    config["Status"] = status.into();
    answer(&json!({ "EncryptionConfig": config }))
}

/// Returns the destination to which AWS would send segments.
pub(super) fn get_trace_segment_destination(
    console: &Console,
    NoParameters {}: NoParameters,
) -> Answer {
    let current = console.account().destinations.current;
    answer(&json!({ "Destination": current, "Status": "ACTIVE" }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct UpdateTraceSegmentDestination {
    destination: Option<Destination>,
    cloud_watch_logs_configuration: Option<CloudWatchLogsConfiguration>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CloudWatchLogsConfiguration {
    spans_log_group_kms_key_id: Option<String>,
}

/// Sets it: pending in this answer and active in the next one, as in AWS.
pub(super) fn update_trace_segment_destination(
    console: &Console,
    request: UpdateTraceSegmentDestination,
) -> Answer {
    let destination = request
        .destination
        .ok_or_else(|| ApiError::invalid("Destination is missing: write XRay or CloudWatchLogs"))?;
    let configuration = request.cloud_watch_logs_configuration;
    let key = configuration.and_then(|configuration| configuration.spans_log_group_kms_key_id);
    console.account().destinations.update(destination, key)?;
    answer(&json!({ "Destination": destination, "Status": "PENDING" }))
}

/// Lists the only rule.
pub(super) fn get_indexing_rules(console: &Console, request: &OnlyToken) -> Answer {
    no_token(request.next_token.as_deref())?;
    answer(&json!({ "IndexingRules": [console.account().indexing.rule()] }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct UpdateIndexingRule {
    name: String,
    rule: IndexingRuleValueUpdate,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
enum IndexingRuleValueUpdate {
    Probabilistic(ProbabilisticRuleValueUpdate),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ProbabilisticRuleValueUpdate {
    desired_sampling_percentage: f64,
}

/// Changes it.
pub(super) fn update_indexing_rule(console: &Console, request: UpdateIndexingRule) -> Answer {
    let IndexingRuleValueUpdate::Probabilistic(rule) = request.rule;
    let mut account = console.account();
    let indexing = account.indexing.named(&request.name)?;
    indexing.update(rule.desired_sampling_percentage, clock::now())?;
    answer(&json!({ "IndexingRule": indexing.rule() }))
}

/// Lists the policies.
pub(super) fn list_resource_policies(console: &Console, request: &OnlyToken) -> Answer {
    no_token(request.next_token.as_deref())?;
    let account = console.account();
    let policies = account.policies.all();
    let policies: Vec<_> = policies.map(|(name, one)| policy(name, one)).collect();
    answer(&json!({ "ResourcePolicies": policies }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct PutResourcePolicy {
    policy_name: String,
    policy_document: String,
    policy_revision_id: Option<String>,
    #[serde(default)]
    bypass_policy_lockout_check: bool,
}

/// Makes a policy, or replaces one.
pub(super) fn put_resource_policy(console: &Console, request: PutResourcePolicy) -> Answer {
    let name = request.policy_name;
    let put = PutPolicy {
        name: name.clone(),
        document: request.policy_document,
        revision: request.policy_revision_id,
        bypasses_lockout_check: request.bypass_policy_lockout_check,
    };
    let mut account = console.account();
    let made = account.policies.put(put, clock::now())?;
    answer(&json!({ "ResourcePolicy": policy(&name, made) }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct DeleteResourcePolicy {
    policy_name: String,
    policy_revision_id: Option<String>,
}

/// Deletes a policy.
pub(super) fn delete_resource_policy(console: &Console, request: DeleteResourcePolicy) -> Answer {
    let revision = request.policy_revision_id;
    let mut account = console.account();
    account
        .policies
        .delete(&request.policy_name, revision.as_deref())?;
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
