//! Where rules come from, and how often they are updated.

use std::time::Duration;

use reqwest::Url;
use segment::HostPort;

use super::RulesFile;

/// Where the sampler `xray` gets its rules, and how often.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Rules of a file, used instead of X-Ray's. If set, the daemon is not asked.
    pub file: Option<RulesFile>,
    /// The address to ask for X-Ray's rules; if `None`, that of [`crate::Config::daemon`].
    pub endpoint: Option<HostPort>,
    /// How often X-Ray's rules are fetched. They are also fetched when the service reports a change. Default: 300 s.
    pub rules_interval: Duration,
    /// How often the rules' counts are reported, until the service sets another interval. Default: 10 s.
    pub targets_interval: Duration,
    /// How often to check whether the file has changed. Default: 5 s.
    pub file_interval: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            file: None,
            endpoint: None,
            rules_interval: Duration::from_secs(300),
            targets_interval: Duration::from_secs(10),
            file_interval: Duration::from_secs(5),
        }
    }
}

impl Settings {
    /// Reads the argument of the sampler `xray`: `endpoint=http://host:port,polling_interval=seconds`, both optional,
    /// as in AWS's distributions of OpenTelemetry.
    pub(crate) fn take_argument(&mut self, argument: &str) -> Result<(), String> {
        for part in argument.split(',').map(str::trim) {
            match part.split_once('=') {
                Some(("endpoint", url)) => self.endpoint = Some(endpoint(url)?),
                Some(("polling_interval", seconds)) => {
                    self.rules_interval = polling_interval(seconds)?;
                }
                _ => {
                    return Err(format!(
                        "{part:?} is neither endpoint=http://host:port nor polling_interval=seconds"
                    ));
                }
            }
        }
        Ok(())
    }
}

fn endpoint(url: &str) -> Result<HostPort, String> {
    let parsed = Url::parse(url).map_err(|error| format!("{url:?} is not a URL: {error}"))?;
    let is_bare = parsed.path() == "/" && parsed.query().is_none() && parsed.fragment().is_none();
    match (
        parsed.scheme(),
        parsed.host_str(),
        parsed.port_or_known_default(),
    ) {
        ("http", Some(host), Some(port)) if is_bare && port > 0 => Ok(HostPort {
            host: host.trim_matches(['[', ']']).to_owned(),
            port,
        }),
        ("https", ..) => Err(format!(
            "{url:?}: TLS is not supported; write http://host:port"
        )),
        _ => Err(format!("{url:?} is not http://host:port")),
    }
}

fn polling_interval(seconds: &str) -> Result<Duration, String> {
    match seconds.parse() {
        Ok(seconds @ 1..=86_400) => Ok(Duration::from_secs(seconds)),
        _ => Err(format!(
            "polling_interval={seconds} is not 1 to 86400 seconds"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(argument: &str) -> Result<Settings, String> {
        let mut settings = Settings::default();
        settings.take_argument(argument).map(|()| settings)
    }

    #[test]
    fn the_argument_has_the_format_of_aws() {
        let settings =
            read("endpoint=http://cloudwatch-agent.amazon-cloudwatch:2000,polling_interval=360")
                .unwrap();
        let endpoint = settings.endpoint.unwrap().to_string();
        assert_eq!(endpoint, "cloudwatch-agent.amazon-cloudwatch:2000");
        assert_eq!(settings.rules_interval, Duration::from_secs(360));
        let endpoint = read("endpoint=http://[::1]:2000/")
            .unwrap()
            .endpoint
            .unwrap();
        assert_eq!((endpoint.host.as_str(), endpoint.port), ("::1", 2000));
    }

    #[test]
    fn what_is_no_argument_is_named() {
        for (argument, named) in [
            ("0.5", "\"0.5\""),
            ("", "\"\""),
            ("endpoint=https://agent:2000", "TLS"),
            ("endpoint=agent:2000", "agent:2000"),
            ("endpoint=http://agent:2000/rules", "/rules"),
            ("endpoint=http://agent:0", "agent:0"),
            ("polling_interval=0", "polling_interval=0"),
            ("polling_interval=often,endpoint=http://a:1", "often"),
        ] {
            let error = read(argument).unwrap_err();
            assert!(error.contains(named), "{error}");
        }
    }
}
