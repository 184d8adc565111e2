//! What every operation refuses: no JSON, a wrong type, too long a text, a token, ARN or name that nothing has. Each with AWS's
//! exception and status, and a message that names the member.

mod handlers;
mod requests;

use console::Config;
use serde_json::{Value, json};

use crate::support::Console;
use requests::LENGTHS;

const INSIGHT: &str = "01234567-89ab-4cde-8f01-23456789abcd";
/// An ARN of another account and region, and one of this console that nothing has.
const FOREIGN: &str = "arn:aws:xray:eu-west-1:123456789012:group/Default";
const UNKNOWN: &str = "arn:aws:xray:local:000000000000:group/gone";

/// Returns every value within a request, each with its path as messages and as JSON pointers have it.
fn places(value: &Value, path: &str, pointer: &str, found: &mut Vec<(String, String)>) {
    found.push((path.to_owned(), pointer.to_owned()));
    let within = if path.is_empty() { "" } else { "." };
    for (member, value) in value.as_object().into_iter().flatten() {
        let (path, pointer) = (
            format!("{path}{within}{member}"),
            format!("{pointer}/{member}"),
        );
        places(value, &path, &pointer, found);
    }
    for (index, value) in value.as_array().into_iter().flatten().enumerate() {
        let (path, pointer) = (format!("{path}[{index}]"), format!("{pointer}/{index}"));
        places(value, &path, &pointer, found);
    }
}

/// A value of another type.
fn other(value: &Value) -> Value {
    match value {
        Value::String(_) => json!(7),
        Value::Number(_) | Value::Bool(_) => json!("soon"),
        Value::Object(_) => json!([]),
        Value::Array(_) => json!({}),
        Value::Null => json!(0),
    }
}

#[track_caller]
fn refused(console: &Console, operation: &str, request: &Value, words: &str) {
    let (status, error) = console.fail(operation, request);
    assert_eq!(
        (status, &error["__type"]),
        (400, &json!("InvalidRequestException")),
        "{operation} {request}: {error}"
    );
    let message = error["Message"].as_str().unwrap();
    assert!(
        message.starts_with(words),
        "{operation}: {words:?}, not {message:?}"
    );
}

#[test]
fn a_member_of_a_wrong_type_is_named() {
    let strict = Config {
        strict: true,
        ..Config::default()
    };
    let [console, strict] = [Config::default(), strict].map(Console::start_with);
    assert_eq!(requests::all().len(), 38);
    for (operation, request) in requests::all() {
        let mut found = Vec::new();
        places(&request, "", "", &mut found);
        for (path, pointer) in found {
            let mut wrong = request.clone();
            let value = wrong.pointer_mut(&pointer).unwrap();
            *value = other(value);
            let words = match path.as_str() {
                "" => "the body is []; it must be an object".to_owned(),
                path => format!("{path} is {value}; it must be "),
            };
            refused(&strict, operation, &wrong, &words);
            // Of the reports on sampling, one that is wrong costs no other one.
            if operation == "SamplingTargets" && path.contains('[') {
                let answer = console.call(operation, &wrong).to_string();
                assert!(answer.contains("Unprocessed"), "{answer}");
                let (_, member) = path.split_once(']').unwrap();
                assert!(answer.contains(member.trim_start_matches('.')), "{answer}");
            } else {
                refused(&console, operation, &wrong, &words);
            }
        }
    }
}

#[test]
fn a_body_that_is_no_json_is_said_to_be_none() {
    let console = Console::start();
    for (operation, _) in requests::all() {
        for body in ["{", "{\"a\":1}x", "no", "\u{feff}{}"] {
            let answer = console.ask("POST", &format!("/{operation}"), &[], body.as_bytes());
            let error = answer.json();
            assert_eq!(
                (answer.status, &error["__type"]),
                (400, &json!("InvalidRequestException")),
                "{operation}"
            );
            assert!(
                error["Message"]
                    .as_str()
                    .unwrap()
                    .starts_with("the body is no JSON: "),
                "{operation}: {error}"
            );
        }
    }
}

