//! The settings that a traced service would read from the environment.

use std::net::IpAddr;

use segment::{DaemonAddress, HostPort};

use super::{
    collector::{self, Collector},
    invalid::Invalid,
};

/// The variable for the daemon's address.
pub(super) const ADDRESS: &str = "AWS_XRAY_DAEMON_ADDRESS";

/// The variable for the exporter.
const EXPORTER: &str = "OTEL_TRACES_EXPORTER";

/// The variables for the sampler.
const SAMPLER: &str = "OTEL_TRACES_SAMPLER";
const SAMPLER_ARG: &str = "OTEL_TRACES_SAMPLER_ARG";
const RULES_FILE: &str = "AWS_XRAY_SAMPLING_RULES";

/// The settings.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Settings {
    pub(super) address: DaemonAddress,
    /// The collector, if spans are sent by OTLP.
    pub(super) otlp: Option<Collector>,
    /// Where the address in use comes from, in words.
    pub(super) source: String,
    /// Variables with which a service sends nothing, each as `NAME=value`, and their effect.
    pub(super) disabling_variables: Vec<(String, &'static str)>,
    pub(super) rules: Rules,
    /// The node that this runs on, if the pod knows it.
    pub(super) host_ip: Option<IpAddr>,
}

/// Where the sampling rules come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rules {
    /// They are requested over TCP.
    Asked(HostPort),
    /// They are not requested, for this reason.
    NotAsked(String),
}

/// Reads the variables. `--daemon` takes precedence over the environment.
pub(super) fn read(
    daemon: Option<&str>,
    variable: &impl Fn(&str) -> Option<String>,
) -> Result<Settings, Invalid> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let address = |text: &str| {
        text.parse::<DaemonAddress>().map_err(|error| Invalid {
            saw: error.to_string(),
            remedy: "set it to the node daemon's address, like aws-xray.xray:2000",
        })
    };
    let (address, mut source) = match (daemon, set(ADDRESS)) {
        (Some(text), _) => (address(text)?, format!("--daemon {text}")),
        (None, Some(text)) => (address(&text)?, format!("{ADDRESS}={text}")),
        (None, None) => {
            let address = DaemonAddress::default();
            let source = format!("{ADDRESS} is not set, so {address}");
            (address, source)
        }
    };
    let is_otlp = daemon.is_none() && set(EXPORTER).as_deref() == Some("otlp");
    let otlp = is_otlp.then(|| collector::read(&set)).transpose()?;
    if let Some(collector) = &otlp {
        source = format!("{EXPORTER}=otlp, {}", collector.source);
    }
    Ok(Settings {
        rules: rules(&set, &address.tcp)?,
        address,
        otlp,
        source,
        disabling_variables: disabling_variables(&set),
        host_ip: set("HOST_IP").map(|text| host_ip(&text)).transpose()?,
    })
}

fn host_ip(text: &str) -> Result<IpAddr, Invalid> {
    text.parse().map_err(|error| Invalid {
        saw: format!("HOST_IP={text}: {error}"),
        remedy: "set it to the node's address (in a pod: status.hostIP), or unset it",
    })
}

/// With a file, only that is used; other samplers have no rules.
fn rules(set: &impl Fn(&str) -> Option<String>, daemon: &HostPort) -> Result<Rules, Invalid> {
    match (set(SAMPLER), set(RULES_FILE), set(SAMPLER_ARG)) {
        (Some(sampler), ..) if sampler != "xray" => Ok(Rules::NotAsked(format!(
            "{SAMPLER}={sampler} decides, without rules"
        ))),
        (_, Some(file), _) => Ok(Rules::NotAsked(format!(
            "{RULES_FILE}={file} decides; a service that cannot use this file does not start"
        ))),
        (.., Some(argument)) => {
            let endpoint = argument.split(',').find_map(|part| {
                let (name, url) = part.trim().split_once('=')?;
                (name == "endpoint").then_some(url)
            });
            let Some(url) = endpoint else {
                return Ok(Rules::Asked(daemon.clone()));
            };
            let url = environment::plain_http(url).map_err(|problem| Invalid {
                saw: format!("{SAMPLER_ARG}={argument}: {problem}"),
                remedy: "write endpoint=http://host:port, the address at which the agent serves sampling rules",
            })?;
            Ok(Rules::Asked(collector::host_and_port(&url)))
        }
        (.., None) => Ok(Rules::Asked(daemon.clone())),
    }
}

