//! A span that is known by its details leads to the same document as one of which attributes say the same.

#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

mod spans;

use proptest::prelude::*;
use segment::{
    Form, Span, Time,
    mapping::{Mapping, Settings},
    span::{Asked, AwsCall, Details, Http, Parent, Query, SpanKind, Status},
};
use spans::{place, settings, span};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn parts_and_attributes_lead_to_the_same_documents(settings in settings(), span in span()) {
        let resource = vec![("service.name".into(), "shop".into())];
        let mapping = Mapping::new(resource, settings);
        let mut told = span.clone();
        let details = told.details.take().unwrap();
        details.join(told.kind, &mut told.attributes);
        prop_assert_eq!(mapping.map(span.clone()), mapping.map(told.clone()));
        prop_assert_eq!(mapping.map_embedded(span), mapping.map_embedded(told));
    }

    #[test]
    fn the_short_way_leads_where_the_long_one_does(settings in settings(), span in span(), place in place()) {
        let mapping = Mapping::new(place, settings);
        for subsegments in [&b""[..], b"{},{}"] {
            let (mut expected, mut short) = (Vec::new(), Vec::new());
            if let Some(trimmed) = mapping.try_encode_segment(&span, subsegments, &mut short) {
                let mapped = mapping.map(span.clone()).unwrap();
                mapped.document.encode_with(Form::Independent, subsegments, &mut expected);
                prop_assert_eq!(mapped.segment, None);
                prop_assert_eq!(mapped.trimmed, trimmed);
            }
            if let Some(trimmed) = mapping.try_encode_subsegment(&span, subsegments, &mut short) {
                let mapped = mapping.map_embedded(span.clone()).unwrap();
                mapped.document.encode_with(Form::Embedded, subsegments, &mut expected);
                prop_assert_eq!(mapped.segment, None);
                prop_assert_eq!(mapped.trimmed, trimmed);
            }
            prop_assert_eq!(String::from_utf8(short), String::from_utf8(expected));
        }
    }
}

#[test]
fn a_usual_request_takes_the_short_way_and_any_other_does_not() {
    let mapping = Mapping::new(
        vec![("service.name".into(), "shop".into())],
        Settings::default(),
    );
    let usual = Span {
        trace_id: "1-5f84c7a1-e7d1852db8c4fd35d88bf49a".parse().unwrap(),
        id: "df6d4ea37eb22ed0".parse().unwrap(),
        parent: Parent::None,
        name: "GET /items/{id}".into(),
        kind: SpanKind::Server,
        start: Time::from_nanos(1),
        end: Some(Time::from_nanos(3)),
        status: Status::Unset,
        details: Some(Details::Http(Http {
            method: "GET",
            scheme: "http",
            host: Some("shop"),
            path: "/items/7",
            route: Some("/items/{id}"),
            status: Some(200),
            ..Http::default()
        })),
        attributes: vec![],
        events: vec![],
        links: vec![],
    };
    let takes_it = |span: &Span<'_>| {
        let mut out = Vec::new();
        let is_taken = mapping.try_encode_segment(span, b"", &mut out).is_some();
        assert_eq!(is_taken, !out.is_empty());
        is_taken
    };
    assert!(takes_it(&usual));
    let mut sampled = usual.clone();
    sampled.attributes = vec![("aws.xray.sampling_rule_name".into(), "Default".into())];
    assert!(takes_it(&sampled));
    let mut others = vec![usual; 6];
    others[0].attributes = vec![("annotation.tier".into(), "gold".into())];
    others[1].kind = SpanKind::Client;
    others[2].status = Status::Error("late".into());
    others[3].end = None;
    others[4].details = None;
    others[5].parent = Parent::Local(others[5].id);
    assert!(!others.iter().any(takes_it));
}

#[test]
fn usual_calls_take_the_short_way_and_others_do_not() {
    let mapping = Mapping::new(
        vec![("service.name".into(), "shop".into())],
        Settings::default(),
    );
    let call = |name: &'static str, details| Span {
        trace_id: "1-5f84c7a1-e7d1852db8c4fd35d88bf49a".parse().unwrap(),
        id: "df6d4ea37eb22ed0".parse().unwrap(),
        parent: Parent::Local("7df694142c905d8d".parse().unwrap()),
        name: name.into(),
        kind: SpanKind::Client,
        start: Time::from_nanos(1),
        end: Some(Time::from_nanos(3)),
        status: Status::Unset,
        details: Some(details),
        attributes: vec![],
        events: vec![],
        links: vec![],
    };
    let http = Http {
        method: "GET",
        scheme: "http",
        host: Some("stock"),
        port: Some(8080),
        path: "/items/7",
        status: Some(404),
        ..Http::default()
    };
    let query = Query {
        system: "postgresql",
        namespace: Some("shop"),
        host: Some("db.internal"),
        text: "SELECT stock FROM items WHERE id = $1",
        ..Query::default()
    };
    let aws = AwsCall {
        service: "DynamoDB",
        operation: "GetItem",
        region: Some("eu-west-1"),
        ..AwsCall::default()
    };
    let of_table = AwsCall {
        asked: Asked {
            table_name: Some("orders"),
            ..Asked::default()
        },
        ..aws
    };
    let mut asked = call("GetItem", Details::Aws(of_table));
    asked.attributes = vec![("aws.dynamodb.consistent_read".into(), true.into())];
    let file = Query {
        system: "sqlite",
        host: None,
        ..query
    };
    let usual = [
        call("GET", Details::Http(http)),
        call("SELECT", Details::Query(query)),
        call("SELECT", Details::Query(file)),
        call("GetItem", Details::Aws(aws)),
        asked,
    ];
    let takes_it = |span: &Span<'_>| {
        let mut out = Vec::new();
        let is_taken = mapping.try_encode_subsegment(span, b"", &mut out);
        assert_eq!(is_taken.is_some(), !out.is_empty());
        is_taken.is_some()
    };
    for span in usual {
        assert!(takes_it(&span), "{span:?}");
        let mut others = vec![span; 5];
        others[0]
            .attributes
            .push(("annotation.tier".into(), "gold".into()));
        others[1].kind = SpanKind::Producer;
        others[2].status = Status::Error("late".into());
        others[3].end = None;
        others[4].name = "checkout".into();
        assert!(!others.iter().any(takes_it));
    }
}
