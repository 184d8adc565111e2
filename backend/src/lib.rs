//! The back end: answers with random numbers, generated in a subsegment.
//!
//! Tracing takes three lines: [`xray::start`] in `main`, the [`xray::Tracing::server_layer`] in [`app`], and an
//! [`xray::subsegment`] around `generate`.

mod settings;

use std::{iter::repeat_with, time::Duration};

use axum::{
    Json, Router,
    extract::{RawQuery, State},
    http::{HeaderName, HeaderValue},
    middleware::from_fn_with_state,
    routing::get,
};
use pod::faults::{self, Place};
use rand::RngExt as _;
use serde::Serialize;
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer, limit::RequestBodyLimitLayer, set_header::SetResponseHeaderLayer,
};

pub use settings::{Args, Settings};

/// The name of the service, of its segments, and of its node on the service map.
pub const NAME: &str = "x-ray-sample-back-k8s";

/// The `message` of every answer.
pub const MESSAGE: &str =
    "42 - The Answer to the Ultimate Question of Life, The Universe, and Everything.";

/// How long `slow=true` sleeps for each number.
const SLOWNESS: Duration = Duration::from_millis(10);

/// How many numbers to generate for a request: in the running service, the current second of the minute.
pub type Count = fn() -> u32;

/// An answer of the back end.
#[derive(Debug, Serialize)]
struct Answer {
    message: &'static str,
    random: Vec<u8>,
}

/// Makes the application: `/`, traced.
pub fn app(tracing: &xray::Tracing, settings: &pod::Settings, count: Count) -> Router {
    let pod = HeaderValue::from_str(&settings.pod_name)
        .unwrap_or_else(|_| HeaderValue::from_static("unnamed"));
    // One stack, not four layers: a router boxes the service for each layer and each request.
    let layers = ServiceBuilder::new()
        .layer(tracing.server_layer())
        .layer(SetResponseHeaderLayer::overriding(
            HeaderName::from_static(pod::POD_HEADER),
            pod,
        ))
        .layer(RequestBodyLimitLayer::new(1024))
        .layer(CatchPanicLayer::new());
    let mut numbers = Router::new().route("/", get(answer)).with_state(count);
    if settings.faults {
        numbers = numbers.layer(from_fn_with_state(Place::Back, faults::inject));
    }
    numbers.layer(layers)
}

async fn answer(State(count): State<Count>, RawQuery(query): RawQuery) -> Json<Answer> {
    let slow = pod::is_true(query.as_deref(), "slow");
    let generating = generate(count(), slow);
    let random = xray::subsegment("x-ray-sample-back-k8s-gen", generating).await;
    tracing::debug!(count = random.len(), slow, "generated");
    Json(Answer {
        message: MESSAGE,
        random,
    })
}

/// Generates numbers from 0 to 41.
async fn generate(count: u32, slow: bool) -> Vec<u8> {
    if slow {
        tokio::time::sleep(SLOWNESS * count).await;
    }
    let mut random = rand::rng();
    let numbers = repeat_with(|| random.random_range(0..=41));
    numbers.take(count as usize).collect()
}
