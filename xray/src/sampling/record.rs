//! X-Ray's rules in the daemon's answer. An invalid rule is skipped; the others are used.
//! <https://docs.aws.amazon.com/xray/latest/api/API_SamplingRule.html>

use segment::Value;

use super::{
    Service,
    pattern::Pattern,
    rule::{Criteria, Rule, Unknown},
};

/// Longest string in a rule, in bytes; X-Ray's own have at most 500 characters.
const MAX_TEXT: usize = 2_000;
/// How much of an invalid rule's name a warning quotes.
const EXCERPT: usize = 64;

/// A rule that is not used, and the reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{rule}: {reason}")]
pub struct SkippedRule {
    /// The rule's name, its ARN, or its position in the answer; only the beginning if it is long.
    pub rule: String,
    /// Why it is not used.
    pub reason: String,
}

/// Reads the records of `GetSamplingRules`; `None` is a rule for other services.
pub(super) fn read(
    records: &[Value<'_>],
    service: &Service,
) -> impl Iterator<Item = Result<Option<Rule>, SkippedRule>> {
    records.iter().enumerate().map(|(index, record)| {
        let record = record.get("SamplingRule").unwrap_or(&Value::Null);
        rule(record, service).map_err(|reason| SkippedRule {
            rule: describe(record, index),
            reason,
        })
    })
}

fn rule(record: &Value<'_>, service: &Service) -> Result<Option<Rule>, String> {
    let version = integer(record, "Version")?;
    if version != 1 {
        return Err(format!("its Version is {version}, and only 1 is supported"));
    }
    let pattern = |member| text(record, member).map(Pattern::new);
    let rule = Rule {
        name: name(record)?.into(),
        priority: count(record, "Priority")?,
        fixed_rate: rate(record, "FixedRate")?,
        reservoir_size: count(record, "ReservoirSize")?,
        criteria: Criteria {
            method: pattern("HTTPMethod")?,
            host: pattern("Host")?,
            path: pattern("URLPath")?,
            attributes: attributes(record)?,
            unknown: Unknown::OnlyStarMatches,
        },
    };
    let is_for_service = [
        (pattern("ServiceName")?, Some(service.name.as_str())),
        (pattern("ServiceType")?, service.kind),
        (pattern("ResourceARN")?, service.arn.as_deref()),
    ]
    .iter()
    .all(|(pattern, value)| pattern.is_any() || value.is_some_and(|value| pattern.matches(value)));
    Ok(is_for_service.then_some(rule))
}

/// Reads the name, by which the rule's use is reported.
fn name<'r>(record: &'r Value<'_>) -> Result<&'r str, String> {
    match text(record, "RuleName")? {
        "" => Err("its RuleName is empty".to_owned()),
        name => Ok(name),
    }
}

fn attributes(record: &Value<'_>) -> Result<Vec<(String, Pattern)>, String> {
    match record.get("Attributes") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Object(members)) => members
            .iter()
            .map(|(key, value)| {
                let text = value.as_text().filter(|text| text.len() <= MAX_TEXT);
                let text = text.ok_or_else(|| "an attribute is no text, or too long".to_owned())?;
                Ok((key.to_string(), Pattern::new(text)))
            })
            .collect(),
        Some(_) => Err("its Attributes are not an object".to_owned()),
    }
}

/// Reads a number from 0 to 1.
pub(super) fn rate(record: &Value<'_>, member: &'static str) -> Result<f64, String> {
    let rate = number(record, member)?;
    if (0.0..=1.0).contains(&rate) {
        Ok(rate)
    } else {
        Err(format!("its {member} is {rate}, and must be 0 to 1"))
    }
}

/// Reads a non-negative whole number.
pub(super) fn count(record: &Value<'_>, member: &'static str) -> Result<u32, String> {
    let count = integer(record, member)?;
    u32::try_from(count)
        .map_err(|_| format!("its {member} is {count}, and must be 0 to {}", u32::MAX))
}

fn integer(record: &Value<'_>, member: &'static str) -> Result<i64, String> {
    let number = number(record, member)?;
    // From 2^53 on, a double has no fraction; the cast saturates.
    #[expect(clippy::cast_possible_truncation, reason = "checked in the next line")]
    let integer = number as i64;
    if number.fract() == 0.0 {
        Ok(integer)
    } else {
        Err(format!(
            "its {member} is {number}, and must be a whole number"
        ))
    }
}

pub(super) fn number(record: &Value<'_>, member: &'static str) -> Result<f64, String> {
    match record.get(member) {
        #[expect(clippy::cast_precision_loss, reason = "no member needs 53 bits")]
        Some(Value::Integer(integer)) => Ok(*integer as f64),
        Some(Value::Number(number)) => Ok(*number),
        Some(Value::Null) | None => Err(format!("its {member} is missing")),
        Some(_) => Err(format!("its {member} is not a number")),
    }
}

pub(super) fn text<'r>(record: &'r Value<'_>, member: &'static str) -> Result<&'r str, String> {
    match record.get(member) {
        Some(Value::Text(text)) if text.len() <= MAX_TEXT => Ok(text),
        Some(Value::Text(text)) => Err(format!(
            "its {member} is {} bytes long, and at most {MAX_TEXT} are read",
            text.len()
        )),
        Some(Value::Null) | None => Err(format!("its {member} is missing")),
        Some(_) => Err(format!("its {member} is not a string")),
    }
}

pub(super) fn describe(record: &Value<'_>, index: usize) -> String {
    let named = ["RuleName", "RuleARN"].map(|member| record.get(member).and_then(Value::as_text));
    match named.into_iter().flatten().find(|name| !name.is_empty()) {
        Some(name) if name.chars().nth(EXCERPT).is_some() => {
            name.chars().take(EXCERPT).chain(['…']).collect()
        }
        Some(name) => name.to_owned(),
        None => format!("number {}", index + 1),
    }
}
