//! Sampling rules, targets and statistics.

use axum::{
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::StatusCode,
};
use segment::Time;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, ApiError, Moment, answer, paging::no_token, read};
use crate::{
    clock,
    console::Console,
    rules::{Record, Reported, Rule, RuleChange, RuleError, Rules},
};

/// How long a quota holds, in seconds; the service's own value.
const QUOTA_SECONDS: f64 = 300.0;
/// How often a service asks for its targets, in seconds; the service's own value.
const INTERVAL_SECONDS: u32 = 10;
/// Most statistics in one request: AWS's.
const MAX_STATISTICS: usize = 25;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OnlyToken {
    next_token: Option<String>,
}

/// Lists the rules.
pub(super) async fn get_sampling_rules(
    State(console): State<Console>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let request: OnlyToken = read(body)?;
    no_token(request.next_token.as_deref())?;
    let rules = console.rules();
    let records: Vec<_> = rules.all().map(record).collect();
    answer(&json!({ "SamplingRuleRecords": records }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateSamplingRule {
    sampling_rule: Rule,
}

/// Makes a rule.
pub(super) async fn create_sampling_rule(
    State(console): State<Console>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let request: CreateSamplingRule = read(body)?;
    let mut rules = console.rules();
    let made = rules.create(request.sampling_rule, clock::now())?;
    answer(&json!({ "SamplingRuleRecord": record(made) }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateSamplingRule {
    sampling_rule_update: RuleChange,
}

/// Changes a rule.
pub(super) async fn update_sampling_rule(
    State(console): State<Console>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let request: UpdateSamplingRule = read(body)?;
    let mut rules = console.rules();
    let changed = rules.update(request.sampling_rule_update, clock::now())?;
    answer(&json!({ "SamplingRuleRecord": record(changed) }))
}

#[derive(Deserialize)]
struct DeleteSamplingRule {
    #[serde(rename = "RuleName")]
    name: Option<String>,
    #[serde(rename = "RuleARN")]
    arn: Option<String>,
}

/// Deletes a rule.
pub(super) async fn delete_sampling_rule(
    State(console): State<Console>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let DeleteSamplingRule { name, arn } = read(body)?;
    let deleted = console
        .rules()
        .delete(name.as_deref(), arn.as_deref(), clock::now())?;
    answer(&json!({ "SamplingRuleRecord": record(&deleted) }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetSamplingTargets {
    sampling_statistics_documents: Vec<StatisticsDocument>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StatisticsDocument {
    rule_name: String,
    #[serde(rename = "ClientID")]
    _client_id: String,
    timestamp: Moment,
    #[serde(flatten)]
    reported: Reported,
}

/// Takes what a service reports, and answers what each rule allows from now on.
pub(super) async fn get_sampling_targets(
    State(console): State<Console>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let request: GetSamplingTargets = read(body)?;
    let documents = request.sampling_statistics_documents;
    if documents.len() > MAX_STATISTICS {
        return Err(ApiError::invalid(format!(
            "SamplingStatisticsDocuments has {} members; at most {MAX_STATISTICS} are allowed",
            documents.len()
        )));
    }
    let now = clock::now();
    let mut rules = console.rules();
    let mut targets = Vec::new();
    let mut unprocessed = Vec::new();
    for document in documents {
        match target(&rules, &document.rule_name, now) {
            Some(target) => {
                targets.push(target);
                rules
                    .statistics
                    .add(&document.rule_name, document.timestamp.0, document.reported);
            }
            None => unprocessed.push(json!({
                "RuleName": document.rule_name,
                "ErrorCode": "400",
                "Message": "there is no sampling rule of this name",
            })),
        }
    }
    answer(&json!({
        "SamplingTargetDocuments": targets,
        "LastRuleModification": rules.last_modification.as_seconds(),
        "UnprocessedStatistics": unprocessed,
    }))
}

fn target(rules: &Rules, name: &str, now: Time) -> Option<Value> {
    let rule = &rules.named(name)?.rule;
    Some(json!({
        "RuleName": rule.name,
        "FixedRate": rule.fixed_rate,
        "ReservoirQuota": rule.reservoir_size,
        "ReservoirQuotaTTL": now.as_seconds() + QUOTA_SECONDS,
        "Interval": INTERVAL_SECONDS,
    }))
}

/// Lists what services reported.
pub(super) async fn get_sampling_statistic_summaries(
    State(console): State<Console>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let request: OnlyToken = read(body)?;
    no_token(request.next_token.as_deref())?;
    let trends = console.rules().statistics.trends();
    answer(&json!({ "SamplingStatisticSummaries": trends }))
}

fn record(record: &Record) -> Value {
    let mut rule = json!(record.rule);
    rule["RuleARN"] = record.rule.arn().into();
    json!({
        "SamplingRule": rule,
        "CreatedAt": record.created.as_seconds(),
        "ModifiedAt": record.modified.as_seconds(),
    })
}

impl From<RuleError> for ApiError {
    fn from(error: RuleError) -> Self {
        match error {
            RuleError::Invalid(message) => Self::invalid(message),
            RuleError::TooMany => Self::new(
                StatusCode::BAD_REQUEST,
                "RuleLimitExceededException",
                error.to_string(),
            ),
        }
    }
}
