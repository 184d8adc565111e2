//! Headers in, headers out.

use http::HeaderName;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use segment::Sampled;

use super::*;

const XRAY: &str = "Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a";
const W3C: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            )
        })
        .collect()
}

fn read(headers: &HeaderMap) -> Incoming<'_> {
    let mut lines = Lines::default();
    for (name, value) in headers {
        lines.note(name.as_str(), value);
    }
    Incoming::read(headers, &lines)
}

#[test]
fn x_ray_with_a_parent_takes_precedence_then_w3c_then_x_ray_with_only_a_root() {
    let with_parent = format!("{XRAY};Parent=53995c3f42cd8ad8;Sampled=0");
    let both = headers(&[("x-amzn-trace-id", &with_parent), ("traceparent", W3C)]);
    let incoming = read(&both);
    assert_eq!(
        incoming.trace_id().unwrap().to_string(),
        "5f84c7a1e7d1852db8c4fd35d88bf49a"
    );
    assert_eq!(incoming.sampled, Some(Sampled::No));

    let both = headers(&[("x-amzn-trace-id", XRAY), ("traceparent", W3C)]);
    let incoming = read(&both);
    assert_eq!(
        incoming.trace_id().unwrap().to_string(),
        "4bf92f3577b34da6a3ce929d0e0e4736"
    );
    assert_eq!(incoming.sampled, Some(Sampled::Yes));

    let root = headers(&[("x-amzn-trace-id", XRAY)]);
    let incoming = read(&root);
    assert_eq!(
        incoming.trace_id().unwrap().to_string(),
        "5f84c7a1e7d1852db8c4fd35d88bf49a"
    );
    assert!(incoming.parent.is_none() && incoming.sampled.is_none());
}

#[test]
fn garbage_names_no_trace() {
    let long = format!("{XRAY};{}", "A=b;".repeat(16_384));
    for (name, value) in [
        ("x-amzn-trace-id", "garbage"),
        ("x-amzn-trace-id", &long),
        ("traceparent", "00-0-0-0"),
    ] {
        assert!(
            read(&headers(&[(name, value)])).trace_id().is_none(),
            "{name}"
        );
    }
}

#[test]
fn w3c_headers_are_written_as_by_the_propagator_of_opentelemetry() {
    for state in ["", "a=1,b=2"] {
        let incoming_headers = headers(&[("traceparent", W3C), ("tracestate", state)]);
        let parent = read(&incoming_headers).parent.unwrap();
        let context = Context::new().with_remote_span_context(parent);
        let (mut ours, mut theirs) = (HeaderMap::new(), HeaderMap::new());
        inject(&context, &mut ours);
        let mut injector = opentelemetry_http::HeaderInjector(&mut theirs);
        TraceContextPropagator::new().inject_context(&context, &mut injector);
        for name in [TRACE_PARENT, TRACE_STATE] {
            let theirs = theirs.get(&name).filter(|value| !value.is_empty());
            assert_eq!(ours.get(&name), theirs, "{name}");
        }
    }
}

#[test]
fn unknown_parts_are_passed_on_and_self_is_not() {
    let value = format!(
        "Self=1-67891234-12456789abcdef012345678a;{XRAY};Parent=53995c3f42cd8ad8;Sampled=1;Lineage=25:6e4bd1b3:3;A=b"
    );
    let incoming_headers = headers(&[("x-amzn-trace-id", &value)]);
    let incoming = read(&incoming_headers);
    let context =
        incoming.forward(Context::new().with_remote_span_context(incoming.parent.clone().unwrap()));
    let mut outgoing = HeaderMap::new();
    inject(&context, &mut outgoing);
    assert_eq!(
        outgoing[X_AMZN_TRACE_ID],
        format!("{XRAY};Parent=53995c3f42cd8ad8;Sampled=1;Lineage=25:6e4bd1b3:3;A=b").as_str()
    );
    assert_eq!(
        outgoing["traceparent"],
        "00-5f84c7a1e7d1852db8c4fd35d88bf49a-53995c3f42cd8ad8-01"
    );
}
