//! Other crates' instrumentation of servers and clients, within what this library records.

use std::net::SocketAddr;

use axum::{Router, routing::get};
use tokio::net::TcpListener;
use tracing::{Level, subscriber::DefaultGuard};
use tracing_subscriber::layer::SubscriberExt;
use xray::{Tracing, testing::Daemon};

/// A service whose spans of `tracing` are recorded on this thread.
struct Service {
    daemon: Daemon,
    tracing: Tracing,
    _subscriber: DefaultGuard,
}

impl Service {
    fn start() -> Self {
        let daemon = Daemon::start().unwrap();
        let mut config = daemon.config("shop");
        // As axum-tracing-opentelemetry's documentation asks for.
        config.span_filter = "info,otel::tracing=trace".parse().unwrap();
        let tracing = Tracing::new(&config).unwrap();
        let subscriber = tracing_subscriber::registry().with(tracing.layer());
        Self {
            daemon,
            _subscriber: tracing::subscriber::set_default(subscriber),
            tracing,
        }
    }
}

async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

fn routes() -> Router {
    Router::new().route("/items", get(items))
}

#[tracing::instrument(name = "work")]
async fn items() -> &'static str {
    "none"
}

const HEADER: &str = "Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;Parent=53995c3f42cd8ad8;Sampled=1";

#[tokio::test]
async fn a_request_is_one_segment_and_a_span_of_a_layer_within_ours_a_subsegment_of_it() {
    let service = Service::start();
    opentelemetry::global::set_tracer_provider(service.tracing.provider().unwrap().clone());
    let theirs = [
        (
            "tower-otel",
            routes().layer(tower_otel::trace::HttpLayer::server(Level::INFO)),
        ),
        (
            "axum-tracing-opentelemetry",
            routes().layer(axum_tracing_opentelemetry::middleware::OtelAxumLayer::default()),
        ),
        (
            "opentelemetry-instrumentation-tower",
            routes().layer(opentelemetry_instrumentation_tower::http::server::Layer::new()),
        ),
    ];
    for (name, app) in theirs {
        let address = serve(app.layer(service.tracing.server_layer())).await;
        let client = reqwest::Client::new();
        let request = client.get(format!("http://{address}/items"));
        let answer = request.header("x-amzn-trace-id", HEADER).send();
        assert_eq!(answer.await.unwrap().status(), 200);
        let segment = service.daemon.receive(1).remove(0);
        assert_eq!(segment.name, "shop", "{name}");
        let parent = segment.parent_id.map(|id| id.to_string());
        assert_eq!(parent.as_deref(), Some("53995c3f42cd8ad8"), "{name}");
        let [theirs] = &segment.subsegments[..] else {
            panic!("{name}: {segment:#?}")
        };
        let http = theirs.http.as_ref().unwrap();
        let status = http.response.as_ref().and_then(|response| response.status);
        assert_eq!(status, Some(200), "{name}: {theirs:#?}");
        let [work] = &theirs.subsegments[..] else {
            panic!("{name}: {segment:#?}")
        };
        assert_eq!(work.name, "work", "{name}");
    }
}

#[tokio::test]
async fn a_call_that_reqwest_tracing_records_is_a_remote_subsegment() {
    let service = Service::start();
    let address = serve(Router::new()).await;
    let client = reqwest_middleware::ClientBuilder::new(reqwest::Client::new())
        .with(reqwest_tracing::TracingMiddleware::default())
        .build();
    let url = format!("http://{address}/missing");
    let call = service.tracing.segment("work", client.get(url).send());
    assert_eq!(call.await.unwrap().status(), 404);
    let segment = service.daemon.receive(1).remove(0);
    let [call] = &segment.subsegments[..] else {
        panic!("{segment:#?}")
    };
    let said = (call.name.as_ref(), call.namespace.as_deref());
    assert_eq!(said, ("127.0.0.1", Some("remote")));
    assert!(call.error && !call.fault, "{call:#?}");
}
