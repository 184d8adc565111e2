//! The collector's URL, headers and timeout.

use std::{fmt, str::FromStr, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue};
use url::{Position, Url};

use crate::reader::{Reader, key_value, parts};

/// The default URL of collectors and the CloudWatch agent.
const DEFAULT_URL: &str = "http://localhost:4318/v1/traces";
/// The same for gRPC.
const DEFAULT_GRPC_URL: &str = "http://localhost:4317";
/// The method that takes spans:
/// <https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/collector/trace/v1/trace_service.proto>
const GRPC_METHOD: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
/// How long a request may take by default.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// A collector that accepts OTLP in protobuf, over HTTP or gRPC.
///
/// ```
/// let collector: environment::Otlp = "http://collector:4318/v1/traces".parse()?;
/// assert_eq!(collector.url().port(), Some(4318));
/// # Ok::<(), environment::InvalidOtlpUrl>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Otlp {
    /// Plain HTTP, with a host.
    url: Url,
    is_grpc: bool,
    /// Headers of each request, for example to authenticate. Default: none.
    pub headers: HeaderMap,
    /// How long a request may take before it is retried. Default: 10 seconds.
    pub timeout: Duration,
}

/// A URL to which spans cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct InvalidOtlpUrl {
    problem: String,
}

impl Otlp {
    /// Returns a collector that accepts gRPC without TLS at `http://host:port`; the usual port is 4317.
    ///
    /// ```
    /// let collector = environment::Otlp::grpc("http://collector:4317")?;
    /// assert!(collector.is_grpc());
    /// # Ok::<(), environment::InvalidOtlpUrl>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If it is another URL, or has a path: the method is the path of a call.
    pub fn grpc(url: &str) -> Result<Self, InvalidOtlpUrl> {
        let url = grpc_url(url).map_err(|problem| InvalidOtlpUrl { problem })?;
        Ok(Self {
            url,
            is_grpc: true,
            ..Self::default()
        })
    }

    /// Returns the URL to which requests are posted; over gRPC its path is the method.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Whether it is called over gRPC, and not with single requests over HTTP.
    pub fn is_grpc(&self) -> bool {
        self.is_grpc
    }

    /// Reads OpenTelemetry's variables; the one for traces takes precedence over the one for all signals.
    /// <https://opentelemetry.io/docs/specs/otel/protocol/exporter/>
    pub fn read(reader: &mut Reader<'_, impl Fn(&str) -> Option<String>>) -> Self {
        let names = [
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
            "OTEL_EXPORTER_OTLP_PROTOCOL",
        ];
        let is_grpc = either(reader, names, is_grpc).unwrap_or_default();
        let (mut otlp, whole, base): (_, UrlParser, UrlParser) = if is_grpc {
            (Self::default_grpc(), grpc_url, grpc_url)
        } else {
            (Self::default(), plain_http, base_url)
        };
        let endpoint = reader
            .read("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", whole)
            .or_else(|| reader.read("OTEL_EXPORTER_OTLP_ENDPOINT", base));
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
            "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
            "OTEL_EXPORTER_OTLP_COMPRESSION",
        ];
        either(reader, names, |value| match value {
            "none" => Ok(()),
            _ => Err("write none; compression is not supported".to_owned()),
        });
        otlp
    }

    fn default_grpc() -> Self {
        Self {
            url: grpc_url(DEFAULT_GRPC_URL).expect("the default is a URL"),
            is_grpc: true,
            ..Self::default()
        }
    }
}

impl fmt::Debug for Otlp {
    /// Leaves out what may be secret: the URL's credentials and the headers' values.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = &self.url[Position::BeforeHost..];
        formatter
            .debug_struct("Otlp")
            .field("url", &format_args!("http://{url}"))
            .field("is_grpc", &self.is_grpc)
            .field("headers", &self.headers)
            .field("timeout", &self.timeout)
            .finish()
    }
}

impl Default for Otlp {
    /// Returns a collector, or the CloudWatch agent, on this host: `http://localhost:4318/v1/traces`.
    fn default() -> Self {
        Self {
            url: Url::parse(DEFAULT_URL).expect("the default is a URL"),
            is_grpc: false,
            headers: HeaderMap::new(),
            timeout: DEFAULT_TIMEOUT,
        }
    }
}

impl FromStr for Otlp {
    type Err = InvalidOtlpUrl;

