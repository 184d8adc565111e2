use proptest::{collection::vec, prelude::*, sample::Index};
use segment::{
    Value,
    span::{Parent, SpanKind, Status},
};

use super::*;

/// Protobuf, written by hand as it is read.
#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.0.push(number.to_le_bytes()[0]);
    }

    fn number(mut self, field: u64, number: u64) -> Self {
        self.varint(field << 3);
        self.varint(number);
        self
    }

    fn fixed(mut self, field: u64, number: u64) -> Self {
        self.varint(field << 3 | 1);
        self.0.extend(number.to_le_bytes());
        self
    }

    fn bytes(mut self, field: u64, bytes: &[u8]) -> Self {
        self.varint(field << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
        self
    }

    fn attribute(self, field: u64, key: &str, value: &Self) -> Self {
        let pair = Self::default().bytes(1, key.as_bytes()).bytes(2, &value.0);
        self.bytes(field, &pair.0)
    }
}

fn text(text: &str) -> Writer {
    Writer::default().bytes(1, text.as_bytes())
}

const TRACE: [u8; 16] = [
    0x5f, 0x84, 0xc7, 0xa1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
];

fn protobuf() -> Vec<u8> {
    let event = Writer::default()
        .fixed(1, 1_700_000_000_500_000_000)
        .bytes(2, b"exception")
        .attribute(3, "exception.type", &text("Bad"));
    let link = Writer::default().bytes(1, &TRACE).bytes(2, &[9; 8]);
    let status = Writer::default().bytes(2, b"broken").number(3, 2);
    let span = Writer::default()
        .bytes(1, &TRACE)
        .bytes(2, &[1; 8])
        .bytes(4, &[2; 8])
        .bytes(5, b"GET /")
        .number(6, 2)
        .fixed(7, 1_700_000_000_000_000_000)
        .fixed(8, 1_700_000_001_000_000_000)
        .attribute(
            9,
            "http.response.status_code",
            &Writer::default().number(3, 503),
        )
        .attribute(9, "ratio", &Writer::default().fixed(4, 0.5_f64.to_bits()))
        .attribute(9, "cached", &Writer::default().number(2, 1))
        .attribute(
            9,
            "list",
            &Writer::default().bytes(5, &Writer::default().bytes(1, &text("a").0).0),
        )
        .bytes(11, &event.0)
        .bytes(13, &link.0)
        .bytes(15, &status.0)
        .fixed(99, 7);
    let scope = Writer::default()
        .bytes(2, &span.0)
        .bytes(2, &Writer::default().bytes(5, b"without ids").0);
    let resource = Writer::default().attribute(1, "service.name", &text("shop"));
    let resource_spans = Writer::default().bytes(1, &resource.0).bytes(2, &scope.0);
    Writer::default().bytes(1, &resource_spans.0).0
}

const JSON: &str = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},
    "scopeSpans":[{"spans":[{"traceId":"5f84c7a10102030405060708090a0b0c","spanId":"0101010101010101","parentSpanId":"0202020202020202",
    "name":"GET /","kind":2,"startTimeUnixNano":"1700000000000000000","endTimeUnixNano":1700000001000000000,
    "attributes":[{"key":"http.response.status_code","value":{"intValue":"503"}},{"key":"ratio","value":{"doubleValue":0.5}},
        {"key":"cached","value":{"boolValue":true}},{"key":"list","value":{"arrayValue":{"values":[{"stringValue":"a"}]}}}],
    "events":[{"timeUnixNano":"1700000000500000000","name":"exception","attributes":[{"key":"exception.type","value":{"stringValue":"Bad"}}]}],
    "links":[{"traceId":"5f84c7a10102030405060708090a0b0c","spanId":"0909090909090909"}],
    "status":{"code":"STATUS_CODE_ERROR","message":"broken"}},{"name":"without ids"}]}]}]}"#;

#[test]
fn a_span_is_read_from_protobuf() {
    let resources = from_protobuf(&protobuf()).unwrap();
    let [
        ResourceSpans {
            resource,
            spans,
            refused,
        },
    ] = resources.as_slice()
    else {
        panic!("{resources:?}")
    };
    assert_eq!(resource[0].1, Value::from("shop"));
    assert_eq!(spans.len(), 1);
    let span = &spans[0];
    assert_eq!(
        span.trace_id.to_string(),
        "1-5f84c7a1-0102030405060708090a0b0c"
    );
    assert_eq!((span.kind, &*span.name), (SpanKind::Server, "GET /"));
    assert!(matches!(span.parent, Parent::Remote(_)));
    assert_eq!(span.status, Status::Error("broken".into()));
    assert_eq!(span.attributes[0].1, Value::Integer(503));
    assert_eq!((span.events.len(), span.links.len()), (1, 1));
    assert!(refused[0].contains("without ids"), "{refused:?}");
}

#[test]
fn json_and_protobuf_say_the_same() {
    assert_eq!(
        from_json(JSON.as_bytes()).unwrap(),
        from_protobuf(&protobuf()).unwrap()
    );
}

#[test]
fn otlp_takes_the_place_of_a_document() {
    for prefix in ["T1S", "T1U"] {
        let text = format!("{prefix}{}\n", STANDARD.encode(protobuf()));
        assert_eq!(from_document(&text), Some(from_protobuf(&protobuf())));
    }
    assert_eq!(from_document("{}"), None);
    assert!(from_document("T1S*").unwrap().is_err());
    assert!(
        from_document(&format!("T1S{}", STANDARD.encode(b"\xff")))
            .unwrap()
            .is_err()
    );
}

