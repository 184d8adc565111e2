//! `GetTraceSummaries`.

use serde_json::json;

use super::{ids, segment};
use crate::support::{Console, always};

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
