//! Sampling rules, targets and statistics.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use segment::Time;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use traces::rules::{
    BoostReport, Boosted, QUOTA_TTL, Record, ReportError, Reported, RuleChange, RuleError, Rules,
    Target,
};

use super::{parameters::only_page, tags};
use crate::serve::{
    answer::{Answer, answer},
    clock,
    error::ApiError,
    model,
    request::Member,
    state::Console,
};

/// Lists the rules.
pub(super) fn get_sampling_rules(console: &Console, request: Member) -> Answer {
    only_page(request)?;
    let rules = &console.account().rules;
    let records: Vec<&Record> = rules.all().collect();
    answer(&json!({ "SamplingRuleRecords": records }))
}

/// Creates a rule.
pub(super) fn create_sampling_rule(console: &Console, request: Member) -> Answer {
    let [rule, tags] = request.members(["SamplingRule", "Tags"])?;
    let (rule, tags) = (rule.parsed()?, tags::new(tags)?);
    let rules = &mut console.account().rules;
    let made = rules.create(rule, tags, clock::now())?;
    answer(&json!({ "SamplingRuleRecord": made }))
}

/// Changes a rule.
pub(super) fn update_sampling_rule(console: &Console, request: Member) -> Answer {
    let [change] = request.members(["SamplingRuleUpdate"])?;
    let change: RuleChange = change.parsed()?;
    name_or_arn(console, change.name.as_deref(), change.arn.as_deref())?;
    let rules = &mut console.account().rules;
    let changed = rules.update(change, clock::now())?;
    answer(&json!({ "SamplingRuleRecord": changed }))
}

/// Deletes a rule.
pub(super) fn delete_sampling_rule(console: &Console, request: Member) -> Answer {
    let [name, arn] = request.members(["RuleName", "RuleARN"])?;
    let (name, arn) = (name.text_if_given()?, arn.text_if_given()?);
    name_or_arn(console, name.as_deref(), arn.as_deref())?;
    let rules = &mut console.account().rules;
    let deleted = rules.delete(name.as_deref(), arn.as_deref(), clock::now())?;
    answer(&json!({ "SamplingRuleRecord": deleted }))
}