#[test]
fn spans_become_documents() {
    let mut documents = Vec::new();
    for resource in from_json(JSON.as_bytes()).unwrap() {
        resource.documents(|text| documents.push(segment::Document::decode(text).unwrap()));
    }
    assert_eq!(documents.len(), 1);
    assert_eq!(documents[0].name, "shop");
    assert!(documents[0].fault);
}

#[test]
fn a_span_of_a_clock_that_stepped_back_ends_when_it_began() {
    let json = JSON.replace("1700000001000000000", "1600000000000000000");
    let mut documents = Vec::new();
    for resource in from_json(json.as_bytes()).unwrap() {
        resource.documents(|text| {
            let document = segment::Document::decode(text).unwrap();
            documents.push((document.start_time, document.end_time));
        });
    }
    let began = segment::Time::from_nanos(1_700_000_000_000_000_000);
    assert_eq!(documents, [(began, Some(began))]);
}

#[test]
fn where_a_parent_is_depends_on_flags_then_on_the_kind() {
    for (kind, flags, remote) in [
        (2, 0, true),
        (5, 0, true),
        (1, 0, false),
        (3, 0, false),
        (2, 0x100, false),
        (1, 0x300, true),
    ] {
        let span = JSON.replace(r#""kind":2"#, &format!(r#""kind":{kind},"flags":{flags}"#));
        let parent = from_json(span.as_bytes()).unwrap()[0].spans[0].parent;
        assert_eq!(
            matches!(parent, Parent::Remote(_)),
            remote,
            "kind {kind}, flags {flags}"
        );
    }
}

#[test]
fn bodies_that_hold_no_spans_are_refused_or_empty() {
    for body in [&b"[]"[..], b"\"", b"5", b"\xff"] {
        assert!(from_json(body).is_err());
    }
    assert_eq!(from_json(b"{}"), Ok(Vec::new()));
    assert_eq!(from_protobuf(b""), Ok(Vec::new()));
    let deep = (0..10_000).fold(text("x"), |inner, _| {
        Writer::default().bytes(5, &Writer::default().bytes(1, &inner.0).0)
    });
    let span = Writer::default().attribute(9, "deep", &deep);
    let scope = Writer::default().bytes(2, &span.0);
    let body = Writer::default().bytes(1, &Writer::default().bytes(2, &scope.0).0);
    assert!(
        from_protobuf(&body.0)
            .unwrap_err()
            .to_string()
            .contains("nest too deep")
    );
}

proptest! {
    #[test]
    fn no_bytes_make_the_readers_panic(bytes in vec(any::<u8>(), 0..200)) {
        let _ = from_protobuf(&bytes);
        let _ = from_json(&bytes);
    }

    /// Like `damaged` of the integration tests, for what only these tests write.
    #[test]
    fn damaged_spans_in_protobuf_become_valid_documents_or_none(
        damages in vec((any::<Index>(), 0..5_usize, vec(any::<u8>(), 0..5)), 1..5),
    ) {
        let mut bytes = protobuf();
        for (at, cut, put) in damages {
            let from = at.index(bytes.len() + 1);
            let to = (from + cut).min(bytes.len());
            bytes.splice(from..to, put);
        }
        for resource in from_protobuf(&bytes).unwrap_or_default() {
            let mut refused = None;
            resource.documents(|text| {
                refused = refused.take().or(segment::Document::decode(text).err());
            });
            prop_assert!(refused.is_none(), "{refused:?}");
        }
    }
}

/// A few bytes that would take gigabytes: see `elements.rs`.
#[test]
fn empty_elements_are_bounded_in_number_in_either_form() {
    let many = 1_000_000;
    let nested = |fields: &[u64], times: usize| {
        let (last, outer) = fields.split_last().unwrap();
        let inner = [*last << 3 | 2, 0].map(|byte| u8::try_from(byte).unwrap());
        let inner = Writer(inner.repeat(times));
        let wrap = |inner: Writer, field: &u64| Writer::default().bytes(*field, &inner.0);
        outer.iter().rev().fold(inner, wrap).0
    };
    for (fields, words) in [
        (&[1, 2, 2][..], "20,000 spans"),
        (&[1, 2, 2, 9], "400,000 attributes"),
        (&[1, 2, 2, 11], "events"),
        (&[1, 2, 2, 13], "links"),
        (&[1, 2, 2, 11, 3], "400,000"),
        (&[1, 2, 2, 9, 2, 5, 1], "values"),
        (&[1, 2, 2, 9, 2, 6, 1], "values"),
        (&[1, 1, 1], "400,000"),
        (&[1], "400,000"),
    ] {
        let error = from_protobuf(&nested(fields, many))
            .unwrap_err()
            .to_string();
        assert!(error.contains(words), "{fields:?}: {error}");
        assert!(from_protobuf(&nested(fields, 1_000)).is_ok(), "{fields:?}");
    }
    let json =
        |spans: &str| format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#);
    let spans = vec!["{}"; 20_001].join(",");
    let error = from_json(json(&spans).as_bytes()).unwrap_err().to_string();
    assert!(error.contains("20,000 spans"), "{error}");
    let events = format!(r#"{{"events":[{}]}}"#, vec!["1"; 2_000_000].join(","));
    let error = from_json(json(&events).as_bytes()).unwrap_err().to_string();
    assert!(error.contains("1,500,000 values"), "{error}");
    let text = format!(r#"{{"name":"{}\""}}"#, ",[{".repeat(1_000_000));
    assert!(from_json(json(&text).as_bytes()).is_ok());
}
