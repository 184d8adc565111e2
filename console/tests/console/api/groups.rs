//! Groups.

use serde_json::{Value, json};

use super::{ids, segment};
use crate::support::{Console, always};

#[test]
fn groups_have_a_map_of_their_own() {
    let console = Console::start();
    console.take(&[segment(1, r#","fault":true"#), segment(2, "")]);
    let made = console.call(
        "CreateGroup",
        &json!({ "GroupName": "broken", "FilterExpression": "fault" }),
    );
    let arn = &made["Group"]["GroupARN"];
    let names = |answer: &Value| {
        answer["Groups"]
            .as_array()
            .unwrap()
            .iter()
            .map(|group| group["GroupName"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names(&console.call("Groups", &json!({}))),
        ["Default", "broken"]
    );
    let total = |group: Value| {
        let mut request = always();
        request
            .as_object_mut()
            .unwrap()
            .extend(group.as_object().unwrap().clone());
        console.call("ServiceGraph", &request)["Services"][0]["SummaryStatistics"]["TotalCount"]
            .clone()
    };
    assert_eq!(total(json!({ "GroupARN": arn })), 1);
    assert_eq!(total(json!({ "GroupName": "Default" })), 2);
    console.call(
        "UpdateGroup",
        &json!({ "GroupARN": arn, "FilterExpression": "ok" }),
    );
    assert_eq!(
        console.call("GetGroup", &json!({ "GroupName": "broken" }))["Group"]["FilterExpression"],
        "ok"
    );
    let mut request = always();
    request["FilterExpression"] = r#"group.name = "broken""#.into();
    assert_eq!(ids(&console.call("TraceSummaries", &request)).len(), 1);
    console.call("DeleteGroup", &json!({ "GroupName": "broken" }));
    assert_eq!(
        console
            .fail("GetGroup", &json!({ "GroupName": "broken" }))
            .0,
        400
    );
    assert_eq!(
        console
            .fail(
                "CreateGroup",
                &json!({ "GroupName": "g", "FilterExpression": "fualt" })
            )
            .1["Position"],
        0
    );
}

#[test]
fn a_group_says_whether_its_insights_are_on() {
    let console = Console::start();
    let on = json!({ "InsightsEnabled": true, "NotificationsEnabled": true });
    let made = console.call(
        "CreateGroup",
        &json!({ "GroupName": "g", "InsightsConfiguration": on }),
    );
    assert_eq!(made["Group"]["InsightsConfiguration"], on);
    let of_group = json!({ "StartTime": 0, "EndTime": 1, "GroupName": "g", "States": ["ACTIVE"], "MaxResults": 5 });
    assert_eq!(
        console.call("InsightSummaries", &of_group)["InsightSummaries"],
        json!([])
    );
    let (_, error) = console.fail(
        "UpdateGroup",
        &json!({ "GroupName": "g", "InsightsConfiguration": { "NotificationsEnabled": true } }),
    );
    assert!(
        error["Message"]
            .as_str()
            .unwrap()
            .contains("needs InsightsEnabled"),
        "{error}"
    );
    let (_, error) = console.fail(
        "GetGroup",
        &json!({ "GroupARN": "arn:aws:xray:eu-west-1:123456789012:group/g" }),
    );
    assert!(
        error["Message"]
            .as_str()
            .unwrap()
            .contains("not an ARN of this console"),
        "{error}"
    );
}
