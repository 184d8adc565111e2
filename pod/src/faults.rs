//! Faults on request, to see what they look like in a trace. Only if `FAULTS=true`.
//!
//! A request asks for faults with its parameters; the server keeps no state:
//!
//! | parameter | meaning |
//! |---|---|
//! | `fault=throttle:30,latency:20` | kinds of [`Fault`], each with its share in percent; together at most 100 |
//! | `at=front` or `at=back` | which service; by default the front end |
//! | `latency=300` | milliseconds of the kind `latency` |
//!
//! A page of another site could send such a request too. So the request must have a token that such a page cannot
//! send: the header [`TOKEN_HEADER`], equal to the cookie of that name.

mod requested;
mod token;

use std::time::Duration;

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};

use self::requested::RequestedFaults;
pub use self::token::TOKEN_HEADER;

/// How long the kind `timeout` takes: longer than the front end waits for the back end.
const SILENCE: Duration = Duration::from_secs(3);

/// A fault that is injected on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// 400, an error of the caller: an *error* on the service map.
    Error,
    /// 429: a *throttle*.
    Throttle,
    /// 500, an error of the service: a *fault*.
    Fault,
    /// The usual answer, after a delay.
    Latency(Duration),
    /// No answer for three seconds, then 504.
    Timeout,
    /// The front end calls a back end that does not exist.
    Unreachable,
}

/// One of the two services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The front end.
    Front,
    /// The back end.
    Back,
}

/// A fault that the handler must pass on to the back end, or that affects the call to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForwardedFault(pub Fault);

impl Fault {
    /// Returns its name in `fault=`, which is also the value of the annotation `injected`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Throttle => "throttle",
            Self::Fault => "fault",
            Self::Latency(_) => "latency",
            Self::Timeout => "timeout",
            Self::Unreachable => "unreachable",
        }
    }

    /// Returns the parameters and headers with which the front end asks the back end for this fault.
    pub fn for_back_end(self) -> (Vec<(&'static str, String)>, HeaderMap) {
        let mut parameters = vec![("fault", self.name().to_owned()), ("at", "back".to_owned())];
        if let Self::Latency(latency) = self {
            parameters.push(("latency", latency.as_millis().to_string()));
        }
        (parameters, token::headers())
    }
}

/// The middleware, for [`axum::middleware::from_fn_with_state`]: injects the fault that a request asks for.
///
/// An injected fault has the annotation `injected`. An invalid request is answered 400, one without the token 403,
/// both with the reason.
pub async fn inject(State(here): State<Place>, request: Request, next: Next) -> Response {
    let requested = match RequestedFaults::read(request.uri().query()) {
        Ok(Some(requested)) => requested,
        Ok(None) => return next.run(request).await,
        Err(mistake) => return refuse(StatusCode::BAD_REQUEST, &mistake),
    };
    if !token::is_valid(request.headers()) {
        return refuse(StatusCode::FORBIDDEN, token::REMEDY);
    }
    let Some(fault) = requested.draw(rand::random_range(0.0..100.0)) else {
        return next.run(request).await;
    };
    // The caller, not the back end, notices that the back end is unreachable.
    if requested.place == here || fault == Fault::Unreachable {
        perform(fault, request, next).await
    } else {
        forward(fault, request, next).await
    }
}

async fn perform(fault: Fault, request: Request, next: Next) -> Response {
    xray::annotate("injected", fault.name());
    let status = match fault {
        Fault::Error => StatusCode::BAD_REQUEST,
        Fault::Throttle => StatusCode::TOO_MANY_REQUESTS,
        Fault::Fault => StatusCode::INTERNAL_SERVER_ERROR,
        Fault::Latency(latency) => {
            tokio::time::sleep(latency).await;
            return next.run(request).await;
        }
        Fault::Timeout => {
            tokio::time::sleep(SILENCE).await;
            StatusCode::GATEWAY_TIMEOUT
        }
        Fault::Unreachable => return forward(fault, request, next).await,
    };
    refuse(status, &format!("an injected {}", fault.name()))
}

async fn forward(fault: Fault, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(ForwardedFault(fault));
    next.run(request).await
}

fn refuse(status: StatusCode, reason: &str) -> Response {
    (status, Json(serde_json::json!({ "error": reason }))).into_response()
}

#[cfg(test)]
mod tests;
