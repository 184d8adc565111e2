//! The documents of any span are ones that X-Ray accepts.

#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use proptest::{collection::vec, option, prelude::*};
use segment::{
    Document, Form, SegmentId, Span, Time, TraceId, Value,
    datagram::MAX_DOCUMENT,
    mapping::{Mapped, Mapping, Settings},
    names,
    span::{Event, Parent, SpanKind, SpanLink, Status},
    value::Members,
};

/// Keys that mean something to the mapping; the others are made up.
const KEYS: &[&str] = &[
    "http.request.method",
    "http.method",
    "http.response.status_code",
    "http.status_code",
    "http.url",
    "url.full",
    "url.scheme",
    "url.path",
    "url.query",
    "http.host",
    "http.target",
    "http.user_agent",
    "http.status_text",
    "http.response.body.size",
    "http.response.header.content-length",
    "server.address",
    "server.port",
    "client.address",
    "network.peer.address",
    "net.peer.ip",
    "net.peer.name",
    "net.peer.port",
    "net.host.name",
    "net.host.port",
    "host.name",
    "message.type",
    "messaging.message_payload_size_bytes",
    "messaging.url",
    "db.system",
    "db.system.name",
    "db.name",
    "db.namespace",
    "db.statement",
    "db.query.text",
    "db.user",
    "db.connection_string",
    "rpc.system",
    "rpc.service",
    "rpc.method",
    "peer.service",
    "enduser.id",
    "aws.service",
    "aws.operation",
    "aws.region",
    "aws.account_id",
    "aws.queue_url",
    "aws.table_name",
    "aws.dynamodb.table_names",
    "aws.local.service",
    "aws.remote.service",
    "aws.span.kind",
    "aws.xray.inprogress",
    "aws.xray.annotations",
    "aws.xray.metadata.debug",
    "aws.xray.metadata.default",
    "aws.xray.sampling_rule_name",
    "annotation.a-b",
    "annotation.a_b",
    "annotation.",
    "metadata.cart",
    "metadata.operation",
    "cart",
    "operation",
    "events",
    "otel.resource.service.name",
    "exception.type",
    "exception.message",
    "exception.stacktrace",
    "aws.http.error_message",
];

const TEXTS: &[&str] = &[
    "",
    "LOCAL_ROOT",
    "aws-api",
    "mysql",
    "postgresql",
    "RECEIVED",
    "::1",
    "10.0.0.1",
    "500",
    "443",
    "https",
    "{\"a\":1,\"a\":2}",
    "https://user:secret@host/path?query",
    "\u{1}\"\\\n",
    "🦀🦀🦀",
    "GET /items/{id}",
    "   0: shop::add\n             at ./src/cart.rs:1:2\n",
    "AWS.SDK.",
    "**",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => proptest::sample::select(TEXTS).prop_map(str::to_owned),
        2 => "\\PC{0,20}",
        1 => (proptest::char::any(), 0..2_000_usize).prop_map(|(one, n)| one.to_string().repeat(n)),
    ]
}

fn value() -> impl Strategy<Value = Value<'static>> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Integer),
        (400..600_i64).prop_map(Value::Integer),
        any::<f64>().prop_map(Value::Number),
        text().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    scalar.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::Array),
            vec(("[ab]{1,2}".prop_map(Into::into), inner), 0..4).prop_map(Value::Object),
        ]
    })
}

fn members(most: usize) -> impl Strategy<Value = Members<'static>> {
    let key = prop_oneof![
        6 => proptest::sample::select(KEYS).prop_map(str::to_owned),
        1 => "\\PC{0,10}",
        1 => (0..100_usize).prop_map(|number| format!("annotation.n{number}")),
    ];
    vec((key.prop_map(Into::into), value()), 0..most)
}

fn segment_id() -> impl Strategy<Value = SegmentId> {
    (1..u64::MAX).prop_map(|id| SegmentId::from_bytes(id.to_be_bytes()).unwrap())
}

fn trace_id() -> impl Strategy<Value = TraceId> {
    (1..u128::MAX).prop_map(|id| TraceId::from_bytes(id.to_be_bytes()).unwrap())
}

fn event() -> impl Strategy<Value = Event<'static>> {
    let name = prop_oneof![
        Just("exception".to_owned()),
        Just("HTTP request failure".to_owned()),
        text()
    ];
    (name, any::<u64>(), members(5)).prop_map(|(name, time, attributes)| Event {
        name: name.into(),
        time: Time::from_nanos(time),
        attributes,
    })
}

