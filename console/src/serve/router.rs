//! All routes, and the middleware around them.

use axum::{
    Router,
    http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    middleware,
};
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer, set_header::SetResponseHeaderLayer,
};

use super::{
    api, bound, error::ApiError, guard::guard, health, page, state::Console, whole::whole,
};

/// Sent with every answer: the page may load only what this console serves.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Returns everything that the console serves over HTTP.
pub fn app(console: Console) -> Router {
    let routes = api::routes().merge(page::routes()).merge(health::routes());
    protect(routes, console)
}

/// Returns what the console serves on an address for OTLP alone.
pub(crate) fn otlp_app(console: Console) -> Router {
    protect(api::otlp_routes(), console)
}

/// Returns what the console serves over gRPC, with the same guard.
pub(crate) fn grpc_app(console: Console) -> Router {
    let allowed = console.allowed_hosts.clone();
    api::grpc_routes()
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn_with_state(allowed, guard))
        .with_state(console)
}

/// Puts around routes what all of them have: the guard, the headers, and an answer for everything else.
fn protect(routes: Router<Console>, console: Console) -> Router {
    let security = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        // Without it, another site's page could detect by an image that a console runs here.
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ];
    let app = routes
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .layer(middleware::from_fn(bound::large_answers))
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn_with_state(
            console.allowed_hosts.clone(),
            guard,
        ))
        .layer(middleware::from_fn(whole))
        .with_state(console);
    security
        .into_iter()
        .fold(app, |app, (name, value)| app.layer(always(name, value)))
}

fn always(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}

/// Answers requests for operations that do not exist here.
async fn unknown(method: Method, uri: Uri) -> ApiError {
    let operation = uri.path().trim_start_matches('/');
    if method == Method::POST {
        return ApiError::no_operation(uri.path());
    }
    let message = format!("there is nothing at {method} /{operation}");
    ApiError::new(StatusCode::NOT_FOUND, "ResourceNotFoundException", message)
}

#[cfg(test)]
mod tests;
