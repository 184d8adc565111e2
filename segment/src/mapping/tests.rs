//! The rules that the vectors do not cover.

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
        http: None,
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

/// What a call leaves in annotations and metadata, and how many attributes had to move.
#[track_caller]
fn check_data(attributes: &str, annotations: &str, metadata: &str, moved: u32) {
    let shop = shop();
    let mapped = map(&shop, local(attributes));
    assert_eq!(json(&mapped.document.annotations), annotations);
    assert_eq!(json(&mapped.document.metadata), metadata);
    assert_eq!(mapped.trimmed.annotations, moved);
}

#[test]
fn prefixes_say_what_becomes_of_an_attribute() {
    check_data(
        r#"{"annotation.tier":"gold","annotation.count":3,"metadata.cart":{"n":1},"other":true}"#,
        r#"{"tier":"gold","count":3}"#,
        r#"{"default":{"other":true,"cart":{"n":1}}}"#,
        0,
    );
}

#[test]
fn annotations_whose_keys_collide_after_cleaning_move_to_the_metadata() {
    check_data(
        r#"{"annotation.user-id":1,"annotation.user_id":2,"annotation.":3,"annotation.list":[4]}"#,
        r#"{"user_id":1}"#,
        r#"{"default":{"annotation.list":[4],"annotation.user_id":2,"annotation.":3}}"#,
        2,
    );
}

#[test]
fn an_attribute_that_is_recorded_again_has_its_last_value() {
    check_data(
        r#"{"annotation.n":1,"annotation.n":2,"x":1,"x":2,"metadata.y":1,"metadata.y":2}"#,
        r#"{"n":2}"#,
        r#"{"default":{"x":2,"y":2}}"#,
        0,
    );
}

