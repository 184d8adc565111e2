//! tonic's server within the server layer, called by tonic's channel within the client layer.

use std::{net::SocketAddr, pin::Pin, time::Duration};

use segment::Document;
use tokio::net::TcpListener;
use tokio_stream::{Stream, StreamExt, iter, wrappers::TcpListenerStream};
use tonic::{
    Code, Request, Response, Status,
    transport::{Channel, Server},
};
use tonic_health::pb::{
    HealthCheckRequest, HealthCheckResponse,
    health_client::HealthClient,
    health_server::{Health, HealthServer},
};
use tower::ServiceBuilder;
use xray::{ClientService, Tracing, testing::Daemon};

/// Answers by what it is asked for.
pub(crate) struct Answering;

#[tonic::async_trait]
impl Health for Answering {
    type WatchStream = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        match request.get_ref().service.as_str() {
            "" => Ok(Response::new(HealthCheckResponse::default())),
            "slow" => std::future::pending().await,
            "busy" => Err(Status::resource_exhausted("come back later")),
            "broken" => Err(Status::internal("50 % of the pipes burst: ü")),
            name => Err(Status::not_found(format!("no service {name}"))),
        }
    }

    /// Says something first, so that the status is in the trailers.
    async fn watch(
        &self,
        _: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let said = xray::in_subsegment("look", HealthCheckResponse::default);
        let end = Status::unavailable("going away");
        // Asked for while the body is sent.
        let stream = iter([Ok(said), Err(end)]).map(|item| xray::in_subsegment("item", || item));
        Ok(Response::new(Box::pin(stream)))
    }
}

async fn serve(tracing: &Tracing) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::builder()
        .layer(tracing.server_layer())
        .add_service(HealthServer::new(Answering))
        .serve_with_incoming(TcpListenerStream::new(listener));
    tokio::spawn(server);
    address
}

type Client = HealthClient<ClientService<Channel>>;

fn client(tracing: &Tracing, address: SocketAddr) -> Client {
    let channel = Channel::from_shared(format!("http://{address}")).unwrap();
    let layered = ServiceBuilder::new().layer(tracing.client_layer());
    HealthClient::new(layered.service(channel.connect_lazy()))
}

pub(crate) fn request(service: &str) -> HealthCheckRequest {
    HealthCheckRequest {
        service: service.to_owned(),
    }
}

/// A caller and a callee, each traced at a daemon of its own.
struct Pair {
    caller: Tracing,
    client: Client,
    caller_s: Daemon,
    callee_s: Daemon,
}

async fn pair() -> Pair {
    let (caller_s, callee_s) = (Daemon::start().unwrap(), Daemon::start().unwrap());
    let caller = Tracing::new(&caller_s.config("shop")).unwrap();
    let callee = Tracing::new(&callee_s.config("stock")).unwrap();
    let client = client(&caller, serve(&callee).await);
    Pair {
        caller,
        client,
        caller_s,
        callee_s,
    }
}

impl Pair {
    /// Makes one call within a segment, and returns its subsegment and the callee's segment.
    async fn call(&self, work: impl AsyncFnOnce(Client)) -> (Document<'static>, Document<'static>) {
        self.caller.segment("work", work(self.client.clone())).await;
        let call = self.caller_s.receive(1).remove(0).subsegments.remove(0);
        (call, self.callee_s.receive(1).remove(0))
    }
}

pub(crate) fn flags(document: &Document<'_>) -> (bool, bool, bool) {
    (document.error, document.throttle, document.fault)
}

pub(crate) const OK: (bool, bool, bool) = (false, false, false);
pub(crate) const ERROR: (bool, bool, bool) = (true, false, false);
const THROTTLE: (bool, bool, bool) = (true, true, false);
pub(crate) const FAULT: (bool, bool, bool) = (false, false, true);

