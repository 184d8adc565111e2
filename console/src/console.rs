//! The running console: what every request handler works with.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderName, HeaderValue, header},
    middleware,
    routing::{get, post},
};
use segment::Time;
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer, set_header::SetResponseHeaderLayer,
};

use crate::{
    api::{self, Paging},
    daemon::{Forwarded, Gauges},
    groups::Groups,
    guard::{AllowedHosts, guard},
    health,
    intake::Intake,
    logs::{self, Logs},
    page,
    rules::Rules,
    status,
    telemetry::Telemetry,
};

/// What every answer says: the page may load nothing but what this console serves.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What every request handler works with. Clones are the same console.
#[derive(Debug, Clone)]
pub struct Console {
    /// Where documents come in, and what is kept of them.
    pub intake: Arc<Intake>,
    /// The daemon's socket.
    pub daemon: Gauges,
    /// What was passed on to another daemon, if there is one.
    pub forwarded: Option<Arc<Forwarded>>,
    /// Where the API and the page are.
    pub tcp: SocketAddr,
    /// When the console started.
    pub started: Time,
    /// By which names it may be called.
    pub allowed_hosts: AllowedHosts,
    /// The log lines of the traces.
    pub logs: Arc<Logs>,
    /// The pages of long answers.
    pub paging: Paging,
    /// What daemons that send here say of themselves.
    pub telemetry: Arc<Telemetry>,
    rules: Arc<Mutex<Rules>>,
    groups: Arc<Mutex<Groups>>,
}

impl Console {
    /// Makes a console around a daemon's socket and what comes in through it.
    pub fn new(intake: Arc<Intake>, daemon: Gauges, tcp: SocketAddr, started: Time) -> Self {
        Self {
            intake,
            daemon,
            forwarded: None,
            tcp,
            started,
            allowed_hosts: AllowedHosts::default(),
            logs: Arc::default(),
            paging: Paging::default(),
            telemetry: Arc::default(),
            rules: Arc::new(Mutex::new(Rules::new(started))),
            groups: Arc::default(),
        }
    }

    /// Returns the sampling rules, locked.
    pub fn rules(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the groups, locked.
    pub fn groups(&self) -> MutexGuard<'_, Groups> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns everything that the console serves over HTTP.
pub fn app(console: Console) -> Router {
    let own = Router::new()
        .route("/status", get(status::status))
        .route("/wire", get(status::wire))
        .route("/events", get(status::events))
        .route("/documents/{id}", get(status::documents))
        .route("/logs/{id}", get(logs::logs))
        .route("/completions", get(status::completions))
        .route("/sampling", get(status::sampling))
        .route("/clear", post(status::clear))
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .layer(DefaultBodyLimit::max(1024));
    protect(own.merge(api::routes()).merge(page::routes()), console)
}

/// Returns what the console serves on an address for OTLP alone.
pub(crate) fn otlp_app(console: Console) -> Router {
    protect(api::otlp_routes(), console)
}

/// Puts around routes what all of them have: the guard, the headers, and an answer for everything else.
fn protect(routes: Router<Console>, console: Console) -> Router {
    let security = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let app = routes
        .fallback(api::unknown)
        .method_not_allowed_fallback(api::unknown)
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn_with_state(
            console.allowed_hosts.clone(),
            guard,
        ))
        .with_state(console);
    security
        .into_iter()
        .fold(app, |app, (name, value)| app.layer(always(name, value)))
}

fn always(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}