#[test]
fn the_fifty_first_annotation_becomes_metadata() {
    let attributes: Vec<_> = (0..53)
        .map(|n| format!(r#""annotation.k{n}":{n}"#))
        .collect();
    let shop = shop();
    let mapped = map(&shop, local(&format!("{{{}}}", attributes.join(","))));
    assert_eq!(mapped.document.annotations.len(), 50);
    assert_eq!(mapped.trimmed.annotations, 3);
    assert_eq!(
        json(&mapped.document.metadata),
        r#"{"default":{"annotation.k50":50,"annotation.k51":51,"annotation.k52":52}}"#
    );
}

#[test]
fn what_is_no_number_is_annotated_by_its_name() {
    let mut span = local("{}");
    span.attributes = vec![("annotation.ratio".into(), Value::Number(f64::NAN))];
    let shop = shop();
    let mapped = map(&shop, span);
    assert_eq!(json(&mapped.document.annotations), r#"{"ratio":"NaN"}"#);
}

#[test]
fn a_text_that_is_cut_stays_whole_in_the_metadata() {
    let long = "p".repeat(400);
    let shop = shop();
    let server = span(
        SpanKind::Server,
        Parent::None,
        &format!(
            r#"{{"http.method":"GET","http.host":"h","http.target":"/{long}","annotation.a":"{long}{long}{long}"}}"#
        ),
    );
    let mapped = map(&shop, server);
    let request = mapped.document.http.unwrap().request.unwrap();
    assert_eq!(request.url.unwrap().len(), 250);
    let metadata = json(&mapped.document.metadata);
    assert!(metadata.contains(&format!(r#""http.target":"/{long}""#)));
    assert!(metadata.contains(&format!(r#""annotation.a":"{long}{long}{long}""#)));
    assert_eq!(mapped.trimmed.texts, 2);
}

#[test]
fn an_error_that_tracing_records_is_an_exception_with_its_sources() {
    let mut failed = local("{}");
    failed.events.push(event(
        "charge failed",
        r#"{"exception.message":"no funds","exception.stacktrace":["bank said no","limit"],
            "error":"no funds","error.chain":["bank said no","limit"],
            "level":"ERROR","target":"shop","order":5}"#,
    ));
    let shop = shop();
    let mapped = map(&shop, failed);
    let exceptions = exceptions(&mapped);
    let messages: Vec<_> = exceptions
        .iter()
        .map(|exception| exception.message.as_deref().unwrap())
        .collect();
    assert_eq!(messages, ["no funds", "bank said no", "limit"]);
    assert_eq!(exceptions[0].cause, exceptions[1].id);
    assert_eq!(exceptions[1].cause, exceptions[2].id);
    assert_eq!(exceptions[2].cause, None);
    assert_eq!(
        json(&mapped.document.metadata),
        r#"{"default":{"events":[{"name":"charge failed","attributes":{"level":"ERROR","target":"shop","order":5}}]}}"#
    );
}

#[test]
fn an_exception_says_everything_only_once() {
    let mut failed = local("{}");
    let attributes = r#"{"exception.type":"E","exception.message":"m","exception.escaped":true,"level":"ERROR"}"#;
    failed.events.push(event("exception", attributes));
    failed.events.push(event("m", attributes));
    let shop = shop();
    let mapped = map(&shop, failed);
    assert_eq!(exceptions(&mapped).len(), 2);
    assert_eq!(mapped.document.metadata, []);
    assert!(mapped.trimmed.is_empty());
}

#[test]
fn exceptions_beyond_the_fiftieth_stay_events() {
    let mut failed = local("{}");
    failed.events = (0..52)
        .map(|_| event("exception", r#"{"exception.message":"m"}"#))
        .collect();
    let shop = shop();
    let mapped = map(&shop, failed);
    assert_eq!(exceptions(&mapped).len(), 50);
    assert_eq!(mapped.trimmed.exceptions, 2);
    assert_eq!(
        json(&mapped.document.metadata)
            .matches("exception.message")
            .count(),
        2
    );
}

#[test]
fn a_stack_trace_that_cannot_be_read_is_counted() {
    let mut failed = local("{}");
    failed.events.push(event(
        "exception",
        r#"{"exception.message":"m","exception.stacktrace":"x.rb:1:in `y'"}"#,
    ));
    let ruby = mapping(r#"{"telemetry.sdk.language":"ruby"}"#);
    assert_eq!(map(&ruby, failed).trimmed.stack_traces, 1);
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
fn a_call_without_a_caller_gets_a_segment_of_the_service() {
    let mut call = span(
        SpanKind::Client,
        Parent::Remote(id(1)),
        r#"{"server.address":"bank","annotation.tier":"gold","enduser.id":7}"#,
    );
    call.status = Status::Error("refused".into());
    let shop = shop();
    let mapped = map(&shop, call);
    let segment = mapped.segment.as_deref().unwrap();
    assert_eq!((&*mapped.document.name, &*segment.name), ("bank", "shop"));
    assert_eq!(mapped.document.parent_id, Some(segment.id));
    assert_eq!(segment.parent_id, Some(id(1)));
    assert_eq!(segment.user.as_deref(), Some("7"));
    assert!(segment.fault && mapped.document.fault);
    assert_eq!(json(&segment.annotations), r#"{"tier":"gold"}"#);
    let mut encoded = Vec::new();
    segment.encode(Form::Independent, &mut encoded);
    let encoded = String::from_utf8(encoded).unwrap();
    let metadata =
        r#""metadata":{"default":{"operation":"op","otel.resource.service.name":"shop"}}"#;
    assert!(encoded.contains(metadata), "{encoded}");
    let Some(Cause::Exceptions(cause)) = &segment.cause else {
        panic!("{:?}", segment.cause)
    };
    assert_ne!(cause.exceptions[0].id, exceptions(&mapped)[0].id);
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
fn resource_attributes_of_a_call_are_in_the_segment_of_the_service_too() {
    let shop = shop();
    let attributes = r#"{"otel.resource.zone":"eu-west-1a","zone":"other"}"#;
    let mapped = map(&shop, span(SpanKind::Client, Parent::None, attributes));
    let segment = mapped.segment.unwrap();
    let metadata = json(&segment.metadata);
    assert!(
        metadata.contains("eu-west-1a") && !metadata.contains("other"),
        "{metadata}"
    );
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

#[test]
fn grpc_s_status_decides_where_http_s_is_fine() {
    let mapping = shop();
    let flags = |attributes: &str| {
        let document = map(&mapping, local(attributes)).document;
        (document.error, document.throttle, document.fault)
    };
    let (ok, error, fault) = (
        (false, false, false),
        (true, false, false),
        (false, false, true),
    );
    for (attributes, expected) in [
        (r#"{"rpc.grpc.status_code": 0}"#, ok),
        (r#"{"rpc.grpc.status_code": 5}"#, error),
        (
            r#"{"rpc.grpc.status_code": "5", "http.response.status_code": 200}"#,
            error,
        ),
        (r#"{"rpc.grpc.status_code": 8}"#, (true, true, false)),
        (r#"{"rpc.grpc.status_code": 14}"#, fault),
        (r#"{"rpc.response.status_code": "INTERNAL"}"#, fault),
        (r#"{"rpc.connect_rpc.error_code": "not_found"}"#, error),
        // HTTP's failure is the nearer one, and what gRPC does not know says nothing.
        (
            r#"{"rpc.grpc.status_code": 5, "http.response.status_code": 502}"#,
            fault,
        ),
        (r#"{"rpc.grpc.status_code": 99}"#, ok),
        (r#"{"rpc.response.status_code": "5"}"#, ok),
        (r#"{"rpc.response.status_code": "-32601"}"#, ok),
    ] {
        assert_eq!(flags(attributes), expected, "{attributes}");
    }
}

#[test]
fn a_database_is_one_node_by_old_conventions_and_by_new() {
    let mapping = shop();
    let seen = |attributes: &str| {
        let call = span(SpanKind::Client, Parent::Local(id(1)), attributes);
        let document = map(&mapping, call).document;
        let sql = document.sql.unwrap();
        let text = |text: Option<std::borrow::Cow<'_, str>>| text.unwrap_or_default().into_owned();
        [
            document.name.into_owned(),
            text(document.namespace),
            text(sql.url),
            text(sql.sanitized_query),
            text(sql.database_type),
            text(sql.connection_string),
        ]
    };
    let by_new = r#"{"db.system.name": "postgresql", "db.namespace": "shop", "db.query.text": "SELECT a",
        "server.address": "db.internal", "server.port": 5433}"#;
    let by_old = r#"{"db.system": "postgresql", "db.name": "shop", "db.statement": "SELECT a",
        "net.peer.name": "db.internal", "net.peer.port": 5433}"#;
    let expected = [
        "shop@db.internal",
        "remote",
        "postgresql://db.internal:5433/shop",
        "SELECT a",
        "postgresql",
        "",
    ];
    assert_eq!(seen(by_new), expected);
    assert_eq!(seen(by_old), expected);
    let nowhere =
        seen(r#"{"db.system": "postgresql", "db.name": "shop", "db.statement": "SELECT a"}"#);
    assert!(!nowhere.concat().contains("localhost"), "{nowhere:?}");
}

#[test]
fn aws_throttles_with_other_status_codes_than_429_as_well() {
    let exception = |code| event("exception", &format!(r#"{{"exception.type":"{code}"}}"#));
    for (system, status, code, is_throttle) in [
        (
            "aws-api",
            400,
            "ProvisionedThroughputExceededException",
            true,
        ),
        ("aws-api", 400, "ResourceNotFoundException", false),
        ("aws-api", 503, "ThrottlingException", false),
        ("grpc", 400, "ThrottlingException", false),
    ] {
        let attributes =
            format!(r#"{{"rpc.system":"{system}","http.response.status_code":{status}}}"#);
        let call = Span {
            events: vec![exception(code)],
            ..span(SpanKind::Client, Parent::Local(id(1)), &attributes)
        };
        let shop = shop();
        assert_eq!(map(&shop, call).document.throttle, is_throttle, "{code}");
    }
}
