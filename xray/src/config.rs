//! Settings, and the environment variables that they are read from.

use environment::{InvalidEnvironment, Otlp, Reader, key_values};
use segment::DaemonAddress;
use tracing_subscriber::filter::Targets;

use crate::{
    ecs::{self, EcsMetadata},
    sampler::kind::SamplerKind,
    sampling::{self, RulesFile},
    span_filter,
};

/// How a service is traced. Made by [`Config::new`] or [`Config::from_env`], used by [`crate::start`].
///
/// ```
/// use xray::{Config, SamplerKind};
///
/// let config = Config {
///     service_version: "1.4.0".into(),
///     daemon: "xray-daemon.tracing:2000".parse()?,
///     sampler: SamplerKind::ParentBasedRatio(0.1),
///     ..Config::new("shop")
/// };
/// # Ok::<(), segment::InvalidDaemonAddress>(())
/// ```
#[derive(Debug, Clone)]
pub struct Config {
    /// The name of the service, of its segments, and of its node on the service map. Characters that X-Ray does not
    /// allow are removed, and at most 200 bytes are kept ([`segment::names::clean_name`]).
    pub service_name: String,
    /// The service's version, recorded in each segment; empty for none.
    pub service_version: String,
    /// The address of the X-Ray daemon: documents go to its UDP port, sampling rules come from its TCP port. Default:
    /// `127.0.0.1:2000` for both.
    pub daemon: DaemonAddress,
    /// Further attributes of the resource, with OpenTelemetry's names, as `cloud.platform` or `k8s.pod.name`. Those that
    /// have a place in a segment's `aws` block are put there, the others become metadata.
    /// <https://opentelemetry.io/docs/specs/semconv/resource/>
    pub resource: Vec<(String, String)>,
    /// On ECS, the URL of the task's metadata. It is read in the background, for at most one second, and added to
    /// segments that end after that. Attributes in `resource` take precedence.
    pub ecs_metadata: Option<EcsMetadata>,
    /// Which requests are traced. Default: [`SamplerKind::Xray`].
    pub sampler: SamplerKind,
    /// Where the rules of [`SamplerKind::Xray`] come from.
    pub sampling: sampling::Settings,
    /// Whether a request with the header `X-Ray-Debug: sampling` is answered with who made the sampling decision and
    /// why, in [`crate::server::X_RAY_SAMPLING`]. Default: `false`.
    pub debug: bool,
    /// Where documents go. Default: [`Exporter::Xray`].
    pub exporter: Exporter,
    /// Which of `tracing`'s spans and events are recorded, by target and level; by default those of level `INFO` and
    /// above. Those of [`crate::TRANSPORTS`] are recorded only if this names their target.
    ///
    /// ```
    /// use tracing::Level;
    /// use tracing_subscriber::filter::{LevelFilter, Targets};
    /// use xray::Config;
    ///
    /// let mut config = Config::new("shop");
    /// config.span_filter = Targets::new()
    ///     .with_default(Level::INFO)
    ///     .with_target("shop::prices", Level::DEBUG)
    ///     .with_target("noisy_crate", LevelFilter::OFF);
    /// ```
    pub span_filter: Targets,
    /// Which log lines [`crate::start`] writes to standard output, by target and level. Default: `INFO` and above.
    pub log_filter: Targets,
}

