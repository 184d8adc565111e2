//! Probes and metrics.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    Router,
    http::{StatusCode, header},
    routing::get,
};

/// Whether the pod accepts new requests, which is so until it is asked to end.
#[derive(Debug, Clone)]
pub struct Readiness(Arc<AtomicBool>);

impl Default for Readiness {
    fn default() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }
}

impl Readiness {
    /// From now on `/readyz` answers 503.
    pub fn drain(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    /// Whether the pod accepts new requests.
    pub fn is_ready(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Makes `/livez` (200 while the process runs), `/readyz` (200 unless the pod is draining; does not check other
/// services) and `/metrics`, which answers with what `metrics` writes, in Prometheus's text format.
pub fn probes(
    readiness: Readiness,
    metrics: impl Fn() -> String + Clone + Send + Sync + 'static,
) -> Router {
    let ready = move || async move {
        if readiness.is_ready() {
            (StatusCode::OK, "ready\n")
        } else {
            (StatusCode::SERVICE_UNAVAILABLE, "draining\n")
        }
    };
    let metrics = move || async move {
        (
            [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
            metrics(),
        )
    };
    Router::new()
        .route("/livez", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::Request};
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn a_draining_pod_is_alive_but_not_ready() {
        let readiness = Readiness::default();
        let app = probes(readiness.clone(), String::new);
        let status = async |path: &str| {
            let request = Request::get(path).body(Body::empty()).unwrap();
            app.clone().oneshot(request).await.unwrap().status()
        };
        assert_eq!(
            (status("/livez").await, status("/readyz").await),
            (StatusCode::OK, StatusCode::OK)
        );
        readiness.drain();
        assert_eq!(
            (status("/livez").await, status("/readyz").await),
            (StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE)
        );
    }
}
