//! The collector that a service sends spans to, read as the service reads it.

use environment::{Otlp, Reader};
use reqwest::Url;
use segment::HostPort;

use super::invalid::Invalid;

const TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// A collector that accepts OTLP over HTTP.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Collector {
    pub(super) otlp: Otlp,
    /// Where its URL comes from, in words.
    pub(super) source: String,
}

/// Reads OpenTelemetry's variables.
pub(super) fn read(set: &impl Fn(&str) -> Option<String>) -> Result<Collector, Invalid> {
    let mut reader = Reader::new(set);
    let otlp = Otlp::read(&mut reader);
    let otlp = reader
        .finish(otlp)
        .map_err(|error| Invalid::from(&error.mistakes[0]))?;
    if otlp.is_grpc() {
        return Err(Invalid {
            saw: "services send spans over gRPC, which the doctor does not speak".to_owned(),
            remedy: "set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf and the port for HTTP (4318) to follow a span over HTTP",
        });
    }
    let mut named = [TRACES_ENDPOINT, ENDPOINT].into_iter();
    let source = named.find_map(|name| Some(format!("{name}={}", set(name)?)));
    let source = source.unwrap_or_else(|| format!("{ENDPOINT} is not set, so {}", otlp.url()));
    Ok(Collector { otlp, source })
}

/// Returns the host and port of a URL.
pub(super) fn host_and_port(url: &Url) -> HostPort {
    let host = url.host_str().unwrap_or_default();
    HostPort {
        host: host.trim_matches(['[', ']']).to_owned(),
        port: url.port_or_known_default().unwrap_or_default(),
    }
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
    fn the_source_is_the_variable_that_counts() {
        let all = (ENDPOINT, "http://a:4318");
        for (variables, source) in [
            (
                &[][..],
                "OTEL_EXPORTER_OTLP_ENDPOINT is not set, so http://localhost:4318/v1/traces",
            ),
            (&[all], "OTEL_EXPORTER_OTLP_ENDPOINT=http://a:4318"),
            (
                &[all, (TRACES_ENDPOINT, "http://b/x")],
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://b/x",
            ),
        ] {
            assert_eq!(with(variables).unwrap().source, source, "{variables:?}");
        }
    }

    #[test]
    fn a_wrong_header_is_named_without_its_value() {
        for wrong in ["a b=secret", "key=%secret"] {
            let error = with(&[("OTEL_EXPORTER_OTLP_HEADERS", wrong)]).unwrap_err();
            let name = format!("{:?}", wrong.split('=').next().unwrap());
            assert!(
                error.saw.contains(&name) && !error.saw.contains("secret"),
                "{error:?}"
            );
        }
    }

    #[test]
    fn spans_over_grpc_are_not_followed_and_that_is_said() {
        let error = with(&[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]).unwrap_err();
        assert!(error.saw.contains("over gRPC"), "{error:?}");
    }

    #[test]
    fn what_services_do_not_start_with_is_invalid() {
        for (variable, value) in [
            (ENDPOINT, "https://agent:4318"),
            (ENDPOINT, "agent:4318"),
            (TRACES_ENDPOINT, "http://"),
            ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "0"),
        ] {
            let error = with(&[(variable, value)]).unwrap_err();
            assert!(
                error.saw.starts_with(&format!("{variable}={value}: ")),
                "{error:?}"
            );
        }
    }
}