/// The variables that [`Config::from_env`] reads, one per line, for a program's `--help`.
pub const VARIABLES_HELP: &str = "\
Variables of the tracing:
  AWS_XRAY_DAEMON_ADDRESS             host:port, or tcp:host:port udp:host:port
                                      [default: 127.0.0.1:2000]
  AWS_XRAY_TRACING_NAME               the service's name; overrides OTEL_SERVICE_NAME
  AWS_XRAY_SDK_DISABLED               true: nothing is traced; the same as OTEL_SDK_DISABLED
  AWS_XRAY_SAMPLING_RULES             for xray: a file with rules, instead of the X-Ray service's
  OTEL_RESOURCE_ATTRIBUTES            key=value,key=value, percent-encoded
  ECS_CONTAINER_METADATA_URI_V4       set by ECS: where the task's metadata is
  OTEL_TRACES_SAMPLER                 xray, always_on, always_off, traceidratio,
                                      parentbased_…  [default: xray]
  OTEL_TRACES_SAMPLER_ARG             for traceidratio: the ratio, 0 to 1  [default: 1]
                                      for xray: endpoint=http://host:port,polling_interval=seconds
                                      [default: the daemon's TCP port, 300]
  XRAY_DEBUG                          true: a request with X-Ray-Debug: sampling is told why it
                                      is traced or not
  OTEL_TRACES_EXPORTER                xray, otlp, none  [default: xray]
  OTEL_EXPORTER_OTLP_ENDPOINT         for otlp: http://host:port
                                      [default: http://localhost:4318]
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT  for otlp: the whole URL, with its path
  OTEL_EXPORTER_OTLP_HEADERS          for otlp: key=value,key=value, percent-encoded
  OTEL_EXPORTER_OTLP_TIMEOUT          for otlp: milliseconds for one request  [default: 10000]
  OTEL_EXPORTER_OTLP_PROTOCOL         for otlp: http/protobuf or grpc
  RUST_LOG                            a level, or target=level,…  [default: info]";

/// Where documents go.
///
/// ```
/// use xray::{Config, Exporter};
///
/// let mut config = Config::new("shop");
/// config.exporter = Exporter::Otlp("http://collector:4318/v1/traces".parse()?);
/// # Ok::<(), xray::InvalidOtlpUrl>(())
/// ```
#[expect(
    clippy::large_enum_variant,
    reason = "a process has one, and a box would be in everybody's way"
)]
#[derive(Debug, Clone, PartialEq)]
pub enum Exporter {
    /// To the X-Ray daemon, as segment documents in UDP datagrams.
    Xray,
    /// To a collector or the CloudWatch agent, as spans by OTLP.
    Otlp(Otlp),
    /// Nowhere. Nothing is traced, and no trace header is read or written.
    None,
}

impl Config {
    /// Returns the defaults: the daemon at 127.0.0.1:2000; the caller's sampling decision, otherwise X-Ray's rules;
    /// log lines of level `info` and above.
    ///
    /// Does not read the environment.
    pub fn new(service_name: impl Into<String>) -> Self {
        Self {
            service_name: service_name.into(),
            service_version: String::new(),
            daemon: DaemonAddress::default(),
            resource: Vec::new(),
            ecs_metadata: None,
            sampler: SamplerKind::default(),
            sampling: sampling::Settings::default(),
            debug: false,
            exporter: Exporter::Xray,
            span_filter: span_filter::default_filter(),
            log_filter: Targets::new().with_default(tracing::Level::INFO),
        }
    }

    /// Reads the settings from environment variables. `service_name` is used if no variable sets the name.
    ///
    /// | variable | accepted | default |
    /// |---|---|---|
    /// | `AWS_XRAY_DAEMON_ADDRESS` | `host:port`, or `tcp:host:port udp:host:port` | `127.0.0.1:2000` |
    /// | `AWS_XRAY_TRACING_NAME`, else `OTEL_SERVICE_NAME` | the service's name | `service_name` |
    /// | `AWS_XRAY_SDK_DISABLED`, `OTEL_SDK_DISABLED` | `true`: nothing is traced | `false` |
    /// | `OTEL_TRACES_EXPORTER` | `xray`, `otlp`, `none` | `xray` |
    /// | `OTEL_EXPORTER_OTLP_ENDPOINT` | for `otlp`: `http://host:port`; spans go to `/v1/traces` below it | `http://localhost:4318` |
    /// | `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` | for `otlp`: the whole URL | none |
    /// | `OTEL_EXPORTER_OTLP_HEADERS` | for `otlp`: `key=value,…`, percent-encoded | none |
    /// | `OTEL_EXPORTER_OTLP_TIMEOUT` | for `otlp`: milliseconds for one request | `10000` |
    /// | `OTEL_EXPORTER_OTLP_PROTOCOL` | for `otlp`: `http/protobuf` or `grpc`, whose endpoint has no path | `http/protobuf` |
    /// | `OTEL_TRACES_SAMPLER` | [`SamplerKind`]'s names | `xray` |
    /// | `OTEL_TRACES_SAMPLER_ARG` | a ratio; for `xray`: `endpoint=http://host:port,polling_interval=seconds` | `1`; the daemon's TCP port, `300` |
    /// | `AWS_XRAY_SAMPLING_RULES` | for `xray`: a file with AWS's JSON, versions 1 and 2 | none |
    /// | `XRAY_DEBUG` | `true`: `X-Ray-Debug: sampling` is answered | `false` |
    /// | `OTEL_RESOURCE_ATTRIBUTES` | `key=value,…`, percent-encoded | none |
    /// | `ECS_CONTAINER_METADATA_URI_V4` | set by ECS: where the task's metadata is | none |
    /// | `RUST_LOG` | `level` or `target=level,…` | `info` |
    ///
    /// The variables for traces alone (`OTEL_EXPORTER_OTLP_TRACES_…`) take precedence over OTLP's general ones.
    /// OTLP's variables are read only if the exporter is `otlp`: a cluster may set them for other programs.
    ///
    /// An empty value counts as absent. `env` looks up one variable; usually it is [`crate::environment`].
    ///
    /// # Errors
    ///
    /// Returns one error that names every invalid value. An invalid value is never replaced by a default.
    ///
    /// ```
    /// let env = |variable: &str| match variable {
    ///     "OTEL_SERVICE_NAME" => Some("orders".to_owned()),
    ///     "AWS_XRAY_DAEMON_ADDRESS" => Some("10.0.0.7".to_owned()),
    ///     _ => None,
    /// };
    /// let error = xray::Config::from_env("shop", &env).unwrap_err();
    /// assert!(error.to_string().starts_with("AWS_XRAY_DAEMON_ADDRESS=\"10.0.0.7\": "));
    /// ```
    pub fn from_env(
        service_name: &str,
        env: &impl Fn(&str) -> Option<String>,
    ) -> Result<Self, InvalidEnvironment> {
        let mut reader = Reader::new(env);
        let config = Self::read(service_name, &mut reader);
        reader.finish(config)
    }

