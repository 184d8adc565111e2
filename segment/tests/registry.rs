//! Every attribute of OpenTelemetry's semantic conventions, old and new, has a place in a document.

#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use segment::{
    Form, SegmentId, Span, Time, TraceId, Value,
    mapping::{Mapping, Settings},
    span::{Event, Parent, SpanKind, SpanLink, Status},
    value::Members,
};

const KINDS: [SpanKind; 5] = [
    SpanKind::Internal,
    SpanKind::Server,
    SpanKind::Client,
    SpanKind::Producer,
    SpanKind::Consumer,
];

/// The registry's attributes, with the type that each has.
fn registry() -> Vec<(String, String)> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/semantic-conventions.json"
    );
    let text = std::fs::read_to_string(path).unwrap();
    let Value::Object(attributes) = Value::parse(&text)
        .unwrap()
        .get("attributes")
        .unwrap()
        .clone()
    else {
        panic!("the registry is an object")
    };
    assert!(attributes.len() > 900, "{} attributes", attributes.len());
    let text = |(key, value): (_, Value<'_>)| {
        (
            std::borrow::Cow::<str>::into_owned(key),
            value.as_text().unwrap().to_owned(),
        )
    };
    attributes.into_iter().map(text).collect()
}

fn id(number: u64) -> SegmentId {
    SegmentId::from_bytes(number.to_be_bytes()).unwrap()
}