fn disabling_variables(set: &impl Fn(&str) -> Option<String>) -> Vec<(String, &'static str)> {
    let names = [
        "AWS_XRAY_SDK_DISABLED",
        "OTEL_SDK_DISABLED",
        EXPORTER,
        SAMPLER,
    ];
    let found = names.into_iter().filter_map(|name| {
        let value = set(name)?;
        Some((format!("{name}={value}"), disabling_effect(name, &value)?))
    });
    found.collect()
}

/// Returns the effect of a variable that stops tracing.
fn disabling_effect(name: &str, value: &str) -> Option<&'static str> {
    match name {
        EXPORTER if !matches!(value, "xray" | "otlp") => {
            Some("segments are not sent to the daemon")
        }
        SAMPLER if value.ends_with("always_off") => Some("no request is recorded"),
        "AWS_XRAY_SDK_DISABLED" | "OTEL_SDK_DISABLED" if value.eq_ignore_ascii_case("true") => {
            Some("nothing is traced")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn try_with(variables: &[(&str, &str)]) -> Result<Settings, Invalid> {
        let find = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        read(None, &find)
    }

    fn with(variables: &[(&str, &str)]) -> Settings {
        try_with(variables).unwrap()
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
        let address = |name: &str| (name == ADDRESS).then(|| "b:2".to_owned());
        let flag = read(Some("a:1"), &address).unwrap();
        assert_eq!(flag.address.to_string(), "a:1");
        assert!(read(None, &|_| Some("nowhere".to_owned())).is_err());
    }

    #[test]
    fn an_address_of_a_node_that_is_none_is_named() {
        let Invalid { saw, .. } = try_with(&[("HOST_IP", "node-7")]).unwrap_err();
        assert_eq!(saw, "HOST_IP=node-7: invalid IP address syntax");
    }

    #[test]
    fn variables_that_silence_a_service_are_named() {
        for (name, value) in [
            ("AWS_XRAY_SDK_DISABLED", "TRUE"),
            ("OTEL_SDK_DISABLED", "true"),
            ("OTEL_TRACES_EXPORTER", "none"),
            ("OTEL_TRACES_SAMPLER", "parentbased_always_off"),
        ] {
            let disabling_variables = with(&[(name, value)]).disabling_variables;
            assert_eq!(disabling_variables.len(), 1, "{name}");
            assert_eq!(disabling_variables[0].0, format!("{name}={value}"));
        }
        let harmless = [
            ("AWS_XRAY_SDK_DISABLED", "false"),
            ("OTEL_TRACES_EXPORTER", "xray"),
            ("OTEL_TRACES_SAMPLER", "xray"),
        ];
        assert_eq!(with(&harmless).disabling_variables, []);
    }

    #[test]
    fn otlp_variables_are_used_with_the_otlp_exporter_and_without_a_daemon() {
        let agent = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://agent:4318");
        assert_eq!(with(&[agent]).otlp, None);
        let settings = with(&[agent, (EXPORTER, "otlp")]);
        let source = "OTEL_TRACES_EXPORTER=otlp, OTEL_EXPORTER_OTLP_ENDPOINT=http://agent:4318";
        assert_eq!(
            (settings.source.as_str(), settings.disabling_variables),
            (source, vec![])
        );
        let flag = read(Some("a:1"), &|name| {
            (name == EXPORTER).then(|| "otlp".into())
        });
        assert_eq!(flag.unwrap().otlp, None);
    }

    #[test]
    fn rules_are_asked_for_where_the_service_asks() {
        let asked = |variables: &[(&str, &str)]| match with(variables).rules {
            Rules::Asked(whom) => whom.to_string(),
            Rules::NotAsked(why) => why,
        };
        let daemon = (ADDRESS, "tcp:rules:2001 udp:segments:2000");
        assert_eq!(asked(&[daemon]), "rules:2001");
        assert_eq!(
            asked(&[daemon, (SAMPLER_ARG, "polling_interval=60")]),
            "rules:2001"
        );
        let agent = (
            SAMPLER_ARG,
            "polling_interval=60, endpoint=http://[::1]:2002",
        );
        assert_eq!(asked(&[daemon, (SAMPLER, "xray"), agent]), "[::1]:2002");
        let ratio = [(SAMPLER, "traceidratio"), (SAMPLER_ARG, "0.5")];
        assert_eq!(
            asked(&ratio),
            "OTEL_TRACES_SAMPLER=traceidratio decides, without rules"
        );
        assert!(
            asked(&[agent, (RULES_FILE, "/rules.json")])
                .starts_with("AWS_XRAY_SAMPLING_RULES=/rules.json decides")
        );
        let tls = try_with(&[(SAMPLER_ARG, "endpoint=https://agent:2000")]).unwrap_err();
        assert!(
            tls.saw.contains("TLS") && tls.saw.contains("https://agent:2000"),
            "{tls:?}"
        );
    }
}
