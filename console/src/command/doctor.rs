//! `console doctor`: follows one test segment, the canary, hop by hop, and names the hop that fails.
//!
//! It first collects evidence (`evidence`), then judges it (`diagnosis`): a hop is broken only if it is the cause;
//! hops after a broken one were not reached.

mod aws;
mod canary;
mod collector;
mod diagnosis;
mod evidence;
mod invalid;
mod misspelt;
mod report;
mod settings;

use std::{
    error::Error,
    time::{Duration, SystemTime},
};

use clap::Args;
use reqwest::Url;

use super::{
    client::base_url,
    terminal::{Colours, Style},
};
use canary::Canary;
use diagnosis::Health;
use evidence::{Evidence, Witness};

/// How long the canary may take to a console, and to X-Ray itself.
const TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT_AWS: Duration = Duration::from_secs(60);

const AFTER_HELP: &str = "\
It reads the variables that a traced service reads: AWS_XRAY_DAEMON_ADDRESS, AWS_XRAY_SDK_DISABLED, OTEL_SDK_DISABLED,
OTEL_TRACES_EXPORTER, OTEL_EXPORTER_OTLP_ENDPOINT and related variables, OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG,
AWS_XRAY_SAMPLING_RULES. Run it where the service runs, or use --daemon. With HOST_IP (in a pod: status.hostIP) it can
tell whether the daemon is the node's own.

The canary is a segment named console-doctor, or with OTEL_TRACES_EXPORTER=otlp a span: it appears on the service map,
and X-Ray bills it as one trace.

Exit code: 0 if the canary was seen at the end, 1 if a hop is broken, 3 if no hop is known to be broken but the canary
could not be followed to the end, 2 if an argument is invalid.";

/// The options of `console doctor`.
#[derive(Debug, Clone, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Options {
    /// The daemon's address, instead of `AWS_XRAY_DAEMON_ADDRESS`: host:port, or tcp:host:port udp:host:port. The
    /// canary is then sent to the daemon, whatever `OTEL_TRACES_EXPORTER` says.
    #[arg(long, value_name = "ADDRESS")]
    daemon: Option<String>,

    /// The console that must show the canary. By default, the daemon or collector is assumed to be one.
    #[arg(long, value_name = "URL", value_parser = base_url, conflicts_with = "aws")]
    console: Option<Url>,

    /// Ask X-Ray itself for the canary, with the aws CLI and its credentials (xray:BatchGetTraces).
    #[arg(long)]
    aws: bool,

    /// How long to wait for the canary; by default 5 for a console, 60 with --aws.
    #[arg(long, value_name = "SECONDS")]
    wait: Option<u16>,

    /// Write JSON instead of lines.
    #[arg(long)]
    json: bool,

    /// When to use colours. `auto` depends on the terminal and `NO_COLOR`.
    #[arg(long, value_enum, default_value_t)]
    color: Colours,
}

/// The result of `console doctor`.
#[derive(Debug)]
pub struct Said {
    /// Lines or JSON.
    pub text: String,
    /// The program's exit code.
    pub code: u8,
}

/// Follows a canary. `variable` looks up an environment variable.
///
/// # Errors
///
/// Returns an error only if this process fails; problems of the pipeline are in the report.
pub async fn run(
    options: Options,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Said, Box<dyn Error>> {
    let style = Style::of_stdout(None, options.color, &variable);
    let timeout = if options.aws { TIMEOUT_AWS } else { TIMEOUT };
    let timeout = options
        .wait
        .map_or(timeout, |seconds| Duration::from_secs(seconds.into()));
    let witness = match (options.aws, options.console) {
        (true, _) => Witness::Aws,
        (false, None) => Witness::Receiver,
        (false, Some(url)) => Witness::Console(url),
    };
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut settings = settings::read(options.daemon.as_deref(), &variable);
    if let Ok(settings) = &mut settings {
        let misspelt = misspelt::among(names).into_iter();
        let words = misspelt.map(|(name, meant)| format!("; {name} is ignored: is {meant} meant?"));
        settings.source.extend(words);
    }
    let canary = Canary::new(rand::random(), rand::random(), SystemTime::now().into());
    let evidence = Evidence::gather(settings, &canary, witness, timeout).await?;
    let findings = diagnosis::diagnose(&evidence);
    let health = Health::of(&findings);
    let text = if options.json {
        report::json(&evidence, &findings, health)
    } else {
        report::lines(&evidence, &findings, health, style)
    };
    Ok(Said {
        text,
        code: health.code(),
    })
}
