//! Other instrumentation around the server layer and within it: one request is one trace with one segment.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use axum::{Router, body::Body, extract::Request, http::StatusCode, routing::get};
use http_body_util::BodyExt;
use opentelemetry::{
    Context, KeyValue, global,
    trace::{
        SpanContext, SpanId, SpanKind, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer,
    },
};
use opentelemetry_aws::trace::XrayPropagator;
use segment::Document;
use tower::ServiceExt;
use tower_http::trace::{DefaultMakeSpan, TraceLayer};
use tracing::{Level, level_filters::LevelFilter};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{filter::Targets, layer::SubscriberExt};
use xray::{SamplerKind, Tracing, testing::Daemon};

const HEADER: &str = "Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;Parent=53995c3f42cd8ad8;Sampled=1";

fn daemon() -> Daemon {
    Daemon::start()
        .unwrap()
        .checking(segment_schema::assert_valid)
}

async fn hello() -> &'static str {
    xray::annotate("tier", "gold");
    "hello"
}

fn router() -> Router {
    Router::new().route("/", get(hello))
}

/// Sends one request with a trace header, or without one if it is empty, and reads the whole answer.
async fn ask(app: &Router, header: &str) -> StatusCode {
    let mut request = Request::get("/");
    if !header.is_empty() {
        request = request.header("x-amzn-trace-id", header);
    }
    let request = request.body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status();
    response.into_body().collect().await.unwrap();
    status
}

fn trace_layer()
-> TraceLayer<tower_http::classify::SharedClassifier<tower_http::classify::ServerErrorsAsFailures>>
{
    TraceLayer::new_for_http().make_span_with(DefaultMakeSpan::new().level(tracing::Level::INFO))
}

#[tokio::test]
async fn a_trace_layer_around_the_server_layer_makes_no_second_trace() {
    let daemon = daemon();
    let tracing = Tracing::new(&daemon.config("shop")).unwrap();
    let subscriber = tracing_subscriber::registry().with(tracing.layer());
    let _subscriber = tracing::subscriber::set_default(subscriber);
    let app = router().layer(tracing.server_layer()).layer(trace_layer());
    for header in ["", HEADER] {
        ask(&app, header).await;
    }
    assert!(tracing.flush(xray::testing::PATIENCE));
    daemon.expect("shop\nshop");
}

/// Asks a router with a trace layer within the server layer, and returns what came.
async fn ask_with_a_trace_layer(span_filter: Targets) -> Vec<Document<'static>> {
    let daemon = daemon();
    let config = xray::Config {
        span_filter,
        ..daemon.config("shop")
    };
    let tracing = Tracing::new(&config).unwrap();
    // Both ways in which spans are let in: by the layer's own filter, and by that of the subscriber of `start`.
    let own = tracing_subscriber::registry().with(tracing.layer());
    let app = router().layer(trace_layer()).layer(tracing.server_layer());
    let _subscriber = tracing::subscriber::set_default(own);
    ask(&app, HEADER).await;
    let quiet = Targets::new().with_default(LevelFilter::OFF);
    let _subscriber = tracing::subscriber::set_default(tracing.subscriber(&quiet));
    ask(&app, HEADER).await;
    assert!(tracing.flush(xray::testing::PATIENCE));
    daemon.received()
}

#[tokio::test]
async fn a_trace_layer_within_the_server_layer_is_a_subsegment_if_it_is_asked_for() {
    let documents = ask_with_a_trace_layer(Targets::new().with_default(Level::INFO)).await;
    assert_eq!(documents.len(), 2, "{documents:#?}");
    for segment in &documents {
        assert!(segment.subsegments.is_empty(), "{segment:#?}");
        assert!(!format!("{segment:?}").contains("finished processing"));
    }

    let asking = Targets::new().with_target("tower_http", Level::INFO);
    let documents = ask_with_a_trace_layer(asking).await;
    let (independent, segments): (Vec<_>, Vec<_>) =
        documents.iter().partition(|one| one.is_subsegment);
    assert_eq!(segments.len(), 2, "{documents:#?}");
    let within = segments.iter().flat_map(|segment| &segment.subsegments);
    let names: Vec<_> = independent
        .into_iter()
        .chain(within)
        .map(|one| one.name.as_ref())
        .collect();
    assert_eq!(names, ["request", "request"]);
}

