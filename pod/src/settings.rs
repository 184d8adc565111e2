//! What both services read from the environment.

use std::net::SocketAddr;

use xray::Reader;

/// The response header that names the pods that answered: `<front>,<back>`.
pub const POD_HEADER: &str = "x-sample-pod";

/// Where a service listens, and which pod it is.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `LISTEN_ADDRESS`: IP address and port, by default that of the service.
    pub listen_address: SocketAddr,
    /// `POD_NAME`, from the Downward API; `local` outside a cluster.
    pub pod_name: String,
}

impl Settings {
    /// Reads the variables; a mistake is noted in `reader`.
    pub fn read(
        default_address: SocketAddr,
        reader: &mut Reader<'_, impl Fn(&str) -> Option<String>>,
    ) -> Self {
        let address = |value: &str| {
            value.parse().map_err(|_| {
                format!("write an IP address and a port, as {default_address} or [::]:8080")
            })
        };
        Self {
            listen_address: reader
                .read("LISTEN_ADDRESS", address)
                .unwrap_or(default_address),
            pod_name: reader
                .read("POD_NAME", pod_name)
                .unwrap_or_else(|| "local".to_owned()),
        }
    }
}

/// A pod's name goes into a header, so it must be one that Kubernetes gives.
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
            _ => None,
        };
        let mut reader = Reader::new(&wrong);
        let settings = Settings::read(default, &mut reader);
        let error = reader.finish(settings).unwrap_err().to_string();
        assert!(
            error.contains("LISTEN_ADDRESS=\"8080\"") && error.contains("POD_NAME=\"a,b\""),
            "{error}"
        );
    }
}
