//! Where the collector is, and how it wants to be spoken to.

use std::{str::FromStr, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::reader::{Reader, key_value, parts};

/// Where collectors and the CloudWatch agent listen.
const DEFAULT_URL: &str = "http://localhost:4318/v1/traces";
/// How long a request may take by default.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// A collector that takes OTLP over HTTP, in protobuf.
///
/// ```
/// let collector: environment::Otlp = "http://collector:4318/v1/traces".parse()?;
/// assert_eq!(collector.url().port(), Some(4318));
/// # Ok::<(), environment::InvalidOtlpUrl>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Otlp {
    /// Plain http, with a host.
    url: Url,
    /// Sent with each request, as to say who asks. Default: none.
    pub headers: HeaderMap,
    /// How long a request may take before it is tried again. Default: 10 seconds.
    pub timeout: Duration,
}

/// A URL to which spans cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct InvalidOtlpUrl {
    problem: String,
}

impl Otlp {
    /// Returns the URL to which requests are posted.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Reads OpenTelemetry's variables: of each first the one for traces, then the one for everything.
    /// <https://opentelemetry.io/docs/specs/otel/protocol/exporter/>
    pub fn read(reader: &mut Reader<'_, impl Fn(&str) -> Option<String>>) -> Self {
        let mut otlp = Self::default();
        let endpoint = reader
            .read("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", plain_http)
            .or_else(|| reader.read("OTEL_EXPORTER_OTLP_ENDPOINT", base_url));
        if let Some(url) = endpoint {
            otlp.url = url;
        }
        let names = [
            "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
            "OTEL_EXPORTER_OTLP_HEADERS",
        ];
        if let Some(headers) = either(reader, names, headers) {
            otlp.headers = headers;
        }
        let names = [
            "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
            "OTEL_EXPORTER_OTLP_TIMEOUT",
        ];
        if let Some(timeout) = either(reader, names, timeout) {
            otlp.timeout = timeout;
        }
        let names = [
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
            "OTEL_EXPORTER_OTLP_PROTOCOL",
        ];
        let form = "write http/protobuf; gRPC and JSON are not built in, and every collector takes protobuf over http, on port 4318";
        either(reader, names, |value| only("http/protobuf", value, form));
        let names = [
            "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
            "OTEL_EXPORTER_OTLP_COMPRESSION",
        ];
        either(reader, names, |value| {
            only("none", value, "write none; compression is not built in")
        });
        otlp
    }
}

impl Default for Otlp {
    /// A collector, or the CloudWatch agent, on this host: `http://localhost:4318/v1/traces`.
    fn default() -> Self {
        Self {
            url: Url::parse(DEFAULT_URL).expect("the default is a URL"),
            headers: HeaderMap::new(),
            timeout: DEFAULT_TIMEOUT,
        }
    }
}

impl FromStr for Otlp {
    type Err = InvalidOtlpUrl;

    /// Takes the whole URL, path included.
    fn from_str(url: &str) -> Result<Self, InvalidOtlpUrl> {
        let url = plain_http(url).map_err(|problem| InvalidOtlpUrl { problem })?;
        Ok(Self {
            url,
            ..Self::default()
        })
    }
}

