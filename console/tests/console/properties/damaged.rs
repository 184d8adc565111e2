//! Damaged inputs of each kind that comes from outside; bodies of the API are in [`super::requests`].
//!
//! `PROPTEST_CASES=10000000 cargo test --release -p console --test console damaged` tries ten million of each. An input that
//! fails is kept in `console/tests/console/proptest-regressions` and tried first from then on.

use std::{fs, path::Path};

use console::receive::{intake::Intake, otlp};
use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
    test_runner::{Config, TestCaseResult, TestRunner},
};
use segment::{Document, Form, TraceHeader};
use serde_json::Value;
use traces::{
    filter::Filter,
    graph::{Graph, Window},
    store::{Limits, Store},
};

use super::NOW;

const HEADERS: [&str; 5] = [
    "Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;Parent=53995c3f42cd8ad8;Sampled=1",
    "Self=1-5f84c7a2-000000000000000000000001;Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;Lineage=1:a87bd80c:0|68fd508a:5",
    "Sampled=?; Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a",
    "root=1-5F84C7A1-E7D1852DB8C4FD35D88BF49A;Sampled=0;k=v;k",
    "Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;Parent=53995c3f42cd8ad8,Sampled=1",
];
const FILTERS: [&str; 5] = [
    r#"service("front", id(name: "back", type: "AWS::EKS::Container")) { fault AND responsetime >= 0.5 } OR !ok"#,
    r#"annotation[a.b] BEGINSWITH "x\"y" http.status = 503 AND (user = "ann" OR http.url CONTAINS "/a?b")"#,
    r#"edge("front", "back") { error = true } duration < 1e-3 rootcause.fault.service CONTAINS "shop""#,
    r#"rootcause.responsetime.entity { coverage > 0.9 AND name = "x" } json(cause)"#,
    r#"group.name = "Default" !(partial) annotation.size BETWEEN"#,
];
const SPANS: &str = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}},{"key":"cloud.platform","value":{"stringValue":"aws_eks"}}]},
"scopeSpans":[{"spans":[{"traceId":"5f84c7a10102030405060708090a0b0c","spanId":"0101010101010101","parentSpanId":"0202020202020202","name":"GET /","kind":3,"flags":257,
"startTimeUnixNano":"1700000000000000000","endTimeUnixNano":1700000001000000000,"status":{"code":2,"message":"m"},"links":[{"traceId":"5f84c7a10102030405060708090a0b0c","spanId":"0303030303030303"}],
"attributes":[{"key":"http.response.status_code","value":{"intValue":"503"}},{"key":"url.full","value":{"stringValue":"http://u:p@a/b?c"}},{"key":"db.query.text","value":{"stringValue":"select 'x'"}},
{"key":"k","value":{"arrayValue":{"values":[{"doubleValue":1.5},{"kvlistValue":{"values":[{"key":"a","value":{"bytesValue":"AA=="}}]}},{"boolValue":true}]}}}],
"events":[{"name":"exception","timeUnixNano":"1","attributes":[{"key":"exception.stacktrace","value":{"stringValue":"at a (b.js:1:2)\n  File \"x.py\", line 1, in f"}}]}]}]}]}]}"#;
/// What damages are made of, besides bytes.
const TOKENS: [&str; 24] = [
    "",
    "0",
    "-1",
    "1e999",
    "1.5e-7",
    "\"",
    "\\",
    "\\ud800",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    ",",
    ":",
    ";",
    "=",
    "\n",
    "\0",
    "ü",
    "null",
    "9223372036854775808",
    "AAAAAAAAAAAAAAAA",
];

/// Tries as many damaged variants of the inputs as `PROPTEST_CASES` says.
fn each(inputs: Vec<Vec<u8>>, check: impl Fn(&[u8]) -> TestCaseResult) {
    let tokens = select(&TOKENS[..]).prop_map(|token| token.as_bytes().to_vec());
    let put = prop_oneof![3 => tokens, 1 => vec(any::<u8>(), 0..6)];
    let damages = vec((any::<Index>(), 0..9_usize, put), 1..5);
    let mut runner = TestRunner::new(Config::with_source_file(file!()));
    let outcome = runner.run(&(select(inputs), damages), |(mut input, damages)| {
        for (at, cut, put) in damages {
            let from = at.index(input.len() + 1);
            let to = (from + cut).min(input.len());
            input.splice(from..to, put);
        }
        check(&input)
    });
    outcome.unwrap();
}

