//! The X-Ray API.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::support::{Console, always};

fn segment(number: u32, more: &str) -> String {
    format!(
        r#"{{"name":"shop","id":"{:016x}","trace_id":"1-{number:08x}-e7d1852db8c4fd35d88bf49a","start_time":{number},"end_time":{number}.5{more}}}"#,
        number + 1
    )
}

fn ids(answer: &Value) -> Vec<String> {
    let summaries = answer["TraceSummaries"].as_array().unwrap();
    summaries
        .iter()
        .map(|summary| summary["Id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn segments_are_put_one_by_one_and_refusals_are_told() {
    let console = Console::start();
    let answer = console.call(
        "TraceSegments",
        &json!({ "TraceSegmentDocuments": [segment(1, ""), "{}", segment(2, "").replace(r#""end_time":2.5"#, r#""end_time":1"#)] }),
    );
    let unprocessed = answer["UnprocessedTraceSegments"].as_array().unwrap();
    assert_eq!(unprocessed.len(), 2);
    assert_eq!(
        (&unprocessed[0]["ErrorCode"], unprocessed[0].get("Id")),
        (&json!("MissingId"), None)
    );
    assert_eq!(
        (&unprocessed[1]["ErrorCode"], &unprocessed[1]["Id"]),
        (&json!("InvalidEndTime"), &json!("0000000000000003"))
    );
    assert_eq!(console.get("/status").json()["last"]["via"], "api");
}

#[test]
fn what_daemons_say_of_themselves_is_added_up() {
    let console = Console::start();
    let records = json!({ "TelemetryRecords": [
        { "Timestamp": 1.5, "SegmentsSentCount": 3 },
        { "Timestamp": 2.5, "SegmentsReceivedCount": 7, "SegmentsSentCount": 2, "SegmentsRejectedCount": 1,
          "SegmentsSpilloverCount": 1, "BackendConnectionErrors": { "TimeoutCount": 2, "HTTPCode5XXCount": 1 } },
    ] });
    assert_eq!(console.call("TelemetryRecords", &records), json!({}));
    assert_eq!(
        console.get("/status").json()["telemetry"],
        json!({ "records": 2, "segments_received": 7, "segments_sent": 5, "segments_rejected": 1,
                "segments_spilled_over": 1, "connection_errors": 3 })
    );
}

#[test]
fn summaries_are_of_a_time_range_of_one_of_three_kinds() {
    let console = Console::start();
    let late = segment(1_000, "").replace("1-000003e8", "1-00000007");
    console.take(&[segment(100, ""), segment(200, ""), late]);
    let range = |from: u32, to: u32, kind: &str| {
        console.call(
            "TraceSummaries",
            &json!({ "StartTime": from, "EndTime": to, "TimeRangeType": kind }),
        )
    };
    assert_eq!(
        ids(&range(100, 150, "Event")),
        ["1-00000064-e7d1852db8c4fd35d88bf49a"]
    );
    assert_eq!(
        ids(&range(1_000, 1_000, "Event")),
        ["1-00000007-e7d1852db8c4fd35d88bf49a"]
    );
    assert_eq!(
        ids(&range(1_000, 1_001, "Service")),
        ["1-00000007-e7d1852db8c4fd35d88bf49a"]
    );
    assert_eq!(ids(&range(1_000, 2_000, "TraceId")), [""; 0]);
    assert_eq!(
        ids(&range(0, 10, "TraceId")),
        ["1-00000007-e7d1852db8c4fd35d88bf49a"]
    );
    let by_default = console.call(
        "TraceSummaries",
        &json!({ "StartTime": "1970-01-01T00:00:00Z", "EndTime": 150.5 }),
    );
    assert_eq!(
        ids(&by_default),
        [
            "1-00000007-e7d1852db8c4fd35d88bf49a",
            "1-00000064-e7d1852db8c4fd35d88bf49a"
        ]
    );
    assert_eq!(by_default["TracesProcessedCount"], 2);
}

#[test]
fn by_service_the_end_of_a_segment_counts_and_the_first_match_is_told() {
    let console = Console::start();
    let id = |last: &str| format!("1-00000064-e7d1852db8c4fd35d88bf49{last}");
    let segment = |trace: &str, id: u32, start: u32, end: u32| {
        format!(
            r#"{{"trace_id":"{trace}","id":"{id:016x}","name":"shop","start_time":{start},"end_time":{end}}}"#
        )
    };
    // A call that ended; what was called sent no segment.
    let call = r#""name":"shop","subsegments":[{"id":"000000000000000e","name":"db","namespace":"remote","start_time":120,"end_time":130}]"#;
    let unfinished = format!(
        r#"{{"trace_id":"{}","id":"000000000000000d","name":"shop","start_time":150,"in_progress":true}}"#,
        id("b")
    );
    console.take(&[
        segment(&id("a"), 1, 100, 200),
        segment(&id("a"), 2, 110, 160).replace(r#""name":"shop""#, call),
        unfinished,
        segment(&id("c"), 3, 50, 150),
    ]);
    let matched = |from: u32, to: u32, kind: &str| {
        let request = json!({ "StartTime": from, "EndTime": to, "TimeRangeType": kind });
        let answer = console.call("TraceSummaries", &request);
        let summaries = answer["TraceSummaries"].as_array().unwrap();
        let mut matched: Vec<_> = summaries
            .iter()
            .map(|summary| {
                let id = summary["Id"].as_str().unwrap();
                let time = summary["MatchedEventTime"].as_f64().unwrap();
                (id[34..].to_owned(), time)
            })
            .collect();
        matched.sort_by(|left, right| left.0.cmp(&right.0));
        matched
    };
    let is = |matched: Vec<(String, f64)>, expected: &[(&str, f64)]| {
        let matched: Vec<_> = matched
            .iter()
            .map(|(id, time)| (id.as_str(), *time))
            .collect();
        assert_eq!(matched, expected);
    };
    is(matched(145, 205, "Service"), &[("a", 160.0), ("c", 150.0)]);
    is(matched(170, 205, "Service"), &[("a", 200.0)]);
    is(matched(100, 140, "Service"), &[]);
    is(
        matched(105, 205, "Event"),
        &[("a", 110.0), ("b", 150.0), ("c", 150.0)],
    );
    // Both go on all the while.
    is(matched(120, 130, "Event"), &[("a", 120.0), ("c", 120.0)]);
    is(
        matched(100, 100, "TraceId"),
        &[("a", 100.0), ("b", 150.0), ("c", 50.0)],
    );
}

#[test]
fn a_summary_tells_what_the_root_and_all_segments_say() {
    let console = Console::start();
    let more = r#","fault":true,"user":"ann","resource_arn":"arn:shop","annotations":{"tier":"gold","size":7,"vip":true},
        "http":{"request":{"method":"PUT","url":"http://shop/cart","client_ip":"10.0.0.1","user_agent":"curl"},"response":{"status":500}},
        "aws":{"ec2":{"instance_id":"i-1","availability_zone":"eu-1a"}},"cause":{"exceptions":[{"type":"Bad","message":"no cart"}]},
        "subsegments":[{"name":"work","id":"00000000000000ff","start_time":1.1,"in_progress":true}]"#;
    console.take(&[segment(1, more)]);
    let summary = &console.call("TraceSummaries", &always())["TraceSummaries"][0];
    let shop = json!({ "Name": "shop", "Names": ["shop"], "Type": "" });
    for (member, expected) in [
        ("Duration", json!(0.5)),
        ("ResponseTime", json!(0.5)),
        ("HasFault", json!(true)),
        ("HasError", json!(false)),
        ("HasThrottle", json!(false)),
        ("IsPartial", json!(true)),
        (
            "Http",
            json!({ "HttpURL": "http://shop/cart", "HttpStatus": 500, "HttpMethod": "PUT", "ClientIp": "10.0.0.1", "UserAgent": "curl" }),
        ),
        (
            "Users",
            json!([{ "UserName": "ann", "ServiceIds": [shop] }]),
        ),
        ("ServiceIds", json!([shop])),
        ("EntryPoint", shop.clone()),
        ("ResourceARNs", json!([{ "ARN": "arn:shop" }])),
        ("InstanceIds", json!([{ "Id": "i-1" }])),
        ("AvailabilityZones", json!([{ "Name": "eu-1a" }])),
        ("Revision", json!(1)),
    ] {
        assert_eq!(summary[member], expected, "{member}");
    }
    assert_eq!(
        summary["Annotations"]["size"],
        json!([{ "AnnotationValue": { "NumberValue": 7.0 }, "ServiceIds": [shop] }])
    );
    let cause = &summary["FaultRootCauses"][0];
    assert_eq!(cause["ClientImpacting"], true);
    assert_eq!(
        cause["Services"][0]["EntityPath"],
        json!([{ "Name": "shop", "Remote": false, "Exceptions": [{ "Name": "Bad", "Message": "no cart" }] }])
    );
    let time = &summary["ResponseTimeRootCauses"][0]["Services"][0];
    assert_eq!(
        (&time["Type"], &time["EntityPath"][0]["Coverage"]),
        (&json!(""), &json!(1.0))
    );
}

#[test]
fn long_lists_come_in_pages_and_each_trace_once() {
    let console = Console::start();
    let documents: Vec<String> = (1..=2_500).map(|number| segment(number, "")).collect();
    for documents in documents.chunks(500) {
        console.call(
            "TraceSegments",
            &json!({ "TraceSegmentDocuments": documents }),
        );
    }
    let mut all = Vec::new();
    let mut request = always();
    loop {
        let answer = console.call("TraceSummaries", &request);
        all.extend(ids(&answer));
        let Some(token) = answer.get("NextToken") else {
            break;
        };
        request["NextToken"] = token.clone();
        // What arrives meanwhile does not shift the pages.
        console.take(&[segment(3_000 + u32::try_from(all.len()).unwrap(), "")]);
    }
    assert_eq!(all.len(), 2_500);
    assert!(all.is_sorted_by(|newer, older| newer > older));
    let mut request = json!({ "TraceIds": &all[..7] });
    let first = console.call("Traces", &request);
    request["NextToken"] = first["NextToken"].clone();
    let second = console.call("Traces", &request);
    let lengths = [&first, &second].map(|answer| answer["Traces"].as_array().unwrap().len());
    assert_eq!((lengths, second.get("NextToken")), ([5, 2], None));
}

#[test]
fn sampling_leaves_the_wanted_part_of_the_traces() {
    let console = Console::start();
    let spread = |number: u32| {
        segment(number, "").replace(
            "d88bf49a",
            &format!("{:08x}", number.wrapping_mul(2_654_435_761)),
        )
    };
    let documents: Vec<String> = (1..=500).map(spread).collect();
    console.call(
        "TraceSegments",
        &json!({ "TraceSegmentDocuments": documents }),
    );
    let mut request = always();
    request["Sampling"] = true.into();
    request["SamplingStrategy"] = json!({ "Name": "FixedRate", "Value": 0.4 });
    let sampled = ids(&console.call("TraceSummaries", &request));
    assert!((150..250).contains(&sampled.len()), "{}", sampled.len());
    assert_eq!(ids(&console.call("TraceSummaries", &request)), sampled);

    // Ids in sequence are sampled at the rate as well.
    console.ask("POST", "/clear", &[], b"");
    let in_sequence: Vec<String> = (1..=500)
        .map(|number| segment(number, "").replace("d88bf49a", &format!("{number:08x}")))
        .collect();
    console.call(
        "TraceSegments",
        &json!({ "TraceSegmentDocuments": in_sequence }),
    );
    let sampled = ids(&console.call("TraceSummaries", &request));
    assert!((150..250).contains(&sampled.len()), "{}", sampled.len());
    request["SamplingStrategy"]["Value"] = 2.into();
    assert!(
        console.fail("TraceSummaries", &request).1["Message"]
            .as_str()
            .unwrap()
            .contains("0 to 1")
    );
}

#[test]
fn a_filter_that_does_not_parse_is_answered_with_its_place() {
    let console = Console::start();
    let mut request = always();
    request["FilterExpression"] = r#"service("shop") { fault AND"#.into();
    for operation in ["TraceSummaries", "ServiceGraph"] {
        let (status, body) = console.fail(operation, &request);
        assert_eq!(
            (status, &body["__type"], &body["Position"]),
            (400, &json!("InvalidRequestException"), &json!(27))
        );
        assert!(body["Expected"].as_str().unwrap().contains("a condition"));
        assert!(body["Message"].as_str().unwrap().contains("27"));
    }
}

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
fn sampling_rules_are_made_changed_listed_and_deleted() {
    let console = Console::start();
    let rules = console.call("GetSamplingRules", &json!({}));
    let rule = &rules["SamplingRuleRecords"][0]["SamplingRule"];
    assert_eq!(
        (
            &rule["RuleName"],
            &rule["FixedRate"],
            &rule["ReservoirSize"]
        ),
        (&json!("Default"), &json!(1.0), &json!(1))
    );
    let rule = json!({ "RuleName": "shop", "Priority": 5, "FixedRate": 0.5, "ReservoirSize": 3, "ResourceARN": "*", "ServiceName": "shop",
        "ServiceType": "*", "Host": "*", "HTTPMethod": "GET", "URLPath": "/api/*", "Version": 1 });
    let made = console.call("CreateSamplingRule", &json!({ "SamplingRule": rule }));
    assert_eq!(
        made["SamplingRuleRecord"]["SamplingRule"]["RuleARN"],
        "arn:aws:xray:local:000000000000:sampling-rule/shop"
    );
    let changed = console.call(
        "UpdateSamplingRule",
        &json!({ "SamplingRuleUpdate": { "RuleName": "shop", "FixedRate": 0.25 } }),
    );
    assert_eq!(
        changed["SamplingRuleRecord"]["SamplingRule"]["FixedRate"],
        0.25
    );
    console.call("DeleteSamplingRule", &json!({ "RuleName": "shop" }));
    assert_eq!(
        console.call("GetSamplingRules", &json!({}))["SamplingRuleRecords"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert!(
        console
            .fail("DeleteSamplingRule", &json!({ "RuleName": "Default" }))
            .1["Message"]
            .as_str()
            .unwrap()
            .contains("Default")
    );
}

#[test]
fn services_share_the_reservoir_and_what_they_report_is_kept() {
    let console = Console::start();
    let rule = json!({ "RuleName": "shop", "Priority": 5, "FixedRate": 0.25, "ReservoirSize": 3, "ResourceARN": "*", "ServiceName": "*",
        "ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "*", "Version": 1 });
    console.call("CreateSamplingRule", &json!({ "SamplingRule": rule }));
    let report = |name: &str, client: &str| {
        let client = client.repeat(24);
        json!({ "RuleName": name, "ClientID": client, "Timestamp": 100, "RequestCount": 9, "SampledCount": 4, "BorrowCount": 1 })
    };
    let ask = |documents: Value| {
        console.call(
            "SamplingTargets",
            &json!({ "SamplingStatisticsDocuments": documents }),
        )
    };
    let before = clock();
    let answer = ask(json!([report("shop", "a"), report("gone", "a")]));
    let target = &answer["SamplingTargetDocuments"][0];
    assert_eq!(
        (
            &target["RuleName"],
            &target["FixedRate"],
            &target["ReservoirQuota"],
            &target["Interval"]
        ),
        (&json!("shop"), &json!(0.25), &json!(3), &json!(10))
    );
    let holds = target["ReservoirQuotaTTL"].as_f64().unwrap() - before;
    assert!((30.0..60.0).contains(&holds), "{holds}");
    assert!(answer["LastRuleModification"].as_f64().unwrap() <= before);
    assert_eq!(
        (
            &answer["UnprocessedStatistics"][0]["RuleName"],
            &answer["UnprocessedStatistics"][0]["ErrorCode"]
        ),
        (&json!("gone"), &json!("400"))
    );
    let quotas = ["b", "a", "b"].map(|client| {
        ask(json!([report("shop", client)]))["SamplingTargetDocuments"][0]["ReservoirQuota"].clone()
    });
    assert_eq!(quotas, [0, 2, 1]);

    let summaries = console.call("SamplingStatisticSummaries", &json!({}));
    let summaries = summaries["SamplingStatisticSummaries"].as_array().unwrap();
    let sum = |member: &str| {
        summaries
            .iter()
            .map(|summary| summary[member].as_u64().unwrap())
            .sum::<u64>()
    };
    assert_eq!(
        (sum("RequestCount"), sum("SampledCount"), sum("BorrowCount")),
        (36, 16, 4)
    );
    assert!(
        summaries.iter().all(|summary| summary["RuleName"] == "shop"
            && summary["Timestamp"].as_u64().unwrap() % 10 == 0)
    );

    let overview = console.get("/sampling").json();
    let shop = &overview["rules"][0];
    assert_eq!(
        (
            &shop["rule"]["RuleName"],
            &overview["rules"][1]["rule"]["RuleName"]
        ),
        (&json!("shop"), &json!("Default"))
    );
    let clients: Vec<_> = shop["clients"]
        .as_array()
        .unwrap()
        .iter()
        .map(|client| (&client["id"], &client["quota"]))
        .collect();
    assert_eq!(
        clients,
        [
            (&json!("b".repeat(24)), &json!(1)),
            (&json!("a".repeat(24)), &json!(2))
        ]
    );
    assert_eq!(
        shop["columns"]
            .as_array()
            .unwrap()
            .iter()
            .map(|column| column["matched"].as_u64().unwrap())
            .sum::<u64>(),
        36
    );
    let many = vec![report("shop", "a"); 26];
    let (_, error) = console.fail(
        "SamplingTargets",
        &json!({ "SamplingStatisticsDocuments": many }),
    );
    assert!(error["Message"].as_str().unwrap().contains("26"));
}

#[test]
fn one_odd_report_costs_no_other_one() {
    let console = Console::start();
    let client = "a".repeat(24);
    let good = json!({ "RuleName": "Default", "ClientID": client, "Timestamp": 100, "RequestCount": 9, "SampledCount": 4 });
    let with = |member: &str, value: Value| {
        let mut report = good.clone();
        report[member] = value;
        report
    };
    let mut of_python = good.clone();
    of_python.as_object_mut().unwrap().remove("SampledCount");
    of_python["SampleCount"] = 4.into();
    let answer = console.call(
        "SamplingTargets",
        &json!({ "SamplingStatisticsDocuments": [
            good, with("RequestCount", json!(-1)), with("Timestamp", json!("yesterday")), 7, with("ClientID", json!(null)),
            of_python, with("BorrowCount", json!(null)), with("Unknown", json!({ "a": [] })),
        ] }),
    );
    assert_eq!(
        answer["SamplingTargetDocuments"].as_array().unwrap().len(),
        4
    );
    let unprocessed: Vec<_> = answer["UnprocessedStatistics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let message = one["Message"].as_str().unwrap();
            assert!(message.len() > 10, "{message}");
            (one["RuleName"].as_str(), one["ErrorCode"].as_str())
        })
        .collect();
    let odd = (Some("Default"), Some("400"));
    assert_eq!(unprocessed, [odd, odd, (Some(""), Some("400")), odd]);
    let overview = console.get("/sampling").json();
    let column = &overview["rules"][0]["columns"][0];
    assert_eq!(
        (&column["matched"], &column["sampled"]),
        (&json!(36), &json!(16))
    );
}

#[test]
fn a_member_that_is_null_is_absent() {
    let console = Console::start();
    console.take(&[segment(100, "")]);
    let rule = json!({ "RuleName": "r", "RuleARN": null, "Priority": 1, "FixedRate": 0.5, "ReservoirSize": 1, "ServiceName": "*",
        "ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "*", "ResourceARN": "*", "Version": 1, "Attributes": null,
        "SamplingRateBoost": null });
    let report = json!({ "RuleName": "Default", "ClientID": "a".repeat(24), "Timestamp": 1, "RequestCount": 1, "SampledCount": 1,
        "BorrowCount": null });
    let range = json!({ "StartTime": 0, "EndTime": 200, "TimeRangeType": null, "Sampling": null, "SamplingStrategy": null,
        "FilterExpression": null, "NextToken": null, "GroupName": null, "GroupARN": null, "EntitySelectorExpression": null,
        "Period": null, "ForecastStatistics": null, "States": null, "MaxResults": null });
    for (operation, request) in [
        ("TraceSummaries", range.clone()),
        ("ServiceGraph", range.clone()),
        ("TimeSeriesServiceStatistics", range.clone()),
        ("InsightSummaries", range),
        (
            "Traces",
            json!({ "TraceIds": ["1-00000064-e7d1852db8c4fd35d88bf49a"], "NextToken": null }),
        ),
        ("GetSamplingRules", json!({ "NextToken": null })),
        (
            "CreateSamplingRule",
            json!({ "SamplingRule": rule, "Tags": null }),
        ),
        (
            "UpdateSamplingRule",
            json!({ "SamplingRuleUpdate": { "RuleName": "r", "Host": null, "Attributes": null } }),
        ),
        (
            "SamplingTargets",
            json!({ "SamplingStatisticsDocuments": [report], "SamplingBoostStatisticsDocuments": null }),
        ),
        (
            "CreateGroup",
            json!({ "GroupName": "g", "FilterExpression": null, "InsightsConfiguration": null, "Tags": null }),
        ),
        (
            "UpdateGroup",
            json!({ "GroupName": "g", "GroupARN": null, "FilterExpression": "fault", "InsightsConfiguration": { "InsightsEnabled": null } }),
        ),
        (
            "TelemetryRecords",
            json!({ "TelemetryRecords": [{ "Timestamp": 1, "SegmentsReceivedCount": null, "BackendConnectionErrors": null }],
                "EC2InstanceId": null, "Hostname": null, "ResourceARN": null }),
        ),
    ] {
        console.call(operation, &request);
    }
    // What must be there is missed.
    let (_, error) = console.fail(
        "TraceSummaries",
        &json!({ "StartTime": null, "EndTime": 200 }),
    );
    assert!(error["Message"].as_str().unwrap().contains("StartTime"));
}

fn clock() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs_f64()
}

#[test]
fn statistics_over_time_are_of_services_or_of_calls() {
    let console = Console::start();
    let call = |number: u32| {
        format!(
            r#","subsegments":[{{"name":"db","namespace":"remote","id":"{:016x}","start_time":{number}.1,"end_time":{number}.3}}]"#,
            number + 50_000
        )
    };
    console.take(&[
        segment(10, &call(10)),
        segment(50, ""),
        segment(70, r#","fault":true"#),
    ]);
    let series = |more: Value| {
        let mut request = json!({ "StartTime": 0, "EndTime": 100 });
        request
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let answer = console.call("TimeSeriesServiceStatistics", &request);
        let rows = answer["TimeSeriesServiceStatistics"]
            .as_array()
            .unwrap()
            .clone();
        rows.iter()
            .map(|row| {
                let kind = if row.get("EdgeSummaryStatistics").is_some() {
                    "EdgeSummaryStatistics"
                } else {
                    "ServiceSummaryStatistics"
                };
                (
                    row["Timestamp"].as_u64().unwrap(),
                    kind,
                    row[kind]["TotalCount"].as_u64().unwrap(),
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(
        series(json!({})),
        [
            (0, "EdgeSummaryStatistics", 2),
            (60, "EdgeSummaryStatistics", 1)
        ]
    );
    assert_eq!(
        series(json!({ "EntitySelectorExpression": r#"service("shop")"#, "Period": 50 })),
        [
            (0, "ServiceSummaryStatistics", 1),
            (50, "ServiceSummaryStatistics", 2)
        ]
    );
    assert_eq!(
        series(json!({ "EntitySelectorExpression": r#"edge("shop", "db")"# })),
        [(0, "EdgeSummaryStatistics", 1)]
    );
    assert_eq!(
        series(json!({ "EntitySelectorExpression": r#"id(name: "db", type: "remote")"# })),
        [(0, "ServiceSummaryStatistics", 1)]
    );
    let mut request =
        json!({ "StartTime": 0, "EndTime": 100, "EntitySelectorExpression": "fault" });
    assert_eq!(console.fail("TimeSeriesServiceStatistics", &request).0, 400);
    request["EntitySelectorExpression"] = "x".repeat(501).into();
    assert!(
        console.fail("TimeSeriesServiceStatistics", &request).1["Message"]
            .as_str()
            .unwrap()
            .contains("501")
    );
}

#[test]
fn what_cannot_be_asked_is_answered_as_aws_does() {
    let console = Console::start();
    let many: Vec<String> = (0..10_000)
        .map(|number| format!("1-5f84c7a1-{number:024x}"))
        .collect();
    for (operation, request, part) in [
        ("TraceSummaries", json!({ "EndTime": 1 }), "StartTime"),
        (
            "TraceSummaries",
            json!({ "StartTime": 2, "EndTime": 1 }),
            "before StartTime",
        ),
        (
            "TraceSummaries",
            json!({ "StartTime": "soon", "EndTime": 1 }),
            "soon",
        ),
        (
            "TraceSummaries",
            json!({ "StartTime": 0, "EndTime": 1, "TimeRangeType": "Guess" }),
            "Guess",
        ),
        (
            "TraceSummaries",
            json!({ "StartTime": 0, "EndTime": 1, "NextToken": "made up" }),
            "NextToken",
        ),
        (
            "ServiceGraph",
            json!({ "StartTime": 0, "EndTime": 1, "NextToken": "0000" }),
            "NextToken",
        ),
        (
            "ServiceGraph",
            json!({ "StartTime": 0, "EndTime": 1, "GroupName": "nobody" }),
            "nobody",
        ),
        (
            "Traces",
            json!({ "TraceIds": ["1-5f84c7a1"] }),
            "1-5f84c7a1",
        ),
        ("Traces", json!({ "TraceIds": many }), "10000"),
        ("Traces", json!({ "TraceIds": "x" }), "sequence"),
        ("Traces", json!([]), "no JSON object"),
        ("TraceSegments", json!({}), "TraceSegmentDocuments"),
        (
            "TelemetryRecords",
            json!({ "TelemetryRecords": [] }),
            "at least one",
        ),
        ("Insight", json!({ "InsightId": "i" }), "no insight i"),
        ("PutResourcePolicy", json!({}), "PutResourcePolicy"),
        ("no/such/thing", json!({}), "no/such/thing"),
    ] {
        let (status, body) = console.fail(operation, &request);
        assert_eq!(
            (status, &body["__type"]),
            (400, &json!("InvalidRequestException")),
            "{operation}"
        );
        assert!(
            body["Message"].as_str().unwrap().contains(part),
            "{operation}: {body}"
        );
    }
    for body in ["{", "null", "\u{0}", "{\"TraceIds\":[1]}"] {
        let answer = console.ask("POST", "/Traces", &[], body.as_bytes());
        assert_eq!(
            (answer.status, answer.header("x-amzn-errortype")),
            (400, Some("InvalidRequestException")),
            "{body}"
        );
    }
    let large = console.ask("POST", "/TraceSegments", &[], &vec![b' '; 9 * 1024 * 1024]);
    assert_eq!(
        large.header("x-amzn-errortype"),
        Some("InvalidRequestException")
    );
}

#[test]
fn what_an_account_would_answer_is_answered() {
    let console = Console::start();
    assert_eq!(
        console.call(
            "InsightSummaries",
            &json!({ "StartTime": 0, "EndTime": 1, "GroupName": "Default" })
        ),
        json!({ "InsightSummaries": [] })
    );
    assert_eq!(
        console.ask("POST", "/EncryptionConfig", &[], b"").json(),
        json!({ "EncryptionConfig": { "Status": "ACTIVE", "Type": "NONE" } })
    );
    assert_eq!(
        console
            .ask("POST", "/GetTraceSegmentDestination", &[], b"")
            .json(),
        json!({ "Destination": "XRay", "Status": "ACTIVE" })
    );
    let missing = console.call("Traces", &json!({ "TraceIds": ["1-5f84c7a1-e7d1852db8c4fd35d88bf49a", "5f84c7a1e7d1852db8c4fd35d88bf49a"] }));
    assert_eq!(
        missing,
        json!({ "Traces": [], "UnprocessedTraceIds": ["1-5f84c7a1-e7d1852db8c4fd35d88bf49a"] })
    );
}