#[tokio::test]
async fn which_spans_count_is_the_user_s_choice() {
    let daemon = daemon();
    let config = xray::Config {
        span_filter: Targets::new()
            .with_default(Level::INFO)
            .with_target("prices", Level::DEBUG)
            .with_target("noise", LevelFilter::OFF),
        ..daemon.config("shop")
    };
    let tracing = Tracing::new(&config).unwrap();
    let work = || {
        xray::in_subsegment("work", || {
            tracing::debug_span!(target: "prices::fetch", "prices").in_scope(|| {});
            tracing::trace_span!(target: "prices::fetch", "too deep").in_scope(|| {});
            tracing::info_span!(target: "noise", "noise").in_scope(|| {});
            tracing::debug_span!("quiet").in_scope(|| {});
            // What begins like the name of a transport is none.
            tracing::info_span!(target: "h2o", "water").in_scope(|| {});
            tracing::info_span!(target: "h2::proto", "Connection").in_scope(|| {});
        });
    };
    let own = tracing_subscriber::registry().with(tracing.layer());
    let quiet = Targets::new().with_default(LevelFilter::OFF);
    let installed = tracing.subscriber(&quiet);
    for subscriber in [
        tracing::Dispatch::new(own),
        tracing::Dispatch::new(installed),
    ] {
        let _subscriber = tracing::dispatcher::set_default(&subscriber);
        tracing.segment("job", async { work() }).await;
        daemon.expect(
            "shop
               work
                 prices
                 water",
        );
    }
}

#[tokio::test]
async fn two_server_layers_give_one_segment() {
    let daemon = daemon();
    let tracing = Tracing::new(&daemon.config("shop")).unwrap();
    let inner = router().layer(tracing.server_layer());
    let app = Router::new().merge(inner).layer(tracing.server_layer());
    for header in ["", HEADER] {
        ask(&app, header).await;
        let segment = daemon.expect("shop").remove(0);
        assert_eq!(segment.annotations.len(), 1);
    }
    // What the outer one has decided, the inner one does not decide anew.
    let config = xray::Config {
        sampler: SamplerKind::Ratio(0.5),
        ..daemon.config("shop")
    };
    let tracing = Tracing::new(&config).unwrap();
    let inner = router().layer(tracing.server_layer());
    let app = Router::new().merge(inner).layer(tracing.server_layer());
    for _ in 0..50 {
        ask(&app, "").await;
    }
    assert!(tracing.flush(xray::testing::PATIENCE));
    let documents = daemon.received();
    assert!(!documents.is_empty() && documents.len() < 50);
    assert!(documents.iter().all(|one| one.annotations.len() == 1));
}

#[tokio::test]
async fn a_server_layer_of_other_instrumentation_gives_no_second_segment() {
    let daemon = daemon();
    let tracing = Tracing::new(&daemon.config("shop")).unwrap();
    // That layer finds both only here. No other test of this file looks at them.
    global::set_tracer_provider(tracing.provider().unwrap().clone());
    global::set_text_map_propagator(XrayPropagator::default());
    let other = opentelemetry_instrumentation_tower::http::server::Layer::new;

    let within = router().layer(other()).layer(tracing.server_layer());
    let around = router().layer(tracing.server_layer()).layer(other());
    for app in [within, around] {
        for header in ["", HEADER] {
            ask(&app, header).await;
            assert!(tracing.flush(xray::testing::PATIENCE));
            let documents = daemon.received();
            let segments: Vec<_> = documents.iter().filter(|one| !one.is_subsegment).collect();
            assert_eq!(segments.len(), 1, "{documents:#?}");
            let trace_id = segments[0].trace_id;
            assert!(documents.iter().all(|one| one.trace_id == trace_id));
            let parent_id = segments[0].parent_id.map(|id| id.to_string());
            let caller = (!header.is_empty()).then_some("53995c3f42cd8ad8");
            assert_eq!(parent_id.as_deref(), caller);
        }
    }
}

