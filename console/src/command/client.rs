//! A client of the X-Ray API over plain HTTP, for the subcommands.

use std::{fmt, time::Duration};

use reqwest::{Method, Url, header::HeaderMap};
use segment::secrets::hide;
use serde_json::Value;

/// The default URL of a console.
pub(crate) const DEFAULT_CONSOLE: &str = "http://127.0.0.1:2000";
/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long connecting may take; a host that refuses a connection does so at once.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// A client of one console, or of a daemon's TCP port.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    base: Url,
    http: reqwest::Client,
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum NoAnswer {
    /// The connection failed.
    #[error("cannot connect to {0}: {1}")]
    Closed(String, String),
    /// The connection was neither accepted nor refused: packets are dropped.
    #[error("{0} neither answers nor refuses a connection within {secs} s", secs = CONNECT_TIMEOUT.as_secs())]
    Dropped(String),
    /// It did not answer in time, or closed the connection.
    #[error("{0} accepted the connection but did not answer: {1}")]
    Silent(String, String),
    /// The status is not success.
    #[error("{0} answered {1}{said}", said = said(.2))]
    Status(String, u16, String),
    /// The answer has an unexpected form.
    #[error("{0} gave an unexpected answer: {1}")]
    Unexpected(String, String),
}

fn said(message: &str) -> impl fmt::Display + '_ {
    let separator = if message.is_empty() { "" } else { ": " };
    format!("{separator}{message}")
}

impl Client {
    /// Makes a client of the server at a base URL. Ignores proxy variables, because the server is on this host or in
    /// this cluster.
    pub(crate) fn new(base: Url) -> Result<Self, reqwest::Error> {
        Self::with_headers(base, HeaderMap::new())
    }

    /// As [`Client::new`], with headers on every request.
    pub(crate) fn with_headers(base: Url, headers: HeaderMap) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .default_headers(headers)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .build()?;
        Ok(Self { base, http })
    }

    /// Returns where it asks.
    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    /// Asks one of the console's own routes.
    pub(crate) async fn get(&self, path: &str) -> Result<Value, NoAnswer> {
        self.ask(Method::GET, path, None).await
    }

    /// Calls an operation of the X-Ray API.
    pub(crate) async fn post(&self, path: &str, request: &Value) -> Result<Value, NoAnswer> {
        self.ask(Method::POST, path, Some(request)).await
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        request: Option<&Value>,
    ) -> Result<Value, NoAnswer> {
        let mut url = self.base.clone();
        url.set_path(path);
        let whom = shown(&url);
        let mut asked = self.http.request(method, url);
        if let Some(request) = request {
            asked = asked.json(request);
        }
        let silent = |error: reqwest::Error| {
            let words = innermost(&error);
            if error.is_connect() && error.is_timeout() {
                NoAnswer::Dropped(whom.clone())
            } else if error.is_connect() {
                NoAnswer::Closed(whom.clone(), words)
            } else {
                NoAnswer::Silent(whom.clone(), words)
            }
        };
        let answer = asked.send().await.map_err(silent)?;
        let status = answer.status();
        let text = answer.text().await.map_err(silent)?;
        let body = serde_json::from_str::<Value>(&text);
        if !status.is_success() {
            let message = body.ok().and_then(|body| message_of(&body));
            let message = message.unwrap_or_default();
            return Err(NoAnswer::Status(whom, status.as_u16(), message));
        }
        body.map_err(|error| NoAnswer::Unexpected(whom, error.to_string()))
    }
}

impl fmt::Display for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(shown(&self.base).trim_end_matches('/'))
    }
}

/// Returns a URL for people to read, without its password.
pub(crate) fn shown(url: &Url) -> String {
    hide(url.as_str().into()).into_owned()
}

/// Parses a base URL: plain HTTP, because TLS is not supported.
pub(crate) fn base_url(text: &str) -> Result<Url, String> {
    let url: Url = text
        .parse()
        .map_err(|error| format!("write http://HOST:PORT, like {DEFAULT_CONSOLE} ({error})"))?;
    match url.scheme() {
        "http" if url.host_str().is_some() => Ok(url),
        "https" => Err(format!(
            "write http://HOST:PORT, like {DEFAULT_CONSOLE}: TLS is not supported; to ask AWS itself, use the aws CLI"
        )),
        _ => Err(format!("write http://HOST:PORT, like {DEFAULT_CONSOLE}")),
    }
}

/// AWS's services use either spelling.
fn message_of(body: &Value) -> Option<String> {
    let message = body.get("Message").or(body.get("message"))?;
    message.as_str().map(str::to_owned)
}

/// Returns the innermost source of an error, which says what happened; the outer ones say only that it failed.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut reason = error;
    while let Some(source) = reason.source() {
        reason = source;
    }
    reason.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_http_is_a_base() {
        assert!(base_url("http://[::1]:2000").is_ok());
        for text in [
            "localhost:2000",
            "https://eu-west-1.console.aws.amazon.com/xray",
            "",
            "/x",
        ] {
            let error = base_url(text).unwrap_err();
            assert!(error.contains(DEFAULT_CONSOLE), "{text}: {error}");
            assert_eq!(
                error.contains("TLS"),
                text.starts_with("https"),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn errors_say_whom_and_what() {
        let whom = || "http://127.0.0.1:2000/x".to_owned();
        let with = NoAnswer::Status(whom(), 403, "not called that".to_owned()).to_string();
        assert_eq!(
            with,
            "http://127.0.0.1:2000/x answered 403: not called that"
        );
        let without = NoAnswer::Status(whom(), 500, String::new()).to_string();
        assert_eq!(without, "http://127.0.0.1:2000/x answered 500");
    }
}