    /// Parses a whole URL, including its path.
    fn from_str(url: &str) -> Result<Self, InvalidOtlpUrl> {
        let url = plain_http(url).map_err(|problem| InvalidOtlpUrl { problem })?;
        Ok(Self {
            url,
            ..Self::default()
        })
    }
}

type UrlParser = fn(&str) -> Result<Url, String>;

/// Reads the variable for traces, otherwise the one for all signals.
fn either<T>(
    reader: &mut Reader<'_, impl Fn(&str) -> Option<String>>,
    [traces, all]: [&'static str; 2],
    parse: impl Fn(&str) -> Result<T, String>,
) -> Option<T> {
    reader
        .read(traces, &parse)
        .or_else(|| reader.read(all, &parse))
}

/// Parses a URL of plain HTTP with a host.
///
/// # Errors
///
/// The error says what is wrong, and what to write instead.
pub fn plain_http(value: &str) -> Result<Url, String> {
    const FORM: &str = "write http://host:port";
    let url = Url::parse(value).map_err(|error| format!("{error}; {FORM}"))?;
    match url.scheme() {
        "http" if url.host_str().is_some_and(|host| !host.is_empty()) => Ok(url),
        "https" => Err(
            "TLS is not supported; write the http://host:port of a collector or agent on the same host or node"
                .to_owned(),
        ),
        _ => Err(FORM.to_owned()),
    }
}

/// Parses the URL for all signals, to which each signal appends its path.
fn base_url(value: &str) -> Result<Url, String> {
    let mut url = plain_http(value)?;
    let path = format!("{}/v1/traces", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Ok(url)
}

/// Parses the URL of a gRPC server, whose path becomes the method.
fn grpc_url(value: &str) -> Result<Url, String> {
    let mut url = plain_http(value)?;
    if url.path() != "/" || url.query().is_some() {
        return Err("gRPC takes no path; write http://host:port".to_owned());
    }
    url.set_path(GRPC_METHOD);
    Ok(url)
}

fn headers(value: &str) -> Result<HeaderMap, String> {
    let header = |part: &str| {
        // The value may be a key, so the error shows only the name; a part without a name may be a key pasted alone.
        let (name, value) = key_value(part).map_err(|_| {
            let name = part.split_once('=').map(|(name, _)| format!("{name:?}"));
            let name = name.unwrap_or_else(|| "a part without =".to_owned());
            format!("{name} is not a header; write key=value,key=value, percent-encoded")
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

fn is_grpc(value: &str) -> Result<bool, String> {
    match value {
        "http/protobuf" => Ok(false),
        "grpc" => Ok(true),
        _ => Err(
            "write http/protobuf or grpc; JSON is not supported, but every collector accepts protobuf"
                .to_owned(),
        ),
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
    fn over_grpc_the_path_is_the_method_and_the_port_another_one() {
        const PROTOCOL: (&str, &str) = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
        let url = |host: &str| format!("http://{host}{GRPC_METHOD}");
        for (endpoint, host) in [
            (None, "localhost:4317"),
            (Some(("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:7/")), "a:7"),
            (
                Some(("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://b")),
                "b",
            ),
        ] {
            let variables: Vec<_> = endpoint.into_iter().chain([PROTOCOL]).collect();
            let otlp = read(&variables).unwrap();
            assert_eq!((otlp.url.as_str(), otlp.is_grpc()), (&*url(host), true));
        }
        let with_path = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:4318/v1/traces");
        let error = read(&[PROTOCOL, with_path]).unwrap_err();
        assert!(error.contains("gRPC takes no path"), "{error}");
        // The variable for traces takes precedence.
        let traces = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf");
        assert!(!read(&[PROTOCOL, traces]).unwrap().is_grpc());
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
        let otlp: Otlp = "http://app:hunter2@agent:4318/v1/traces".parse().unwrap();
        let shown = format!("{otlp:?}");
        assert!(
            shown.contains("http://agent:4318/v1/traces") && !shown.contains("hunter2"),
            "{shown}"
        );
    }

    #[test]
    fn what_is_not_built_in_is_refused_with_the_reason() {
        for (variable, value, reason) in [
            (
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "https://agent",
                "TLS is not supported",
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
                "http/json",
                "JSON is not supported",
            ),
            (
                "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
                "GRPC",
                "write http/protobuf or grpc",
            ),
            (
                "OTEL_EXPORTER_OTLP_COMPRESSION",
                "gzip",
                "compression is not supported",
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
                "TLS is not supported",
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
