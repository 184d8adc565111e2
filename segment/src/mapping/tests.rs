//! The rules that the vectors do not cover.

mod attributes;
mod calls;
mod exceptions;

use super::*;
use crate::{
    Form, SegmentId, Time, Value,
    document::Cause,
    span::{Event, Parent, SpanKind, SpanLink, Status},
};

fn mapping(resource: &str) -> Mapping {
    Mapping::new(members(resource), Settings::default())
}

fn shop() -> Mapping {
    mapping(r#"{"service.name":"shop"}"#)
}

fn members(json: &str) -> Members<'static> {
    match Value::parse(json).unwrap() {
        Value::Object(members) => members,
        other => panic!("{other} is no object"),
    }
}

fn id(number: u64) -> SegmentId {
    SegmentId::from_bytes(number.to_be_bytes()).unwrap()
}

fn span(kind: SpanKind, parent: Parent, attributes: &str) -> Span<'static> {
    Span {
        trace_id: "1-5f84c7a1-e7d1852db8c4fd35d88bf49a".parse().unwrap(),
        id: id(0xaa),
        parent,
        name: "op".into(),
        kind,
        start: Time::from_nanos(1_000_000_000),
        end: Some(Time::from_nanos(2_000_000_000)),
        status: Status::Unset,
        details: None,
        attributes: members(attributes),
        events: Vec::new(),
        links: Vec::new(),
    }
}

fn local(attributes: &str) -> Span<'static> {
    span(SpanKind::Internal, Parent::Local(id(1)), attributes)
}

