//! The page: its files and settings.

use axum::{
    Json, Router,
    http::{HeaderValue, header},
    routing::get,
};
use serde::Serialize;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::{settings::Settings, status::Status};

/// All parts of the page come from this server; nothing else may be loaded, run, or framed.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The commit that was built, if the build knows it (as for the images); empty otherwise.
const COMMIT: Option<&str> = option_env!("SAMPLE_COMMIT");

const PAGE: [(&str, &str, &str); 3] = [
    ("/", HTML, include_str!("../page/index.html")),
    ("/page.js", SCRIPT, include_str!("../page/page.js")),
    ("/page.css", STYLE, include_str!("../page/page.css")),
];

/// Files that exist only if `FAULTS=true`.
const LESSONS: [(&str, &str, &str); 2] = [
    ("/faults.js", SCRIPT, include_str!("../page/faults.js")),
    ("/status.js", SCRIPT, include_str!("../page/status.js")),
];

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// The settings of the page.
#[derive(Debug, Clone, Serialize)]
struct PageSettings {
    /// The URL of the console; the page appends `#/traces/<id>`.
    console_url: Option<String>,
    /// Hidden where probes have a separate address: then this one is for visitors.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'static str>,
    commit: Option<&'static str>,
    /// Whether `faults.js`, `status.js` and `/status` exist.
    faults: bool,
}

/// Makes `/`, its files, `/settings`, and, if faults are allowed, `/status`.
pub(crate) fn page(tracing: &xray::Tracing, settings: &Settings) -> Router {
    let is_public = settings.pod.probes_address.is_some();
    let page_settings = PageSettings {
        console_url: settings.console_url.clone().map(String::from),
        version: (!is_public).then_some(env!("CARGO_PKG_VERSION")),
        commit: COMMIT.filter(|commit| !commit.is_empty() && !is_public),
        faults: settings.pod.faults,
    };
    let mut page = files(&PAGE).route("/settings", get(async move || Json(page_settings)));
    if settings.pod.faults {
        let status = Status::new(tracing, settings);
        page = page
            .merge(files(&LESSONS))
            .route("/status", get(async move || Json(status.now().await)));
    }
    let constant =
        |name, value| SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value));
    page.layer(constant(
        header::CONTENT_SECURITY_POLICY,
        CONTENT_SECURITY_POLICY,
    ))
    .layer(constant(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
    .layer(constant(header::REFERRER_POLICY, "no-referrer"))
    .layer(constant(header::CACHE_CONTROL, "no-store"))
}

fn files(files: &[(&str, &'static str, &'static str)]) -> Router {
    files
        .iter()
        .fold(Router::new(), |router, (path, content_type, text)| {
            let file = ([(header::CONTENT_TYPE, *content_type)], *text);
            router.route(path, get(async move || file))
        })
}
