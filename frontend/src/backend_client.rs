//! The client of the back end.

use std::{fmt, time::Duration};

use axum::http::{HeaderMap, StatusCode};
use pod::faults::Fault;
use reqwest::{Response, Url, redirect::Policy};
use serde_json::value::RawValue;
use xray::RequestBuilder;

/// How long connecting to the back end may take.
pub const CONNECT_TIMEOUT: Duration = Duration::from_millis(500);
/// How long the back end may take for its whole response. Its slowest one takes 590 ms: 59 numbers, 10 ms each.
pub const RESPONSE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long an idle connection is kept. Shorter than the back end keeps it; otherwise a request could use a
/// connection that is being closed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
/// How many idle connections are kept, so that memory used by a burst is released.
const MAX_IDLE: usize = 64;
/// Largest response that is read, in bytes. A usual one has some 300.
const MAX_RESPONSE_BYTES: usize = 64 * 1024;

/// The "discard" port of this host, on which nothing listens. Called instead of the back end when a request asks for
/// the fault `unreachable`.
const UNREACHABLE: &str = "http://127.0.0.1:9";

/// A client of the back end.
#[derive(Debug, Clone)]
pub(crate) struct BackendClient {
    client: xray::Client,
    url: Url,
}

/// A response of the back end.
#[derive(Debug)]
pub(crate) struct BackendResponse {
    /// Its JSON, unchanged.
    pub(crate) json: Box<RawValue>,
    /// The pod that answered, if named.
    pub(crate) pod: Option<String>,
}

/// Why a call failed. Its text is for the client, so it contains no address.
#[derive(Debug)]
pub enum BackendError {
    /// The connection failed, or the call timed out.
    Call(reqwest::Error),
    /// The status was not 200.
    Status(StatusCode),
    /// The answer was not JSON.
    NoJson(serde_json::Error),
    /// The answer was too long.
    TooLong,
}

impl BackendClient {
    /// Makes a client that does not follow redirects: their target is not the back end, and must not learn its
    /// address or the trace.
    pub(crate) fn new(tracing: &xray::Tracing, url: Url) -> reqwest::Result<Self> {
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(RESPONSE_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(MAX_IDLE)
            .redirect(Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self {
            client: tracing.client(client),
            url,
        })
    }

    /// Makes one call, with the parameters for `slow` and for faults.
    pub(crate) async fn call(
        &self,
        slow: bool,
        fault: Option<Fault>,
    ) -> Result<BackendResponse, BackendError> {
        let response = self.request(slow, fault).send().await?;
        if response.status() != StatusCode::OK {
            return Err(BackendError::Status(response.status()));
        }
        let pod = pod_name(response.headers());
        let json = serde_json::from_slice(&body(response).await?).map_err(BackendError::NoJson)?;
        Ok(BackendResponse { json, pod })
    }

    fn request(&self, slow: bool, fault: Option<Fault>) -> RequestBuilder {
        let mut url = self.url.clone();
        if slow {
            url.set_query(Some("slow=true"));
        }
        match fault {
            None => self.client.get(url),
            Some(Fault::Unreachable) => self.client.get(UNREACHABLE),
            Some(fault) => {
                let (parameters, headers) = fault.for_back_end();
                url.query_pairs_mut().extend_pairs(parameters);
                self.client.get(url).headers(headers)
            }
        }
    }
}

fn pod_name(headers: &HeaderMap) -> Option<String> {
    headers
        .get(pod::POD_HEADER)?
        .to_str()
        .ok()
        .map(str::to_owned)
}

async fn body(mut response: Response) -> Result<Vec<u8>, BackendError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_RESPONSE_BYTES {
            return Err(BackendError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

impl From<reqwest::Error> for BackendError {
    fn from(error: reqwest::Error) -> Self {
        Self::Call(error)
    }
}

impl fmt::Display for BackendError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(error) if error.is_connect() => {
                formatter.write_str("the back end cannot be reached")
            }
            Self::Call(error) if error.is_timeout() => {
                write!(
                    formatter,
                    "the back end did not answer within {} s",
                    RESPONSE_TIMEOUT.as_secs()
                )
            }
            Self::Call(_) => formatter.write_str("the back end closed the connection"),
            Self::Status(status) => write!(formatter, "the back end answered {status}"),
            Self::NoJson(_) => formatter.write_str("the back end's answer is not JSON"),
            Self::TooLong => write!(
                formatter,
                "the back end's answer has more than {MAX_RESPONSE_BYTES} bytes"
            ),
        }
    }
}

impl std::error::Error for BackendError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Call(error) => Some(error),
            Self::NoJson(error) => Some(error),
            Self::Status(_) | Self::TooLong => None,
        }
    }
}
