//! X-Ray's rules for segment documents as a JSON Schema, and a check of documents by it.
//!
//! The schema is written from AWS's documentation and not from the code that it checks. It is for tests:
//! nothing that is shipped depends on this crate (`make boundaries`).
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html>

use std::{collections::HashSet, fmt, sync::LazyLock};

use jsonschema::Validator;
use serde_json::Value;

/// The schema, draft 2020-12.
pub const SCHEMA: &str = include_str!("../segment-document.schema.json");

/// Largest document that X-Ray takes, in bytes.
const MAX_BYTES: usize = 64 * 1024;

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    let schema = serde_json::from_str(SCHEMA).expect("the schema in this crate is JSON");
    jsonschema::validator_for(&schema).expect("the schema in this crate is one")
});

/// A document that breaks rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Each rule that it breaks: where in the document, and what is wrong there.
    pub rules: Vec<String>,
    /// The document.
    pub document: String,
}

impl std::error::Error for Broken {}

impl fmt::Display for Broken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for rule in &self.rules {
            writeln!(formatter, "{rule}")?;
        }
        write!(formatter, "in {}", self.document)
    }
}

/// Checks one segment or independent subsegment, as it is sent: by the schema, and by what a schema has no
/// words for (at most 64 kB, no end before its start, no id twice).
///
/// # Errors
///
/// If it breaks a rule; all that it breaks are named.
pub fn check(document: &str) -> Result<(), Broken> {
    let mut rules = Vec::new();
    if document.len() > MAX_BYTES {
        rules.push(format!(
            ": {} bytes are more than {MAX_BYTES}",
            document.len()
        ));
    }
    match serde_json::from_str(document) {
        Err(error) => rules.push(format!(": not JSON: {error}")),
        Ok(value) => {
            let broken = VALIDATOR.iter_errors(&value);
            rules.extend(broken.map(|error| format!("{}: {error}", error.instance_path())));
            check_part(&value, "", &mut HashSet::new(), &mut rules);
        }
    }
    if rules.is_empty() {
        return Ok(());
    }
    Err(Broken {
        rules,
        document: document.to_owned(),
    })
}

/// Checks one segment or independent subsegment, within a test.
///
/// # Panics
///
/// If it breaks a rule; the message names all that it breaks.
pub fn assert_valid(document: &str) {
    if let Err(broken) = check(document) {
        panic!("a document is not one that X-Ray takes:\n{broken}");
    }
}

fn check_part<'v>(
    part: &'v Value,
    path: &str,
    ids: &mut HashSet<&'v str>,
    rules: &mut Vec<String>,
) {
    if part["end_time"].as_f64() < part["start_time"].as_f64() && !part["end_time"].is_null() {
        rules.push(format!("{path}/end_time: is before start_time"));
    }
    if part["id"].as_str().is_some_and(|id| !ids.insert(id)) {
        rules.push(format!("{path}/id: {} is there twice", part["id"]));
    }
    let subsegments = part["subsegments"].as_array().into_iter().flatten();
    for (index, subsegment) in subsegments.enumerate() {
        check_part(
            subsegment,
            &format!("{path}/subsegments/{index}"),
            ids,
            rules,
        );
    }
}