fn link() -> impl Strategy<Value = SpanLink<'static>> {
    let parts = (trace_id(), segment_id(), members(2));
    parts.prop_map(|(trace_id, id, attributes)| SpanLink {
        trace_id,
        id,
        attributes,
    })
}

fn span() -> impl Strategy<Value = Span<'static>> {
    let parent = prop_oneof![
        Just(Parent::None),
        segment_id().prop_map(Parent::Remote),
        segment_id().prop_map(Parent::Local),
    ];
    let kind = proptest::sample::select(vec![
        SpanKind::Internal,
        SpanKind::Server,
        SpanKind::Client,
        SpanKind::Producer,
        SpanKind::Consumer,
    ]);
    let status = prop_oneof![
        Just(Status::Unset),
        Just(Status::Ok),
        text().prop_map(|text| Status::Error(text.into())),
    ];
    let identity = (trace_id(), segment_id(), parent, text(), kind);
    let times = (any::<u64>(), option::of(any::<u64>()));
    let contents = (status, members(25), vec(event(), 0..4), vec(link(), 0..25));
    (identity, times, contents).prop_map(|(identity, times, contents)| {
        let (trace_id, id, parent, name, kind) = identity;
        let (status, attributes, events, links) = contents;
        Span {
            trace_id,
            id,
            parent,
            name: name.into(),
            kind,
            start: Time::from_nanos(times.0),
            end: times.1.map(Time::from_nanos),
            status,
            details: None,
            attributes,
            events,
            links,
        }
    })
}

