//! A request that is known by its parts leads to the same document as one that attributes tell of.

#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{select, subsequence},
};
use segment::{
    Form, Span, Time, Value,
    mapping::{Mapping, Settings},
    span::{Event, Http, Parent, SpanKind, Status},
    value::Members,
};

const LONG: &str = "/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/\
    long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long";

fn http() -> impl Strategy<Value = Http<'static>> {
    let hosts = vec![
        "shop",
        "127.0.0.1",
        "::1",
        "a:b",
        "",
        "token",
        "user:pw@h",
        "s.example",
    ];
    let url = (
        select(vec!["http", "https", "ws"]),
        option::weighted(0.9, select(hosts)),
        option::of(prop_oneof![Just(80), Just(443), any::<u16>()]),
        select(vec![
            "/",
            "/items/7",
            "/a;password=hunter2",
            "/pot?token=x",
            LONG,
        ]),
    );
    let addresses = vec!["203.0.113.7", "10.0.0.1", "2001:db8::7", "::1"];
    let who = (
        option::of(select(addresses.clone())),
        option::of(select(addresses)),
        option::of(select(vec![
            "bench/1.0",
            "",
            "Mozilla/5.0 (X11; Linux x86_64) password=hunter2",
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            LONG,
        ])),
    );
    let method = select(vec!["GET", "POST", "_OTHER", "", "TOKEN=hunter2"]);
    let route = option::of(select(vec!["/items/{id}", "/{token}", "/a;password={p}"]));
    let response = (option::of(0..700_u16), option::of(any::<u64>()));
    (method, url, route, who, response).prop_map(|(method, url, route, who, response)| Http {
        method,
        scheme: url.0,
        host: url.1,
        port: url.2,
        path: url.3,
        route,
        client: who.0,
        peer: who.1,
        user_agent: who.2,
        status: response.0,
        body_size: response.1,
    })
}

/// What code in a request says of it, and sometimes what it says of HTTP itself.
fn attributes() -> impl Strategy<Value = Members<'static>> {
    let key = prop_oneof![
        9 => select(vec![
            "annotation.tier",
            "annotation.http.route",
            "metadata.cart",
            "metadata.http.route",
            "metadata.network.peer.address",
            "enduser.id",
            "aws.xray.sampling_rule_name",
        ]),
        1 => select(vec![
            "http.host",
            "url.path",
            "server.address",
            "client.port",
            "peer.service",
            "db.system",
            "aws.xray.annotations",
            "items",
        ]),
    ];
    let value = prop_oneof![
        Just(Value::from("gold")),
        Just(Value::from("mysql")),
        Just(Value::from("password=hunter2")),
        any::<i64>().prop_map(Value::from),
        Just(Value::Array(vec!["http.route".into()])),
    ];
    let attributes = vec((key.prop_map(Into::into), value), 1..4);
    prop_oneof![Just(vec![]), attributes]
}

fn span() -> impl Strategy<Value = Span<'static>> {
    let id = "7df694142c905d8d".parse().unwrap();
    let parent = select(vec![Parent::None, Parent::Remote(id), Parent::Local(id)]);
    let kind = select(vec![
        SpanKind::Server,
        SpanKind::Server,
        SpanKind::Server,
        SpanKind::Client,
        SpanKind::Client,
        SpanKind::Producer,
        SpanKind::Consumer,
        SpanKind::Internal,
    ]);
    let status = select(vec![
        Status::Unset,
        Status::Ok,
        Status::Error("late".into()),
    ]);
    let event = Event {
        name: "message".into(),
        time: Time::from_nanos(2),
        attributes: vec![
            ("message.type".into(), "RECEIVED".into()),
            ("messaging.message_payload_size_bytes".into(), 7.into()),
        ],
    };
    let name = select(vec!["GET", "GET /items/{id}", "shop", "checkout"]);
    let events = prop_oneof![3 => Just(vec![]), 1 => Just(vec![event])];
    let times = select(vec![(1, 3), (1, 3), (3, 1), (5, u64::MAX), (u64::MAX, 3)]);
    let of_code = (name, status, attributes(), events);
    (parent, kind, times, of_code, http()).prop_map(
        |(parent, kind, (start, end), (name, status, attributes, events), http)| Span {
            trace_id: "1-5f84c7a1-e7d1852db8c4fd35d88bf49a".parse().unwrap(),
            id: "df6d4ea37eb22ed0".parse().unwrap(),
            parent,
            name: name.into(),
            kind,
            start: Time::from_nanos(start),
            end: Some(Time::from_nanos(end)),
            status,
            http: Some(http),
            attributes,
            events,
            links: vec![],
        },
    )
}