#[test]
fn a_text_beyond_its_length_is_named() {
    let console = Console::start();
    let requests = requests::all();
    for (operation, pointer, most) in LENGTHS {
        let (_, request) = requests
            .iter()
            .find(|(name, _)| *name == operation)
            .unwrap();
        let mut found = Vec::new();
        places(request, "", "", &mut found);
        let (path, _) = found.iter().find(|(_, one)| one == pointer).unwrap();
        let mut long = request.clone();
        *long.pointer_mut(pointer).unwrap() = "x".repeat(most + 1).into();
        let words = format!("{path} has {} characters; it must have ", most + 1);
        refused(&console, operation, &long, &words);
    }
}

#[test]
fn a_token_that_no_answer_had_is_refused_and_so_is_an_empty_one() {
    let console = Console::start();
    let retrieval = json!({ "TraceIds": [], "StartTime": 0, "EndTime": 1 });
    let job = console.call("StartTraceRetrieval", &retrieval)["RetrievalToken"].clone();
    let mut paged = 0;
    for (operation, mut request) in requests::all() {
        if request.get("NextToken").is_none() {
            continue;
        }
        paged += 1;
        let members = request.as_object_mut().unwrap();
        for member in ["GroupARN", "ForecastStatistics"] {
            members.remove(member);
        }
        for token in ["", "t", "0123456789abcdef0123456789abcdef"] {
            if members.contains_key("RetrievalToken") {
                members.insert("RetrievalToken".to_owned(), job.clone());
            }
            members.insert("NextToken".to_owned(), token.into());
            refused(&console, operation, &json!(members), "NextToken ");
        }
    }
    assert_eq!(paged, 16);
}

#[test]
fn a_group_or_rule_of_another_account_or_none_is_named() {
    let console = Console::start();
    for arn in [FOREIGN, UNKNOWN, "g"] {
        for operation in [
            "GetGroup",
            "DeleteGroup",
            "UpdateGroup",
            "ServiceGraph",
            "TimeSeriesServiceStatistics",
            "InsightSummaries",
        ] {
            let mut request = json!({ "GroupARN": arn });
            if !operation.ends_with("Group") {
                request["StartTime"] = 0.into();
                request["EndTime"] = 1.into();
            }
            let words = format!("GroupARN is {arn}");
            refused(&console, operation, &request, &words);
        }
        let words = format!("RuleARN is {arn}");
        refused(
            &console,
            "DeleteSamplingRule",
            &json!({ "RuleARN": arn }),
            &words,
        );
        let change = json!({ "SamplingRuleUpdate": { "RuleARN": arn, "Priority": 7 } });
        refused(&console, "UpdateSamplingRule", &change, &words);
    }
    console.call("CreateGroup", &json!({ "GroupName": "g" }));
    let arn = &console.call("GetGroup", &json!({ "GroupName": "Default" }))["Group"]["GroupARN"];
    let both = json!({ "GroupName": "g", "GroupARN": arn });
    refused(
        &console,
        "GetGroup",
        &both,
        "GroupName and GroupARN are those of two",
    );
}

#[test]
fn a_name_that_nothing_has_is_named() {
    let console = Console::start();
    for (operation, member) in [
        ("GetGroup", "GroupName"),
        ("DeleteGroup", "GroupName"),
        ("UpdateGroup", "GroupName"),
        ("ServiceGraph", "GroupName"),
        ("TimeSeriesServiceStatistics", "GroupName"),
        ("InsightSummaries", "GroupName"),
        ("DeleteSamplingRule", "RuleName"),
        ("DeleteResourcePolicy", "PolicyName"),
    ] {
        let request = json!({ member: "gone", "StartTime": 0, "EndTime": 1 });
        refused(
            &console,
            operation,
            &request,
            &format!("{member} is gone; "),
        );
    }
    let change = json!({ "SamplingRuleUpdate": { "RuleName": "gone" } });
    refused(
        &console,
        "UpdateSamplingRule",
        &change,
        "RuleName is gone; ",
    );
    for operation in ["Insight", "InsightEvents", "InsightImpactGraph"] {
        let request = json!({ "InsightId": INSIGHT, "StartTime": 0, "EndTime": 1 });
        refused(&console, operation, &request, "InsightId is 0123");
    }
}