/// Refuses what names a rule twice, as AWS's model says X-Ray does; a console that is not strict takes both if they are of one rule.
fn name_or_arn(console: &Console, name: Option<&str>, arn: Option<&str>) -> Result<(), ApiError> {
    if console.is_strict && name.is_some() && arn.is_some() {
        return Err(ApiError::invalid(
            "RuleName and RuleARN are both given: name a rule by one of them",
        ));
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StatisticsDocument {
    rule_name: String,
    #[serde(rename = "ClientID")]
    client_id: String,
    #[serde(flatten)]
    reported: Reported,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct BoostStatisticsDocument {
    rule_name: String,
    service_name: String,
    #[serde(flatten)]
    report: BoostReport,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Unprocessed {
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_name: Option<String>,
    error_code: &'static str,
    message: String,
}

/// Records a service's reports, and returns the target of each rule.
pub(super) fn get_sampling_targets(console: &Console, request: Member) -> Answer {
    let [documents, boost_documents] = request.members([
        "SamplingStatisticsDocuments",
        "SamplingBoostStatisticsDocuments",
    ])?;
    // Each document is parsed separately, so that an invalid one does not affect the others.
    let (documents, boost_documents) = (documents.values()?, boost_documents.values()?);
    let now = clock::now();
    let rules = &mut console.account().rules;
    let (boosts, unprocessed_boosts) = boosts(rules, boost_documents, now);
    let (mut targets, mut unprocessed) = (Vec::new(), Vec::new());
    for (index, document) in (0..).zip(documents) {
        let list = "SamplingStatisticsDocuments";
        let reported =
            one(list, index, with_right_name(document)).and_then(|document: StatisticsDocument| {
                let StatisticsDocument {
                    rule_name,
                    client_id,
                    reported,
                } = document;
                match rules.report(&rule_name, &client_id, reported, now) {
                    Ok(given) => Ok(target(&rule_name, given, boosts.get(&rule_name), now)),
                    Err(error) => Err(Unprocessed::of(rule_name, &error)),
                }
            });
        match reported {
            Ok(target) => targets.push(target),
            Err(reason) => unprocessed.push(reason),
        }
    }
    answer(&json!({
        "SamplingTargetDocuments": targets,
        "LastRuleModification": rules.last_modification.as_seconds(),
        "UnprocessedStatistics": unprocessed,
        "UnprocessedBoostStatistics": unprocessed_boosts,
    }))
}

/// Records reports of anomalies; returns the boosts by rule, and the reports that were refused.
fn boosts(
    rules: &mut Rules,
    documents: Vec<Value>,
    now: Time,
) -> (BTreeMap<String, Boosted>, Vec<Unprocessed>) {
    let (mut boosts, mut unprocessed) = (BTreeMap::new(), Vec::new());
    for (index, document) in (0..).zip(documents) {
        let reported = one("SamplingBoostStatisticsDocuments", index, document).and_then(
            |document: BoostStatisticsDocument| {
                let BoostStatisticsDocument {
                    rule_name,
                    service_name,
                    report,
                } = document;
                match rules.report_boost(&rule_name, &service_name, report, now) {
                    Ok(boosted) => Ok(boosted.map(|boosted| (rule_name, boosted))),
                    Err(error) => Err(Unprocessed::of(rule_name, &error)),
                }
            },
        );
        match reported {
            Ok(boosted) => boosts.extend(boosted),
            Err(reason) => unprocessed.push(reason),
        }
    }
    (boosts, unprocessed)
}

/// Parses one document of a list, by the model of its members.
fn one<T: for<'de> Deserialize<'de>>(
    list: &str,
    index: usize,
    mut document: Value,
) -> Result<T, Unprocessed> {
    let name = document["RuleName"].as_str().map(str::to_owned);
    let refused = |message: String| Unprocessed {
        rule_name: name.clone(),
        error_code: "400",
        message,
    };
    if let Some(shape) = model::operation("/SamplingTargets").and_then(|one| one.element(list)) {
        shape.check(&mut document).map_err(|violation| {
            refused(violation.within(&format!("{list}[{index}]")).to_string())
        })?;
    }
    serde_json::from_value(document).map_err(|error| refused(error.to_string()))
}

/// OpenTelemetry's sampler for Python has another name for the sampled requests.
fn with_right_name(mut document: Value) -> Value {
    if let Value::Object(members) = &mut document
        && let Some(count) = members.remove("SampleCount")
    {
        members.entry("SampledCount").or_insert(count);
    }
    document
}

fn target(name: &str, target: Target, boosted: Option<&Boosted>, now: Time) -> Value {
    let mut document = json!({
        "RuleName": name,
        "FixedRate": target.fixed_rate,
        "ReservoirQuota": target.quota,
        "ReservoirQuotaTTL": now.as_seconds() + QUOTA_TTL.as_secs_f64(),
        "Interval": target.interval,
    });
    if let Some(Boosted { rate, until }) = boosted {
        document["SamplingBoost"] =
            json!({ "BoostRate": rate, "BoostRateTTL": until.as_seconds() });
    }
    document
}

impl Unprocessed {
    fn of(rule_name: String, error: &ReportError) -> Self {
        Self {
            rule_name: Some(rule_name),
            error_code: error_code(error),
            message: error.to_string(),
        }
    }
}

/// AWS's SDKs fetch the rules again after a 4xx and continue after a 5xx.
fn error_code(error: &ReportError) -> &'static str {
    match error {
        ReportError::UnknownRule(_)
        | ReportError::InvalidClient(_)
        | ReportError::NoBoost(_)
        | ReportError::InvalidBoost(_) => "400",
        ReportError::TooManyClients => "503",
    }
}

/// Lists the reports of the last ten minutes, by rule.
pub(super) fn get_sampling_statistic_summaries(console: &Console, request: Member) -> Answer {
    only_page(request)?;
    let now = clock::now();
    let rules = &console.account().rules;
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
            RuleError::Tags(error) => Self::invalid(error.to_string()),
            RuleError::TooMany => Self::new(
                StatusCode::BAD_REQUEST,
                "RuleLimitExceededException",
                error.to_string(),
            ),
        }
    }
}
