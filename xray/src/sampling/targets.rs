//! `GetSamplingTargets`: reports the rules' counts and gets their quotas.
//! <https://docs.aws.amazon.com/xray/latest/api/API_GetSamplingTargets.html>

use std::{sync::Arc, time::Duration};

use segment::{Time, Value};

use super::{SkippedRule, record, usage::Counts};

/// Most reports in one call: X-Ray's limit.
pub const MAX_REPORTS: usize = 25;
/// Shortest and longest interval between reports that the service may set.
const INTERVALS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));

/// One rule's counts since its last report, from [`super::Rules::reports`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The rule's name.
    pub rule: Arc<str>,
    /// What it decided.
    pub counts: Counts,
}

/// A quota from the service for one rule, until a time that the service sets, and perhaps another rate. Used by
/// [`super::Rules::with_targets`].
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    pub(super) rule: String,
    pub(super) fixed_rate: Option<f64>,
    pub(super) quota: Option<Quota>,
}

/// How many requests a second a rule may sample in this process.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Quota {
    pub(super) requests: u32,
    pub(super) until: Time,
}

/// An answer. Its boosts (adaptive sampling) are ignored.
#[derive(Debug, Default, PartialEq)]
pub struct Targets {
    /// The quotas and rates, by rule.
    pub targets: Vec<Target>,
    /// Targets that are not used, with the reason.
    pub skipped: Vec<SkippedRule>,
    /// The interval until the next report: the shortest that the service asks for, from 1 s to 300 s.
    pub interval: Option<Duration>,
    /// When a rule was last changed, in seconds since 1970 by the service's clock.
    pub last_modification: Option<f64>,
    /// Reports that the service rejected, with their HTTP status.
    pub unprocessed: Vec<(String, u16)>,
}

/// Writes the body of a call, for at most [`MAX_REPORTS`] reports. `client_id` names the process: 24 hexadecimal digits
/// that it has chosen at random.
///
/// ```
/// use segment::Time;
/// use xray::sampling::{Counts, Report, request};
///
/// let counts = Counts { requests: 10, sampled: 2, borrowed: 1 };
/// let report = Report { rule: "Default".into(), counts };
/// let now = Time::from_nanos(1_602_534_561_000_000_000);
/// let body = request(&[report], "0123456789abcdef01234567", now);
/// assert!(body.contains(r#""RequestCount":10,"SampledCount":2,"BorrowCount":1"#), "{body}");
/// ```
pub fn request(reports: &[Report], client_id: &str, now: Time) -> String {
    let documents = Value::Array(
        reports
            .iter()
            .map(|report| document(report, client_id, now))
            .collect(),
    );
    Value::Object(vec![("SamplingStatisticsDocuments".into(), documents)]).to_string()
}

impl Targets {
    /// Parses an answer. Invalid parts are skipped; the others are used.
    ///
    /// ```
    /// use segment::Value;
    /// use xray::sampling::Targets;
    ///
    /// let answer = r#"{"SamplingTargetDocuments": [{"RuleName": "Default", "FixedRate": 0.1, "Interval": 10}]}"#;
    /// let targets = Targets::read(&Value::parse(answer)?);
    /// assert_eq!((targets.targets.len(), targets.interval.map(|wait| wait.as_secs())), (1, Some(10)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read(answer: &Value<'_>) -> Self {
        let mut read = Self {
            last_modification: record::number(answer, "LastRuleModification").ok(),
            unprocessed: members(answer, "UnprocessedStatistics")
                .filter_map(unprocessed)
                .collect(),
            ..Self::default()
        };
        for (index, document) in members(answer, "SamplingTargetDocuments").enumerate() {
            match target(document) {
                Ok(target) => read.targets.push(target),
                Err(reason) => read.skipped.push(SkippedRule {
                    rule: format!("target of {}", record::describe(document, index)),
                    reason,
                }),
            }
            let wish = record::count(document, "Interval").ok();
            let wish = wish.map(|seconds| Duration::from_secs(seconds.into()));
            let wish = wish.map(|wish| wish.clamp(INTERVALS.0, INTERVALS.1));
            read.interval = read.interval.into_iter().chain(wish).min();
        }
        read
    }
}

fn document<'a>(report: &'a Report, client_id: &'a str, now: Time) -> Value<'a> {
    let number = |count| Value::Integer(i64::try_from(count).unwrap_or(i64::MAX));
    let Counts {
        requests,
        sampled,
        borrowed,
    } = report.counts;
    Value::Object(vec![
        ("RuleName".into(), Value::from(&*report.rule)),
        ("ClientID".into(), Value::from(client_id)),
        ("Timestamp".into(), Value::from(now.as_seconds())),
        ("RequestCount".into(), number(requests)),
        ("SampledCount".into(), number(sampled)),
        ("BorrowCount".into(), number(borrowed)),
    ])
}

fn target(document: &Value<'_>) -> Result<Target, String> {
    let given = |member| {
        document
            .get(member)
            .is_some_and(|value| *value != Value::Null)
    };
    let rate = given("FixedRate").then(|| record::rate(document, "FixedRate"));
    let quota = given("ReservoirQuota") && given("ReservoirQuotaTTL");
    Ok(Target {
        rule: record::text(document, "RuleName")?.to_owned(),
        fixed_rate: rate.transpose()?,
        quota: quota.then(|| self::quota(document)).transpose()?,
    })
}

fn quota(document: &Value<'_>) -> Result<Quota, String> {
    let until = record::number(document, "ReservoirQuotaTTL")?;
    Ok(Quota {
        requests: record::count(document, "ReservoirQuota")?,
        until: Time::from_seconds(until).ok_or_else(|| {
            format!("its ReservoirQuotaTTL is {until}, which is not a valid time")
        })?,
    })
}

fn unprocessed(report: &Value<'_>) -> Option<(String, u16)> {
    let rule = report.get("RuleName")?.as_text()?;
    let status = report.get("ErrorCode")?.as_integer()?;
    Some((rule.to_owned(), u16::try_from(status).ok()?))
}

fn members<'v>(answer: &'v Value<'_>, member: &str) -> impl Iterator<Item = &'v Value<'v>> {
    let values = match answer.get(member) {
        Some(Value::Array(values)) => values.as_slice(),
        _ => &[],
    };
    values.iter()
}
