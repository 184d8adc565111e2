//! Settings of an account: encryption, destination, indexing, resource policies.

use serde_json::{Value, json};

use crate::support::Console;

#[test]
fn encryption_is_kept_as_it_is_put() {
    let console = Console::start();
    let get = || console.call("EncryptionConfig", &json!({}))["EncryptionConfig"].clone();
    let put =
        |request: Value| console.call("PutEncryptionConfig", &request)["EncryptionConfig"].clone();
    let kms = json!({ "Type": "KMS", "KeyId": "alias/shop" });
    assert_eq!(
        put(kms),
        json!({ "Type": "KMS", "KeyId": "alias/shop", "Status": "UPDATING" })
    );
    assert_eq!(
        get(),
        json!({ "Type": "KMS", "KeyId": "alias/shop", "Status": "ACTIVE" })
    );
    for (request, part) in [
        (json!({}), "Type is missing"),
        (json!({ "Type": "AES" }), "NONE or KMS"),
        (json!({ "Type": "KMS" }), "KeyId is missing"),
        (
            json!({ "Type": "NONE", "KeyId": "alias/shop" }),
            "alias/shop",
        ),
    ] {
        let (status, error) = console.fail("PutEncryptionConfig", &request);
        assert_eq!(
            (status, &error["__type"]),
            (400, &json!("InvalidRequestException"))
        );
        assert!(error["Message"].as_str().unwrap().contains(part), "{error}");
    }
    assert_eq!(put(json!({ "Type": "NONE" }))["Status"], "UPDATING");
    assert_eq!(get(), json!({ "Type": "NONE", "Status": "ACTIVE" }));
}

#[test]
fn the_destination_is_set_once() {
    let console = Console::start();
    let set = json!({ "Destination": "CloudWatchLogs" });
    assert_eq!(
        console.call("UpdateTraceSegmentDestination", &set),
        json!({ "Destination": "CloudWatchLogs", "Status": "PENDING" })
    );
    assert_eq!(
        console.call("GetTraceSegmentDestination", &json!({})),
        json!({ "Destination": "CloudWatchLogs", "Status": "ACTIVE" })
    );
    let (status, error) = console.fail("UpdateTraceSegmentDestination", &set);
    assert_eq!(
        (status, &error["__type"]),
        (400, &json!("InvalidRequestException"))
    );
    // Terraform looks for these words.
    assert_eq!(
        error["Message"],
        "The destination is already set to CloudWatchLogs"
    );
    console.fail("UpdateTraceSegmentDestination", &json!({}));
    console.fail(
        "UpdateTraceSegmentDestination",
        &json!({ "Destination": "S3" }),
    );
}

#[test]
fn the_indexing_rule_changes_and_is_the_only_one() {
    let console = Console::start();
    let update = |name: &str, percentage: f64| json!({ "Name": name, "Rule": { "Probabilistic": { "DesiredSamplingPercentage": percentage } } });
    let made = console.call("UpdateIndexingRule", &update("Default", 12.5));
    let listed = console.call("GetIndexingRules", &json!({}));
    assert_eq!(listed["IndexingRules"], json!([made["IndexingRule"]]));
    assert_eq!(
        made["IndexingRule"]["Rule"],
        json!({ "Probabilistic": { "DesiredSamplingPercentage": 12.5, "ActualSamplingPercentage": 100.0 } })
    );
    let (status, error) = console.fail("UpdateIndexingRule", &update("Other", 1.0));
    assert_eq!(
        (status, &error["__type"], &error["ResourceName"]),
        (404, &json!("ResourceNotFoundException"), &json!("Other"))
    );
    assert_eq!(
        console
            .fail("UpdateIndexingRule", &update("Default", 101.0))
            .0,
        400
    );
}

#[test]
fn policies_are_put_by_revision_listed_and_deleted() {
    let console = Console::start();
    let document = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": { "Service": "sns.amazonaws.com" },
        "Action": "xray:PutTraceSegments", "Resource": "*" }] });
    let put = |name: &str, revision: Option<&str>| json!({ "PolicyName": name, "PolicyDocument": document.to_string(), "PolicyRevisionId": revision });
    let made = console.call("PutResourcePolicy", &put("sns", Some("0")));
    let policy = &made["ResourcePolicy"];
    assert_eq!(
        (
            &policy["PolicyName"],
            &policy["PolicyDocument"],
            &policy["PolicyRevisionId"]
        ),
        (&json!("sns"), &json!(document.to_string()), &json!("1"))
    );
    assert!(policy["LastUpdatedTime"].as_f64().unwrap() > 1.0e9);
    for number in 0..4 {
        console.call("PutResourcePolicy", &put(&format!("p{number}"), None));
    }
    let large = json!({ "PolicyName": "p0", "PolicyDocument": " ".repeat(5 * 1024 + 1) });
    let denies = document
        .to_string()
        .replace("Allow", "Deny")
        .replace(r#"{"Service":"sns.amazonaws.com"}"#, r#""*""#)
        .replace("PutTraceSegments", "*");
    for (operation, request, code) in [
        (
            "PutResourcePolicy",
            put("more", None),
            "PolicyCountLimitExceededException",
        ),
        (
            "PutResourcePolicy",
            put("sns", Some("0")),
            "InvalidPolicyRevisionIdException",
        ),
        (
            "PutResourcePolicy",
            large,
            "PolicySizeLimitExceededException",
        ),
        (
            "PutResourcePolicy",
            json!({ "PolicyName": "p0", "PolicyDocument": "{}" }),
            "MalformedPolicyDocumentException",
        ),
        (
            "PutResourcePolicy",
            json!({ "PolicyName": "p0", "PolicyDocument": denies }),
            "LockoutPreventionException",
        ),
        (
            "PutResourcePolicy",
            put("a b", None),
            "InvalidRequestException",
        ),
        (
            "DeleteResourcePolicy",
            json!({ "PolicyName": "sns", "PolicyRevisionId": "7" }),
            "InvalidPolicyRevisionIdException",
        ),
        (
            "DeleteResourcePolicy",
            json!({ "PolicyName": "gone" }),
            "InvalidRequestException",
        ),
    ] {
        let (status, error) = console.fail(operation, &request);
        assert_eq!((status, &error["__type"]), (400, &json!(code)), "{error}");
    }
    console.call(
        "DeleteResourcePolicy",
        &json!({ "PolicyName": "sns", "PolicyRevisionId": "1" }),
    );
    let listed = console.call("ListResourcePolicies", &json!({}));
    let names: Vec<_> = listed["ResourcePolicies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|policy| &policy["PolicyName"])
        .collect();
    assert_eq!(names, ["p0", "p1", "p2", "p3"]);
}
