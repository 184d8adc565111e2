//! Fields of `tracing`'s spans: a number in a field is a number in the document.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use segment::{Document, Value};
use segment_schema::assert_valid;
use tracing::field::Empty;
use tracing_subscriber::layer::SubscriberExt;
use xray::{Tracing, testing::Daemon};

/// Runs `work` where its spans are traced, and returns what arrives.
fn document_of(work: impl FnOnce()) -> Document<'static> {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let tracing = Tracing::new(&daemon.config("shop")).unwrap();
    let subscriber = tracing_subscriber::registry().with(tracing.layer());
    tracing::subscriber::with_default(subscriber, work);
    daemon.receive(1).remove(0)
}

fn metadata<'m>(document: &'m Document<'_>, key: &str) -> Option<&'m Value<'m>> {
    let (_, default) = document.metadata.iter().find(|(key, _)| key == "default")?;
    default.get(key)
}

#[test]
fn every_integer_stays_a_number() {
    let document = document_of(|| {
        let span = tracing::info_span!(
            "work",
            annotation.items = 3_usize,
            annotation.later = Empty,
            small = 7_u8,
            signed = -7_i32,
            wide = 8_u128,
            long = 9_i128,
            text = "3",
            large = u64::MAX,
        );
        span.record("annotation.later", 4_u64);
        span.in_scope(|| ());
    });
    assert_eq!(
        document.annotations,
        [("items".into(), 3.into()), ("later".into(), 4.into())]
    );
    for (key, value) in [
        ("small", Value::from(7)),
        ("signed", Value::from(-7)),
        ("wide", Value::from(8)),
        ("long", Value::from(9)),
        ("text", Value::from("3")),
        // No `i64` holds it.
        ("large", Value::from("18446744073709551615")),
    ] {
        assert_eq!(metadata(&document, key), Some(&value), "{key}");
    }
}

#[test]
fn a_number_that_is_said_once_the_span_runs_counts_as_well() {
    let document = document_of(|| {
        let span = tracing::info_span!("work", annotation.items = 1_usize);
        span.in_scope(|| {
            tracing::Span::current().record("annotation.items", 2_usize);
        });
    });
    assert_eq!(document.annotations, [("items".into(), 2.into())]);
}

#[tracing::instrument]
fn charge(order: u32, express: bool) {}

#[test]
fn arguments_of_instrumented_functions_are_what_they_are() {
    let document = document_of(|| charge(7, true));
    assert_eq!(metadata(&document, "order"), Some(&Value::from(7)));
    assert_eq!(metadata(&document, "express"), Some(&Value::from(true)));
}