fn span(kind: SpanKind, parent: Parent, attributes: Members<'static>) -> Span<'static> {
    Span {
        trace_id: TraceId::from_bytes([7; 16]).unwrap(),
        id: id(0xaa),
        parent,
        name: "operation".into(),
        kind,
        start: Time::from_nanos(1_000_000_000),
        end: Some(Time::from_nanos(2_000_000_000)),
        status: Status::Unset,
        details: None,
        attributes,
        events: Vec::new(),
        links: Vec::new(),
    }
}

/// Everything that leaves of a span.
fn sent(mapping: &Mapping, span: Span<'_>, form: Form) -> String {
    let mapped = match form {
        Form::Independent => mapping.map(span),
        Form::Embedded => mapping.map_embedded(span),
    }
    .unwrap();
    let mut sent = Vec::new();
    mapped.document.encode(form, &mut sent);
    if let Some(segment) = &mapped.segment {
        segment.encode(Form::Independent, &mut sent);
    }
    String::from_utf8(sent).unwrap()
}

/// A value of each type, and what has to be found of it.
fn values() -> Vec<(&'static str, Value<'static>, Vec<String>)> {
    let mark = "find-me.example";
    let long = format!("{mark}{}end-of-it", "x".repeat(400));
    vec![
        ("text", mark.into(), vec![mark.to_owned()]),
        ("text", long.clone().into(), vec![long]),
        ("text", "10.11.12.13".into(), vec!["10.11.12.13".to_owned()]),
        (
            "text",
            "/run/find-me.sock".into(),
            vec!["/run/find-me.sock".to_owned()],
        ),
        ("integer", Value::Integer(412), vec!["412".to_owned()]),
        ("integer", Value::Integer(77_001), vec!["77001".to_owned()]),
        ("number", Value::Number(0.512_5), vec!["0.5125".to_owned()]),
        (
            "list",
            Value::Array(vec!["find-one".into(), "find-two".into()]),
            vec!["find-one".to_owned(), "find-two".to_owned()],
        ),
        (
            "list",
            Value::Array(vec![Value::Integer(77_001), Value::Integer(77_002)]),
            vec!["77001".to_owned(), "77002".to_owned()],
        ),
    ]
}

/// Attributes that are not data: what they say is a flag of the document.
fn is_flag(key: &str) -> bool {
    matches!(key, "aws.xray.inprogress" | "exception.escaped")
}

#[test]
fn every_attribute_of_the_registry_is_found_again_in_every_kind_of_span() {
    let resource = vec![("service.name".into(), "shop".into())];
    let mapping = Mapping::new(resource, Settings::default());
    let mut lost = Vec::new();
    let mut sent_spans = 0;
    for (key, _) in registry().into_iter().filter(|(key, _)| !is_flag(key)) {
        for kind in KINDS {
            for parent in [Parent::None, Parent::Remote(id(1)), Parent::Local(id(1))] {
                for (_, value, wanted) in values() {
                    for form in [Form::Independent, Form::Embedded] {
                        let attributes = vec![(key.clone().into(), value.clone())];
                        let sent = sent(&mapping, span(kind, parent, attributes), form);
                        sent_spans += 1;
                        if let Some(wanted) = wanted.iter().find(|wanted| !sent.contains(*wanted)) {
                            lost.push(format!("{key} {kind:?} {parent:?} {form:?}: {wanted}"));
                        }
                    }
                }
            }
        }
    }
    assert!(sent_spans > 200_000, "{sent_spans} spans");
    assert!(
        lost.is_empty(),
        "{} of {sent_spans}:\n{}",
        lost.len(),
        lost[..lost.len().min(60)].join("\n")
    );
}

/// What makes a span HTTP, RPC, AWS', a query or a message, so that the blocks look at what is beside it.
fn companions() -> Vec<Vec<(&'static str, Value<'static>)>> {
    vec![
        vec![("http.request.method", "GET".into())],
        vec![
            ("http.request.method", "GET".into()),
            ("url.full", "https://shop.example/a".into()),
            ("http.response.status_code", Value::Integer(200)),
        ],
        vec![
            ("http.method", "GET".into()),
            ("http.host", "h:8080".into()),
        ],
        vec![
            ("db.system", "postgresql".into()),
            ("db.name", "shop".into()),
        ],
        vec![
            ("db.system.name", "postgresql".into()),
            ("server.address", "pg".into()),
        ],
        vec![("db.system", "redis".into())],
        vec![
            ("rpc.system", "grpc".into()),
            ("rpc.service", "pkg.Stock".into()),
        ],
        vec![
            ("rpc.system", "aws-api".into()),
            ("rpc.service", "S3".into()),
        ],
        vec![
            ("rpc.system.name", "aws-api".into()),
            ("rpc.method", "S3/PutObject".into()),
        ],
        vec![
            ("messaging.system", "kafka".into()),
            ("messaging.destination.name", "orders".into()),
        ],
        vec![
            ("aws.span.kind", "LOCAL_ROOT".into()),
            ("aws.remote.service", "bank".into()),
        ],
        vec![
            ("client.address", "10.0.0.1".into()),
            ("http.method", "GET".into()),
        ],
    ]
}

#[test]
fn every_attribute_is_found_again_beside_others() {
    let resource = vec![("service.name".into(), "shop".into())];
    let mapping = Mapping::new(resource, Settings::default());
    let mut lost = Vec::new();
    for (key, kind_of_value) in registry().into_iter().filter(|(key, _)| !is_flag(key)) {
        for companions in companions() {
            for kind in KINDS {
                for (_, value, wanted) in values()
                    .into_iter()
                    .filter(|(kind, ..)| *kind == kind_of_value)
                {
                    for is_last in [false, true] {
                        let mut attributes: Members<'static> = companions
                            .iter()
                            .map(|(key, value)| ((*key).into(), value.clone()))
                            .collect();
                        // An attribute that a span has twice has its last value.
                        attributes.retain(|(companion, _)| *companion != key);
                        let at = if is_last { attributes.len() } else { 0 };
                        attributes.insert(at, (key.clone().into(), value.clone()));
                        let span = span(kind, Parent::Local(id(1)), attributes);
                        let sent = sent(&mapping, span, Form::Embedded);
                        if let Some(wanted) = wanted.iter().find(|wanted| !sent.contains(*wanted)) {
                            lost.push(format!("{key} {kind:?} {companions:?}: {wanted}"));
                        }
                    }
                }
            }
        }
    }
    assert!(
        lost.is_empty(),
        "{}:\n{}",
        lost.len(),
        lost[..lost.len().min(60)].join("\n")
    );
}

/// Texts with a secret, and what must not be found of it.
const SECRETS: [&str; 12] = [
    "https://app:hunter2@shop.example/a",
    "https://shop.example/a?page=2&token=hunter2",
    "Server=db;User Id=sa;Password=hunter2;",
    "jdbc:oracle:thin:scott/hunter2@//ora:1521/svc",
    "mongodb://app:hunter2@a:27017,b:27017/o",
    "amqp://guest:hunter2@mq:5672",
    "host=pg user=u password=hunter2",
    "login failed: {\"password\": \"hunter2\"}",
    "Authorization: Bearer hunter2hunter2",
    "u:hunter2@tcp(db:3306)/shop",
    "{\"api_key\":\"hunter2\"}",
    "AccountName=x;AccountKey=hunter2==",
];

/// Attributes that X-Ray or the mapping knows beside the registry's.
const OWN: [&str; 24] = [
    "uri",
    "annotation.note",
    "annotation.",
    "metadata.note",
    "metadata.cart",
    "aws.xray.metadata.debug",
    "aws.xray.annotations",
    "aws.span.kind",
    "aws.local.service",
    "aws.remote.service",
    "aws.remote.operation",
    "aws.service",
    "aws.operation",
    "aws.request_id",
    "aws.queue_url",
    "aws.table_name",
    "aws.xray.sampling_rule_name",
    "aws.http.error_message",
    "http.status_text",
    "messaging.url",
    "otel.resource.note",
    "operation",
    "events",
    "anything",
];

#[test]
fn no_secret_in_any_position_of_a_span_is_in_any_byte_that_leaves() {
    let indexing = Settings {
        indexed_attributes: vec!["url.full".to_owned(), "db.connection_string".to_owned()],
        ..Settings::default()
    };
    let index_all = Settings {
        index_all_attributes: true,
        ..Settings::default()
    };
    let resource = |key: &str, text: &str| {
        vec![
            ("service.name".into(), "shop".into()),
            ("telemetry.sdk.language".into(), "java".into()),
            (key.to_owned().into(), Value::from(text.to_owned())),
        ]
    };
    let mut keys: Vec<String> = registry().into_iter().map(|(key, _)| key).collect();
    keys.extend(OWN.map(str::to_owned));
    let mut leaks = Vec::new();
    let settings = [Settings::default(), indexing, index_all];
    for (index, key) in keys.iter().enumerate() {
        // Each secret in each position, over all attributes: all pairs would take minutes.
        let mut text = SECRETS[index % SECRETS.len()].to_owned();
        if index % 5 == 0 {
            text.push_str(&" x".repeat(300));
        }
        let mapping = Mapping::new(resource(key, &text), settings[index % 3].clone());
        for kind in KINDS {
            let span = with_secret(kind, key, &text);
            for form in [Form::Independent, Form::Embedded] {
                let sent = sent(&mapping, span.clone(), form);
                if sent.contains("hunter2") {
                    leaks.push(format!("{key} {kind:?}: {sent}"));
                }
            }
        }
    }
    assert!(
        leaks.is_empty(),
        "{}:\n{}",
        leaks.len(),
        leaks[..leaks.len().min(5)].join("\n")
    );
}

/// A span with a secret wherever a text can stand.
fn with_secret(kind: SpanKind, key: &str, text: &str) -> Span<'static> {
    let value = || Value::from(text.to_owned());
    let attributes: Members<'static> = vec![
        (key.to_owned().into(), value()),
        ("list".into(), Value::Array(vec![value()])),
        (
            "object".into(),
            Value::Object(vec![("member".into(), value())]),
        ),
        ("db.system".into(), "mysql".into()),
    ];
    let mut span = span(kind, Parent::None, attributes.clone());
    span.name = text.to_owned().into();
    span.status = Status::Error(text.to_owned().into());
    let thrown = |name: &'static str| Event {
        name: name.into(),
        time: Time::from_nanos(1_500_000_000),
        attributes: vec![
            ("exception.type".into(), value()),
            ("exception.message".into(), value()),
            (
                "exception.stacktrace".into(),
                format!(
                    "E: {text}\n\tat a.b(C.java:1)\nCaused by: F: {text}\n\tat a.b(C.java:1)\n"
                )
                .into(),
            ),
            (key.to_owned().into(), value()),
        ],
    };
    let happened = Event {
        name: text.to_owned().into(),
        time: Time::from_nanos(1_500_000_000),
        attributes: attributes.clone(),
    };
    span.events = vec![thrown("exception"), thrown("failed"), happened];
    span.links = vec![SpanLink {
        trace_id: TraceId::from_bytes([8; 16]).unwrap(),
        id: id(9),
        attributes,
    }];
    span
}
