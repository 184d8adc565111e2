//! Asking the back end.

use std::{fmt, time::Duration};

use axum::http::{HeaderMap, StatusCode};
use pod::faults::Fault;
use reqwest::{RequestBuilder, Response, Url, redirect::Policy};
use serde_json::value::RawValue;

/// How long connecting to the back end may take.
pub const CONNECT_TIMEOUT: Duration = Duration::from_millis(500);
/// How long the back end may take for its whole answer. Its slowest is 590 ms: 59 numbers, 10 ms each.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a connection is kept for the next request. Shorter than the back end keeps it, or a request could meet a
/// connection that is just being closed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
/// How many connections are kept that nobody uses: memory that a burst took is given back.
const MAX_IDLE: usize = 64;
/// Largest answer that is read, in bytes. Its own has some 300.
const MAX_ANSWER: usize = 64 * 1024;

/// Where nobody listens: the "discard" port of this host. It is called instead of the back end when somebody
/// asks for the fault `unreachable`.
const UNREACHABLE: &str = "http://127.0.0.1:9";

/// The back end, as the front end sees it.
#[derive(Debug, Clone)]
pub(crate) struct Backend {
    client: xray::Client,
    url: Url,
}

/// What the back end answered.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Its JSON, as it is.
    pub(crate) json: Box<RawValue>,
    /// The pod that answered, if it said so.
    pub(crate) pod: Option<String>,
}

/// Why there is no answer. What it writes is for the client and names no address.
#[derive(Debug)]
pub enum BackendError {
    /// It could not be reached, hung up, or took too long.
    Call(reqwest::Error),
    /// It answered something other than 200.
    Status(StatusCode),
    /// It answered something that is no JSON.
    NoJson(serde_json::Error),
    /// It answered more than is read.
    TooLong,
}

impl Backend {
    /// Redirects are not followed: what is behind one is not the back end's answer, and neither its address nor the trace
    /// is anybody else's business.
    pub(crate) fn new(tracing: &xray::Tracing, url: Url) -> reqwest::Result<Self> {
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(ANSWER_TIMEOUT)
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

    /// Asks once. `slow` and a fault are handed on.
    pub(crate) async fn ask(
        &self,
        slow: bool,
        fault: Option<Fault>,
    ) -> Result<Answer, BackendError> {
        let response = self.client.send(self.request(slow, fault)).await?;
        if response.status() != StatusCode::OK {
            return Err(BackendError::Status(response.status()));
        }
        let pod = pod_name(response.headers());
        let json = serde_json::from_slice(&body(response).await?).map_err(BackendError::NoJson)?;
        Ok(Answer { json, pod })
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
        if body.len() + chunk.len() > MAX_ANSWER {
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
                    ANSWER_TIMEOUT.as_secs()
                )
            }
            Self::Call(_) => formatter.write_str("the back end broke off"),
            Self::Status(status) => write!(formatter, "the back end answered {status}"),
            Self::NoJson(_) => {
                formatter.write_str("the back end answered something that is no JSON")
            }
            Self::TooLong => write!(
                formatter,
                "the back end answered more than {MAX_ANSWER} bytes"
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
