//! Sampling rules and targets.

use axum::{
    body::Bytes,
    extract::{State, rejection::BytesRejection},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, answer, read};
use crate::{clock, console::Console};

/// How long a quota holds, in seconds; the service's own value.
const QUOTA_SECONDS: f64 = 300.0;
/// How often a service asks for its targets, in seconds; the service's own value.
const INTERVAL_SECONDS: u32 = 10;

/// Lists the rules.
pub(super) async fn get_sampling_rules(State(console): State<Console>) -> Answer {
    let started = console.started.as_seconds();
    answer(&json!({ "SamplingRuleRecords": [{
        "SamplingRule": default_rule(),
        "CreatedAt": started,
        "ModifiedAt": started,
    }] }))
}

fn default_rule() -> Value {
    json!({
        "RuleName": "Default",
        "RuleARN": "arn:aws:xray:local:000000000000:sampling-rule/Default",
        "ResourceARN": "*",
        "Priority": 10000,
        "FixedRate": 1.0,
        "ReservoirSize": 1,
        "ServiceName": "*",
        "ServiceType": "*",
        "Host": "*",
        "HTTPMethod": "*",
        "URLPath": "*",
        "Version": 1,
        "Attributes": {},
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetSamplingTargets {
    sampling_statistics_documents: Vec<SamplingStatistics>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SamplingStatistics {
    rule_name: String,
}

/// Answers with what each rule allows from now on.
pub(super) async fn get_sampling_targets(
    State(console): State<Console>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let request: GetSamplingTargets = read(body)?;
    let now = clock::now().as_seconds();
    let (known, unknown): (Vec<_>, Vec<_>) = request
        .sampling_statistics_documents
        .into_iter()
        .partition(|statistics| statistics.rule_name == "Default");
    let target = |statistics: SamplingStatistics| {
        json!({
            "RuleName": statistics.rule_name,
            "FixedRate": 1.0,
            "ReservoirQuota": 1,
            "ReservoirQuotaTTL": now + QUOTA_SECONDS,
            "Interval": INTERVAL_SECONDS,
        })
    };
    let refuse = |statistics: SamplingStatistics| {
        json!({
            "RuleName": statistics.rule_name,
            "ErrorCode": "400",
            "Message": "there is no sampling rule of this name",
        })
    };
    answer(&json!({
        "SamplingTargetDocuments": known.into_iter().map(target).collect::<Vec<_>>(),
        "LastRuleModification": console.started.as_seconds(),
        "UnprocessedStatistics": unknown.into_iter().map(refuse).collect::<Vec<_>>(),
    }))
}
