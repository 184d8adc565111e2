//! Reading a rule from JSON so that an error names the member.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{RuleError, invalid};

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
