//! The tables as a whole, and what is said of requests that are not as they must be.

use serde_json::json;

use super::*;

/// Every shape of every operation.
fn shapes() -> Vec<&'static Shape> {
    let mut found: Vec<&Shape> = tables::OPERATIONS.iter().map(|one| &one.input).collect();
    let mut next = 0;
    while let Some(shape) = found.get(next) {
        next += 1;
        match shape {
            Shape::List { member, .. } => found.push(member),
            Shape::Map { key, value, .. } => found.extend([*key, *value]),
            Shape::Structure(members) | Shape::Union(members) => {
                found.extend(members.iter().map(|member| member.shape));
            }
            _ => {}
        }
    }
    found
}

/// A text that fits a pattern, from the first character of each class.
fn fitting(pattern: &str) -> String {
    match pattern {
        r"[\w+=,.@-]+" => "policy".to_owned(),
        other => {
            assert!(other.starts_with("[0-9a-fA-F]{8}-"), "{other} is new");
            "01234567-89ab-1def-8123-456789abcdef".to_owned()
        }
    }
}

/// A value of a shape that has every member.
pub(in crate::serve) fn example(shape: &Shape) -> Value {
    match shape {
        Shape::Text {
            pattern: Some(pattern),
            ..
        } => fitting(pattern).into(),
        Shape::Text { min, .. } => "a".repeat(*min.max(&1)).into(),
        Shape::Enum(values) => values[0].into(),
        Shape::Integer { min, .. } => (*min).max(1).into(),
        Shape::Double { .. } => 0.5.into(),
        Shape::Boolean => true.into(),
        Shape::Timestamp => 1.5.into(),
        Shape::List { member, .. } => json!([example(member)]),
        Shape::Map { value, .. } => json!({ "key": example(value) }),
        Shape::Structure(members) | Shape::Union(members) => {
            let members = members.iter();
            members
                .map(|member| (member.name.to_owned(), example(member.shape)))
                .collect()
        }
    }
}

#[test]
fn every_pattern_of_the_model_can_be_read() {
    let patterns = shapes().into_iter().filter_map(|shape| match shape {
        Shape::Text { pattern, .. } => *pattern,
        _ => None,
    });
    for wanted in patterns {
        assert!(pattern::fits(wanted, &fitting(wanted)), "{wanted}");
        assert!(!pattern::fits(wanted, "no such text"), "{wanted}");
    }
}

#[test]
fn what_is_spared_and_what_is_not_heeded_is_in_the_model() {
    let find = |name: &str| tables::OPERATIONS.iter().find(|one| one.name == name);
    for (name, list) in CHECKED_PER_ELEMENT {
        assert!(find(name).unwrap().element(list).is_some(), "{name} {list}");
    }
    for (name, path, _) in IGNORED_MEMBERS {
        let mut shape = &find(name).unwrap().input;
        for part in path {
            let Shape::Structure(members) = shape else {
                panic!("{name}: there is nothing in {shape:?}");
            };
            let member = members.iter().find(|member| member.name == *part);
            shape = match member
                .unwrap_or_else(|| panic!("{name} has no {part}"))
                .shape
            {
                Shape::List { member, .. } => member,
                shape => shape,
            };
        }
    }
}

#[track_caller]
fn refused(path: &str, mut request: Value) -> String {
    let operation = operation(path).unwrap();
    operation
        .check(&mut request, false)
        .unwrap_err()
        .to_string()
}

