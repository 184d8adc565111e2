//! Reading a rule from JSON so that an error names the member.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::{RuleError, invalid};

/// Reads a rule, or a change of one.
pub(super) fn read<T: DeserializeOwned>(value: Value) -> Result<T, RuleError> {
    for (member, value) in value.as_object().into_iter().flatten() {
        check_type(member, value)?;
    }
    serde_json::from_value(value).map_err(|error| RuleError::Invalid(error.to_string()))
}

/// Checks one member's type. A reader made by `derive` would say what is wrong, but not with which member.
fn check_type(member: &str, value: &Value) -> Result<(), RuleError> {
    let is_count = |value: &Value| value.as_u64().is_some_and(|n| u32::try_from(n).is_ok());
    let is_map = |value: &Value| {
        let mut members = value.as_object().into_iter().flatten();
        value.is_object() && members.all(|(_, value)| value.is_string())
    };
    let (is_right, wanted) = match member {
        "RuleName" | "RuleARN" | "ResourceARN" | "ServiceName" | "ServiceType" | "Host"
        | "HTTPMethod" | "URLPath" => (value.is_string(), "a text"),
        "Priority" | "ReservoirSize" | "Version" => {
            (is_count(value), "a whole number that is not negative")
        }
        "FixedRate" => (value.is_number(), "a number from 0 to 1"),
        "Attributes" => (is_map(value), "an object of texts"),
        _ => return Ok(()),
    };
    if is_right {
        return Ok(());
    }
    let shown = value.to_string();
    let shown = segment::names::cut_str(&shown, 64);
    invalid(format!("{member} is {shown}; it must be {wanted}"))
}

#[cfg(test)]
mod tests {
    use super::super::{Rule, RuleChange};

    #[test]
    fn a_member_of_another_type_is_named_with_its_value() {
        let rule = serde_json::to_value(Rule::default_rule()).unwrap();
        assert_eq!(Rule::read(rule.clone()), Ok(Rule::default_rule()));
        for (member, value) in [
            ("Priority", serde_json::json!(-1)),
            ("ReservoirSize", serde_json::json!(1.5)),
            ("Version", serde_json::json!("1")),
            ("FixedRate", serde_json::json!("0.5")),
            ("Host", serde_json::json!(7)),
            ("URLPath", serde_json::json!(["/"])),
            ("Attributes", serde_json::json!({ "k": 1 })),
            ("Attributes", serde_json::json!([])),
        ] {
            let mut rule = rule.clone();
            rule[member] = value.clone();
            for error in [
                Rule::read(rule.clone()).unwrap_err(),
                RuleChange::read(rule).unwrap_err(),
            ] {
                let begin = format!("{member} is {value}; it must be ");
                assert!(error.to_string().starts_with(&begin), "{error}");
            }
        }
        let mut rule = rule;
        rule.as_object_mut().unwrap().remove("FixedRate");
        let missing = Rule::read(rule).unwrap_err().to_string();
        assert!(missing.contains("FixedRate"), "{missing}");
    }
}
