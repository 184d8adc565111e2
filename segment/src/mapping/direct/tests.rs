//! A subsegment without details; `segment/tests/details` has those with some.

use crate::{
    Form, Span, Time,
    mapping::{Mapping, Settings},
    span::{Parent, SpanKind, Status},
};

fn span(name: &str, start: u64, end: u64) -> Span<'_> {
    Span {
        trace_id: "1-5f84c7a1-e7d1852db8c4fd35d88bf49a".parse().unwrap(),
        id: "df6d4ea37eb22ed0".parse().unwrap(),
        parent: Parent::Local("7df694142c905d8d".parse().unwrap()),
        name: name.into(),
        kind: SpanKind::Internal,
        start: Time::from_nanos(start),
        end: Some(Time::from_nanos(end)),
        status: Status::Unset,
        details: None,
        attributes: vec![],
        events: vec![],
        links: vec![],
    }
}

#[test]
fn the_short_way_leads_where_the_long_one_does() {
    let resource = vec![("service.name".into(), "shop".into())];
    let mapping = Mapping::new(resource, Settings::default());
    for span in [
        span("gen", 1_700_000_001_000_000_001, 1_700_000_002_000_000_000),
        span("parse", 9, 8),
        span("gen", 5, u64::MAX),
        span("late", u64::MAX, 3),
    ] {
        let mapped = mapping.map_embedded(span.clone()).unwrap();
        let (mut expected, mut plain) = (Vec::new(), Vec::new());
        let form = Form::Embedded;
        mapped.document.encode_with(form, b"{}", &mut expected);
        let trimmed = mapping.try_encode_subsegment(&span, b"{}", &mut plain);
        assert_eq!(trimmed, Some(mapped.trimmed));
        assert_eq!(plain, expected, "{}", String::from_utf8_lossy(&plain));
    }
}

#[test]
fn a_span_with_any_content_takes_the_general_path() {
    let mapping = Mapping::new(vec![], Settings::default());
    let long = "n".repeat(300);
    let names = ["", "Vec<u8>::parse()", "GET /?token=hunter2", &long];
    let mut spans = vec![span("gen", 1, 2); 6];
    spans[0].attributes = vec![("a".into(), 1.into())];
    spans[1].kind = SpanKind::Client;
    spans[2].parent = Parent::None;
    spans[3].status = Status::Error("late".into());
    spans[4].end = None;
    spans[5].links = vec![crate::span::SpanLink {
        trace_id: spans[0].trace_id,
        id: spans[0].id,
        attributes: vec![],
    }];
    spans.extend(names.map(|name| span(name, 1, 2)));
    for span in spans {
        let mut out = Vec::new();
        assert_eq!(mapping.try_encode_subsegment(&span, b"", &mut out), None);
        assert!(out.is_empty());
    }
}
