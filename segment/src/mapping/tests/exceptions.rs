//! Events as exceptions, and stack traces.

use super::*;

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
    // Nobody knows their types, and an empty one would say less than none.
    assert!(exceptions.iter().all(|exception| exception.kind.is_none()));
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