fn event(name: &'static str, attributes: &str) -> Event<'static> {
    Event {
        name: name.into(),
        time: Time::from_nanos(1_500_000_000),
        attributes: members(attributes),
    }
}

/// Maps a span to documents that X-Ray takes.
fn map<'a>(mapping: &'a Mapping, span: Span<'a>) -> Mapped<'a> {
    let mapped = mapping.map(span).unwrap();
    for document in std::iter::once(&mapped.document).chain(mapped.segment.as_deref()) {
        let mut encoded = Vec::new();
        document.encode(Form::Independent, &mut encoded);
        segment_schema::assert_valid(std::str::from_utf8(&encoded).unwrap());
    }
    mapped
}

fn json(members: &Members<'_>) -> String {
    Value::Object(members.clone()).to_string()
}

fn exceptions<'m>(mapped: &'m Mapped<'_>) -> &'m [crate::document::Exception<'m>] {
    match &mapped.document.cause {
        Some(Cause::Exceptions(exceptions)) => &exceptions.exceptions,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_local_root_is_a_segment_and_what_is_below_it_is_not() {
    let shop = shop();
    let shape = |kind, parent| {
        let mapped = map(&shop, span(kind, parent, "{}"));
        let document = mapped.document;
        (
            document.is_subsegment,
            document.name.into_owned(),
            mapped.segment.is_some(),
        )
    };
    let segment = (false, "shop".to_owned(), false);
    let subsegment = (true, "op".to_owned(), false);
    for kind in [SpanKind::Server, SpanKind::Consumer, SpanKind::Internal] {
        assert_eq!(shape(kind, Parent::Remote(id(1))), segment);
        assert_eq!(shape(kind, Parent::None), segment);
        assert_eq!(shape(kind, Parent::Local(id(1))), subsegment);
    }
    for kind in [SpanKind::Client, SpanKind::Producer] {
        assert_eq!(
            shape(kind, Parent::Remote(id(1))),
            (true, "op".to_owned(), true)
        );
        assert_eq!(shape(kind, Parent::Local(id(1))), subsegment);
    }
}

#[test]
fn an_embedded_subsegment_repeats_nothing_of_the_resource() {
    let eks = mapping(
        r#"{"service.name":"shop","service.version":"1","cloud.platform":"aws_eks",
            "telemetry.sdk.name":"opentelemetry","cloud.account.id":"1"}"#,
    );
    let lean = eks.map_embedded(local("{}")).unwrap().document;
    assert_eq!((lean.aws, lean.origin, lean.service), (None, None, None));
    let call = eks
        .map_embedded(local(r#"{"aws.region":"eu-west-1"}"#))
        .unwrap();
    let aws = call.document.aws.unwrap();
    assert_eq!(
        (aws.region.as_deref(), aws.xray.as_ref()),
        (Some("eu-west-1"), None)
    );
    let root = span(SpanKind::Server, Parent::None, "{}");
    assert!(eks.map_embedded(root).unwrap().document.origin.is_some());
}

#[test]
fn the_sampling_rule_stands_beside_the_sdk() {
    let mapping = mapping(
        r#"{"telemetry.sdk.name":"opentelemetry","telemetry.sdk.language":"rust","host.id":"i-1",
            "process.runtime.name":"rustc","process.runtime.version":"1.88"}"#,
    );
    let root = span(
        SpanKind::Server,
        Parent::None,
        r#"{"aws.xray.sampling_rule_name":"Default"}"#,
    );
    let document = map(&mapping, root).document;
    let aws = document.aws.unwrap();
    let xray = aws.xray.as_ref().unwrap();
    assert_eq!(xray.sampling_rule_name.as_deref(), Some("Default"));
    assert_eq!(xray.sdk.as_deref(), Some("opentelemetry for rust"));
    assert_eq!(
        aws.ec2.as_ref().unwrap().instance_id.as_deref(),
        Some("i-1")
    );
    let service = document.service.unwrap();
    assert_eq!(service.runtime.as_deref(), Some("rustc"));
    assert_eq!(service.runtime_version.as_deref(), Some("1.88"));
}

#[test]
fn the_client_address_is_a_claim_unless_the_peer_has_it() {
    let shop = shop();
    for (attributes, client_ip, is_claimed) in [
        (
            r#"{"client.address":"1.2.3.4","network.peer.address":"1.2.3.4"}"#,
            "1.2.3.4",
            false,
        ),
        (
            r#"{"client.address":"1.2.3.4","network.peer.address":"::ffff:1.2.3.4"}"#,
            "1.2.3.4",
            false,
        ),
        (
            r#"{"client.address":"1.2.3.4","network.peer.address":"10.0.0.1"}"#,
            "1.2.3.4",
            true,
        ),
        (
            r#"{"client.address":"1.2.3.4","network.peer.address":"/run/s"}"#,
            "1.2.3.4",
            true,
        ),
        (
            r#"{"client.address":"a name","network.peer.address":"10.0.0.1"}"#,
            "10.0.0.1",
            false,
        ),
    ] {
        let mut server = span(SpanKind::Server, Parent::None, attributes);
        server
            .attributes
            .push(("http.request.method".into(), "GET".into()));
        let http = map(&shop, server).document.http.unwrap();
        let request = http.request.unwrap();
        assert_eq!(
            request.client_ip.as_deref(),
            Some(client_ip),
            "{attributes}"
        );
        assert_eq!(request.x_forwarded_for, is_claimed, "{attributes}");
    }
}

#[test]
fn links_beyond_the_twentieth_are_listed_in_the_metadata() {
    let mut linked = local("{}");
    linked.links = (1..=22)
        .map(|number| SpanLink {
            trace_id: linked.trace_id,
            id: id(number),
            attributes: Vec::new(),
        })
        .collect();
    let shop = shop();
    let mapped = map(&shop, linked);
    assert_eq!((mapped.document.links.len(), mapped.trimmed.links), (20, 2));
    assert!(json(&mapped.document.metadata).contains("0000000000000016"));
}

#[test]
fn ids_are_judged_only_if_the_settings_say_so() {
    let settings = |seconds: u64| Settings {
        refuse_ids_unless_recent_at: Some(Time::from_nanos(seconds * 1_000_000_000)),
        ..Settings::default()
    };
    let began = 0x5f84_c7a1;
    let day = 24 * 60 * 60;
    for (now, is_taken) in [
        (began, true),
        (began + 28 * day, true),
        (began + 28 * day + 1, false),
        (began - 300, true),
        (began - 301, false),
    ] {
        let mapping = Mapping::new(Vec::new(), settings(now));
        let mapped = mapping.map(local("{}"));
        assert_eq!(mapped.is_ok(), is_taken, "{now}");
        if let Err(refused) = mapped {
            let message = refused.to_string();
            assert!(
                message.contains("1-5f84c7a1-e7d1852db8c4fd35d88bf49a"),
                "{message}"
            );
        }
    }
}

#[test]
fn only_the_name_of_the_service_itself_is_prepared() {
    let mapping = mapping(r#"{"service.name":"shop (prod)"}"#);
    assert_eq!(mapping.service_name(), "shop prod");
    assert_eq!(mapping.trimmed().names, 1);
    let unnamed = Mapping::new(Vec::new(), Settings::default());
    assert_eq!(unnamed.service_name(), "span");
    let root = span(SpanKind::Internal, Parent::None, r#"{"peer.service":"p"}"#);
    assert_eq!(map(&unnamed, root).document.name, "p");
}
