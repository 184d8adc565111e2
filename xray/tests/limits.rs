//! Spans have only X-Ray's limits: however much a handler records, its status arrives.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use axum::{Router, body::Body, extract::Request, http::StatusCode, routing::get};
use http_body_util::BodyExt;
use opentelemetry::{
    Context, KeyValue, Value,
    trace::{SpanKind, TraceContextExt},
};
use segment::{Document, Value as SegmentValue};
use tower::ServiceExt;
use xray::{Subsegment, Tracing, testing::Daemon};

/// Answers one request with `status` after `say`, and returns its segment and what was counted.
async fn answered(status: StatusCode, say: fn()) -> (Document<'static>, xray::Delivery) {
    let daemon = Daemon::start()
        .unwrap()
        .checking(segment_schema::assert_valid);
    let tracing = Tracing::new(&daemon.config("shop")).unwrap();
    let handler = move || async move {
        say();
        status
    };
    let app = Router::new()
        .route("/", get(handler))
        .layer(tracing.server_layer());
    let request = Request::get("/").body(Body::empty()).unwrap();
    let response = app.oneshot(request).await.unwrap();
    response.into_body().collect().await.unwrap();
    let segment = daemon.expect(match status {
        StatusCode::NOT_FOUND => "shop (error)",
        StatusCode::TOO_MANY_REQUESTS => "shop (error, throttle)",
        _ => "shop",
    });
    (segment.into_iter().next().unwrap(), tracing.delivery())
}

fn status(segment: &Document<'_>) -> Option<i64> {
    segment.http.as_ref()?.response.as_ref()?.status
}

#[tokio::test]
async fn a_404_with_130_rows_of_metadata_stays_an_error() {
    let say = || {
        for row in 0..130_i64 {
            xray::add_metadata(&format!("row{row}"), row);
        }
    };
    let (segment, delivery) = answered(StatusCode::NOT_FOUND, say).await;
    assert!(segment.error && status(&segment) == Some(404));
    let (_, metadata) = &segment.metadata[0];
    assert_eq!(metadata.get("row129"), Some(&SegmentValue::Integer(129)));
    assert_eq!(delivery.dropped_attributes, 0);
    let (segment, _) = answered(StatusCode::TOO_MANY_REQUESTS, say).await;
    assert!(segment.throttle);
}

#[tokio::test]
async fn an_annotation_that_is_set_200_times_has_its_last_value() {
    let (segment, _) = answered(StatusCode::NOT_FOUND, || {
        for number in 0..200_i64 {
            xray::annotate("progress", number);
        }
        xray::annotate("afterwards", true);
    })
    .await;
    let expected = [
        ("progress".into(), SegmentValue::Integer(199)),
        ("afterwards".into(), SegmentValue::Bool(true)),
    ];
    assert_eq!(segment.annotations, expected);
    assert!(segment.error);
}

#[tokio::test]
async fn a_request_that_says_far_too_much_is_bounded_and_counted_and_keeps_its_status() {
    let (segment, delivery) = answered(StatusCode::NOT_FOUND, || {
        for row in 0..1_000 {
            xray::add_metadata(&format!("row{row}"), "x".repeat(10_000));
        }
    })
    .await;
    assert!(segment.error && status(&segment) == Some(404));
    assert!(
        (500..600).contains(&delivery.dropped_attributes),
        "{delivery:?}"
    );
    assert_eq!((delivery.trimmed, delivery.lost()), (1, 0));
}

#[tokio::test]
async fn what_a_handler_says_of_its_request_counts_and_not_what_the_layer_said() {
    let say = || {
        Context::map_current(|context| {
            let set = |key: &'static str, value: Value| {
                context.span().set_attribute(KeyValue::new(key, value));
            };
            set("http.route", "/orders/{id}".into());
            set("client.address", "203.0.113.7".into());
            set("http.response.body.size", Value::from(7));
        });
        xray::annotate("tier", "gold");
    };
    let (segment, _) = answered(StatusCode::NOT_FOUND, say).await;
    let http = segment.http.clone().unwrap();
    let (request, response) = (http.request.unwrap(), http.response.unwrap());
    assert_eq!(request.method.as_deref(), Some("GET"));
    assert_eq!(request.client_ip.as_deref(), Some("203.0.113.7"));
    // What the layer says of the answer comes last.
    let response = (response.status, response.content_length);
    assert_eq!(response, (Some(404), Some(0)));
    let (_, metadata) = &segment.metadata[0];
    let route = metadata.get("http.route").and_then(SegmentValue::as_text);
    assert_eq!(route, Some("/orders/{id}"));
    assert_eq!(segment.annotations.len(), 1);
}

#[tokio::test]
async fn open_spans_together_are_bounded_and_give_back_what_they_held() {
    const MIB: usize = 1024 * 1024;
    let daemon = Daemon::start().unwrap();
    let tracing = Tracing::new(&daemon.config("shop")).unwrap();
    let dropped = || tracing.delivery().dropped_attributes;
    let fill = || {
        let span = Subsegment::begin("large", SpanKind::Internal);
        for row in ["first", "second", "third"] {
            span.set_attribute(row, "x".repeat(MIB));
        }
        span
    };
    tracing
        .segment("job", async {
            // 75 MiB are to be held, and there are 64.
            let open: Vec<_> = (0..25).map(|_| fill()).collect();
            drop(open);
            let before = dropped();
            assert!((10..15).contains(&before), "{before}");
            (0..25).for_each(|_| fill().end());
            assert_eq!(dropped(), before);
        })
        .await;
}

#[tokio::test]
async fn instrumentation_opens_subsegments_of_its_own() {
    let daemon = Daemon::start()
        .unwrap()
        .checking(segment_schema::assert_valid);
    let tracing = Tracing::new(&daemon.config("shop")).unwrap();
    tracing
        .segment("job", async {
            let call = Subsegment::begin("PutObject", SpanKind::Client);
            call.set_attribute("rpc.system", "aws-api");
            call.set_attribute("rpc.method", "PutObject");
            call.set_attribute("rpc.service", "S3");
            assert!(call.context().unwrap().span().is_recording());
            {
                let _guard = call.attach();
                xray::in_subsegment("sign", || ());
            }
            call.record_error(&std::io::Error::other("no such bucket"));
            call.end();
            Subsegment::begin("given up", SpanKind::Internal).fail("");
        })
        .await;
    let documents = daemon.expect(
        "shop
           S3 (aws, fault)
             sign
           given up (fault)",
    );
    let [call, given_up] = documents[0].subsegments.as_slice() else {
        panic!("{documents:#?}")
    };
    assert_eq!(call.namespace.as_deref(), Some("aws"));
    assert_eq!(
        call.aws.as_ref().unwrap().operation.as_deref(),
        Some("PutObject")
    );
    let (_, metadata) = &given_up.metadata[0];
    assert_eq!(metadata.get("cancelled"), Some(&SegmentValue::Bool(true)));
}