#[test]
fn a_resource_that_is_not_there_is_not_found() {
    let console = Console::start();
    let rule = json!({ "Probabilistic": { "DesiredSamplingPercentage": 1 } });
    for (operation, member, name) in [
        ("UpdateIndexingRule", "Name", "gone"),
        ("ListTagsForResource", "ResourceARN", UNKNOWN),
        ("TagResource", "ResourceARN", FOREIGN),
        ("UntagResource", "ResourceARN", FOREIGN),
        ("ListRetrievedTraces", "RetrievalToken", "gone"),
        ("GetRetrievedTracesGraph", "RetrievalToken", "gone"),
        ("CancelTraceRetrieval", "RetrievalToken", "gone"),
    ] {
        let request = json!({ member: name, "Rule": rule, "Tags": [], "TagKeys": [] });
        let (status, error) = console.fail(operation, &request);
        assert_eq!(
            (status, &error["__type"], &error["ResourceName"]),
            (404, &json!("ResourceNotFoundException"), &json!(name)),
            "{operation}"
        );
        let message = error["Message"].as_str().unwrap();
        assert!(
            message.starts_with(&format!("{member} is {name}")),
            "{message}"
        );
    }
}

#[test]
fn insights_are_asked_for_as_aws_wants_it() {
    let console = Console::start();
    let late = json!({ "StartTime": 2, "EndTime": 1 });
    refused(&console, "InsightSummaries", &late, "EndTime ");
    let mut late_graph = late;
    late_graph["InsightId"] = INSIGHT.into();
    refused(&console, "InsightImpactGraph", &late_graph, "EndTime ");
    for (operation, request, words) in [
        (
            "InsightSummaries",
            json!({ "EndTime": 1 }),
            "StartTime is missing",
        ),
        (
            "InsightSummaries",
            json!({ "StartTime": 1 }),
            "EndTime is missing",
        ),
        (
            "InsightSummaries",
            json!({ "StartTime": 0, "EndTime": 1, "States": ["OPEN"] }),
            "States[0] is \"OPEN\"; it must be ACTIVE or CLOSED",
        ),
        (
            "InsightSummaries",
            json!({ "StartTime": 0, "EndTime": 1, "States": ["ACTIVE", "CLOSED"] }),
            "States has 2 members; at most 1 ",
        ),
        (
            "InsightSummaries",
            json!({ "StartTime": 0, "EndTime": 1, "MaxResults": 101 }),
            "MaxResults is 101; it must be 1 to 100",
        ),
        ("Insight", json!({}), "InsightId is missing"),
        (
            "Insight",
            json!({ "InsightId": "" }),
            "InsightId is \"\"; it must be written like ",
        ),
        ("InsightEvents", json!({}), "InsightId is missing"),
        (
            "InsightEvents",
            json!({ "InsightId": INSIGHT, "MaxResults": 0 }),
            "MaxResults is 0; it must be 1 to 50",
        ),
        (
            "InsightEvents",
            json!({ "InsightId": "i" }),
            "InsightId is \"i\"; it must be written like ",
        ),
        (
            "InsightImpactGraph",
            json!({ "InsightId": INSIGHT, "StartTime": 0 }),
            "EndTime is missing",
        ),
        (
            "InsightImpactGraph",
            json!({ "StartTime": 0, "EndTime": 1 }),
            "InsightId is missing",
        ),
    ] {
        refused(&console, operation, &request, words);
    }
}
