//! The interceptor in the machinery of AWS's clients, with an operation that is made by hand.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use std::{
    error::Error,
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        http::{
            HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector,
            http_client_fn,
        },
        interceptors::{Intercept, context::BeforeTransmitInterceptorContextRef},
        orchestrator::{HttpRequest, HttpResponse, OrchestratorError},
        result::{ConnectorError, SdkError},
        runtime_components::RuntimeComponents,
    },
    http::{Headers, StatusCode},
};
use aws_smithy_types::{
    body::SdkBody, config_bag::ConfigBag, error::ErrorMetadata, retry::RetryConfig,
};
use opentelemetry::{
    Context,
    trace::{FutureExt as _, TraceContextExt as _},
};
use segment::Form;
use serde_json::{Value, json};
use xray::{Config, Exporter, SamplerKind, Tracing, testing::Daemon};
use xray_aws_sdk::Interceptor;

/// What a connection does with a request.
#[derive(Debug, Clone, Copy)]
enum Connection {
    Answers(u16, &'static str),
    Refuses,
    Hangs,
}

/// A connection that notes the headers of what it is given.
#[derive(Debug, Clone)]
struct Noting {
    connection: Connection,
    sent: Arc<Mutex<Vec<Headers>>>,
}

impl HttpConnector for Noting {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.sent.lock().unwrap().push(request.headers().clone());
        match self.connection {
            Connection::Answers(status, body) => {
                let status = StatusCode::try_from(status).unwrap();
                let mut response = HttpResponse::new(status, SdkBody::from(body));
                response.headers_mut().insert("x-amzn-requestid", "4N3K");
                HttpConnectorFuture::ready(Ok(response))
            }
            Connection::Refuses => {
                let refused = std::io::Error::new(
                    std::io::ErrorKind::ConnectionRefused,
                    "Connection refused",
                );
                HttpConnectorFuture::ready(Err(ConnectorError::io(refused.into())))
            }
            Connection::Hangs => HttpConnectorFuture::new(std::future::pending()),
        }
    }
}

/// What a signature would be made of.
#[derive(Debug, Clone, Default)]
struct BeforeSigning(Arc<Mutex<Vec<Headers>>>);

impl Intercept for BeforeSigning {
    fn name(&self) -> &'static str {
        "before signing"
    }

    fn read_before_signing(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0
            .lock()
            .unwrap()
            .push(context.request().headers().clone());
        Ok(())
    }
}

/// An error as the SDK models them.
#[derive(Debug)]
enum Refused {
    NotFound,
    Unhandled(ErrorMetadata),
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NotFound => "ResourceNotFoundException: Requested resource not found",
            Self::Unhandled(_) => "unhandled error",
        })
    }
}

impl Error for Refused {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NotFound => None,
            Self::Unhandled(metadata) => Some(metadata),
        }
    }
}

/// A daemon, tracing that sends to it, and what a call of it sends.
struct Shop {
    daemon: Daemon,
    tracing: Tracing,
    /// Of a second interceptor, which does nothing but in one test.
    other: Tracing,
    sent: Arc<Mutex<Vec<Headers>>>,
    before_signing: BeforeSigning,
}

impl Shop {
    fn new() -> Self {
        let daemon = Daemon::start().unwrap();
        let config = Config {
            sampler: SamplerKind::ParentBasedAlwaysOn,
            ..daemon.config("shop")
        };
        Self {
            daemon,
            tracing: Tracing::new(&config).unwrap(),
            other: Tracing::new(&Config {
                exporter: Exporter::None,
                ..config
            })
            .unwrap(),
            sent: Arc::default(),
            before_signing: BeforeSigning::default(),
        }
    }

    fn http_client(&self, connection: Connection) -> SharedHttpClient {
        let connector = Noting {
            connection,
            sent: Arc::clone(&self.sent),
        };
        http_client_fn(move |_, _| SharedHttpConnector::new(connector.clone()))
    }

