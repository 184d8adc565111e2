//! hyper-util's client within the client layer, and a stack of tower's layers.

use std::{net::SocketAddr, time::Duration};

use axum::{Router, body::Body, extract::Request, http::StatusCode, routing::get};
use http_body_util::{BodyExt, Empty};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use tokio::net::TcpListener;
use tower::{Service, ServiceBuilder, ServiceExt};
use xray::{Tracing, testing::Daemon};

async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

fn get_of(url: &str) -> Request<Empty<axum::body::Bytes>> {
    Request::get(url).body(Empty::new()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_by_hyper_is_a_remote_subsegment_with_the_callee_s_segment_below_it() {
    let (caller_s, callee_s) = (Daemon::start().unwrap(), Daemon::start().unwrap());
    let caller = Tracing::new(&caller_s.config("shop")).unwrap();
    let callee = Tracing::new(&callee_s.config("stock")).unwrap();
    let app = Router::new()
        .route("/items", get(|| async { (StatusCode::NOT_FOUND, "none") }))
        .layer(callee.server_layer());
    let address = serve(app).await;
    let client = Client::builder(TokioExecutor::new()).build_http();
    let mut client = ServiceBuilder::new()
        .layer(caller.client_layer())
        .service(client);
    caller
        .segment("work", async {
            let url = format!("http://{address}/items?token=hunter2");
            let response = client
                .ready()
                .await
                .unwrap()
                .call(get_of(&url))
                .await
                .unwrap();
            assert_eq!(response.status(), StatusCode::NOT_FOUND);
            assert_eq!(
                response.into_body().collect().await.unwrap().to_bytes(),
                "none"
            );
        })
        .await;
    let call = caller_s.receive(1).remove(0).subsegments.remove(0);
    assert_eq!(
        (call.name.as_ref(), call.namespace.as_deref()),
        ("127.0.0.1", Some("remote"))
    );
    let http = call.http.as_ref().unwrap();
    let url = http.request.as_ref().unwrap().url.as_deref();
    assert_eq!(url, Some(format!("http://{address}/items").as_str()));
    let response = http.response.as_ref().unwrap();
    assert_eq!(
        (response.status, response.content_length),
        (Some(404), Some(4))
    );
    assert!(call.error && !call.fault);
    assert_eq!(callee_s.receive(1)[0].parent_id, Some(call.id));
}

/// What tower's layers return are boxed errors.
#[tokio::test(flavor = "multi_thread")]
async fn around_a_stack_of_layers_a_timeout_is_a_fault_with_its_cause() {
    let daemon = Daemon::start().unwrap();
    let tracing = Tracing::new(&daemon.config("shop")).unwrap();
    let app = Router::new().route("/", get(std::future::pending::<()>));
    let address = serve(app).await;
    let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
    let client = ServiceBuilder::new()
        .layer(tracing.client_layer())
        .timeout(Duration::from_millis(50))
        .service(client);
    let request = Request::get(format!("http://{address}/"))
        .body(Body::empty())
        .unwrap();
    let error = tracing
        .segment("work", async { client.oneshot(request).await.unwrap_err() })
        .await;
    assert!(error.is::<tower::timeout::error::Elapsed>());
    let call = daemon.receive(1).remove(0).subsegments.remove(0);
    assert!(call.fault && format!("{call:?}").contains("timed out"));
}