    /// Reads the same variables as [`Config::from_env`], for a program that also reads its own: errors are collected
    /// in `reader`, so that one start reports all of them.
    pub fn read(
        service_name: &str,
        reader: &mut Reader<'_, impl Fn(&str) -> Option<String>>,
    ) -> Self {
        let mut config = Self::new(service_name);
        if let Some(daemon) = reader.parse("AWS_XRAY_DAEMON_ADDRESS") {
            config.daemon = daemon;
        }
        if let Some(resource) = reader.read("OTEL_RESOURCE_ATTRIBUTES", key_values) {
            config.resource = resource;
        }
        config.take_ecs(reader);
        config.take_names(reader);
        config.exporter = exporter(reader);
        config.take_sampler(reader);
        config.debug = reader.flag("XRAY_DEBUG");
        let level = "write a level (error, warn, info, debug, trace, off), or target=level,…";
        if let Some(filter) = reader.read("RUST_LOG", |value| value.parse().map_err(|_| level)) {
            config.log_filter = filter;
        }
        config
    }

    /// Sets `cloud.platform` at once; the task's details are read later.
    fn take_ecs(&mut self, reader: &mut Reader<'_, impl Fn(&str) -> Option<String>>) {
        self.ecs_metadata = reader.parse(ecs::VARIABLE);
        let is_known = self.resource.iter().any(|(key, _)| key == "cloud.platform");
        if self.ecs_metadata.is_some() && !is_known {
            let platform = [("cloud.provider", "aws"), ("cloud.platform", "aws_ecs")];
            let platform = platform.map(|(key, value)| (key.to_owned(), value.to_owned()));
            self.resource.extend(platform);
        }
    }

    fn take_sampler(&mut self, reader: &mut Reader<'_, impl Fn(&str) -> Option<String>>) {
        let mut named = reader.read("OTEL_TRACES_SAMPLER", SamplerKind::named);
        let sampler = named.get_or_insert_default();
        let argument = "OTEL_TRACES_SAMPLER_ARG";
        if *sampler == SamplerKind::Xray {
            reader.read(argument, |text| self.sampling.take_argument(text));
        } else if let Some(with_ratio) = reader.read(argument, |text| sampler.with_ratio(text)) {
            *sampler = with_ratio;
        }
        self.sampler = *sampler;
        self.sampling.file = reader.read("AWS_XRAY_SAMPLING_RULES", |path| match self.sampler {
            SamplerKind::Xray => RulesFile::read(path).map_err(|error| error.to_string()),
            _ => Err("only OTEL_TRACES_SAMPLER=xray uses rules".to_owned()),
        });
    }

    /// AWS's variable takes precedence over OpenTelemetry's, and both over the resource's attribute.
    fn take_names(&mut self, reader: &Reader<'_, impl Fn(&str) -> Option<String>>) {
        let mut attribute = |key: &str| {
            let index = self.resource.iter().position(|(name, _)| name == key)?;
            Some(self.resource.remove(index).1)
        };
        let (name, version) = (attribute("service.name"), attribute("service.version"));
        let named = reader
            .text("AWS_XRAY_TRACING_NAME")
            .or_else(|| reader.text("OTEL_SERVICE_NAME"))
            .or(name);
        if let Some(name) = named {
            self.service_name = name;
        }
        self.service_version = version.unwrap_or_default();
    }
}