#[tokio::test(flavor = "multi_thread")]
async fn the_status_of_grpc_decides_at_both_ends_and_the_callee_is_below_the_call() {
    let pair = pair().await;
    for (asked, code, expected, cause) in [
        ("", Code::Ok, OK, None),
        ("nothing", Code::NotFound, ERROR, Some("no service nothing")),
        (
            "busy",
            Code::ResourceExhausted,
            THROTTLE,
            Some("come back later"),
        ),
        (
            "broken",
            Code::Internal,
            FAULT,
            Some("50 % of the pipes burst: ü"),
        ),
    ] {
        let (call, callee) = pair
            .call(async |mut client| {
                let status = client.check(request(asked)).await;
                assert_eq!(status.err().map_or(Code::Ok, |status| status.code()), code);
            })
            .await;
        assert_eq!(call.name, "grpc.health.v1.Health");
        assert_eq!(call.namespace.as_deref(), Some("remote"));
        assert_eq!(
            (flags(&call), flags(&callee)),
            (expected, expected),
            "{asked}"
        );
        assert_eq!(callee.parent_id, Some(call.id));
        let text = format!("{call:?}");
        assert!(cause.is_none_or(|cause| text.contains(cause)), "{text}");
        for document in [&call, &callee] {
            let (_, metadata) = &document.metadata[0];
            assert_eq!(
                metadata.get("rpc.method").and_then(segment::Value::as_text),
                Some("Check")
            );
            assert_eq!(
                metadata.get("rpc.grpc.status_code"),
                Some(&(code as i64).into())
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_in_the_trailers_counts_and_what_the_stream_does_is_the_request_s() {
    let (call, callee) = pair()
        .await
        .call(async |mut client| {
            let mut stream = client.watch(request("")).await.unwrap().into_inner();
            assert!(stream.message().await.unwrap().is_some());
            assert_eq!(
                stream.message().await.unwrap_err().code(),
                Code::Unavailable
            );
        })
        .await;
    assert_eq!((flags(&call), flags(&callee)), (FAULT, FAULT));
    for document in [&call, &callee] {
        assert!(format!("{document:?}").contains("going away"));
    }
    let names: Vec<_> = callee
        .subsegments
        .iter()
        .map(|one| one.name.as_ref())
        .collect();
    assert_eq!(names, ["look", "item", "item"]);
}

/// The caller has not gone: it has said how long it waits, and tonic's server gives up when that is over.
#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_that_is_over_is_told_at_both_ends() {
    let (call, callee) = pair()
        .await
        .call(async |mut client| {
            let mut request = Request::new(request("slow"));
            // The header alone, so that the caller's channel does not give up first.
            let timeout = "50m".parse().unwrap();
            request.metadata_mut().insert("grpc-timeout", timeout);
            client.check(request).await.unwrap_err();
        })
        .await;
    assert!(flags(&call) != OK, "{call:#?}");
    assert_eq!(flags(&callee), FAULT, "{callee:#?}");
    let (_, metadata) = &callee.metadata[0];
    assert_eq!(metadata.get("rpc.grpc.status_code"), Some(&4_i64.into()));
    assert_eq!(metadata.get("client.disconnected"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_without_an_answer_is_a_fault_and_one_that_is_given_up_says_so() {
    let daemon = Daemon::start().unwrap();
    let tracing = Tracing::new(&daemon.config("shop")).unwrap();
    // A port that nobody listens at, and one whose owner never says a word.
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refused = tracing.segment("work", async {
        client(&tracing, closed)
            .check(request(""))
            .await
            .unwrap_err()
    });
    assert_eq!(refused.await.code(), Code::Unavailable);
    let call = daemon.receive(1).remove(0).subsegments.remove(0);
    assert!(call.fault);
    let text = format!("{call:?}");
    assert!(
        text.contains("refused") && text.contains("tonic::transport"),
        "{text}"
    );

    let address = silent.local_addr().unwrap();
    let given_up = tracing.segment("work", async {
        let mut client = client(&tracing, address);
        tokio::time::timeout(Duration::from_millis(50), client.check(request(""))).await
    });
    assert!(given_up.await.is_err());
    let call = daemon.receive(1).remove(0).subsegments.remove(0);
    assert!(format!("{call:?}").contains("cancelled"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_record_passes_that_on() {
    let (caller_s, callee_s) = (Daemon::start().unwrap(), Daemon::start().unwrap());
    let config = xray::Config {
        sampler: xray::SamplerKind::AlwaysOff,
        ..caller_s.config("shop")
    };
    let caller = Tracing::new(&config).unwrap();
    let callee = Tracing::new(&callee_s.config("stock")).unwrap();
    let mut client = client(&caller, serve(&callee).await);
    caller
        .segment("work", async { client.check(request("")).await.unwrap() })
        .await;
    assert!(caller.flush(xray::testing::PATIENCE) && callee.flush(xray::testing::PATIENCE));
    assert!(caller_s.received().is_empty() && callee_s.received().is_empty());
}
