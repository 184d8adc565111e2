//! AWS's model of the X-Ray API's requests: the members of each operation, their types and limits, and which are
//! required.
//!
//! `tables.rs` is generated from the model itself, so that no limit is typed by hand. Every request is checked
//! against the model before its handler sees it ([`Shape::check`]); the handler checks the rest.

mod check;
mod pattern;
mod tables;

use serde_json::Value;

pub(super) use check::Violation;
pub(super) use tables::OPERATIONS;

/// An operation and the members of its requests.
#[derive(Debug)]
pub(super) struct Operation {
    /// Its name, for example `GetGroups`.
    pub(super) name: &'static str,
    /// Its path, for example `/Groups`.
    pub(super) path: &'static str,
    /// The body.
    pub(super) input: Shape,
}

/// The required form of a value. Lengths are counted in characters.
#[derive(Debug)]
pub(super) enum Shape {
    /// A text.
    Text {
        min: usize,
        max: usize,
        pattern: Option<&'static str>,
    },
    /// One of these texts.
    Enum(&'static [&'static str]),
    /// A whole number.
    Integer { min: i64, max: i64 },
    /// A number.
    Double { min: f64, max: f64 },
    /// `true` or `false`.
    Boolean,
    /// A time, as [`Timestamp`](super::timestamp::Timestamp) parses it.
    Timestamp,
    /// A list with a limited length.
    List { member: &'static Shape, max: usize },
    /// An object with a limited number of members, with any names.
    Map {
        key: &'static Shape,
        value: &'static Shape,
        max: usize,
    },
    /// An object with these members.
    Structure(&'static [MemberShape]),
    /// An object with exactly one of these members.
    Union(&'static [MemberShape]),
}

/// A member of an object.
#[derive(Debug)]
pub(super) struct MemberShape {
    pub(super) name: &'static str,
    pub(super) required: bool,
    pub(super) shape: &'static Shape,
}

/// A member that every request has.
const fn required(name: &'static str, shape: &'static Shape) -> MemberShape {
    MemberShape {
        name,
        required: true,
        shape,
    }
}

/// A member that a request may lack.
const fn optional(name: &'static str, shape: &'static Shape) -> MemberShape {
    MemberShape {
        name,
        required: false,
        shape,
    }
}

/// The lists whose elements are checked separately, so that an invalid one does not affect the others: agents send
/// these, and ignore an answer that refuses all. A strict console refuses all, as AWS does.
const CHECKED_PER_ELEMENT: [(&str, &str); 2] = [
    ("GetSamplingTargets", "SamplingStatisticsDocuments"),
    ("GetSamplingTargets", "SamplingBoostStatisticsDocuments"),
];

/// Members of the model that the console ignores, with the reason. `docs/api.md` has the same rows. A member that is
/// neither listed here nor read by a handler is refused.
const IGNORED_MEMBERS: [(&str, &[&str], &str); 10] = [
    (
        "CreateSamplingRule",
        &["SamplingRule", "RuleARN"],
        "the console makes the ARN of a new rule",
    ),
    (
        "GetInsightSummaries",
        &["States"],
        "there are no insights in any state",
    ),
    (
        "GetInsightSummaries",
        &["MaxResults"],
        "there are no insights to count",
    ),
    (
        "GetInsightEvents",
        &["MaxResults"],
        "there are no insights to count",
    ),
    (
        "GetSamplingTargets",
        &["SamplingStatisticsDocuments", "Timestamp"],
        "the console counts by its own clock, because clients' clocks differ",
    ),
    (
        "GetSamplingTargets",
        &["SamplingBoostStatisticsDocuments", "Timestamp"],
        "the console counts by its own clock, because clients' clocks differ",
    ),
    (
        "PutTelemetryRecords",
        &["TelemetryRecords", "Timestamp"],
        "the console counts by its own clock, because clients' clocks differ",
    ),
    (
        "PutTelemetryRecords",
        &["EC2InstanceId"],
        "the sums of all daemons are kept, not who sent what",
    ),
    (
        "PutTelemetryRecords",
        &["Hostname"],
        "the sums of all daemons are kept, not who sent what",
    ),
    (
        "PutTelemetryRecords",
        &["ResourceARN"],
        "the sums of all daemons are kept, not who sent what",
    ),
];

/// Finds the operation at a path.
pub(super) fn operation(path: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.path == path)
}

impl Operation {
    /// Checks a request, and removes members that are null, unknown to the model, or ignored: a handler refuses every
    /// other member that it does not read.
    pub(super) fn check(&self, request: &mut Value, is_strict: bool) -> Result<(), Violation> {
        for (operation, path, _) in IGNORED_MEMBERS {
            if operation == self.name {
                in_seconds(request, path);
            }
        }
        self.input.check_but(request, &|member| {
            !is_strict && self.is_each_by_itself(member)
        })?;
        for (operation, path, _) in IGNORED_MEMBERS {
            // The elements of a list that are checked separately are also cleaned separately.
            if operation == self.name && !self.is_each_by_itself(path[0]) {
                take_out(request, path);
            }
        }
        Ok(())
    }

    fn is_each_by_itself(&self, member: &str) -> bool {
        CHECKED_PER_ELEMENT.contains(&(self.name, member))
    }

    /// Returns the required form of the elements of one of its lists.
    pub(super) fn element(&self, list: &str) -> Option<&'static Shape> {
        let Shape::Structure(members) = &self.input else {
            return None;
        };
        let member = members.iter().find(|member| member.name == list)?;
        match member.shape {
            Shape::List { member, .. } => Some(member),
            _ => None,
        }
    }
}

/// Makes seconds of a time in milliseconds that nobody heeds: AWS's SDK for Java and OpenTelemetry's remote sampler for
/// Java write them so, and X-Ray takes them.
fn in_seconds(value: &mut Value, path: &[&str]) {
    /// The year 5138 in seconds, and 1973 in milliseconds.
    const NO_SECONDS: f64 = 1e11;
    match (value, path) {
        (Value::Array(values), path) => {
            for value in values {
                in_seconds(value, path);
            }
        }
        (Value::Object(members), [first, rest @ ..]) => {
            if let Some(value) = members.get_mut(*first) {
                in_seconds(value, rest);
            }
        }
        (value @ Value::Number(_), []) => {
            if let Some(number) = value.as_f64().filter(|number| *number >= NO_SECONDS) {
                *value = (number / 1_000.0).into();
            }
        }
        _ => {}
    }
}

fn take_out(value: &mut Value, path: &[&str]) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(|value| take_out(value, path)),
        Value::Object(members) => match path {
            [] => {}
            [last] => {
                members.remove(*last);
            }
            [first, rest @ ..] => {
                if let Some(value) = members.get_mut(*first) {
                    take_out(value, rest);
                }
            }
        },
        _ => {}
    }
}

#[cfg(test)]
pub(super) mod tests;
