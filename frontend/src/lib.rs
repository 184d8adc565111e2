//! The front end: a page that asks `/api` once per second, and `/api`, which asks the back end.
//!
//! Tracing takes three lines: [`xray::start`] in `main`, the [`xray::Tracing::server_layer`] in [`app`], and the
//! [`xray::Tracing::client`] that calls the back end.

mod api;
mod backend_client;
mod page;
mod settings;
mod status;

use axum::{Router, middleware::from_fn_with_state, routing::get};
use pod::faults::{self, Place};
use tower::ServiceBuilder;
use tower_http::{catch_panic::CatchPanicLayer, limit::RequestBodyLimitLayer};

use backend_client::BackendClient;

pub use api::{API_TIMEOUT, ApiMetrics, MAX_CONCURRENT_CALLS};
pub use backend_client::{BackendError, CONNECT_TIMEOUT, RESPONSE_TIMEOUT};
pub use settings::{Args, Settings};

/// The name of the service, of its segments, and of its node on the service map.
pub const NAME: &str = "x-ray-sample-front-k8s";

/// Makes the application: `/api`, which is traced, and the page, which is not.
///
/// # Errors
///
/// Returns an error if the client for the back end cannot be made.
pub fn app(
    tracing: &xray::Tracing,
    settings: &Settings,
    metrics: ApiMetrics,
) -> reqwest::Result<Router> {
    let backend = BackendClient::new(tracing, settings.backend_url.clone())?;
    // One stack, not three layers: a router boxes the service for each layer and each request.
    let layers = ServiceBuilder::new()
        .layer(tracing.server_layer())
        .layer(RequestBodyLimitLayer::new(1024))
        .layer(CatchPanicLayer::new());
    let mut api = Router::new()
        .route("/api", get(api::api))
        .with_state(api::Api::new(backend, &settings.pod.pod_name, metrics));
    if settings.pod.faults {
        api = api.layer(from_fn_with_state(Place::Front, faults::inject));
    }
    Ok(api.layer(layers).merge(page::page(tracing, settings)))
}