fn exporter(reader: &mut Reader<'_, impl Fn(&str) -> Option<String>>) -> Exporter {
    let named = reader.read("OTEL_TRACES_EXPORTER", |name| match name {
        "xray" => Ok(Exporter::Xray),
        "otlp" => Ok(Exporter::Otlp(Otlp::default())),
        "none" => Ok(Exporter::None),
        _ => Err("write xray, otlp or none"),
    });
    // Both flags are read even if one is set, so that an invalid value of the other is reported.
    let flags =
        ["AWS_XRAY_SDK_DISABLED", "OTEL_SDK_DISABLED"].map(|variable| reader.flag(variable));
    match named {
        _ if flags.contains(&true) => Exporter::None,
        Some(Exporter::Otlp(_)) => Exporter::Otlp(Otlp::read(reader)),
        named => named.unwrap_or(Exporter::Xray),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Config, InvalidEnvironment> {
        let find = |name: &str| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        };
        Config::from_env("shop", &find)
    }

    #[test]
    fn absent_and_empty_variables_leave_the_defaults() {
        let config = read(&[("AWS_XRAY_DAEMON_ADDRESS", ""), ("RUST_LOG", "")]).unwrap();
        assert_eq!(config.daemon, DaemonAddress::default());
        assert_eq!(
            (config.service_name.as_str(), config.exporter),
            ("shop", Exporter::Xray)
        );
    }

    #[test]
    fn the_name_for_aws_takes_precedence_over_opentelemetry_and_the_resource() {
        let resource = (
            "OTEL_RESOURCE_ATTRIBUTES",
            "service.name=c,k8s.pod.name=p%2C1,service.version=2",
        );
        let config = read(&[resource]).unwrap();
        assert_eq!(
            (
                config.service_name.as_str(),
                config.service_version.as_str()
            ),
            ("c", "2")
        );
        assert_eq!(
            config.resource,
            [("k8s.pod.name".to_owned(), "p,1".to_owned())]
        );
        assert_eq!(
            read(&[resource, ("OTEL_SERVICE_NAME", "b")])
                .unwrap()
                .service_name,
            "b"
        );
        let all = [
            resource,
            ("OTEL_SERVICE_NAME", "b"),
            ("AWS_XRAY_TRACING_NAME", "a"),
        ];
        assert_eq!(read(&all).unwrap().service_name, "a");
    }

    #[test]
    fn either_flag_turns_tracing_off() {
        for flag in ["AWS_XRAY_SDK_DISABLED", "OTEL_SDK_DISABLED"] {
            assert_eq!(read(&[(flag, "TRUE")]).unwrap().exporter, Exporter::None);
            assert_eq!(read(&[(flag, "false")]).unwrap().exporter, Exporter::Xray);
        }
    }

    #[test]
    fn otlp_variables_are_read_only_with_the_otlp_exporter() {
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://agent:4318");
        let protocol = ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json");
        let otlp = ("OTEL_TRACES_EXPORTER", "otlp");
        assert_eq!(
            read(&[endpoint, protocol]).unwrap().exporter,
            Exporter::Xray
        );
        let error = read(&[endpoint, protocol, otlp]).unwrap_err();
        assert_eq!(error.mistakes.len(), 2, "{error}");
        let agent = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://agent:4318");
        let config = read(&[agent, otlp]).unwrap();
        let expected = "http://agent:4318/v1/traces".parse().unwrap();
        assert_eq!(config.exporter, Exporter::Otlp(expected));
        let off = ("OTEL_SDK_DISABLED", "true");
        assert_eq!(read(&[agent, otlp, off]).unwrap().exporter, Exporter::None);
    }

    #[test]
    fn every_mistake_is_named_with_its_value_in_one_start() {
        let wrong = [
            ("AWS_XRAY_DAEMON_ADDRESS", "daemon"),
            ("AWS_XRAY_SDK_DISABLED", "yes"),
            ("OTEL_SDK_DISABLED", "1"),
            ("OTEL_TRACES_EXPORTER", "jaeger"),
            ("OTEL_TRACES_SAMPLER", "sometimes"),
            ("OTEL_RESOURCE_ATTRIBUTES", "a=%zz"),
            ("RUST_LOG", "x=loud"),
        ];
        let error = read(&wrong).unwrap_err();
        assert_eq!(error.mistakes.len(), wrong.len(), "{error}");
        for (variable, value) in wrong {
            assert!(
                error
                    .to_string()
                    .contains(&format!("{variable}={value:?}: ")),
                "{error}"
            );
        }
    }
}
