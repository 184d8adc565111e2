//! gRPC-Web, whose requests may come by HTTP/1.1 and whose status is in the body: tonic-web's layers within and around ours.

use std::net::SocketAddr;

use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Code, transport::Server};
use tonic_health::pb::{health_client::HealthClient, health_server::HealthServer};
use tonic_web::{GrpcWebClientLayer, GrpcWebLayer};
use tower::ServiceBuilder;
use xray::{Tracing, testing::Daemon};

use crate::grpc::{Answering, ERROR, FAULT, OK, flags, request};

/// Whether tonic-web's layer is around the library's or within it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Web {
    Around,
    Within,
}

async fn serve(tracing: &Tracing, web: Web) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let incoming = TcpListenerStream::new(listener);
    let (ours, theirs) = (tracing.server_layer(), GrpcWebLayer::new());
    let server = Server::builder().accept_http1(true);
    let health = HealthServer::new(Answering);
    if web == Web::Around {
        let mut server = server.layer(theirs).layer(ours);
        tokio::spawn(async move {
            server
                .add_service(health)
                .serve_with_incoming(incoming)
                .await
        });
    } else {
        let mut server = server.layer(ours).layer(theirs);
        tokio::spawn(async move {
            server
                .add_service(health)
                .serve_with_incoming(incoming)
                .await
        });
    }
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_in_a_body_decides_at_both_ends_whichever_layer_is_the_outer_one() {
    let (caller_s, callee_s) = (Daemon::start().unwrap(), Daemon::start().unwrap());
    let caller = Tracing::new(&caller_s.config("shop")).unwrap();
    let callee = Tracing::new(&callee_s.config("stock")).unwrap();
    for web in [Web::Around, Web::Within] {
        let origin = format!("http://{}", serve(&callee, web).await);
        let http1 = Client::builder(TokioExecutor::new()).build_http();
        let channel = ServiceBuilder::new()
            .layer(GrpcWebClientLayer::new())
            .layer(caller.client_layer())
            .service(http1);
        let client = HealthClient::with_origin(channel, origin.parse().unwrap());

        for (asked, expected) in [("", OK), ("nothing", ERROR), ("broken", FAULT)] {
            let mut client = client.clone();
            let work = async { client.check(request(asked)).await.is_ok() };
            let is_ok = caller.segment("work", work).await;
            assert_eq!(is_ok, expected == OK, "{web:?} {asked}");
            let call = caller_s.receive(1).remove(0).subsegments.remove(0);
            let request = callee_s.receive(1).remove(0);
            assert_eq!(call.name, "grpc.health.v1.Health");
            let seen = (flags(&call), flags(&request));
            assert_eq!(seen, (expected, expected), "{web:?} {asked} {request:#?}");
        }

        let mut client = client.clone();
        let work = async {
            let mut stream = client.watch(request("")).await.unwrap().into_inner();
            assert!(stream.message().await.unwrap().is_some());
            stream.message().await.unwrap_err()
        };
        let status = caller.segment("work", work).await;
        assert_eq!(status.code(), Code::Unavailable);
        let call = caller_s.receive(1).remove(0).subsegments.remove(0);
        let request = callee_s.receive(1).remove(0);
        for document in [call, request] {
            assert_eq!(flags(&document), FAULT, "{web:?} {document:#?}");
            assert!(format!("{document:?}").contains("going away"));
        }
    }
}