    /// Makes a call as a client of DynamoDB does, with `uri` as what comes behind the endpoint.
    async fn call(
        &self,
        connection: Connection,
        uri: &'static str,
    ) -> Result<(), SdkError<Refused, HttpResponse>> {
        let operation = Operation::builder()
            .service_name("DynamoDB")
            .operation_name("GetItem")
            .http_client(self.http_client(connection))
            .endpoint_url("http://127.0.0.1:1")
            .no_auth()
            .standard_retry(&RetryConfig::standard().with_max_attempts(1))
            .sleep_impl(TokioSleep::new())
            .interceptor(self.before_signing.clone())
            .interceptor(Interceptor::shared(&self.tracing))
            .interceptor(Interceptor::new(&self.other))
            .serializer(move |(): ()| {
                let mut request = HttpRequest::new(SdkBody::from(r#"{"TableName":"orders"}"#));
                request
                    .headers_mut()
                    .insert("content-type", "application/x-amz-json-1.0");
                request.set_uri(uri)?;
                Ok(request)
            })
            .deserializer(|response: &HttpResponse| match response.status().as_u16() {
                200 => Ok(()),
                400 => Err(OrchestratorError::operation(Refused::NotFound)),
                403 => {
                    let metadata = ErrorMetadata::builder().custom("aws_request_id", "4N3K");
                    let refused = Refused::Unhandled(metadata.build());
                    Err(OrchestratorError::operation(refused))
                }
                _ => Err(OrchestratorError::other("an answer that is no JSON")),
            })
            .build();
        operation.invoke(()).await
    }

    /// Makes the same call in a segment, and returns its subsegment.
    async fn recorded(&self, connection: Connection) -> Value {
        let call = self.call(connection, "/");
        let _ = self.tracing.segment("job", call).await;
        self.subsegment()
    }

    fn subsegment(&self) -> Value {
        let segment = self.daemon.receive(1).remove(0);
        assert_eq!(segment.subsegments.len(), 1, "{segment:#?}");
        let mut subsegment = Vec::new();
        segment.subsegments[0].encode(Form::Embedded, &mut subsegment);
        serde_json::from_slice(&subsegment).unwrap()
    }
}

fn exception(call: &Value) -> [&str; 2] {
    let exception = &call["cause"]["exceptions"][0];
    ["type", "message"].map(|member| exception[member].as_str().unwrap())
}

#[tokio::test]
async fn a_call_has_its_operation_though_the_first_hook_does_not_know_it() {
    let call = Shop::new().recorded(Connection::Answers(200, "{}")).await;
    assert_eq!(
        (&call["name"], &call["namespace"]),
        (&json!("DynamoDB"), &json!("aws"))
    );
    let aws = json!({ "operation": "GetItem", "table_name": "orders", "request_id": "4N3K", "retries": 0 });
    assert_eq!(call["aws"], aws);
}

/// As to `HEAD`, whose answers have no body.
#[tokio::test]
async fn an_error_that_says_nothing_is_its_status() {
    let call = Shop::new().recorded(Connection::Answers(403, "")).await;
    assert_eq!(exception(&call), ["ResponseError", "403 Forbidden"]);
    let exceptions = call["cause"]["exceptions"].as_array().unwrap();
    assert_eq!((exceptions.len(), &call["error"]), (1, &json!(true)));
}

/// The SDK calls the answer to a conditional request an error; it is what a cache asks for.
#[tokio::test]
async fn that_nothing_has_changed_is_no_failure() {
    let call = Shop::new().recorded(Connection::Answers(304, "")).await;
    assert_eq!(call["http"]["response"]["status"], 304, "{call:#}");
    for member in ["error", "fault", "throttle", "cause"] {
        assert!(call[member].is_null(), "{call:#}");
    }
}

/// A client may have one and what it is made of another.
#[tokio::test]
async fn two_interceptors_make_one_subsegment() {
    let mut shop = Shop::new();
    shop.other = shop.tracing.clone();
    let call = shop.recorded(Connection::Answers(200, "{}")).await;
    assert_eq!(call["aws"]["table_name"], "orders", "{call:#}");
    let sent = shop.sent.lock().unwrap();
    let headers = sent[0].get_all("x-amzn-trace-id");
    assert_eq!(headers.count(), 1);
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_ends_as_cancelled() {
    let shop = Shop::new();
    let call = shop.call(Connection::Hangs, "/");
    let waiting = async { tokio::time::timeout(Duration::from_millis(20), call).await };
    assert!(shop.tracing.segment("job", waiting).await.is_err());
    let call = shop.subsegment();
    assert_eq!(call["metadata"]["default"]["cancelled"], true, "{call:#}");
}

#[tokio::test]
async fn the_header_is_not_there_to_be_signed_and_is_the_only_one() {
    let shop = Shop::new();
    let call = shop.recorded(Connection::Answers(200, "{}")).await;
    let signed = shop.before_signing.0.lock().unwrap();
    assert!(signed[0].get("x-amzn-trace-id").is_none());
    let sent = shop.sent.lock().unwrap();
    let header = sent[0].get("x-amzn-trace-id").unwrap();
    assert!(
        header.ends_with(&format!(
            "Parent={};Sampled=1",
            call["id"].as_str().unwrap()
        )),
        "{header}"
    );
    let names: Vec<&str> = sent[0].iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["content-type", "x-amzn-trace-id"]);
}

#[tokio::test]
async fn a_header_that_cannot_be_sent_is_left_out() {
    for (extra, is_sent) in [
        ("Lineage=a", true),
        ("A=b\tc", true),
        ("A=\u{e4}", true),
        ("A=b\u{7}c", false),
        ("A=b\nc", false),
        ("A=b\u{7f}", false),
    ] {
        let shop = Shop::new();
        let root = "1-5f84c7a1-e7d1852db8c4fd35d88bf49a";
        let header = format!("Root={root};Parent=53995c3f42cd8ad8;Sampled=1;{extra}");
        let call = shop.call(Connection::Answers(200, "{}"), "/");
        let job = shop.tracing.segment("job", call);
        job.with_parent(Some(header)).await.unwrap();
        let sent = shop.sent.lock().unwrap();
        let header = sent[0].get("x-amzn-trace-id");
        assert_eq!(header.is_some(), is_sent, "{extra:?}");
        assert!(header.is_none_or(|header| header.ends_with(extra)));
    }
}

#[tokio::test]
async fn an_error_is_the_service_s_own_code_and_text() {
    let call = Shop::new().recorded(Connection::Answers(400, "{}")).await;
    assert!(call["error"] == true && call["fault"].is_null(), "{call:#}");
    assert_eq!(
        exception(&call),
        ["ResourceNotFoundException", "Requested resource not found"]
    );
}

#[tokio::test]
async fn a_call_without_a_proper_answer_is_a_fault_with_its_cause() {
    let refused = Shop::new().recorded(Connection::Refuses).await;
    assert_eq!(refused["fault"], true);
    assert_eq!(exception(&refused)[0], "DispatchFailure");
    assert!(
        refused["cause"].to_string().contains("Connection refused"),
        "{refused:#}"
    );

    let odd = Shop::new()
        .recorded(Connection::Answers(202, "<html>"))
        .await;
    assert_eq!(odd["fault"], true, "{odd:#}");
    assert_eq!(exception(&odd)[1], "an answer that is no JSON");
}

#[tokio::test]
async fn where_nothing_is_recorded_the_header_says_so() {
    const HEADER: &str = "Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;Parent=53995c3f42cd8ad8;Sampled=0;Lineage=25:6e4bd1b3:3;CalledFrom=Café";
    let shop = Shop::new();
    let invocation = shop.tracing.invocation("handler", HEADER);
    let context = invocation.context().unwrap().clone();
    shop.call(Connection::Answers(200, "{}"), "/")
        .with_context(context)
        .await
        .unwrap();
    assert_eq!(
        shop.sent.lock().unwrap()[0].get("x-amzn-trace-id"),
        Some(HEADER)
    );
    invocation.end();
    shop.tracing.shutdown(Duration::from_secs(1));
    assert!(shop.daemon.received().is_empty());
}

#[tokio::test]
async fn a_request_that_is_presigned_is_no_call() {
    let shop = Shop::new();
    let call = shop.call(
        Connection::Answers(200, "{}"),
        "/?X-Amz-Date=1&X-Amz-Signature=ab",
    );
    shop.tracing.segment("job", call).await.unwrap();
    assert!(
        shop.sent.lock().unwrap()[0]
            .get("x-amzn-trace-id")
            .is_none()
    );
    assert!(shop.daemon.receive(1)[0].subsegments.is_empty());
}

#[tokio::test]
async fn outside_of_a_request_a_call_begins_a_trace() {
    let shop = Shop::new();
    assert!(!Context::current().has_active_span());
    shop.call(Connection::Answers(200, "{}"), "/")
        .await
        .unwrap();
    let call = shop.subsegment();
    assert_eq!(call["name"], "DynamoDB");
}
