use segment::{Document, tree::Trace};

use super::*;
use crate::{
    filter::Filter,
    graph::Window,
    summary::{Interner, Summary},
};

/// Summaries of one segment each: seconds that it took, and further members.
fn summaries(segments: &[(f64, &str)]) -> Vec<Summary> {
    let mut interner = Interner::default();
    let summary = |(number, (seconds, more)): (usize, &(f64, &str))| {
        let text = format!(
            r#"{{"trace_id":"1-5f84c7a1-{number:024x}","id":"00000000000000aa","name":"shop","start_time":1000,"end_time":{}{more}}}"#,
            1000.0 + seconds
        );
        let trace = Trace::compile(
            format!("1-5f84c7a1-{number:024x}").parse().unwrap(),
            [Document::decode(&text).unwrap()],
        );
        Summary::new(&trace, 1, &mut interner)
    };
    segments.iter().enumerate().map(summary).collect()
}

fn groups(traces: &[Summary], by: &str) -> Groups {
    let traces: Vec<_> = traces.iter().collect();
    let by = Facet::parse(by).unwrap();
    Groups::of(&traces, &by, (GroupOrder::Traces, true), (0, 100))
}

#[test]
fn times_below_a_millisecond_are_told_apart() {
    let traces = summaries(&[(0.0004, ""), (0.0002, ""), (0.009, "")]);
    let group = &groups(&traces, "outcome").groups[0];
    let near = |micros: f64, expected: f64| (micros - expected).abs() < 1.0;
    assert!(near(group.times.p50, 400.0), "{group:?}");
    assert!(near(group.times.p99, 9_000.0), "{group:?}");
    assert!(near(group.times.average, 3_200.0), "{group:?}");
}

#[test]
fn every_group_has_a_filter_that_takes_exactly_its_traces() {
    let hostile = r#","user":"a \"b\" \\ } OR","annotations":{"tenant":"x\" OR ok","n":1.5,"old":true},
        "http":{"request":{"method":"GET","url":"http://h/p/17?q=1"},"response":{"status":500}},"fault":true,
        "service":{"version":"1.0"},"aws":{"ec2":{"instance_id":"i-1","availability_zone":"z"},"eks":{"pod":"p-1"}},
        "cause":{"exceptions":[{"id":"00000000000000ab","type":"T","message":"say \"no\""}]}"#;
    let traces = summaries(&[
        (1.0, hostile),
        (1.0, hostile),
        (2.0, ""),
        (3.0, r#","error":true"#),
    ]);
    let annotations = annotation_keys(&traces)
        .into_iter()
        .map(|key| format!("annotation.{key}"));
    let mut filled = 0;
    for by in Facet::fixed().map(str::to_owned).chain(annotations) {
        for group in groups(&traces, &by).groups {
            let filter = Filter::parse(&group.expression).unwrap();
            let found = traces.iter().filter(|trace| filter.matches(trace)).count();
            assert_eq!(found, group.traces, "{by}: {}", group.expression);
            filled += 1;
        }
    }
    assert!(filled > 18, "{filled}");
}

#[test]
fn many_numbers_are_ranges_and_few_are_themselves() {
    let with = |count: u32| {
        let more: Vec<String> = (0..count)
            .map(|n| format!(r#","annotations":{{"price":{}}}"#, n * 7))
            .collect();
        let segments: Vec<_> = more.iter().map(|more| (1.0, more.as_str())).collect();
        summaries(&segments)
    };
    assert_eq!(groups(&with(20), "annotation.price").total, 20);
    let traces = with(200);
    let ranges = groups(&traces, "annotation.price");
    assert!((5..=12).contains(&ranges.total), "{ranges:?}");
    assert_eq!(
        ranges
            .groups
            .iter()
            .map(|group| group.traces)
            .sum::<usize>(),
        200
    );
    for group in &ranges.groups {
        let filter = Filter::parse(&group.expression).unwrap();
        assert_eq!(
            traces.iter().filter(|trace| filter.matches(trace)).count(),
            group.traces
        );
    }
}

#[test]
fn a_threshold_is_found_and_a_few_traces_prove_nothing() {
    let more: Vec<String> = (0..400)
        .map(|n| format!(r#","annotations":{{"price":{n},"id":"order {n}"}}"#))
        .collect();
    let segments: Vec<_> = more.iter().map(|more| (1.0, more.as_str())).collect();
    let traces = summaries(&segments);
    let parted = traces
        .iter()
        .enumerate()
        .map(|(n, trace)| (trace, n >= 300));
    let differences = Differences::of(parted);
    let first = &differences.circumstances[0];
    assert_eq!(
        (first.value.as_str(), first.in_set, first.in_rest),
        ("300 or more", 100, 0)
    );
    // Every id is in one trace, all of it in one of the sets, and yet says nothing.
    assert!(
        differences
            .circumstances
            .iter()
            .all(|one| one.facet != "annotation.id")
    );
    assert_eq!((differences.set, differences.rest), (100, 300));
}

#[test]
fn no_trace_is_left_out_of_the_scatter_and_its_marks_are_bounded() {
    let segments: Vec<(f64, &str)> = (1..=5_000_u32)
        .map(|n| (f64::from(n) / 1_000.0, ""))
        .collect();
    let traces = summaries(&segments);
    let traces: Vec<_> = traces.iter().collect();
    let window = Window {
        start: segment::Time::from_seconds(900.0).unwrap(),
        end: segment::Time::from_seconds(1_100.0).unwrap(),
    };
    let scatter = serde_json::to_value(Scatter::of(&traces, window)).unwrap();
    let marks = scatter["marks"].as_array().unwrap();
    assert!(marks.len() <= 42, "{}", marks.len());
    assert_eq!(
        marks
            .iter()
            .map(|mark| mark[2].as_u64().unwrap())
            .sum::<u64>(),
        5_000
    );
    let few = serde_json::to_value(Scatter::of(&traces[..9], window)).unwrap();
    assert_eq!(few["marks"].as_array().unwrap().len(), 9);
}

#[test]
fn pages_of_a_list_join_and_do_not_move_while_others_arrive() {
    let segments: Vec<(f64, &str)> = (0..50_u32).map(|n| (f64::from(n % 7), "")).collect();
    let traces = summaries(&segments);
    let all: Vec<_> = traces.iter().collect();
    let ids = |rows: Rows<'_>| {
        serde_json::to_value(rows).unwrap()["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["id"].to_string())
            .collect::<Vec<_>>()
    };
    let order = (RowOrder::Time, true);
    let whole = ids(Rows::of(&all, order, None, (0, 100)));
    let pages = (0..5).flat_map(|page| ids(Rows::of(&all, order, None, (page * 10, 10))));
    assert_eq!(whole, pages.collect::<Vec<_>>());
    let first = whole[3].trim_matches('"').parse().unwrap();
    let from = Rows::of(&all, order, Some(first), (0, 10));
    assert_eq!(from.newer, 3);
    assert_eq!(ids(from), whole[3..13]);
}