fn settings() -> impl Strategy<Value = Settings> {
    let indexed = proptest::sample::subsequence(vec!["cart", "http.method", "enduser.id"], 0..3);
    (indexed, any::<bool>()).prop_map(|(indexed, index_all_attributes)| Settings {
        indexed_attributes: indexed.into_iter().map(str::to_owned).collect(),
        index_all_attributes,
        ..Settings::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_span_makes_documents_that_x_ray_accepts(
        resource in members(8),
        service_name in option::of(text()),
        settings in settings(),
        span in span(),
    ) {
        let mut resource = resource;
        resource.extend(service_name.map(|name| ("service.name".into(), Value::from(name))));
        let mapping = Mapping::new(resource, settings);
        let mapped = mapping.map(span.clone()).unwrap();
        check_identity(&span, &mapped)?;
        for document in std::iter::once(&mapped.document).chain(mapped.segment.as_deref()) {
            check_document(document)?;
            check_by_schema(document)?;
        }
        let embedded = mapping.map_embedded(span).unwrap().document;
        prop_assert_eq!(&embedded.name, &mapped.document.name);
        let embedded = json(&embedded, Form::Embedded);
        prop_assert_eq!(embedded.get("trace_id"), None);
    }
}

fn check_identity(span: &Span<'_>, mapped: &Mapped<'_>) -> Result<(), TestCaseError> {
    let document = &mapped.document;
    prop_assert_eq!(document.id, span.id);
    prop_assert_eq!(document.trace_id, Some(span.trace_id));
    if let Some(segment) = mapped.segment.as_deref() {
        prop_assert!(document.is_subsegment && !segment.is_subsegment);
        prop_assert_eq!(document.parent_id, Some(segment.id));
        prop_assert_eq!(segment.parent_id, span.parent.id());
    } else {
        prop_assert_eq!(document.parent_id, span.parent.id());
        prop_assert!(!document.is_subsegment || !span.parent.makes_local_root());
    }
    Ok(())
}

fn encoded(document: &Document<'_>, form: Form) -> String {
    let mut json = Vec::new();
    document.encode(form, &mut json);
    String::from_utf8(json).unwrap()
}

fn json(document: &Document<'_>, form: Form) -> Value<'static> {
    Value::parse(&encoded(document, form)).unwrap()
}

fn check_document(document: &Document<'_>) -> Result<(), TestCaseError> {
    let value = json(document, Form::Independent);
    check_keys(&value)?;
    // One that is too long for a datagram is split or trimmed before it is sent.
    let decoded = Document::from_value(value.clone());
    prop_assert!(decoded.is_ok(), "{:?}", decoded.err());
    let name = value
        .get("name")
        .and_then(Value::as_text)
        .unwrap_or_default();
    prop_assert!(!name.is_empty() && name.len() <= names::MAX_NAME);
    prop_assert_eq!(names::clean_name(name), name);
    check_annotations(document)?;
    let Value::Object(members) = value else {
        unreachable!("a document is an object")
    };
    for (key, value) in members {
        if !matches!(key.as_ref(), "annotations" | "metadata" | "links") {
            check_texts(&value)?;
        }
    }
    Ok(())
}

/// What is sent is a document by the schema.
fn check_by_schema(document: &Document<'_>) -> Result<(), TestCaseError> {
    let mut document = document.clone();
    let length = encoded(&document, Form::Independent).len();
    prop_assert!(document.trim(length.saturating_sub(MAX_DOCUMENT)));
    let checked = segment_schema::check(&encoded(&document, Form::Independent));
    prop_assert!(checked.is_ok(), "{}", checked.unwrap_err());
    Ok(())
}

fn check_annotations(document: &Document<'_>) -> Result<(), TestCaseError> {
    prop_assert!(document.annotations.len() <= names::MAX_ANNOTATIONS);
    for (key, value) in &document.annotations {
        prop_assert!(!key.is_empty() && key.len() <= names::MAX_ANNOTATION_KEY);
        prop_assert_eq!(&names::clean_annotation_key(key), key);
        match value {
            Value::Text(text) => prop_assert!(text.len() <= names::MAX_ANNOTATION_VALUE),
            Value::Bool(_) | Value::Integer(_) | Value::Number(_) => {}
            Value::Null | Value::Array(_) | Value::Object(_) => prop_assert!(false, "{value}"),
        }
    }
    Ok(())
}

/// No object has two members with one key.
fn check_keys(value: &Value<'_>) -> Result<(), TestCaseError> {
    match value {
        Value::Array(values) => values.iter().try_for_each(check_keys),
        Value::Object(members) => {
            let keys: std::collections::HashSet<_> = members.iter().map(|(key, _)| key).collect();
            prop_assert_eq!(keys.len(), members.len(), "{}", value);
            members.iter().try_for_each(|(_, value)| check_keys(value))
        }
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Number(_) | Value::Text(_) => {
            Ok(())
        }
    }
}

fn check_texts(value: &Value<'_>) -> Result<(), TestCaseError> {
    match value {
        Value::Text(text) => {
            prop_assert!(
                text.len() <= names::MAX_TEXT,
                "{} bytes: {text}",
                text.len()
            );
            Ok(())
        }
        Value::Array(values) => values.iter().try_for_each(check_texts),
        Value::Object(members) => members.iter().try_for_each(|(_, value)| check_texts(value)),
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Number(_) => Ok(()),
    }
}

#[test]
fn ten_thousand_attributes_and_a_megabyte_of_text_are_mapped() {
    let mapping = Mapping::new(Vec::new(), Settings::default());
    let key = |number: usize| format!("annotation.key{}", number % 7_000).into();
    let mut attributes: Members<'static> = (0..10_000)
        .map(|number| (key(number), Value::Integer(1)))
        .collect();
    attributes.push(("url.path".into(), "é".repeat(500_000).into()));
    let mapped = mapping
        .map(Span {
            trace_id: TraceId::from_bytes([1; 16]).unwrap(),
            id: SegmentId::from_bytes([2; 8]).unwrap(),
            parent: Parent::None,
            name: "🦀".repeat(10_000).into(),
            kind: SpanKind::Server,
            start: Time::from_nanos(2),
            end: Some(Time::from_nanos(1)),
            status: Status::Unset,
            details: None,
            attributes,
            events: Vec::new(),
            links: Vec::new(),
        })
        .unwrap();
    assert_eq!(mapped.document.annotations.len(), names::MAX_ANNOTATIONS);
    assert_eq!(mapped.document.name, names::NAMELESS);
    assert_eq!(mapped.document.end_time, Some(Time::from_nanos(2)));
    // Of 10,000 attributes with 7,000 keys, 50 keys are annotations; the first 50 come twice.
    assert_eq!(mapped.trimmed.annotations, 10_000 - 100);
    assert_eq!((mapped.trimmed.names, mapped.trimmed.ends), (1, 1));
    let Some((_, Value::Object(default))) = mapped.document.metadata.first() else {
        panic!("{:?}", mapped.document.metadata.first())
    };
    assert_eq!(default.len(), 7_000 - 50 + 1, "the megabyte is there, too");
}
