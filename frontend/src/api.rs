//! `/api`: one call to the back end, or twenty.

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
use pod::faults::{Fault, HandedOn};
use serde::Serialize;
use tokio::{sync::Semaphore, time::timeout};

use crate::backend::{Answer, Backend, BackendError};

/// How long the whole of `/api` may take. `?slow=true&repeat=true` takes 12 s at second 59.
pub const API_TIMEOUT: Duration = Duration::from_secs(30);
/// How many calls are served at once; a further one is answered 503.
pub const MAX_CONCURRENT_CALLS: usize = 250;
/// How many calls to the back end `repeat=true` makes, one after another.
const REPEAT: usize = 20;

/// What `/api` needs.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    backend: Backend,
    pod_name: Arc<str>,
    calls: Arc<Semaphore>,
    metrics: ApiMetrics,
}

/// Counts what the trace does not show: requests that were turned away.
#[derive(Debug, Clone, Default)]
pub struct ApiMetrics {
    turned_away: Arc<AtomicU64>,
}

/// What a request asks for beside an answer.
#[derive(Debug, Clone, Copy)]
struct Wishes {
    slow: bool,
    repeat: bool,
    fault: Option<Fault>,
}

/// What is answered when there is nothing else to answer.
#[derive(Debug, Serialize)]
struct ErrorBody {
    error: String,
}

/// Why `/api` has no answer.
#[derive(Debug)]
enum ApiError {
    Busy,
    TimedOut,
    Backend(BackendError),
}

impl Api {
    pub(crate) fn new(backend: Backend, pod_name: &str, metrics: ApiMetrics) -> Self {
        Self {
            backend,
            pod_name: pod_name.into(),
            calls: Arc::new(Semaphore::new(MAX_CONCURRENT_CALLS)),
            metrics,
        }
    }

    /// Names the pods that answered: this one, and the back end's if one did.
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
    fault: Option<Extension<HandedOn>>,
) -> Response {
    let asked = |name| pod::is_true(query.as_deref(), name);
    let wishes = Wishes {
        slow: asked("slow"),
        repeat: asked("repeat"),
        fault: fault.map(|Extension(HandedOn(fault))| fault),
    };
    match answer(&api, wishes).await {
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
async fn answer(api: &Api, wishes: Wishes) -> Result<(String, Option<String>), ApiError> {
    let Ok(_permit) = api.calls.try_acquire() else {
        api.metrics.turned_away.fetch_add(1, Ordering::Relaxed);
        return Err(ApiError::Busy);
    };
    let answer = async {
        if wishes.repeat {
            ask_again_and_again(&api.backend, wishes).await
        } else {
            ask_once(&api.backend, wishes).await
        }
    };
    timeout(API_TIMEOUT, answer)
        .await
        .map_err(|_| ApiError::TimedOut)?
        .map_err(ApiError::Backend)
}

async fn ask_once(
    backend: &Backend,
    wishes: Wishes,
) -> Result<(String, Option<String>), BackendError> {
    let Answer { json, pod } = backend.ask(wishes.slow, wishes.fault).await?;
    Ok((json.get().to_owned(), pod))
}

async fn ask_again_and_again(
    backend: &Backend,
    wishes: Wishes,
) -> Result<(String, Option<String>), BackendError> {
    let mut answers = Vec::with_capacity(REPEAT);
    let mut last_pod = None;
    for _ in 0..REPEAT {
        let Answer { json, pod } = backend.ask(wishes.slow, wishes.fault).await?;
        answers.push(json);
        last_pod = pod;
    }
    let answers: Vec<&str> = answers.iter().map(|answer| answer.get()).collect();
    Ok((format!("[{}]", answers.join(",")), last_pod))
}

impl ApiError {
    /// A fault of the back end is a fault here, whatever it was; only "slow down" is handed on.
    fn status(&self) -> StatusCode {
        match self {
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Backend(BackendError::Status(StatusCode::TOO_MANY_REQUESTS)) => {
                StatusCode::TOO_MANY_REQUESTS
            }
            Self::TimedOut | Self::Backend(_) => StatusCode::BAD_GATEWAY,
        }
    }

    /// The log gets the chain of causes, which the client does not.
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
                "{MAX_CONCURRENT_CALLS} calls are under way; try again"
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
        let backend = Backend::new(&tracing, nobody).unwrap();
        let service = Api::new(backend, "front-1", metrics.clone());
        let ask = async || {
            let response = api(State(service.clone()), RawQuery(None), None).await;
            let status = response.status();
            let body = to_bytes(response.into_body(), 1000).await.unwrap();
            (status, String::from_utf8(body.to_vec()).unwrap())
        };

        let all = u32::try_from(MAX_CONCURRENT_CALLS).unwrap();
        let under_way = service.calls.try_acquire_many(all).unwrap();
        let said = "{\"error\":\"250 calls are under way; try again\"}";
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