#[test]
fn what_is_wrong_is_named_with_its_value_and_what_is_right() {
    let rule = |more: Value| {
        let mut rule = json!({ "RuleName": "r", "Priority": 1, "FixedRate": 0.5, "ReservoirSize": 1, "ServiceName": "*",
            "ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "*", "ResourceARN": "*", "Version": 1 });
        for (member, value) in more.as_object().unwrap() {
            rule[member] = value.clone();
        }
        json!({ "SamplingRule": rule })
    };
    for (path, request, expected) in [
        (
            "/GetGroup",
            json!([]),
            "the body is []; it must be an object",
        ),
        ("/CreateGroup", json!({}), "GroupName is missing"),
        (
            "/CreateGroup",
            json!({ "GroupName": null }),
            "GroupName is missing",
        ),
        (
            "/CreateGroup",
            json!({ "GroupName": 7 }),
            "GroupName is 7; it must be a text",
        ),
        (
            "/CreateGroup",
            json!({ "GroupName": "" }),
            "GroupName has 0 characters; it must have 1 to 32",
        ),
        (
            "/CreateGroup",
            json!({ "GroupName": "\u{fc}".repeat(33) }),
            "GroupName has 33 characters; it must have 1 to 32",
        ),
        (
            "/CreateGroup",
            json!({ "GroupName": "g", "Tags": [{ "Key": "k" }] }),
            "Tags[0].Value is missing",
        ),
        (
            "/CreateGroup",
            json!({ "GroupName": "g", "InsightsConfiguration": { "InsightsEnabled": "yes" } }),
            "InsightsConfiguration.InsightsEnabled is \"yes\"; it must be true or false",
        ),
        (
            "/CreateSamplingRule",
            rule(json!({ "Priority": 10_000 })),
            "SamplingRule.Priority is 10000; it must be 1 to 9999",
        ),
        (
            "/CreateSamplingRule",
            rule(json!({ "Priority": 1.5 })),
            "SamplingRule.Priority is 1.5; it must be a whole number",
        ),
        (
            "/CreateSamplingRule",
            rule(json!({ "FixedRate": 5 })),
            "SamplingRule.FixedRate is 5; it must be 0 to 1",
        ),
        (
            "/CreateSamplingRule",
            rule(json!({ "Attributes": { "": "v" } })),
            "SamplingRule.Attributes has the key \"\", which has 0 characters; it must have 1 to 32",
        ),
        (
            "/CreateSamplingRule",
            rule(json!({ "Attributes": { "tier": 1 } })),
            "SamplingRule.Attributes.tier is 1; it must be a text",
        ),
        (
            "/TraceSummaries",
            json!({ "StartTime": "soon", "EndTime": 1 }),
            "StartTime is \"soon\"; it must be a time: seconds since 1970, or 2026-11-22T19:43:50Z",
        ),
        (
            "/TraceSummaries",
            json!({ "StartTime": 1, "EndTime": 1, "TimeRangeType": "Id" }),
            "TimeRangeType is \"Id\"; it must be TraceId or Event or Service",
        ),
        (
            "/StartTraceRetrieval",
            json!({ "TraceIds": vec!["1"; 101], "StartTime": 1, "EndTime": 1 }),
            "TraceIds has 101 members; at most 100 are allowed",
        ),
        (
            "/DeleteResourcePolicy",
            json!({ "PolicyName": "a b" }),
            "PolicyName is \"a b\"; it must be written like [\\w+=,.@-]+",
        ),
        (
            "/UpdateIndexingRule",
            json!({ "Name": "Default", "Rule": {} }),
            "Rule is {}; it must be an object with Probabilistic",
        ),
    ] {
        assert_eq!(refused(path, request), expected, "{path}");
    }
}

#[test]
fn what_is_null_unknown_or_not_heeded_is_taken_out() {
    let mut request = json!({ "TelemetryRecords": [{ "Timestamp": 1, "Later": 1 }], "Hostname": "h", "ResourceARN": null, "Other": {} });
    let operation = operation("/TelemetryRecords").unwrap();
    operation.check(&mut request, true).unwrap();
    assert_eq!(request, json!({ "TelemetryRecords": [{}] }));
}

#[test]
fn documents_of_agents_are_checked_together_only_by_a_strict_console() {
    let request = || json!({ "SamplingStatisticsDocuments": [{ "RuleName": "r" }] });
    let operation = operation("/SamplingTargets").unwrap();
    assert_eq!(operation.check(&mut request(), false), Ok(()));
    let violation = operation.check(&mut request(), true).unwrap_err();
    assert_eq!(
        violation.to_string(),
        "SamplingStatisticsDocuments[0].ClientID is missing"
    );
    let too_many = json!({ "SamplingStatisticsDocuments": vec![json!({}); 26] });
    assert!(refused("/SamplingTargets", too_many).contains("at most 25"));
}

#[test]
fn the_page_about_the_api_names_what_is_not_heeded() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/api.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, rows) = page
        .split_once("| operation | member | why |\n|---|---|---|\n")
        .unwrap();
    let rows: Vec<&str> = rows.lines().take_while(|row| !row.is_empty()).collect();
    let expected = IGNORED_MEMBERS
        .map(|(operation, path, why)| format!("| {operation} | {} | {why} |", path.join(".")));
    assert_eq!(rows, expected);
}
