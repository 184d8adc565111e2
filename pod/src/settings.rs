//! The settings that both services read from the environment.

use std::net::SocketAddr;

use serde::Serialize;
use xray::Reader;

/// The response header that names the pods that answered: `<front>,<back>`.
pub const POD_HEADER: &str = "x-sample-pod";

/// The variables that [`Settings::read`] reads, besides `LISTEN_ADDRESS`, one per line, for a service's `--help`.
const VARIABLES_HELP: &str = "\
Variables of the pod:
  PROBES_ADDRESS                      IP address and port for /livez, /readyz and /metrics alone, so that
                                      visitors do not see them  [default: where all the rest is]
  POD_NAME                            names the pod in the header x-sample-pod  [default: local]
  POD_NAMESPACE, NODE_NAME            where the pod runs; the page shows it if FAULTS=true
  ZONE                                the node's availability zone; likewise
  FAULTS                              true: requests may ask for faults, and the page shows what
                                      tracing does here; never on a public address
                                      [default: false]";

/// Returns all variables of a service, those of its pod and of its tracing, for its `--help`.
pub fn variables_help() -> String {
    format!("{VARIABLES_HELP}\n\n{}", xray::VARIABLES_HELP)
}

/// Where a service listens, and which pod it is.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `LISTEN_ADDRESS`: IP address and port; each service has its own default.
    pub listen_address: SocketAddr,
    /// `PROBES_ADDRESS`: a separate address for probes and metrics.
    pub probes_address: Option<SocketAddr>,
    /// `POD_NAME`, from the Downward API; `local` outside a cluster.
    pub pod_name: String,
    /// `POD_NAMESPACE`, `NODE_NAME` and `ZONE`, from the Downward API.
    pub whereabouts: Whereabouts,
    /// `FAULTS`: whether requests may ask for faults, and whether the page shows what is meant for its operator only.
    pub faults: bool,
}

/// Where in a cluster the pod runs, as far as known.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Whereabouts {
    /// `POD_NAMESPACE`.
    pub namespace: Option<String>,
    /// `NODE_NAME`.
    pub node: Option<String>,
    /// `ZONE`: the node's availability zone.
    pub zone: Option<String>,
}

impl Settings {
    /// Reads the variables; errors are collected in `reader`.
    pub fn read(
        default_address: SocketAddr,
        reader: &mut Reader<'_, impl Fn(&str) -> Option<String>>,
    ) -> Self {
        let address = |value: &str| {
            value.parse().map_err(|_| {
                format!("write an IP address and a port, like {default_address} or [::]:8080")
            })
        };
        let listen_address = reader
            .read("LISTEN_ADDRESS", address)
            .unwrap_or(default_address);
        let of_its_own = |value: &str| match address(value)? {
            same if same == listen_address && same.port() != 0 => {
                Err("LISTEN_ADDRESS is the same; write another port, or nothing".to_owned())
            }
            own => Ok(own),
        };
        Self {
            listen_address,
            probes_address: reader.read("PROBES_ADDRESS", of_its_own),
            pod_name: reader
                .read("POD_NAME", pod_name)
                .unwrap_or_else(|| "local".to_owned()),
            whereabouts: Whereabouts {
                namespace: reader.text("POD_NAMESPACE"),
                node: reader.text("NODE_NAME"),
                zone: reader.text("ZONE"),
            },
            faults: reader.flag("FAULTS"),
        }
    }
}

/// Accepts only names that Kubernetes gives to pods, because the name is sent in a header.
fn pod_name(value: &str) -> Result<String, &'static str> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    if value.len() <= 253 && value.bytes().all(is_allowed) {
        Ok(value.to_owned())
    } else {
        Err("write at most 253 letters, digits, dashes, dots and underscores")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_have_defaults_and_mistakes_are_named() {
        let default = "127.0.0.1:8080".parse().unwrap();
        let none = |_: &str| None;
        let settings = Settings::read(default, &mut Reader::new(&none));
        assert_eq!(
            (settings.listen_address, settings.pod_name.as_str()),
            (default, "local")
        );

        let wrong = |variable: &str| match variable {
            "LISTEN_ADDRESS" => Some("8080".to_owned()),
            "POD_NAME" => Some("a,b".to_owned()),
            "PROBES_ADDRESS" => Some("127.0.0.1:8080".to_owned()),
            _ => None,
        };
        let mut reader = Reader::new(&wrong);
        let settings = Settings::read(default, &mut reader);
        let error = reader.finish(settings).unwrap_err().to_string();
        assert!(
            error.contains("LISTEN_ADDRESS=\"8080\"") && error.contains("POD_NAME=\"a,b\""),
            "{error}"
        );
        assert!(
            error.contains("PROBES_ADDRESS=\"127.0.0.1:8080\": LISTEN_ADDRESS is the same"),
            "{error}"
        );
    }
}