fn bytes(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// The documents that AWS's SDKs and others sent, and datagrams that AWS's daemon was given.
fn datagrams() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let vectors = fs::read_to_string(root.join("vectors/daemon-datagrams.json")).unwrap();
    let vectors: Value = serde_json::from_str(&vectors).unwrap();
    let vectors = vectors["vectors"].as_array().unwrap().iter();
    let texts = vectors.filter_map(|vector| vector["datagram"].as_str());
    let mut datagrams: Vec<Vec<u8>> = texts.map(|text| text.as_bytes().to_vec()).collect();
    for file in fs::read_dir(root.join("end-to-end/documents/emitters")).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        // A whole file would make one kind of many.
        let lines = text.lines().filter(|line| line.len() < 4_000).take(6);
        datagrams.extend(
            lines.map(|line| format!("{{\"format\":\"json\",\"version\":1}}\n{line}").into_bytes()),
        );
    }
    assert!(datagrams.len() > 50);
    datagrams
}

fn intake() -> Intake {
    Intake::new(Store::new(Limits {
        traces: 10,
        bytes: 10_000_000,
    }))
}

/// Lists and draws what is stored, and forgets it.
fn look_at(intake: &Intake) {
    let kept = intake.store.summaries(|_, _, _| true);
    let graph = Graph::of(&kept, Window::ALWAYS);
    serde_json::to_string(&graph.services()).unwrap();
    intake.store.clear();
}

#[test]
fn damaged_headers_are_read_as_they_are_written() {
    each(bytes(&HEADERS), |input| {
        let mut written = Vec::new();
        TraceHeader::parse_bytes(input).encode(&mut written);
        let mut again = Vec::new();
        TraceHeader::parse_bytes(&written).encode(&mut again);
        prop_assert_eq!(written, again);
        Ok(())
    });
}

#[test]
fn damaged_datagrams_are_taken_or_refused() {
    let intake = intake();
    each(datagrams(), |input| {
        intake.datagram(input, ([127, 0, 0, 1], 1).into(), NOW);
        look_at(&intake);
        Ok(())
    });
}

#[test]
fn damaged_documents_that_are_valid_are_written_as_they_were_read() {
    let documents = datagrams().into_iter().filter_map(|datagram| {
        let text = String::from_utf8(datagram).ok()?;
        Some(text.split_once('\n')?.1.as_bytes().to_vec())
    });
    each(documents.collect(), |input| {
        let text = String::from_utf8_lossy(input);
        let Ok(document) = Document::decode(&text) else {
            return Ok(());
        };
        let written = written(&document);
        let again = Document::decode(&written);
        let again = again.map_err(|error| TestCaseError::fail(format!("{written}: {error}")))?;
        prop_assert_eq!(&written, &self::written(&again));
        Ok(())
    });
}

fn written(document: &Document<'_>) -> String {
    let mut text = Vec::new();
    document.encode(Form::Independent, &mut text);
    String::from_utf8(text).unwrap()
}

#[test]
fn damaged_filters_are_parsed_or_refused() {
    let intake = intake();
    for datagram in datagrams() {
        intake.datagram(&datagram, ([127, 0, 0, 1], 1).into(), NOW);
    }
    let summaries = intake.store.summaries(|_, _, _| true);
    assert!(!summaries.is_empty());
    each(bytes(&FILTERS), |input| {
        if let Ok(filter) = Filter::parse(&String::from_utf8_lossy(input)) {
            for summary in &summaries {
                let _ = filter.matches(summary);
            }
        }
        Ok(())
    });
}

/// Whatever is read of them becomes documents that the console itself takes.
#[test]
fn damaged_spans_become_valid_documents_or_none() {
    each(bytes(&[SPANS]), |input| {
        for resource in otlp::from_json(input).unwrap_or_default() {
            let mut refused = None;
            resource.documents(|text| refused = refused.take().or(Document::decode(text).err()));
            prop_assert!(refused.is_none(), "{refused:?}");
        }
        Ok(())
    });
}