fn settings() -> impl Strategy<Value = Settings> {
    let indexed = prop_oneof![4 => Just(vec![]), 1 => Just(vec!["http.route".to_owned()])];
    let index_all_attributes = proptest::bool::weighted(0.2);
    (indexed, index_all_attributes).prop_map(|(indexed_attributes, index_all_attributes)| {
        Settings {
            indexed_attributes,
            index_all_attributes,
            ..Settings::default()
        }
    })
}

/// The attributes of a service, wherever it runs.
fn place() -> impl Strategy<Value = Members<'static>> {
    let attributes = [
        ("cloud.platform", "aws_eks"),
        ("cloud.provider", "gcp"),
        ("service.version", "1.2"),
        ("k8s.pod.name", "shop-7d9c"),
        ("telemetry.sdk.name", "opentelemetry"),
        ("team", "\"north\""),
        ("service.name", "shop"),
    ];
    let attributes = attributes.map(|(key, value)| (key.into(), value.into()));
    subsequence(attributes.to_vec(), 0..=attributes.len())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn parts_and_attributes_lead_to_the_same_documents(settings in settings(), span in span()) {
        let resource = vec![("service.name".into(), "shop".into())];
        let mapping = Mapping::new(resource, settings);
        let mut told = span.clone();
        let http = told.http.take().unwrap();
        http.join(told.kind, &mut told.attributes);
        prop_assert_eq!(mapping.map(span.clone()), mapping.map(told.clone()));
        prop_assert_eq!(mapping.map_embedded(span), mapping.map_embedded(told));
    }

    #[test]
    fn the_short_way_leads_where_the_long_one_does(settings in settings(), span in span(), place in place()) {
        let mapping = Mapping::new(place, settings);
        for subsegments in [&b""[..], b"{},{}"] {
            let (mut expected, mut served) = (Vec::new(), Vec::new());
            let trimmed = mapping.encode_served(&span, subsegments, &mut served);
            if let Some(trimmed) = trimmed {
                let mapped = mapping.map(span.clone()).unwrap();
                mapped.document.encode_with(Form::Independent, subsegments, &mut expected);
                prop_assert_eq!(mapped.segment, None);
                prop_assert_eq!(mapped.trimmed, trimmed);
            }
            prop_assert_eq!(String::from_utf8(served), String::from_utf8(expected));
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
        http: Some(Http {
            method: "GET",
            scheme: "http",
            host: Some("shop"),
            path: "/items/7",
            route: Some("/items/{id}"),
            status: Some(200),
            ..Http::default()
        }),
        attributes: vec![],
        events: vec![],
        links: vec![],
    };
    let takes_it = |span: &Span<'_>| {
        let mut out = Vec::new();
        let is_taken = mapping.encode_served(span, b"", &mut out).is_some();
        assert_eq!(is_taken, !out.is_empty());
        is_taken
    };
    assert!(takes_it(&usual));
    let mut others = vec![usual; 6];
    others[0].attributes = vec![("annotation.tier".into(), "gold".into())];
    others[1].kind = SpanKind::Client;
    others[2].status = Status::Error("late".into());
    others[3].end = None;
    others[4].http = None;
    others[5].parent = Parent::Local(others[5].id);
    assert!(!others.iter().any(takes_it));
}
