//! The page: three files, and what they must be told.

use axum::{
    Json, Router,
    http::{HeaderValue, header},
    response::IntoResponse,
    routing::get,
};
use reqwest::Url;
use serde::Serialize;
use tower_http::set_header::SetResponseHeaderLayer;

/// Everything the page needs comes from here; nothing else may be loaded, run, or framed.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What the page is told.
#[derive(Debug, Clone, Serialize)]
struct PageSettings {
    /// Where traces are shown; the page appends `#/traces/<id>`.
    console_url: Option<String>,
    version: &'static str,
}

/// Makes `/`, its script and style, and `/settings`.
pub(crate) fn page(console_url: Option<Url>) -> Router {
    let settings = PageSettings {
        console_url: console_url.map(String::from),
        version: env!("CARGO_PKG_VERSION"),
    };
    let file = |content_type, text: &'static str| {
        get(move || async move { ([(header::CONTENT_TYPE, content_type)], text).into_response() })
    };
    let constant =
        |name, value| SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value));
    Router::new()
        .route(
            "/",
            file(
                "text/html; charset=utf-8",
                include_str!("../page/index.html"),
            ),
        )
        .route(
            "/page.js",
            file(
                "text/javascript; charset=utf-8",
                include_str!("../page/page.js"),
            ),
        )
        .route(
            "/page.css",
            file("text/css; charset=utf-8", include_str!("../page/page.css")),
        )
        .route("/settings", get(move || async move { Json(settings) }))
        .layer(constant(
            header::CONTENT_SECURITY_POLICY,
            CONTENT_SECURITY_POLICY,
        ))
        .layer(constant(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(constant(header::REFERRER_POLICY, "no-referrer"))
        .layer(constant(header::CACHE_CONTROL, "no-store"))
}
