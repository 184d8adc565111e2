//! Every operation, with answers whose content is compared, and refusals.

use std::collections::BTreeSet;

use end_to_end::{Result, eventually};
use serde_json::{Value, json};

use super::client::{Client, Reply};

/// The second within the ids; every time is a whole number of milliseconds, which every SDK keeps.
const AT: u32 = 0x5f84_c7a1;
/// How many operations the API has.
const OPERATIONS: usize = 38;
/// What is another one at every console.
const OF_THE_MOMENT: [&str; 8] = [
    "RetrievalToken",
    "CreatedAt",
    "ModifiedAt",
    "LastRuleModification",
    "LastUpdatedTime",
    "ApproximateTime",
    "ReservoirQuotaTTL",
    "BoostRateTTL",
];

/// An operation that was asked, and what came back.
pub(super) type Made = (String, Reply);

/// The calls that were made so far.
struct Run<'c> {
    client: &'c mut Client,
    replies: Vec<Made>,
}

/// Makes all calls at an empty console and returns what came back, without what is another one every time.
pub(super) async fn run(client: &mut Client) -> Result<Vec<Made>> {
    let mut run = Run {
        client,
        replies: Vec::new(),
    };
    run.traces().await?;
    run.graphs().await?;
    run.groups().await?;
    run.rules().await?;
    run.account().await?;
    run.retrievals().await?;
    run.insights().await?;
    run.refusals().await?;
    let made: BTreeSet<_> = run.replies.iter().map(|(operation, _)| operation).collect();
    assert_eq!(made.len(), OPERATIONS, "{made:?}");
    Ok(run.replies)
}

