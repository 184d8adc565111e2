//! Sampling rules, targets and statistics.

use axum::{
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::StatusCode,
};
use segment::Time;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use traces::rules::{
    QUOTA_TTL, Record, ReportError, Reported, Rule, RuleChange, RuleError, Target,
};

use crate::serve::{
    answer::{Answer, answer},
    clock,
    error::ApiError,
    paging::no_token,
    request::read,
    state::Console,
    timestamp::Timestamp,
};

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
    let records: Vec<&Record> = rules.all().collect();
    answer(&json!({ "SamplingRuleRecords": records }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateSamplingRule {
    sampling_rule: Value,
}

/// Makes a rule.
pub(super) async fn create_sampling_rule(
    State(console): State<Console>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let request: CreateSamplingRule = read(body)?;
    let mut rules = console.rules();
    let made = rules.create(Rule::read(request.sampling_rule)?, clock::now())?;
    answer(&json!({ "SamplingRuleRecord": made }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateSamplingRule {
    sampling_rule_update: Value,
}

/// Changes a rule.
pub(super) async fn update_sampling_rule(
    State(console): State<Console>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let request: UpdateSamplingRule = read(body)?;
    let mut rules = console.rules();
    let changed = rules.update(
        RuleChange::read(request.sampling_rule_update)?,
        clock::now(),
    )?;
    answer(&json!({ "SamplingRuleRecord": changed }))
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
    answer(&json!({ "SamplingRuleRecord": deleted }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetSamplingTargets {
    /// Each is read by itself, lest one that is odd take the others with it.
    sampling_statistics_documents: Vec<Value>,
}

/// Its `Timestamp` is read and not used: clients' clocks may differ.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StatisticsDocument {
    #[serde(rename = "RuleName")]
    _rule_name: String,
    #[serde(rename = "ClientID")]
    client_id: String,
    #[serde(rename = "Timestamp")]
    _timestamp: Timestamp,
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
    let (mut targets, mut unprocessed) = (Vec::new(), Vec::new());
    for document in documents {
        let name = document["RuleName"].as_str().unwrap_or_default().to_owned();
        let outcome = match StatisticsDocument::deserialize(document) {
            Ok(document) => rules
                .report(&name, &document.client_id, document.reported, now)
                .map_err(|error| (error_code(&error), error.to_string())),
            Err(error) => Err(("400", error.to_string())),
        };
        match outcome {
            Ok(given) => targets.push(target(&name, given, now)),
            Err((code, message)) => unprocessed.push(json!({
                "RuleName": name, "ErrorCode": code, "Message": message,
            })),
        }
    }
    answer(&json!({
        "SamplingTargetDocuments": targets,
        "LastRuleModification": rules.last_modification.as_seconds(),
        "UnprocessedStatistics": unprocessed,
    }))
}

fn target(name: &str, target: Target, now: Time) -> Value {
    json!({
        "RuleName": name,
        "FixedRate": target.fixed_rate,
        "ReservoirQuota": target.quota,
        "ReservoirQuotaTTL": now.as_seconds() + QUOTA_TTL.as_secs_f64(),
        "Interval": target.interval,
    })
}

/// AWS's SDKs ask for the rules again after a 4xx and go on after a 5xx.
fn error_code(error: &ReportError) -> &'static str {
    match error {
        ReportError::UnknownRule(_) | ReportError::InvalidClient(_) => "400",
        ReportError::TooManyClients => "503",
    }
}

/// Lists what services reported in the last ten minutes, by rule.
pub(super) async fn get_sampling_statistic_summaries(
    State(console): State<Console>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let request: OnlyToken = read(body)?;
    no_token(request.next_token.as_deref())?;
    let now = clock::now();
    let rules = console.rules();
    let summaries = rules.all().flat_map(|record| {
        record
            .statistics
            .columns(now)
            .map(|(at, reported)| StatisticSummary {
                rule_name: &record.rule.name,
                timestamp: at,
                reported,
            })
    });
    let summaries: Vec<_> = summaries.collect();
    answer(&json!({ "SamplingStatisticSummaries": summaries }))
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StatisticSummary<'r> {
    rule_name: &'r str,
    timestamp: u64,
    #[serde(flatten)]
    reported: Reported,
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
