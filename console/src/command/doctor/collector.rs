//! Where a service sends spans by OTLP, read as the service reads it.
//! <https://opentelemetry.io/docs/specs/otel/protocol/exporter/>

use reqwest::{
    Url,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use segment::HostPort;

use super::settings::Invalid;

const TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
/// Where collectors and the CloudWatch agent listen.
const DEFAULT_URL: &str = "http://localhost:4318/v1/traces";

/// A collector that takes OTLP over HTTP.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Collector {
    /// Plain http, with a host.
    pub(super) url: Url,
    /// Where the URL comes from, in words.
    pub(super) source: String,
    /// Sent with each request.
    pub(super) headers: HeaderMap,
}

/// Reads OpenTelemetry's variables: of each first the one for traces, then the one for everything.
pub(super) fn read(set: &impl Fn(&str) -> Option<String>) -> Result<Collector, Invalid> {
    let (url, source) = match (set(TRACES_ENDPOINT), set(ENDPOINT)) {
        (Some(text), _) => (
            endpoint(TRACES_ENDPOINT, &text)?,
            format!("{TRACES_ENDPOINT}={text}"),
        ),
        (None, Some(text)) => {
            let mut url = endpoint(ENDPOINT, &text)?;
            let path = format!("{}/v1/traces", url.path().trim_end_matches('/'));
            url.set_path(&path);
            (url, format!("{ENDPOINT}={text}"))
        }
        (None, None) => {
            let url = Url::parse(DEFAULT_URL).expect("the default is a URL");
            (url, format!("{ENDPOINT} is not set, so {DEFAULT_URL}"))
        }
    };
    for name in [
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
    ] {
        match set(name) {
            Some(protocol) if protocol == "http/protobuf" => break,
            Some(protocol) => {
                return Err(Invalid {
                    saw: format!("{name}={protocol}: services do not start with it"),
                    remedy: "write http/protobuf; gRPC is not built in, and every collector takes protobuf over http, on port 4318",
                });
            }
            None => {}
        }
    }
    Ok(Collector {
        url,
        source,
        headers: headers(set)?,
    })
}

fn endpoint(name: &str, text: &str) -> Result<Url, Invalid> {
    plain_http(text).map_err(|problem| Invalid {
        saw: format!("{name}={text}: {problem}"),
        remedy: "write http://host:port of a collector or agent on this node, like http://cloudwatch-agent.amazon-cloudwatch:4318",
    })
}

/// Reads a URL of plain http with a host.
pub(super) fn plain_http(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    match url.scheme() {
        "http" if url.host_str().is_some_and(|host| !host.is_empty()) => Ok(url),
        "https" => Err("TLS is not built in".to_owned()),
        _ => Err("it is not http://host:port".to_owned()),
    }
}

/// Returns whom a URL names.
pub(super) fn host_and_port(url: &Url) -> HostPort {
    let host = url.host_str().unwrap_or_default();
    HostPort {
        host: host.trim_matches(['[', ']']).to_owned(),
        port: url.port_or_known_default().unwrap_or_default(),
    }
}

/// Reads `key=value,…`, percent-encoded. Their values may be keys: an error names only the key.
fn headers(set: &impl Fn(&str) -> Option<String>) -> Result<HeaderMap, Invalid> {
    let names = [
        "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
        "OTEL_EXPORTER_OTLP_HEADERS",
    ];
    let Some((name, text)) = names.iter().find_map(|name| Some((name, set(name)?))) else {
        return Ok(HeaderMap::new());
    };
    let header = |part: &str| {
        let (key, value) = part.split_once('=')?;
        let mut value = HeaderValue::from_bytes(&decoded(value.trim())?).ok()?;
        value.set_sensitive(true);
        Some((HeaderName::from_bytes(&decoded(key.trim())?).ok()?, value))
    };
    let parts = text.split(',').filter(|part| !part.trim().is_empty());
    parts
        .map(|part| {
            header(part).ok_or_else(|| Invalid {
                saw: format!(
                    "{name}: {:?} is no header",
                    part.split('=').next().unwrap_or_default()
                ),
                remedy: "write key=value,key=value, percent-encoded",
            })
        })
        .collect()
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(part.get(..2)?, 16).ok()?);
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Result<Collector, Invalid> {
        read(&|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_path_is_appended_to_the_endpoint_for_everything_and_not_to_that_for_traces() {
        for (variables, url) in [
            (&[][..], DEFAULT_URL),
            (
                &[(ENDPOINT, "http://agent:4318")],
                "http://agent:4318/v1/traces",
            ),
            (
                &[(ENDPOINT, "http://agent/otlp/")],
                "http://agent/otlp/v1/traces",
            ),
            (
                &[
                    (ENDPOINT, "http://a"),
                    (TRACES_ENDPOINT, "http://[::1]:4318/x"),
                ],
                "http://[::1]:4318/x",
            ),
        ] {
            assert_eq!(with(variables).unwrap().url.as_str(), url, "{variables:?}");
        }
    }

    #[test]
    fn headers_are_decoded_and_a_wrong_one_is_named_without_its_value() {
        let headers = with(&[(
            "OTEL_EXPORTER_OTLP_HEADERS",
            "authorization=Bearer%20abc,x-tenant=7",
        )])
        .unwrap()
        .headers;
        assert_eq!(
            (&headers["authorization"], &headers["x-tenant"]),
            (
                &HeaderValue::from_static("Bearer abc"),
                &HeaderValue::from_static("7")
            )
        );
        let wrong = with(&[("OTEL_EXPORTER_OTLP_HEADERS", "a b=secret")]).unwrap_err();
        assert!(
            wrong.saw.contains("\"a b\"") && !wrong.saw.contains("secret"),
            "{wrong:?}"
        );
    }

    #[test]
    fn what_services_do_not_start_with_is_invalid() {
        for (variable, value) in [
            (ENDPOINT, "https://agent:4318"),
            (ENDPOINT, "agent:4318"),
            (TRACES_ENDPOINT, "http://"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"),
        ] {
            let error = with(&[(variable, value)]).unwrap_err();
            assert!(
                error.saw.starts_with(&format!("{variable}={value}: ")),
                "{error:?}"
            );
        }
    }
}