impl Run<'_> {
    /// Makes a call that must succeed.
    async fn call(&mut self, operation: &str, input: Value) -> Result<Value> {
        let output = self.client.output(operation, input).await?;
        let mut kept = output.clone();
        if operation == "GetSamplingStatisticSummaries" {
            kept["SamplingStatisticSummaries"][0]["Timestamp"] = Value::Null;
        }
        let reply = Reply {
            output: Some(plain(kept)),
            error: None,
            message: None,
            status: None,
            request_id: None,
        };
        self.replies.push((operation.to_owned(), reply));
        Ok(output)
    }

    /// Makes a call that must be refused.
    async fn fails(
        &mut self,
        operation: &str,
        input: Value,
        error: &str,
        part: &str,
    ) -> Result<()> {
        let mut reply = self.client.call(operation, &input).await?;
        reply.request_id = None;
        assert_eq!(
            reply.error.as_deref(),
            Some(error),
            "{operation} {input}: {reply:?}"
        );
        let message = reply.message.as_deref().unwrap_or_default();
        assert!(message.contains(part), "{operation} {input}: {reply:?}");
        self.replies.push((operation.to_owned(), reply));
        Ok(())
    }

    async fn traces(&mut self) -> Result<()> {
        let answer = self
            .call(
                "PutTraceSegments",
                json!({ "TraceSegmentDocuments": documents() }),
            )
            .await?;
        assert_eq!(
            answer["UnprocessedTraceSegments"][0]["ErrorCode"],
            "MissingId"
        );
        let record = json!({ "Timestamp": AT, "SegmentsReceivedCount": 3, "BackendConnectionErrors": { "HTTPCode4XXCount": 1 } });
        self.call(
            "PutTelemetryRecords",
            json!({ "TelemetryRecords": [record], "Hostname": "h" }),
        )
        .await?;
        let mut range = range();
        range["FilterExpression"] = "fault AND annotation.tier = \"gold\"".into();
        range["TimeRangeType"] = "Event".into();
        range["Sampling"] = true.into();
        range["SamplingStrategy"] = json!({ "Name": "FixedRate", "Value": 1.0 });
        let answer = self.call("GetTraceSummaries", range).await?;
        let [summary] = answer["TraceSummaries"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default()
        else {
            panic!("{answer:#}");
        };
        assert_eq!(
            (
                &summary["Id"],
                &summary["HasFault"],
                &summary["Http"]["HttpStatus"]
            ),
            (&json!(trace(1)), &json!(true), &json!(500))
        );
        let causes = &summary["FaultRootCauses"][0]["Services"][0]["EntityPath"][0]["Exceptions"];
        assert_eq!(causes, &json!([{ "Message": "no cart" }]));
        let ids = json!({ "TraceIds": [trace(1), trace(9)] });
        let answer = self.call("BatchGetTraces", ids).await?;
        assert_eq!(answer["UnprocessedTraceIds"], json!([trace(9)]));
        let document = answer["Traces"][0]["Segments"][0]["Document"]
            .as_str()
            .unwrap_or_default();
        let (read, sent): (Value, Value) = (
            serde_json::from_str(document)?,
            serde_json::from_str(&documents()[0])?,
        );
        assert_eq!(plain(read), plain(sent));
        Ok(())
    }

    async fn graphs(&mut self) -> Result<()> {
        let graph = self.call("GetServiceGraph", range()).await?;
        let ids = json!({ "TraceIds": [trace(1), trace(2)] });
        let of_traces = self.call("GetTraceGraph", ids).await?;
        assert_eq!(graph["Services"], of_traces["Services"]);
        let mut request = range();
        request["EntitySelectorExpression"] = "id(name: \"shop\")".into();
        request["ForecastStatistics"] = true.into();
        request["Period"] = 60.into();
        let answer = self.call("GetTimeSeriesServiceStatistics", request).await?;
        let row = &answer["TimeSeriesServiceStatistics"][0];
        assert_eq!(row["ServiceSummaryStatistics"]["TotalCount"], 2);
        Ok(())
    }

    async fn groups(&mut self) -> Result<()> {
        let on = json!({ "InsightsEnabled": true, "NotificationsEnabled": false });
        let made = self
            .call("CreateGroup", json!({ "GroupName": "broken", "FilterExpression": "fault", "InsightsConfiguration": on, "Tags": tags() }))
            .await?;
        let arn = made["Group"]["GroupARN"].clone();
        self.call(
            "UpdateGroup",
            json!({ "GroupARN": arn, "FilterExpression": "fault OR error" }),
        )
        .await?;
        let group = self
            .call("GetGroup", json!({ "GroupName": "broken" }))
            .await?;
        assert_eq!(group["Group"]["FilterExpression"], "fault OR error");
        let groups = self.call("GetGroups", json!({})).await?;
        assert_eq!(groups["Groups"].as_array().map(Vec::len), Some(2));
        self.tags_of(arn).await?;
        self.call("DeleteGroup", json!({ "GroupName": "broken" }))
            .await?;
        Ok(())
    }

    async fn tags_of(&mut self, arn: Value) -> Result<()> {
        let listed = self
            .call("ListTagsForResource", json!({ "ResourceARN": arn }))
            .await?;
        assert_eq!(listed["Tags"], tags());
        let more = json!([{ "Key": "tier", "Value": "gold" }]);
        self.call("TagResource", json!({ "ResourceARN": arn, "Tags": more }))
            .await?;
        self.call(
            "UntagResource",
            json!({ "ResourceARN": arn, "TagKeys": ["team"] }),
        )
        .await?;
        let listed = self
            .call("ListTagsForResource", json!({ "ResourceARN": arn }))
            .await?;
        assert_eq!(listed["Tags"], more);
        Ok(())
    }

    async fn rules(&mut self) -> Result<()> {
        let made = self
            .call(
                "CreateSamplingRule",
                json!({ "SamplingRule": rule(), "Tags": tags() }),
            )
            .await?;
        let arn = made["SamplingRuleRecord"]["SamplingRule"]["RuleARN"].clone();
        self.call("UpdateSamplingRule", json!({ "SamplingRuleUpdate": { "RuleARN": arn, "FixedRate": 0.25, "ReservoirSize": 0 } })).await?;
        let rules = self.call("GetSamplingRules", json!({})).await?;
        let first = &rules["SamplingRuleRecords"][0]["SamplingRule"];
        assert_eq!(
            (&first["FixedRate"], &first["SamplingRateBoost"]["MaxRate"]),
            (&json!(0.25), &json!(0.75))
        );
        self.tags_of(arn).await?;
        let statistics = |rule: &str| json!({ "RuleName": rule, "ClientID": "a".repeat(24), "Timestamp": AT, "RequestCount": 9, "SampledCount": 4, "BorrowCount": 1 });
        let boost = |rule: &str| json!({ "RuleName": rule, "ServiceName": "shop", "Timestamp": AT, "AnomalyCount": 3, "TotalCount": 9, "SampledAnomalyCount": 1 });
        let targets = self
            .call(
                "GetSamplingTargets",
                json!({ "SamplingStatisticsDocuments": [statistics("clients"), statistics("gone")],
                    "SamplingBoostStatisticsDocuments": [boost("clients"), boost("Default")] }),
            )
            .await?;
        assert_eq!(
            targets["SamplingTargetDocuments"][0]["SamplingBoost"]["BoostRate"],
            0.75
        );
        assert_eq!(targets["UnprocessedStatistics"][0]["RuleName"], "gone");
        assert_eq!(
            targets["UnprocessedBoostStatistics"][0]["RuleName"],
            "Default"
        );
        let summaries = self
            .call("GetSamplingStatisticSummaries", json!({}))
            .await?;
        assert_eq!(
            summaries["SamplingStatisticSummaries"][0]["RequestCount"],
            9
        );
        self.call("DeleteSamplingRule", json!({ "RuleName": "clients" }))
            .await?;
        Ok(())
    }

    async fn account(&mut self) -> Result<()> {
        let config = self.call("GetEncryptionConfig", json!({})).await?;
        assert_eq!(config["EncryptionConfig"]["Type"], "NONE");
        let put = self
            .call(
                "PutEncryptionConfig",
                json!({ "Type": "KMS", "KeyId": "alias/shop" }),
            )
            .await?;
        assert_eq!(put["EncryptionConfig"]["KeyId"], "alias/shop");
        let key =
            json!({ "SpansLogGroupKmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/spans" });
        let destination =
            json!({ "Destination": "CloudWatchLogs", "CloudWatchLogsConfiguration": key });
        let set = self
            .call("UpdateTraceSegmentDestination", destination.clone())
            .await?;
        assert_eq!(set["Status"], "PENDING");
        let got = self.call("GetTraceSegmentDestination", json!({})).await?;
        assert_eq!(
            (&got["Destination"], &got["Status"]),
            (&json!("CloudWatchLogs"), &json!("ACTIVE"))
        );
        self.fails(
            "UpdateTraceSegmentDestination",
            destination,
            INVALID,
            "already set",
        )
        .await?;
        let update = json!({ "Name": "Default", "Rule": { "Probabilistic": { "DesiredSamplingPercentage": 12.5 } } });
        self.call("UpdateIndexingRule", update).await?;
        let rules = self.call("GetIndexingRules", json!({})).await?;
        assert_eq!(
            rules["IndexingRules"][0]["Rule"]["Probabilistic"]["DesiredSamplingPercentage"],
            12.5
        );
        let policy = |revision: &str| json!({ "PolicyName": "sns", "PolicyDocument": policy(), "PolicyRevisionId": revision });
        let put = self.call("PutResourcePolicy", policy("0")).await?;
        assert_eq!(put["ResourcePolicy"]["PolicyRevisionId"], "1");
        self.fails(
            "PutResourcePolicy",
            policy("7"),
            "InvalidPolicyRevisionIdException",
            "revision 1",
        )
        .await?;
        let listed = self.call("ListResourcePolicies", json!({})).await?;
        assert_eq!(
            listed["ResourcePolicies"][0]["PolicyDocument"],
            self::policy()
        );
        self.call(
            "DeleteResourcePolicy",
            json!({ "PolicyName": "sns", "PolicyRevisionId": "1" }),
        )
        .await?;
        Ok(())
    }

    async fn retrievals(&mut self) -> Result<()> {
        let mut request = range();
        request["TraceIds"] = json!([trace(1), trace(2), trace(9)]);
        let started = self.call("StartTraceRetrieval", request).await?;
        let token = started["RetrievalToken"].clone();
        let wanted = json!({ "RetrievalToken": token });
        eventually("the retrieval", async || {
            let answer = self
                .client
                .output("ListRetrievedTraces", wanted.clone())
                .await?;
            Ok((answer["RetrievalStatus"] == "COMPLETE").then_some(()))
        })
        .await?;
        // A segment and the one that was deduced from it; a segment and its subsegment.
        for format in ["XRAY", "OTEL"] {
            let request = json!({ "RetrievalToken": token, "TraceFormat": format });
            let listed = self.call("ListRetrievedTraces", request).await?;
            let traces = listed["Traces"].as_array().cloned().unwrap_or_default();
            assert_eq!(traces.len(), 2, "{listed:#}");
            assert_eq!(
                (
                    &traces[0]["Id"],
                    traces[0]["Spans"].as_array().map(Vec::len)
                ),
                (&json!(trace(1)), Some(2)),
                "{listed:#}"
            );
        }
        let graph = self.call("GetRetrievedTracesGraph", wanted.clone()).await?;
        assert_eq!(
            graph["Services"][0]["Service"]["Name"], "https://sqs/orders",
            "{graph:#}"
        );
        self.call("CancelTraceRetrieval", wanted.clone()).await?;
        let listed = self.call("ListRetrievedTraces", wanted).await?;
        assert_eq!(listed["RetrievalStatus"], "CANCELLED");
        Ok(())
    }

    async fn insights(&mut self) -> Result<()> {
        self.call("GetInsightSummaries", range()).await?;
        let insight = json!({ "InsightId": "01234567-89ab-4cde-8f01-23456789abcd" });
        self.fails("GetInsight", insight.clone(), INVALID, "no insight")
            .await?;
        self.fails("GetInsightEvents", insight.clone(), INVALID, "no insight")
            .await?;
        let mut request = range();
        request["InsightId"] = insight["InsightId"].clone();
        self.fails("GetInsightImpactGraph", request, INVALID, "no insight")
            .await
    }

    async fn refusals(&mut self) -> Result<()> {
        let missing = "ResourceNotFoundException";
        self.fails(
            "CreateGroup",
            json!({ "GroupName": "g".repeat(33) }),
            INVALID,
            "33 characters",
        )
        .await?;
        self.fails(
            "ListRetrievedTraces",
            json!({ "RetrievalToken": "t" }),
            missing,
            "RetrievalToken is t",
        )
        .await?;
        let other = json!({ "ResourceARN": "arn:aws:xray:eu-west-1:123456789012:group/g" });
        self.fails(
            "ListTagsForResource",
            other,
            missing,
            "not an ARN of this console",
        )
        .await?;
        let token = json!({ "TraceIds": [trace(1)], "NextToken": "made up" });
        self.fails("BatchGetTraces", token, INVALID, "NextToken")
            .await?;
        for (name, size, error) in [
            ("large", 6_000, "PolicySizeLimitExceededException"),
            ("none", 5, "MalformedPolicyDocumentException"),
        ] {
            let request = json!({ "PolicyName": name, "PolicyDocument": "x".repeat(size) });
            self.fails("PutResourcePolicy", request, error, "PolicyDocument")
                .await?;
        }
        Ok(())
    }
}

