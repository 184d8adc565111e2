//! Tags of groups and sampling rules.

use serde_json::{Value, json};

use crate::support::Console;

const RULE: &str = "arn:aws:xray:local:000000000000:sampling-rule/r";
const GROUP: &str = "arn:aws:xray:local:000000000000:group/g";

/// A console with a rule and a group, each made with a tag.
fn tagged() -> Console {
    let console = Console::start();
    let rule = json!({ "RuleName": "r", "Priority": 1, "FixedRate": 0.5, "ReservoirSize": 1, "ServiceName": "*", "ServiceType": "*",
        "Host": "*", "HTTPMethod": "*", "URLPath": "*", "ResourceARN": "*", "Version": 1 });
    let tags = json!([{ "Key": "team", "Value": "shop" }]);
    let made = console.call(
        "CreateSamplingRule",
        &json!({ "SamplingRule": rule, "Tags": tags }),
    );
    assert_eq!(made["SamplingRuleRecord"]["SamplingRule"]["RuleARN"], RULE);
    let made = console.call("CreateGroup", &json!({ "GroupName": "g", "Tags": tags }));
    assert_eq!(made["Group"]["GroupARN"], GROUP);
    console
}

fn tags(console: &Console, arn: &str) -> Value {
    console.call("ListTagsForResource", &json!({ "ResourceARN": arn }))["Tags"].clone()
}

#[test]
fn what_is_made_with_tags_has_them_until_they_are_changed() {
    let console = tagged();
    for arn in [RULE, GROUP] {
        assert_eq!(
            tags(&console, arn),
            json!([{ "Key": "team", "Value": "shop" }])
        );
        let more = json!([{ "Key": "team", "Value": "cart" }, { "Key": "tier", "Value": "" }]);
        console.call("TagResource", &json!({ "ResourceARN": arn, "Tags": more }));
        assert_eq!(tags(&console, arn), more);
    }
    // A change of the thing is none of its tags.
    console.call(
        "UpdateGroup",
        &json!({ "GroupName": "g", "FilterExpression": "fault" }),
    );
    console.call(
        "UpdateSamplingRule",
        &json!({ "SamplingRuleUpdate": { "RuleName": "r", "Priority": 7 } }),
    );
    for arn in [RULE, GROUP] {
        let keys = json!(["team", "gone"]);
        console.call(
            "UntagResource",
            &json!({ "ResourceARN": arn, "TagKeys": keys }),
        );
        assert_eq!(tags(&console, arn), json!([{ "Key": "tier", "Value": "" }]));
    }
    // They go with it.
    console.call("DeleteGroup", &json!({ "GroupName": "g" }));
    let (status, _) = console.fail("ListTagsForResource", &json!({ "ResourceARN": GROUP }));
    assert_eq!(status, 404);
    console.call("CreateGroup", &json!({ "GroupName": "g" }));
    assert_eq!(tags(&console, GROUP), json!([]));
}

#[test]
fn who_has_no_tags_is_named() {
    let console = tagged();
    for (arn, part) in [
        (
            "arn:aws:xray:eu-west-1:123456789012:group/g",
            "not an ARN of this console",
        ),
        (
            "arn:aws:xray:local:000000000000:group/gone",
            "nothing with the ARN",
        ),
        ("g", "not an ARN of this console"),
    ] {
        for (operation, mut request) in [
            ("ListTagsForResource", json!({})),
            ("TagResource", json!({ "Tags": [] })),
            ("UntagResource", json!({ "TagKeys": [] })),
        ] {
            request["ResourceARN"] = arn.into();
            let (status, error) = console.fail(operation, &request);
            assert_eq!(
                (status, &error["__type"], &error["ResourceName"]),
                (404, &json!("ResourceNotFoundException"), &json!(arn))
            );
            assert!(error["Message"].as_str().unwrap().contains(part), "{error}");
        }
    }
}

#[test]
fn tags_that_cannot_be_make_nothing() {
    let console = tagged();
    let many = |count: usize| -> Vec<Value> {
        let tag = |key: usize| json!({ "Key": key.to_string(), "Value": "v" });
        (0..count).map(tag).collect()
    };
    let (status, error) = console.fail(
        "TagResource",
        &json!({ "ResourceARN": RULE, "Tags": many(50) }),
    );
    assert_eq!(
        (status, &error["__type"]),
        (400, &json!("TooManyTagsException"))
    );
    for bad in [
        many(51),
        vec![json!({ "Key": "aws:k", "Value": "v" })],
        vec![json!({ "Key": "k", "Value": "\u{1}" })],
        vec![json!({ "Key": "k", "Value": "v".repeat(257) })],
        vec![json!({ "Key": "k" })],
    ] {
        let (status, error) =
            console.fail("CreateGroup", &json!({ "GroupName": "h", "Tags": bad }));
        assert_eq!(
            (status, &error["__type"]),
            (400, &json!("InvalidRequestException"))
        );
        assert!(
            error["Message"].as_str().unwrap().contains("Tags"),
            "{error}"
        );
        console.fail("GetGroup", &json!({ "GroupName": "h" }));
    }
    assert_eq!(tags(&console, RULE).as_array().unwrap().len(), 1);
}