/// Reads the variable for traces, else the one for every signal.
fn either<T>(
    reader: &mut Reader<'_, impl Fn(&str) -> Option<String>>,
    [traces, all]: [&'static str; 2],
    parse: impl Fn(&str) -> Result<T, String>,
) -> Option<T> {
    reader
        .read(traces, &parse)
        .or_else(|| reader.read(all, &parse))
}

/// Reads a URL of plain http with a host.
///
/// # Errors
///
/// The sentence says what is wrong, and what to write instead.
pub fn plain_http(value: &str) -> Result<Url, String> {
    const FORM: &str = "write http://host:port";
    let url = Url::parse(value).map_err(|error| format!("{error}; {FORM}"))?;
    match url.scheme() {
        "http" if url.host_str().is_some_and(|host| !host.is_empty()) => Ok(url),
        "https" => Err(
            "no TLS is built in; write http://host:port of a collector or agent beside the service"
                .to_owned(),
        ),
        _ => Err(FORM.to_owned()),
    }
}

/// The URL for every signal is the one below which each has its path.
fn base_url(value: &str) -> Result<Url, String> {
    let mut url = plain_http(value)?;
    let path = format!("{}/v1/traces", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Ok(url)
}

fn headers(value: &str) -> Result<HeaderMap, String> {
    let header = |part: &str| {
        // It may be a key, so an error shows only the name; what has no name may be a key that was pasted alone.
        let (name, value) = key_value(part).map_err(|_| {
            let name = part.split_once('=').map(|(name, _)| format!("{name:?}"));
            let name = name.unwrap_or_else(|| "what has no =".to_owned());
            format!("{name} is no header; write key=value,key=value, percent-encoded")
        })?;
        let name = HeaderName::from_str(&name).map_err(|error| format!("{name:?}: {error}"))?;
        let mut value =
            HeaderValue::from_str(&value).map_err(|error| format!("{name}: {error}"))?;
        value.set_sensitive(true);
        Ok((name, value))
    };
    parts(value).map(header).collect()
}

fn timeout(value: &str) -> Result<Duration, String> {
    match value.parse() {
        Ok(milliseconds) if milliseconds > 0 => Ok(Duration::from_millis(milliseconds)),
        _ => Err("write a number of milliseconds, 1 or more".to_owned()),
    }
}

fn only(accepted: &str, value: &str, otherwise: &str) -> Result<(), String> {
    if value == accepted {
        Ok(())
    } else {
        Err(otherwise.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Otlp, String> {
        let find = |name: &str| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let mut reader = Reader::new(&find);
        let otlp = Otlp::read(&mut reader);
        reader.finish(otlp).map_err(|error| error.to_string())
    }

    #[test]
    fn the_path_is_appended_to_the_endpoint_for_everything_and_not_to_that_for_traces() {
        const ALL: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
        const TRACES: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
        for (variables, url) in [
            (&[][..], "http://localhost:4318/v1/traces"),
            (&[(ALL, "http://agent:4318")], "http://agent:4318/v1/traces"),
            (
                &[(ALL, "http://agent/otlp/")],
                "http://agent/otlp/v1/traces",
            ),
            (&[(TRACES, "http://agent:4318")], "http://agent:4318/"),
            (
                &[(ALL, "http://a"), (TRACES, "http://[::1]:4318/x")],
                "http://[::1]:4318/x",
            ),
        ] {
            assert_eq!(read(variables).unwrap().url.as_str(), url, "{variables:?}");
        }
    }

    #[test]
    fn headers_are_decoded_and_kept_out_of_logs() {
        let otlp = read(&[(
            "OTEL_EXPORTER_OTLP_HEADERS",
            "authorization=Bearer%20abc,x-tenant=7",
        )])
        .unwrap();
        assert_eq!(otlp.headers["authorization"], "Bearer abc");
        assert_eq!(otlp.headers["x-tenant"], "7");
        assert!(!format!("{otlp:?}").contains("abc"), "{otlp:?}");
    }

    #[test]
    fn what_is_not_built_in_is_refused_with_the_reason() {
        for (variable, value, reason) in [
            (
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "https://agent",
                "no TLS is built in",
            ),
            (
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "agent:4318",
                "write http://host:port",
            ),
            (
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                "http://",
                "write http://host:port",
            ),
            (
                "OTEL_EXPORTER_OTLP_PROTOCOL",
                "grpc",
                "gRPC and JSON are not built in",
            ),
            (
                "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
                "http/json",
                "write http/protobuf",
            ),
            (
                "OTEL_EXPORTER_OTLP_COMPRESSION",
                "gzip",
                "compression is not built in",
            ),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "0", "milliseconds"),
        ] {
            let error = read(&[(variable, value)]).unwrap_err();
            assert!(
                error.starts_with(&format!("{variable}={value:?}: ")) && error.contains(reason),
                "{error}"
            );
        }
    }

    #[test]
    fn what_may_be_secret_is_not_in_the_error() {
        for (variable, value, reason) in [
            ("OTEL_EXPORTER_OTLP_HEADERS", "a b=hunter2", "\"a b\""),
            ("OTEL_EXPORTER_OTLP_HEADERS", "key=%hunter2", "\"key\""),
            ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "k=a\nhunter2", "k: "),
            ("OTEL_EXPORTER_OTLP_HEADERS", "hunter2", "write key=value"),
            (
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "https://app:hunter2@agent",
                "no TLS is built in",
            ),
        ] {
            let error = read(&[(variable, value)]).unwrap_err();
            assert!(error.starts_with(&format!("{variable}: ")), "{error}");
            assert!(
                error.contains(reason) && !error.contains("hunter2"),
                "{error}"
            );
        }
    }
}
