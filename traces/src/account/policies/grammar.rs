//! What a policy's document consists of, as far as needed to recognise one.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use std::collections::BTreeSet;

use serde_json::Value;

/// Parses a document, as far as needed to recognise a policy.
pub(super) fn check(document: &str) -> Result<Value, String> {
    let document: Value =
        serde_json::from_str(document).map_err(|error| format!("is not JSON: {error}"))?;
    if !document.is_object() {
        return Err("is not a JSON object".to_owned());
    }
    match &document["Version"] {
        Value::Null => {}
        Value::String(version) if version == "2012-10-17" || version == "2008-10-17" => {}
        version => {
            let version = version.to_string();
            let shown = segment::names::cut_str(&version, 64);
            return Err(format!("has the Version {shown}; write \"2012-10-17\""));
        }
    }
    check_members(&document, &["Version", "Id", "Statement"])?;
    let statements = statements(&document);
    if statements.is_empty() {
        return Err("has no Statement".to_owned());
    }
    let mut ids = BTreeSet::new();
    for (number, statement) in (1..).zip(&statements) {
        check_statement(statement).map_err(|error| format!("{error} in statement {number}"))?;
        if let Some(id) = statement["Sid"].as_str().filter(|id| !ids.insert(*id)) {
            let shown = segment::names::cut_str(id, 64);
            return Err(format!("has the Sid {shown:?} twice"));
        }
    }
    Ok(document)
}

/// Checks the elements of a statement.
fn check_statement(statement: &Value) -> Result<(), String> {
    if !matches!(statement["Effect"].as_str(), Some("Allow" | "Deny")) {
        return Err("has no Effect Allow or Deny".to_owned());
    }
    let pairs = [
        ["Principal", "NotPrincipal"],
        ["Action", "NotAction"],
        ["Resource", "NotResource"],
    ];
    check_members(
        statement,
        &[&["Sid", "Effect", "Condition"], pairs.as_flattened()].concat(),
    )?;
    for [member, negated] in pairs {
        let given = [member, negated].map(|member| (member, &statement[member]));
        let mut given = given.into_iter().filter(|(_, value)| !value.is_null());
        match (given.next(), given.next()) {
            (Some(_), Some(_)) => return Err(format!("has both {member} and {negated}")),
            // A policy of an account is for all its traces.
            (None, _) if member == "Resource" => {}
            (None, _) => return Err(format!("has no {member}")),
            (Some((member, value)), None) => {
                let is_right = match member {
                    "Principal" | "NotPrincipal" => is_principal(value),
                    _ => is_texts(value),
                };
                if !is_right {
                    return Err(format!("has no valid {member}"));
                }
            }
        }
    }
    Ok(())
}

/// Refuses members that policies do not have.
fn check_members(object: &Value, known: &[&str]) -> Result<(), String> {
    let mut members = object.as_object().into_iter().flat_map(|one| one.keys());
    match members.find(|member| !known.contains(&member.as_str())) {
        Some(member) => {
            let shown = segment::names::cut_str(member, 64);
            Err(format!("has the unknown member {shown:?}"))
        }
        None => Ok(()),
    }
}

/// Whether a value is a text, or a list of some.
fn is_texts(value: &Value) -> bool {
    let values = listed(value);
    !values.is_empty() && values.into_iter().all(Value::is_string)
}

/// Whether a value says who is meant: everyone, or names by their kind.
fn is_principal(value: &Value) -> bool {
    const KINDS: [&str; 4] = ["AWS", "Service", "Federated", "CanonicalUser"];
    match value {
        Value::Object(kinds) => {
            let mut kinds_and_names = kinds.iter();
            !kinds.is_empty()
                && kinds_and_names.all(|(kind, names)| KINDS.contains(&&**kind) && is_texts(names))
        }
        value => value == "*",
    }
}

pub(super) fn statements(document: &Value) -> Vec<&Value> {
    listed(&document["Statement"])
}

/// A policy may have a single value instead of a list with one.
pub(super) fn listed(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values.iter().collect(),
        value => vec![value],
    }
}
