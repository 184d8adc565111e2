//! Calls: their segment, their node and their status.

use super::*;

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
