//! What a traced service would read from its environment.

use std::net::IpAddr;

use segment::{DaemonAddress, InvalidDaemonAddress};

/// Where the daemon's address is read.
pub(super) const ADDRESS: &str = "AWS_XRAY_DAEMON_ADDRESS";

/// Which way segments take.
const EXPORTER: &str = "OTEL_TRACES_EXPORTER";

/// What was read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Settings {
    pub(super) address: DaemonAddress,
    /// Where the address comes from, in words.
    pub(super) source: String,
    /// Variables with which a service sends nothing to the daemon, each as `NAME=value`, and what they do.
    pub(super) silencers: Vec<(String, &'static str)>,
    /// A variable with which a service sends by another way, as `NAME=value`.
    pub(super) detour: Option<String>,
    /// The node that this runs on, where the pod was told.
    pub(super) host_ip: Option<IpAddr>,
}

/// Reads the variables. What `--daemon` says goes before the environment.
pub(super) fn read(
    daemon: Option<&str>,
    variable: &impl Fn(&str) -> Option<String>,
) -> Result<Settings, InvalidDaemonAddress> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let (address, source) = match (daemon, set(ADDRESS)) {
        (Some(text), _) => (text.parse()?, format!("--daemon {text}")),
        (None, Some(text)) => (text.parse()?, format!("{ADDRESS}={text}")),
        (None, None) => {
            let address = DaemonAddress::default();
            let source = format!("{ADDRESS} is not set, so {address}");
            (address, source)
        }
    };
    Ok(Settings {
        address,
        source,
        silencers: silencers(&set),
        detour: set(EXPORTER)
            .filter(|exporter| exporter == "otlp")
            .map(|exporter| format!("{EXPORTER}={exporter}")),
        host_ip: set("HOST_IP").and_then(|text| text.parse().ok()),
    })
}

fn silencers(set: &impl Fn(&str) -> Option<String>) -> Vec<(String, &'static str)> {
    let names = [
        "AWS_XRAY_SDK_DISABLED",
        "OTEL_SDK_DISABLED",
        EXPORTER,
        "OTEL_TRACES_SAMPLER",
    ];
    let found = names.into_iter().filter_map(|name| {
        let value = set(name)?;
        Some((format!("{name}={value}"), silence(name, &value)?))
    });
    found.collect()
}

/// Returns what a variable does to tracing, if it stops it.
fn silence(name: &str, value: &str) -> Option<&'static str> {
    match name {
        EXPORTER if !matches!(value, "xray" | "otlp") => Some("segments do not go to the daemon"),
        "OTEL_TRACES_SAMPLER" if value.ends_with("always_off") => Some("no request is recorded"),
        "AWS_XRAY_SDK_DISABLED" | "OTEL_SDK_DISABLED" if value.eq_ignore_ascii_case("true") => {
            Some("nothing is traced")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Settings {
        let find = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        read(None, &find).unwrap()
    }

    #[test]
    fn the_flag_goes_before_the_variable_and_that_before_the_default() {
        assert_eq!(with(&[]).address.to_string(), "127.0.0.1:2000");
        assert!(with(&[(ADDRESS, "")]).source.contains("not set"));
        let settings = with(&[(ADDRESS, "aws-xray.xray:2000"), ("HOST_IP", "10.0.0.7")]);
        assert_eq!(
            settings.source,
            "AWS_XRAY_DAEMON_ADDRESS=aws-xray.xray:2000"
        );
        assert_eq!(settings.host_ip, "10.0.0.7".parse().ok());
        let flag = read(Some("a:1"), &|_| Some("b:2".to_owned())).unwrap();
        assert_eq!(flag.address.to_string(), "a:1");
        assert!(read(None, &|_| Some("nowhere".to_owned())).is_err());
    }

    #[test]
    fn variables_that_silence_a_service_are_named() {
        for (name, value) in [
            ("AWS_XRAY_SDK_DISABLED", "TRUE"),
            ("OTEL_SDK_DISABLED", "true"),
            ("OTEL_TRACES_EXPORTER", "none"),
            ("OTEL_TRACES_SAMPLER", "parentbased_always_off"),
        ] {
            let silencers = with(&[(name, value)]).silencers;
            assert_eq!(silencers.len(), 1, "{name}");
            assert_eq!(silencers[0].0, format!("{name}={value}"));
        }
        let harmless = [
            ("AWS_XRAY_SDK_DISABLED", "false"),
            ("OTEL_TRACES_EXPORTER", "xray"),
            ("OTEL_TRACES_SAMPLER", "xray"),
        ];
        assert_eq!(with(&harmless).silencers, []);
        let otlp = with(&[(EXPORTER, "otlp")]);
        assert_eq!(otlp.silencers, []);
        assert_eq!(otlp.detour.unwrap(), "OTEL_TRACES_EXPORTER=otlp");
    }
}
