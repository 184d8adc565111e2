//! The hooks of AWS's SDK.

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept, SharedInterceptor,
            context::{
                BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
                FinalizerInterceptorContextRef,
            },
        },
        orchestrator::{HttpRequest, Metadata},
        retries::RequestAttempts,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::{config_bag::ConfigBag, endpoint::Endpoint};
use aws_types::region::Region;
use opentelemetry::{
    Context,
    trace::{SpanContext, TraceContextExt},
};
use xray::{Tracer, Tracing, trace_header};

use crate::call::Call;

const TRACE_HEADER: &str = "x-amzn-trace-id";

/// Makes a subsegment of each call that a client of AWS's SDK makes, and passes the trace on in `X-Amzn-Trace-Id`.
///
/// The header is added when the request is signed already, so that whoever changes it on the way breaks no
/// signature; it is the only one. Where the current trace is not recorded the header says so, and nothing else is
/// done. A request that is only presigned is no call: it gets no header and leaves nothing.
///
/// It never changes the result of a call. By which names a call is recorded, OpenTelemetry's conventions say:
/// <https://opentelemetry.io/docs/specs/semconv/cloud-providers/aws-sdk/>
///
/// The example has the machinery of which the SDK's clients consist; `aws_sdk_dynamodb::config::Builder` and its like have
/// the same method `interceptor`.
///
/// ```
/// use aws_smithy_runtime::client::orchestrator::operation::Operation;
/// # use aws_smithy_runtime_api::{
/// #     box_error::BoxError,
/// #     client::{
/// #         http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
/// #         orchestrator::{HttpRequest, HttpResponse, OrchestratorError},
/// #     },
/// #     http::StatusCode,
/// # };
/// use xray::{Tracing, testing::Daemon};
/// use xray_aws_sdk::Interceptor;
///
/// # #[derive(Debug)]
/// # struct Answers;
/// # impl HttpConnector for Answers {
/// #     fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
/// #         let status = StatusCode::try_from(200).unwrap();
/// #         HttpConnectorFuture::ready(Ok(HttpResponse::new(status, "{}".into())))
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let daemon = Daemon::start()?;
/// let tracing = Tracing::new(&daemon.config("shop"))?;
///
/// let get_item = Operation::builder()
///     .interceptor(Interceptor::new(&tracing))
///     .service_name("DynamoDB")
///     .operation_name("GetItem")
/// #   .http_client(http_client_fn(|_, _| SharedHttpConnector::new(Answers)))
/// #   .endpoint_url("http://127.0.0.1:1")
/// #   .no_auth()
/// #   .no_retry()
/// #   .serializer(|(): ()| Ok::<_, BoxError>(HttpRequest::new("{}".into())))
/// #   .deserializer(|_: &HttpResponse| Ok::<(), OrchestratorError<std::io::Error>>(()))
///     .build();
/// tracing.segment("orders", async { get_item.invoke(()).await }).await.unwrap();
///
/// daemon.expect("shop
///                  DynamoDB (aws)");
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Interceptor {
    /// `None` if nothing is traced.
    tracer: Option<Tracer>,
}

impl Interceptor {
    /// Makes the interceptor of a client: one line where the client is configured. Calls made outside of a request begin a
    /// trace of `tracing`'s service. With [`xray::Exporter::None`] the interceptor does nothing.
    pub fn new(tracing: &Tracing) -> Self {
        Self {
            tracer: tracing.tracer().cloned(),
        }
    }

    /// As [`Interceptor::new`], for a builder's method `push_interceptor`. With version 1.20 or newer of the SDK's runtime this
    /// spares each call 4,100 instructions: the SDK does not ask at every step whether the interceptor is disabled.
    pub fn shared(tracing: &Tracing) -> SharedInterceptor {
        SharedInterceptor::permanent(Self::new(tracing))
    }
}

/// Stands in for [`SharedInterceptor`]'s own function, which takes precedence, in versions before 1.20 that have none.
#[allow(dead_code, reason = "newer versions do without it")]
trait Permanent {
    fn permanent(interceptor: Interceptor) -> Self;
}

impl Permanent for SharedInterceptor {
    fn permanent(interceptor: Interceptor) -> Self {
        Self::new(interceptor)
    }
}

impl Intercept for Interceptor {
    fn name(&self) -> &'static str {
        "xray"
    }

    /// Begins the call: the first hook in which the operation is known.
    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let tracer = self.tracer.as_ref().filter(|_| may_be_recorded());
        // Another interceptor may have begun it: then both go on with the one call.
        if let Some(tracer) = tracer
            && cfg.get_mut_from_interceptor_state::<Call>().is_none()
        {
            let call = Call::begin(tracer.clone(), cfg.load::<Metadata>(), cfg.load::<Region>());
            cfg.interceptor_state().store_put(call);
        }
        Ok(())
    }

    /// Adds the header, once for each attempt: each begins with a request that has none.
    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if self.tracer.is_none() {
            return Ok(());
        }
        let request = context.request_mut();
        let is_presigned = is_presigned(request.uri());
        let Some(call) = cfg.get_mut_from_interceptor_state::<Call>() else {
            if !is_presigned {
                pass_on(trace_header(), request);
            }
            return Ok(());
        };
        if is_presigned {
            call.forget();
            return Ok(());
        }
        let endpoint = if call.needs_endpoint() {
            let endpoint = cfg.load::<Endpoint>();
            endpoint.map(|endpoint| endpoint.url().to_owned())
        } else {
            None
        };
        if let Some(call) = cfg.get_mut_from_interceptor_state::<Call>() {
            call.ask(request, endpoint.as_deref());
            pass_on(call.header(), request);
        }
        Ok(())
    }

    /// Ends the call. It is not asked when the call's future is dropped; then the call ends with it.
    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if cfg.get_mut_from_interceptor_state::<Call>().is_none() {
            return Ok(());
        }
        let attempts = cfg.load::<RequestAttempts>().map(RequestAttempts::attempts);
        if let Some(call) = cfg.get_mut_from_interceptor_state::<Call>() {
            call.end(context, attempts);
        }
        Ok(())
    }
}

/// Whether what runs on this thread is recorded, or belongs to no trace yet.
fn may_be_recorded() -> bool {
    Context::map_current(|context| {
        let span = context.span();
        let span: &SpanContext = span.span_context();
        !span.is_valid() || span.is_sampled()
    })
}

/// Whether the signature is in the URL: the request is then not sent but handed out.
fn is_presigned(uri: &str) -> bool {
    let query = uri.split_once('?').map(|(_, query)| query);
    let mut parts = query.into_iter().flat_map(|query| query.split('&'));
    parts.any(|part| part.starts_with("X-Amz-Signature="))
}

fn pass_on(header: Option<String>, request: &mut HttpRequest) {
    // One that cannot be sent is no reason to fail the call: `insert` panics at it, and reads our name faster than
    // `try_insert`.
    if let Some(header) = header.filter(|header| is_sendable(header)) {
        request.headers_mut().insert(TRACE_HEADER, header);
    }
}

/// Whether a text can stand in a header. Looks at all bytes, which takes less than to stop at the first one that cannot.
fn is_sendable(text: &str) -> bool {
    let is_control = |byte: u8| byte.is_ascii_control() && byte != b'\t';
    !text
        .bytes()
        .fold(false, |found, byte| found | is_control(byte))
}