#[tokio::test]
async fn a_span_around_a_server_swallows_no_request() {
    let daemon = daemon();
    let tracing = Tracing::new(&daemon.config("shop")).unwrap();
    let app = router().layer(tracing.server_layer());
    tracing
        .segment("serve", async {
            ask(&app, "").await;
            ask(&app, HEADER).await;
        })
        .await;
    daemon.expect("shop\nshop\nshop");
}

#[test]
fn the_methods_of_tracing_opentelemetry_work_on_spans() {
    let daemon = daemon();
    let tracing = Tracing::new(&daemon.config("shop")).unwrap();
    let subscriber = tracing_subscriber::registry().with(tracing.layer());
    let _subscriber = tracing::subscriber::set_default(subscriber);
    let context = |id: u64| {
        let (trace_id, id) = (TraceId::from(7), SpanId::from(id));
        SpanContext::new(
            trace_id,
            id,
            TraceFlags::SAMPLED,
            true,
            TraceState::default(),
        )
    };
    let span = tracing::info_span!("job", otel.kind = "consumer");
    span.set_parent(Context::new().with_remote_span_context(context(1)))
        .unwrap();
    span.add_link(context(2));
    span.set_attribute("annotation.tier", "gold");
    let inner = span.context();
    assert_eq!(inner.span().span_context().trace_id(), TraceId::from(7));
    span.add_link(context(3));
    inner
        .span()
        .set_attribute(KeyValue::new("annotation.tier", "platinum"));
    tracing.tracer().unwrap().start_with_context("step", &inner);
    drop(span);
    let job = daemon
        .expect(
            "shop
               step",
        )
        .remove(0);
    assert_eq!(job.parent_id.unwrap().to_string(), format!("{:016x}", 1));
    assert_eq!(job.links.len(), 2);
    assert_eq!(job.annotations, [("tier".into(), "platinum".into())]);
}

#[test]
fn a_span_follows_what_is_around_it_and_its_caller_as_far_as_the_sampler_says() {
    let daemon = daemon();
    let is_recorded = |sampler, is_remote: bool, is_sampled: bool| {
        let config = xray::Config {
            sampler,
            ..daemon.config("shop")
        };
        let tracing = Tracing::new(&config).unwrap();
        let flags = TraceFlags::default().with_sampled(is_sampled);
        let (trace_id, id) = (TraceId::from(7), SpanId::from(8));
        let parent = SpanContext::new(trace_id, id, flags, is_remote, TraceState::default());
        let parent = Context::new().with_remote_span_context(parent);
        let tracer = tracing.tracer().unwrap();
        let builder = tracer.span_builder("job").with_kind(SpanKind::Server);
        let span = tracer.build_with_context(builder, &parent);
        let context = opentelemetry::trace::Span::span_context(&span);
        assert_eq!((context.trace_id(), context.is_remote()), (trace_id, false));
        assert_ne!(context.span_id(), id);
        let is_recording = opentelemetry::trace::Span::is_recording(&span);
        assert_eq!(context.is_sampled(), is_recording);
        is_recording
    };
    let (local, remote) = (false, true);
    for kind in [
        SamplerKind::AlwaysOn,
        SamplerKind::AlwaysOff,
        SamplerKind::ParentBasedAlwaysOn,
    ] {
        assert!(is_recorded(kind, local, true) && !is_recorded(kind, local, false));
    }
    assert!(is_recorded(SamplerKind::AlwaysOn, remote, false));
    assert!(!is_recorded(SamplerKind::AlwaysOff, remote, true));
    assert!(!is_recorded(
        SamplerKind::ParentBasedAlwaysOn,
        remote,
        false
    ));
    assert!(is_recorded(SamplerKind::ParentBasedAlwaysOff, remote, true));
}
