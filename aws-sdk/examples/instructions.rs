//! What a call costs, in instructions: run by callgrind, once with 2,000 and once with 1,000 calls, the difference
//! is that of 1,000.
//!
//! ```sh
//! cargo build --release -p xray-aws-sdk --example instructions
//! for count in 1000 2000; do
//!   valgrind --tool=callgrind --callgrind-out-file=/dev/null target/release/examples/instructions recorded $count
//! done
//! ```
//!
//! The first argument is `bare` (a client without the interceptor), `recorded` or `unrecorded` (with it), `message` (which sends
//! a message to a queue) or `message-bare`, or what is around each call instead of the interceptor: `subsegment`
//! ([`xray::subsegment`]) or `query` ([`Database::query`]). With `request` each call comes with an HTTP request by the client
//! layer, with `request-bare` by no layer.
//!
//! That is with the runtime of AWS's SDK in this repository's lock file, which is old; with the newest one:
//!
//! ```sh
//! cd examples && cargo build --release -p instructions
//! ```

use std::{convert::Infallible, env, error::Error, process::ExitCode};

use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_smithy_runtime_api::client::{
    http::{
        HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
    },
    orchestrator::{HttpRequest, HttpResponse, OrchestratorError},
};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use opentelemetry::trace::FutureExt as _;
use tower::{Layer as _, Service as _, service_fn};
use xray::{
    Config, Database, SamplerKind, Tracing,
    http::{Request, Response},
    testing::Daemon,
};
use xray_aws_sdk::Interceptor;

type Call = Operation<(), (), Infallible>;

const STATEMENT: &str = "SELECT stock FROM items WHERE id = $1";

/// Answers at once.
#[derive(Debug)]
struct Answering;

impl HttpConnector for Answering {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let status = StatusCode::try_from(200).expect("200 is a status code");
        let body = SdkBody::from(r#"{"MessageId":"5fea7756-0ea4-451a-a703-a558b933e274"}"#);
        let mut response = HttpResponse::new(status, body);
        let id = "4N3K3VC6KRA1SS2ET7SVQ1JGJBVV4KQNSO5AEMVJF66Q9ASUAAJG";
        response.headers_mut().insert("x-amzn-requestid", id);
        HttpConnectorFuture::ready(Ok(response))
    }
}

/// Service, operation and body.
type Asked = (&'static str, &'static str, String);

fn get_item() -> Asked {
    let body = r#"{"TableName":"orders","Key":{"id":{"S":"1"}},"ConsistentRead":true}"#;
    ("DynamoDB", "GetItem", body.to_owned())
}

/// A message of a kilobyte.
fn send_message() -> Asked {
    let queue = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders";
    let message = "x".repeat(1000);
    let body = format!(r#"{{"QueueUrl":"{queue}","MessageBody":"{message}"}}"#);
    ("SQS", "SendMessage", body)
}

fn call((service, name, body): Asked, interceptor: Option<SharedInterceptor>) -> Call {
    let client: SharedHttpClient = http_client_fn(|_, _| SharedHttpConnector::new(Answering));
    let mut operation = Operation::builder()
        .service_name(service)
        .operation_name(name)
        .http_client(client)
        .endpoint_url("http://dynamodb.eu-west-1.amazonaws.com")
        .no_auth()
        .no_retry();
    if let Some(interceptor) = interceptor {
        operation = operation.interceptor(interceptor);
    }
    operation
        .serializer(move |(): ()| {
            let mut request = HttpRequest::new(SdkBody::from(&*body));
            request
                .headers_mut()
                .insert("content-type", "application/x-amz-json-1.0");
            request.set_uri("/")?;
            Ok(request)
        })
        .deserializer::<(), Infallible>(|_| Ok::<_, OrchestratorError<_>>(()))
        .build()
}

fn request() -> Result<Request<String>, Box<dyn Error + Send + Sync>> {
    let request = Request::get("http://stock.internal:8080/items/7?token=x");
    Ok(request.body(String::new())?)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn Error + Send + Sync>> {
    let mut arguments = env::args().skip(1);
    let (variant, count) = (arguments.next().unwrap_or_default(), arguments.next());
    let count: usize = count.unwrap_or_default().parse()?;
    let daemon = Daemon::start()?;
    let config = Config {
        sampler: SamplerKind::ParentBasedAlwaysOn,
        ..daemon.config("shop")
    };
    let tracing = Tracing::new(&config)?;
    let sampled = u8::from(variant != "unrecorded");
    let header = format!(
        "Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;Parent=53995c3f42cd8ad8;Sampled={sampled}"
    );
    let is_intercepted = matches!(&*variant, "unrecorded" | "recorded" | "message");
    let asked = if variant.starts_with("message") {
        send_message()
    } else {
        get_item()
    };
    let call = call(asked, is_intercepted.then(|| Interceptor::shared(&tracing)));
    let database = Database::from_address("postgres://app@db.internal/shop")?;
    let mut answering = service_fn(|_: Request<String>| async {
        Ok::<_, Infallible>(Response::new(String::new()))
    });
    let mut layered = tracing.client_layer().layer(answering);
    // As many calls as one request makes; what the request itself costs is the same for all.
    for _ in 0..count / 10 {
        let invocation = tracing.invocation("handler", &header);
        let calls = async {
            for _ in 0..10 {
                match &*variant {
                    "subsegment" => xray::subsegment("DynamoDB", call.invoke(())).await?,
                    "query" => database.query(STATEMENT, call.invoke(())).await?,
                    _ => call.invoke(()).await?,
                }
                match &*variant {
                    "request" => drop(layered.call(request()?).await?),
                    "request-bare" => drop(answering.call(request()?).await?),
                    _ => {}
                }
            }
            Ok::<_, Box<dyn Error + Send + Sync>>(())
        };
        let context = invocation.context().cloned().unwrap_or_default();
        calls.with_context(context).await?;
        invocation.end();
    }
    Ok(ExitCode::SUCCESS)
}
