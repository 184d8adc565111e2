//! `/api`: makes one call to the back end, or twenty.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Extension, Json,
    extract::{RawQuery, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use pod::faults::{Fault, ForwardedFault};
use serde::Serialize;
use tokio::{sync::Semaphore, time::timeout};

use crate::backend_client::{BackendClient, BackendError, BackendResponse};

/// How long a request to `/api` may take. `?slow=true&repeat=true` takes 12 s at second 59.
pub const API_TIMEOUT: Duration = Duration::from_secs(30);
/// How many requests are served at once; further ones are answered 503.
pub const MAX_CONCURRENT_CALLS: usize = 250;
/// How many calls to the back end `repeat=true` makes, one after another.
const REPEAT: usize = 20;

/// The state of `/api`.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    backend: BackendClient,
    pod_name: Arc<str>,
    calls: Arc<Semaphore>,
    metrics: ApiMetrics,
}

/// Counts requests that were answered 503 because too many were being served.
#[derive(Debug, Clone, Default)]
pub struct ApiMetrics {
    turned_away: Arc<AtomicU64>,
}

/// The options of a request.
#[derive(Debug, Clone, Copy)]
struct Options {
    slow: bool,
    repeat: bool,
    fault: Option<Fault>,
}

/// The answer in case of an error.
#[derive(Debug, Serialize)]
struct ErrorBody {
    error: String,
}

/// Why `/api` failed.
#[derive(Debug)]
enum ApiError {
    Busy,
    TimedOut,
    Backend(BackendError),
}

impl Api {
    pub(crate) fn new(backend: BackendClient, pod_name: &str, metrics: ApiMetrics) -> Self {
        Self {
            backend,
            pod_name: pod_name.into(),
            calls: Arc::new(Semaphore::new(MAX_CONCURRENT_CALLS)),
            metrics,
        }
    }

    /// Returns the header that names the pods that answered: this one, and the back end's if it answered.
    fn pods(&self, back: Option<&str>) -> [(&'static str, HeaderValue); 1] {
        let pods = format!("{},{}", self.pod_name, back.unwrap_or_default());
        [(
            pod::POD_HEADER,
            HeaderValue::try_from(pods).unwrap_or_else(|_| HeaderValue::from_static(",")),
        )]
    }
}

impl ApiMetrics {
    /// Writes the counter in Prometheus's text format.
    pub fn to_prometheus(&self) -> String {
        let turned_away = self.turned_away.load(Ordering::Relaxed);
        format!("# TYPE api_turned_away_total counter\napi_turned_away_total {turned_away}\n")
    }
}

pub(crate) async fn api(
    State(api): State<Api>,
    RawQuery(query): RawQuery,
    fault: Option<Extension<ForwardedFault>>,
) -> Response {
    let is_true = |name| pod::is_true(query.as_deref(), name);
    let options = Options {
        slow: is_true("slow"),
        repeat: is_true("repeat"),
        fault: fault.map(|Extension(ForwardedFault(fault))| fault),
    };
    match respond(&api, options).await {
        Ok((json, pod)) => {
            tracing::debug!(pod, "answered");
            (
                api.pods(pod.as_deref()),
                [(header::CONTENT_TYPE, "application/json")],
                json,
            )
                .into_response()
        }
        Err(error) => {
            error.log();
            (
                error.status(),
                api.pods(None),
                Json(ErrorBody {
                    error: error.to_string(),
                }),
            )
                .into_response()
        }
    }
}

/// Returns the JSON to answer and the pod that answered last.
async fn respond(api: &Api, options: Options) -> Result<(String, Option<String>), ApiError> {
    let Ok(_permit) = api.calls.try_acquire() else {
        api.metrics.turned_away.fetch_add(1, Ordering::Relaxed);
        return Err(ApiError::Busy);
    };
    let responded = async {
        if options.repeat {
            call_repeatedly(&api.backend, options).await
        } else {
            call_once(&api.backend, options).await
        }
    };
    timeout(API_TIMEOUT, responded)
        .await
        .map_err(|_| ApiError::TimedOut)?
        .map_err(ApiError::Backend)
}

async fn call_once(
    backend: &BackendClient,
    options: Options,
) -> Result<(String, Option<String>), BackendError> {
    let BackendResponse { json, pod } = backend.call(options.slow, options.fault).await?;
    Ok((json.get().to_owned(), pod))
}

async fn call_repeatedly(
    backend: &BackendClient,
    options: Options,
) -> Result<(String, Option<String>), BackendError> {
    let mut responses = Vec::with_capacity(REPEAT);
    let mut last_pod = None;
    for _ in 0..REPEAT {
        let BackendResponse { json, pod } = backend.call(options.slow, options.fault).await?;
        responses.push(json);
        last_pod = pod;
    }
    let responses: Vec<&str> = responses.iter().map(|json| json.get()).collect();
    Ok((format!("[{}]", responses.join(",")), last_pod))
}

impl ApiError {
    /// Any failure of the back end is a fault here; only 429 is passed on.
    fn status(&self) -> StatusCode {
        match self {
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Backend(BackendError::Status(StatusCode::TOO_MANY_REQUESTS)) => {
                StatusCode::TOO_MANY_REQUESTS
            }
            Self::TimedOut | Self::Backend(_) => StatusCode::BAD_GATEWAY,
        }
    }

    /// Logs the error with its sources, which the client does not get.
    fn log(&self) {
        let cause = match self {
            Self::Backend(error) => std::error::Error::source(error),
            Self::Busy | Self::TimedOut => None,
        };
        let causes: Vec<String> = std::iter::successors(cause, |error| error.source())
            .map(ToString::to_string)
            .collect();
        tracing::warn!(
            status = self.status().as_u16(),
            cause = causes.join(": "),
            "{self}"
        );
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Busy => write!(
                formatter,
                "{MAX_CONCURRENT_CALLS} requests are already being served; try again"
            ),
            Self::TimedOut => write!(
                formatter,
                "the back end took longer than {} s",
                API_TIMEOUT.as_secs()
            ),
            Self::Backend(error) => error.fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    #[tokio::test]
    async fn one_call_too_many_is_turned_away_and_counted() {
        let config = xray::Config {
            exporter: xray::Exporter::None,
            ..xray::Config::new("front")
        };
        let tracing = xray::Tracing::new(&config).unwrap();
        let nobody = "http://127.0.0.1:1".parse().unwrap();
        let metrics = ApiMetrics::default();
        let backend = BackendClient::new(&tracing, nobody).unwrap();
        let service = Api::new(backend, "front-1", metrics.clone());
        let ask = async || {
            let response = api(State(service.clone()), RawQuery(None), None).await;
            let status = response.status();
            let body = to_bytes(response.into_body(), 1000).await.unwrap();
            (status, String::from_utf8(body.to_vec()).unwrap())
        };

        let all = u32::try_from(MAX_CONCURRENT_CALLS).unwrap();
        let under_way = service.calls.try_acquire_many(all).unwrap();
        let said = "{\"error\":\"250 requests are already being served; try again\"}";
        assert_eq!(
            ask().await,
            (StatusCode::SERVICE_UNAVAILABLE, said.to_owned())
        );
        drop(under_way);
        assert_eq!(ask().await.0, StatusCode::BAD_GATEWAY);
        let counted = metrics.to_prometheus();
        assert!(counted.ends_with("api_turned_away_total 1\n"), "{counted}");
    }
}
