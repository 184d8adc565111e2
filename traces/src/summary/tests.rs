use segment::{Document, tree::Trace};
use serde_json::json;

use super::*;
use crate::graph::{Graph, Window};

const ID: &str = "1-5f84c7a1-e7d1852db8c4fd35d88bf49a";

fn summary_with(documents: &[String], interner: &mut Interner) -> Summary {
    let decoded = documents.iter().map(|text| Document::decode(text).unwrap());
    let trace = Trace::compile(ID.parse().unwrap(), decoded);
    Summary::new(&trace, documents.len(), interner)
}

/// A front end with these subsegments, and other documents.
fn summary(subsegments: &str, others: &[&str]) -> Summary {
    let front = format!(
        r#"{{"trace_id":"{ID}","id":"000000000000000a","name":"front","start_time":10,"end_time":14,"subsegments":[{subsegments}]}}"#
    );
    let others = others
        .iter()
        .map(|other| format!(r#"{{"trace_id":"{ID}",{other}}}"#));
    let documents: Vec<String> = std::iter::once(front).chain(others).collect();
    summary_with(&documents, &mut Interner::default())
}

#[test]
fn tables_of_two_accounts_are_two_nodes() {
    let call = |id: u32, account: &str| {
        format!(
            r#"{{"id":"{id:016x}","name":"DynamoDB","namespace":"aws","start_time":11,"end_time":12,"aws":{{"table_name":"scores"{account}}}}}"#
        )
    };
    let account = |number: &str| format!(r#","account_id":"{number}""#);
    let calls = [
        call(1, &account("111111111111")),
        call(2, &account("222222222222")),
        call(3, &account("222222222222")),
        call(4, ""),
    ];
    let trace = summary(&calls.join(","), &[]);
    let graph = Graph::of(&[std::sync::Arc::new(trace)], Window::ALWAYS);
    let services = serde_json::to_value(graph.services()).unwrap();
    let tables: Vec<_> = services.as_array().unwrap().iter().collect();
    let tables = tables.iter().filter(|node| node["Name"] == "scores");
    let tables: Vec<_> = tables
        .map(|node| (&node["AccountId"], &node["SummaryStatistics"]["OkCount"]))
        .collect();
    assert_eq!(
        tables,
        [
            (&json!(null), &json!(1)),
            (&json!("111111111111"), &json!(1)),
            (&json!("222222222222"), &json!(2)),
        ]
    );
}

#[test]
fn a_call_is_as_long_as_the_subsegment_that_made_it() {
    let local =
        r#"{"id":"000000000000000b","name":"ask","start_time":11,"end_time":13,"fault":true}"#;
    let callee = r#""id":"000000000000000c","parent_id":"000000000000000b","name":"back","start_time":11.5,"end_time":12"#;
    let of_segment = r#""id":"000000000000000d","parent_id":"000000000000000a","name":"log","start_time":13,"end_time":13.5"#;
    let trace = summary(local, &[callee, of_segment]);
    let seconds = |time: Time| time.as_seconds();
    let calls: Vec<_> = trace
        .calls
        .iter()
        .map(|call| {
            let end = call.end.map(seconds);
            (seconds(call.start), end, call.outcome.fault)
        })
        .collect();
    // A segment has no time of its own for one of those whom it called.
    assert_eq!(calls, [(11.0, Some(13.0), true), (13.0, Some(13.5), false)]);
}

#[test]
fn both_sides_of_a_call_may_have_one_id_and_no_segment_calls_itself() {
    let call = r#"{"id":"000000000000000b","name":"ask","namespace":"remote","start_time":11,"end_time":13}"#;
    let callee = r#""id":"000000000000000b","parent_id":"000000000000000b","name":"back","start_time":11.5,"end_time":12"#;
    let trace = summary(call, &[callee]);
    let [call] = &*trace.calls else {
        panic!("{:?}", trace.calls)
    };
    let name = |visit: usize| &*trace.visits[visit].service.name;
    assert_eq!((name(call.from), name(call.to)), ("front", "back"));
    assert_eq!(call.start, Time::from_nanos(11_000_000_000));

    let itself = r#""id":"000000000000000c","parent_id":"000000000000000c","name":"back","start_time":11.5,"end_time":12"#;
    assert_eq!(summary("", &[itself]).calls.len(), 0);
}

#[test]
fn a_link_comes_from_what_was_called_else_from_the_segment() {
    let parts = r#"{"id":"000000000000000b","name":"work","start_time":11,"end_time":13,"subsegments":[
        {"id":"000000000000000c","name":"deeper","start_time":11,"end_time":12},
        {"id":"000000000000000d","name":"SQS","namespace":"aws","aws":{"queue_url":"https://q"},"start_time":12,"end_time":13}]}"#;
    let trace = summary(parts, &[]);
    let sender = |id: &str| {
        let id = format!("00000000000000{id}").parse().unwrap();
        trace.sender(id).map(|visit| visit.service.name.to_string())
    };
    for (id, name) in [
        ("0a", Some("front")),
        ("0b", Some("front")),
        ("0c", Some("front")),
        ("0d", Some("https://q")),
        ("0e", None),
    ] {
        assert_eq!(sender(id).as_deref(), name, "{id}");
    }
}

#[test]
fn being_told_to_slow_down_counts_wherever_it_happened() {
    let work = |throttle: bool| {
        format!(
            r#"{{"id":"000000000000000b","name":"work","start_time":11,"end_time":13,"subsegments":[
            {{"id":"000000000000000c","name":"deeper","start_time":11,"end_time":12,"throttle":{throttle}}}]}}"#
        )
    };
    assert!(summary(&work(true), &[]).outcome.throttle);
    assert!(!summary(&work(false), &[]).outcome.throttle);
}

