//! The requests of Terraform's AWS provider, in its order: after each change it reads the result, with its tags.

use end_to_end::{Console, Result};
use serde_json::{Value, json};

use crate::aws_sdks::{
    client::{Client, Program},
    go::client,
};

fn terraform(console: &Console) -> Result<Client> {
    let program = Program::start(client()?, console)?;
    Ok(Client::Program(Box::new(program)))
}

/// Reads a resource's tags, changes them as a plan would, and reads them again.
async fn tags(terraform: &mut Client, arn: &Value) -> Result<()> {
    let read = json!({ "ResourceARN": arn });
    let found = terraform
        .output("ListTagsForResource", read.clone())
        .await?;
    assert_eq!(found["Tags"], json!([{ "Key": "Name", "Value": "made" }]));
    let untag = json!({ "ResourceARN": arn, "TagKeys": ["Name"] });
    terraform.output("UntagResource", untag).await?;
    let tags = json!([{ "Key": "Owner", "Value": "changed" }]);
    let tag = json!({ "ResourceARN": arn, "Tags": tags });
    terraform.output("TagResource", tag).await?;
    let found = terraform.output("ListTagsForResource", read).await?;
    assert_eq!(found["Tags"], tags);
    Ok(())
}

#[tokio::test]
async fn a_sampling_rule_is_made_read_changed_and_destroyed() -> Result<()> {
    let console = Console::start().await?;
    let mut terraform = terraform(&console)?;
    let rule = json!({ "RuleName": "example", "Priority": 9999, "Version": 1, "ReservoirSize": 1, "FixedRate": 0.05, "URLPath": "*",
        "Host": "*", "HTTPMethod": "*", "ServiceType": "*", "ServiceName": "*", "ResourceARN": "*", "Attributes": { "Hello": "World" } });
    let create = json!({ "SamplingRule": rule, "Tags": [{ "Key": "Name", "Value": "made" }] });
    terraform.output("CreateSamplingRule", create).await?;
    let records = terraform.output("GetSamplingRules", json!({})).await?;
    let made = &records["SamplingRuleRecords"][0]["SamplingRule"];
    assert_eq!(
        (&made["RuleName"], &made["FixedRate"], &made["Attributes"]),
        (&rule["RuleName"], &rule["FixedRate"], &rule["Attributes"])
    );
    tags(&mut terraform, &made["RuleARN"]).await?;
    let mut change = rule;
    change["Priority"] = 5.into();
    let members = change.as_object_mut().ok_or("no object")?;
    members.remove("Version");
    let update = json!({ "SamplingRuleUpdate": change });
    terraform.output("UpdateSamplingRule", update).await?;
    let records = terraform.output("GetSamplingRules", json!({})).await?;
    assert_eq!(
        records["SamplingRuleRecords"][0]["SamplingRule"]["Priority"],
        5
    );
    terraform
        .output("DeleteSamplingRule", json!({ "RuleName": "example" }))
        .await?;
    let records = terraform.output("GetSamplingRules", json!({})).await?;
    let names = records["SamplingRuleRecords"].as_array().map(Vec::len);
    assert_eq!(names, Some(1), "the Default rule alone");
    Ok(())
}

#[tokio::test]
async fn a_group_is_made_read_changed_and_destroyed() -> Result<()> {
    let console = Console::start().await?;
    let mut terraform = terraform(&console)?;
    let create = json!({ "GroupName": "example", "FilterExpression": "responsetime > 5", "Tags": [{ "Key": "Name", "Value": "made" }] });
    let made = terraform.output("CreateGroup", create).await?;
    let arn = &made["Group"]["GroupARN"];
    let group = terraform
        .output("GetGroup", json!({ "GroupARN": arn }))
        .await?;
    assert_eq!(
        group["Group"]["InsightsConfiguration"],
        json!({ "InsightsEnabled": false, "NotificationsEnabled": false })
    );
    tags(&mut terraform, arn).await?;
    let on = json!({ "InsightsEnabled": true, "NotificationsEnabled": true });
    let update = json!({ "GroupARN": arn, "FilterExpression": "responsetime > 10", "InsightsConfiguration": on });
    terraform.output("UpdateGroup", update).await?;
    let group = terraform
        .output("GetGroup", json!({ "GroupARN": arn }))
        .await?;
    assert_eq!(
        (
            &group["Group"]["FilterExpression"],
            &group["Group"]["InsightsConfiguration"]
        ),
        (&json!("responsetime > 10"), &on)
    );
    terraform
        .output("DeleteGroup", json!({ "GroupARN": arn }))
        .await?;
    // It looks whether it is gone.
    let gone = terraform
        .call("GetGroup", &json!({ "GroupARN": arn }))
        .await?;
    assert_eq!(gone.error.as_deref(), Some("InvalidRequestException"));
    Ok(())
}

#[tokio::test]
async fn an_accounts_settings_are_made_read_and_set_back() -> Result<()> {
    let console = Console::start().await?;
    let mut terraform = terraform(&console)?;
    terraform
        .output(
            "PutEncryptionConfig",
            json!({ "Type": "KMS", "KeyId": "alias/x-ray" }),
        )
        .await?;
    // It waits until it is active.
    let config = terraform.output("GetEncryptionConfig", json!({})).await?;
    assert_eq!(config["EncryptionConfig"]["Status"], "ACTIVE");

    let policy = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "xray:*", "Resource": "*" }] });
    let put = json!({ "PolicyName": "test", "PolicyDocument": policy.to_string(), "BypassPolicyLockoutCheck": true });
    let put = terraform.output("PutResourcePolicy", put).await?;
    let listed = terraform.output("ListResourcePolicies", json!({})).await?;
    assert_eq!(listed["ResourcePolicies"][0], put["ResourcePolicy"]);
    let revision = &put["ResourcePolicy"]["PolicyRevisionId"];
    let delete = json!({ "PolicyName": "test", "PolicyRevisionId": revision });
    terraform.output("DeleteResourcePolicy", delete).await?;

    let rule = json!({ "Name": "Default", "Rule": { "Probabilistic": { "DesiredSamplingPercentage": 66.0 } } });
    terraform.output("UpdateIndexingRule", rule).await?;
    let rules = terraform.output("GetIndexingRules", json!({})).await?;
    assert_eq!(
        rules["IndexingRules"][0]["Rule"]["Probabilistic"]["DesiredSamplingPercentage"],
        66.0
    );

    let destination = json!({ "Destination": "CloudWatchLogs" });
    terraform
        .output("UpdateTraceSegmentDestination", destination.clone())
        .await?;
    let set = terraform
        .output("GetTraceSegmentDestination", json!({}))
        .await?;
    assert_eq!(
        (&set["Destination"], &set["Status"]),
        (&destination["Destination"], &json!("ACTIVE"))
    );
    // Applied again it is no error to it, if the message has these words.
    let again = terraform
        .call("UpdateTraceSegmentDestination", &destination)
        .await?;
    let said = again.message.unwrap_or_default();
    assert!(
        said.contains("The destination is already set to CloudWatchLogs"),
        "{said}"
    );
    Ok(())
}