const INVALID: &str = "InvalidRequestException";

fn trace(number: u32) -> String {
    format!("1-{AT:08x}-{number:024x}")
}

fn range() -> Value {
    json!({ "StartTime": AT - 60, "EndTime": AT + 60 })
}

fn tags() -> Value {
    json!([{ "Key": "team", "Value": "shop" }])
}

fn rule() -> Value {
    json!({ "RuleName": "clients", "Priority": 10, "FixedRate": 0.5, "ReservoirSize": 3, "ServiceName": "*", "ServiceType": "*", "Host": "*",
        "HTTPMethod": "*", "URLPath": "*", "ResourceARN": "*", "Version": 1, "Attributes": { "tier": "gold" },
        "SamplingRateBoost": { "MaxRate": 0.75, "CooldownWindowMinutes": 10 } })
}

fn policy() -> String {
    json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Principal": { "Service": "sns.amazonaws.com" },
        "Action": "xray:PutTraceSegments", "Resource": "*" } })
    .to_string()
}

/// Two traces, the first with a call to a queue, and a document that is refused.
fn documents() -> [String; 3] {
    let at = f64::from(AT);
    [
        json!({ "name": "shop", "id": "000000000000000a", "trace_id": trace(1), "start_time": at, "end_time": at + 1.5, "fault": true,
            "origin": "AWS::EKS::Container", "user": "u", "annotations": { "tier": "gold", "count": 3, "is_new": true },
            "http": { "request": { "method": "GET", "url": "http://a/b" }, "response": { "status": 500 } },
            "cause": { "exceptions": [{ "id": "00000000000000ab", "message": "no cart" }] },
            "subsegments": [{ "name": "SQS", "id": "000000000000000b", "start_time": at + 0.25, "end_time": at + 0.5, "namespace": "aws",
                "aws": { "operation": "SendMessage", "queue_url": "https://sqs/orders" } }] }),
        json!({ "name": "shop", "id": "000000000000000c", "trace_id": trace(2), "start_time": at + 2.0, "end_time": at + 2.25,
            "origin": "AWS::EKS::Container" }),
        json!({ "name": "shop" }),
    ]
    .map(|document| document.to_string())
}

/// Leaves out what is empty, which SDKs may leave out or fill in, and what is another one every time; numbers are doubles.
fn plain(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(name, _)| !OF_THE_MOMENT.contains(&name.as_str()))
            .map(|(name, value)| (name, plain(value)))
            .filter(|(_, value)| !is_empty(value))
            .collect(),
        Value::Array(values) => values.into_iter().map(plain).collect(),
        Value::Number(number) => json!(number.as_f64()),
        value => value,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(members) => members.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