#[test]
fn an_exception_may_be_recorded_elsewhere_in_the_segment() {
    let parts = r#"{"id":"000000000000000b","name":"parse","start_time":11,"end_time":12,"fault":true,"cause":"00000000000000e1"},
        {"id":"000000000000000c","name":"log","start_time":12,"end_time":13,
         "cause":{"exceptions":[{"id":"00000000000000e1","type":"ParseError","message":"no number"}]}},
        {"id":"000000000000000d","name":"lost","start_time":13,"end_time":14,"fault":true,"cause":"00000000000000e2"}"#;
    let elsewhere = r#""id":"000000000000000f","name":"other","start_time":10,"end_time":14,
        "cause":{"exceptions":[{"id":"00000000000000e2","type":"Other","message":"of another segment"}]}"#;
    let trace = summary(parts, &[elsewhere]);
    let thrown: Vec<Vec<String>> = trace
        .root_causes
        .fault
        .iter()
        .map(|cause| {
            let last = cause.services.last().unwrap().entities.last().unwrap();
            let exceptions = last.exceptions.iter();
            exceptions
                .map(|thrown| format!("{}: {}", thrown.name, thrown.message))
                .collect()
        })
        .collect();
    assert_eq!(thrown, [vec!["ParseError: no number".to_owned()], vec![]]);
}

#[test]
fn of_a_million_annotations_fifty_are_indexed_and_the_others_only_counted() {
    const DOCUMENTS: usize = 128;
    const EACH: usize = 8_000;
    const LETTERS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.";
    // All different, each of eight bytes.
    let annotation = |number: usize| {
        let letter = |place: usize| char::from(LETTERS[number >> (6 * place) & 63]);
        let (key, value) = ([letter(0), letter(1), letter(2)], number >> 18);
        format!(r#""{}":{value}"#, String::from_iter(key))
    };
    let document = |number: usize| {
        let keys = number * EACH..(number + 1) * EACH;
        let keys: Vec<String> = keys.map(annotation).collect();
        format!(
            r#"{{"trace_id":"{ID}","id":"{:016x}","name":"shop","start_time":1,"end_time":2,"user":"u{number}","annotations":{{{}}}}}"#,
            number + 1,
            keys.join(",")
        )
    };
    let documents: Vec<String> = (0..DOCUMENTS).map(document).collect();
    let size: usize = documents.iter().map(String::len).sum();
    assert!(size > 8_000_000, "{size}");
    let mut interner = Interner::default();
    let trace = summary_with(&documents, &mut interner);
    assert_eq!(trace.annotations.len(), 50);
    assert_eq!(trace.unindexed_annotations, DOCUMENTS * EACH - 50);
    assert_eq!(trace.users.len(), DOCUMENTS);
    // Each was compared with fifty others at most, and nothing of those beyond was kept or copied.
    assert!(
        interner.count() < 50 + 2 * DOCUMENTS,
        "{}",
        interner.count()
    );
    assert!(trace.bytes() < 100_000, "{}", trace.bytes());
}

#[test]
fn a_value_of_a_key_is_there_once_for_each_service() {
    let annotated = r#"{"id":"000000000000000b","name":"a","start_time":11,"end_time":12,"annotations":{"tier":"gold","size":1}},
        {"id":"000000000000000c","name":"b","start_time":12,"end_time":13,"annotations":{"tier":"gold","size":1.0,"odd":[1]}},
        {"id":"000000000000000d","name":"c","start_time":12,"end_time":13,"annotations":{"tier":"silver","size":true}}"#;
    let back = r#""id":"000000000000000f","name":"back","start_time":13,"end_time":14,"annotations":{"tier":"gold"}"#;
    let trace = summary(annotated, &[back]);
    let found: Vec<String> = trace
        .annotations
        .iter()
        .map(|one| {
            let service = one.service.as_ref().unwrap();
            format!("{}={:?} {}", one.key, one.value, service.name)
        })
        .collect();
    assert_eq!(
        found,
        [
            r#"tier=Text("gold") front"#,
            "size=Number(1.0) front",
            r#"tier=Text("silver") front"#,
            "size=Bool(true) front",
            r#"tier=Text("gold") back"#,
        ]
    );
    assert_eq!(trace.unindexed_annotations, 0);
}

#[test]
fn a_trace_in_which_calls_multiply_is_searched_once() {
    // Every segment and its subsegment have one id, so that the next segment is called by both.
    let chain: Vec<String> = (1..=16)
        .map(|number| {
            let parent = if number == 1 {
                String::new()
            } else {
                format!(r#""parent_id":"{:016x}","#, number - 1)
            };
            let subsegments: Vec<String> = (0..8)
                .map(|part| {
                    let id = if part == 0 { number } else { number * 100 + part };
                    format!(r#"{{"id":"{id:016x}","name":"p{part}","start_time":{number},"end_time":50,"error":{}}}"#,
                        number == 16 && part == 1
                    )
                })
                .collect();
            format!(
                r#"{{"trace_id":"{ID}",{parent}"id":"{number:016x}","name":"s{number}","start_time":{number},"end_time":50,"subsegments":[{}]}}"#,
                subsegments.join(",")
            )
        })
        .collect();
    let trace = summary_with(&chain, &mut Interner::default());
    // By two ways into each segment there are 65,536 ways to the last one.
    let [cause] = &*trace.root_causes.error else {
        panic!("{:?}", trace.root_causes.error)
    };
    assert_eq!(cause.services.len(), 16);
}
