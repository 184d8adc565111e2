//! The requests of Grafana's X-Ray data source, in its order, and the members without which it fails.
//! (`python/grafana.py` reads the rest of what it requires.)

use end_to_end::{Console, Result};
use serde_json::{Value, json};

use crate::aws_sdks::{
    client::{Client, Program},
    go::client,
};

const ID: &str = "1-5f84c7a1-000000000000000000000001";

fn range() -> Value {
    json!({ "StartTime": 0x5f84_c7a1_u32 - 60, "EndTime": 0x5f84_c7a1_u32 + 60 })
}

fn range_with(more: &[(&str, Value)]) -> Value {
    let mut range = range();
    for (member, value) in more {
        range[*member] = value.clone();
    }
    range
}

#[tokio::test]
async fn every_query_type_is_answered() -> Result<()> {
    let console = Console::start().await?;
    let document = json!({ "name": "shop", "id": "000000000000000a", "trace_id": ID, "start_time": 0x5f84_c7a1_u32, "end_time": 0x5f84_c7a2_u32,
        "fault": true, "cause": { "exceptions": [{ "id": "00000000000000ab", "type": "reqwest::Error" }] } });
    let mut grafana = Client::Program(Box::new(Program::start(client()?, &console)?));
    grafana
        .output(
            "PutTraceSegments",
            json!({ "TraceSegmentDocuments": [document.to_string()] }),
        )
        .await?;

    // Its Test button.
    let groups = grafana.output("GetGroups", json!({})).await?;
    let group = groups["Groups"][0]["GroupName"].clone();
    assert_eq!(group, "Default");

    // The list, then one trace with its map.
    let list = grafana.output("GetTraceSummaries", range()).await?;
    assert!(list["TraceSummaries"][0]["Http"].is_object(), "{list}");
    let whole = grafana
        .output("BatchGetTraces", json!({ "TraceIds": [ID] }))
        .await?;
    assert_eq!(
        whole["Traces"][0]["Segments"].as_array().map(Vec::len),
        Some(1)
    );
    let map = grafana
        .output("GetTraceGraph", json!({ "TraceIds": [ID] }))
        .await?;
    assert_eq!(map["Services"].as_array().map(Vec::len), Some(2));

    // The map of a group, and the accounts in it.
    let map = grafana
        .output(
            "GetServiceGraph",
            range_with(&[("GroupName", group.clone())]),
        )
        .await?;
    for service in map["Services"].as_array().ok_or("no services")? {
        assert!(service["Edges"].is_array(), "{service}");
    }

    // Insights, group by group.
    let insights = range_with(&[("GroupName", group.clone()), ("States", json!(["CLOSED"]))]);
    assert_eq!(
        grafana.output("GetInsightSummaries", insights).await?["InsightSummaries"],
        json!([])
    );

    // Statistics, and the analytics: it counts, then asks for quarters.
    let counted = grafana
        .output(
            "GetTimeSeriesServiceStatistics",
            range_with(&[("Period", json!(60)), ("GroupName", group)]),
        )
        .await?;
    assert_eq!(
        counted["TimeSeriesServiceStatistics"][0]["EdgeSummaryStatistics"]["TotalCount"],
        1
    );
    let mut found = 0;
    for quarter in 0..4_u32 {
        let from = 0x5f84_c7a1_u32 - 60 + quarter * 30;
        let request = json!({ "StartTime": from, "EndTime": from + 29, "TimeRangeType": "Event", "Sampling": true,
            "SamplingStrategy": { "Name": "FixedRate", "Value": 1.0 } });
        let rows = grafana.output("GetTraceSummaries", request).await?;
        for row in rows["TraceSummaries"].as_array().ok_or("no rows")? {
            let cause = &row["FaultRootCauses"][0]["Services"][0];
            assert!(
                cause["Type"].is_string() && cause["Name"] == "shop",
                "{cause}"
            );
            assert_eq!(
                cause["EntityPath"][0]["Exceptions"],
                json!([{ "Name": "reqwest::Error" }])
            );
            found += 1;
        }
    }
    assert_eq!(found, 1);
    Ok(())
}
