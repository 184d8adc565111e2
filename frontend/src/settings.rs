//! Flags and variables of the front end.

use std::net::{Ipv4Addr, SocketAddr};

use clap::Parser;
use reqwest::Url;
use xray::{InvalidEnvironment, Reader};

use crate::NAME;

/// The back end's address inside the cluster.
const DEFAULT_BACKEND_URL: &str = "http://x-ray-sample-back-k8s";

/// The front end of the X-Ray sample: a page that asks /api once per second.
#[derive(Debug, Parser)]
#[command(version, after_help = pod::variables_help())]
pub struct Args {
    /// IP address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, env = "LISTEN_ADDRESS", value_name = "ADDRESS")]
    listen: Option<String>,

    /// The back end, over plain http [default: <http://x-ray-sample-back-k8s>]
    #[arg(long, env = "BACKEND_URL", value_name = "URL")]
    backend_url: Option<String>,

    /// URL of the console; the page appends #/traces/ and the trace's id [default: no links]
    #[arg(long, env = "XRAY_CONSOLE_URL", value_name = "URL")]
    console_url: Option<String>,
}

/// All settings.
#[derive(Debug)]
pub struct Settings {
    /// How the service is traced.
    pub tracing: xray::Config,
    /// Where it listens, and which pod it is.
    pub pod: pod::Settings,
    /// `BACKEND_URL`: the URL that `/api` calls.
    pub backend_url: Url,
    /// `XRAY_CONSOLE_URL`: the target of the page's links.
    pub console_url: Option<Url>,
}

impl Settings {
    /// Reads flags and variables; a flag takes precedence over its variable.
    ///
    /// # Errors
    ///
    /// Returns one error that names every invalid value.
    pub fn read(
        args: &Args,
        env: &impl Fn(&str) -> Option<String>,
    ) -> Result<Self, InvalidEnvironment> {
        let env = |variable: &str| match variable {
            "LISTEN_ADDRESS" => args.listen.clone(),
            "BACKEND_URL" => args.backend_url.clone(),
            "XRAY_CONSOLE_URL" => args.console_url.clone(),
            _ => env(variable),
        };
        let mut reader = Reader::new(&env);
        let settings = Self {
            tracing: xray::Config::read(NAME, &mut reader),
            pod: pod::Settings::read(SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)), &mut reader),
            backend_url: reader
                .read("BACKEND_URL", backend_url)
                .unwrap_or_else(default_backend_url),
            console_url: reader.read("XRAY_CONSOLE_URL", console_url),
        };
        reader.finish(settings)
    }
}

fn default_backend_url() -> Url {
    Url::parse(DEFAULT_BACKEND_URL).expect("the default is a URL")
}

fn backend_url(value: &str) -> Result<Url, String> {
    let url = parse(value, "http://host:port")?;
    match url.scheme() {
        "http" if url.query().is_none() && url.fragment().is_none() => Ok(url),
        "http" => Err("write it without a query and a fragment, as http://host:port".to_owned()),
        "https" => {
            Err("TLS is not supported; write http://host:port and leave TLS to the mesh".to_owned())
        }
        _ => Err("write http://host:port".to_owned()),
    }
}

/// Accepts only HTTP: a link with another scheme could run a script in the page.
fn console_url(value: &str) -> Result<Url, String> {
    let url = parse(value, "http://localhost:2000")?;
    match url.scheme() {
        "http" | "https" if url.fragment().is_none() => Ok(url),
        "http" | "https" => {
            Err("write it without a fragment; the page appends #/traces/<id>".to_owned())
        }
        _ => Err("write an http or https URL".to_owned()),
    }
}

fn parse(value: &str, example: &str) -> Result<Url, String> {
    Url::parse(value)
        .map_err(|error| format!("{error}; write {example}"))
        .and_then(|url| match url.host_str() {
            Some(host) if !host.is_empty() => Ok(url),
            _ => Err(format!("it has no host; write {example}")),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_named_at_once() {
        let args = [
            "front",
            "--listen",
            "8080",
            "--backend-url",
            "https://back",
            "--console-url",
            "javascript:alert(1)",
        ];
        let env =
            |variable: &str| (variable == "AWS_XRAY_DAEMON_ADDRESS").then(|| "daemon".to_owned());
        let error = Settings::read(&Args::parse_from(args), &env).unwrap_err();
        let variables: Vec<_> = error
            .mistakes
            .iter()
            .map(|mistake| mistake.variable)
            .collect();
        assert_eq!(
            variables,
            [
                "AWS_XRAY_DAEMON_ADDRESS",
                "LISTEN_ADDRESS",
                "BACKEND_URL",
                "XRAY_CONSOLE_URL"
            ],
            "{error}"
        );
        assert!(
            error.to_string().contains("TLS is not supported"),
            "{error}"
        );
    }

    #[test]
    fn urls_that_are_no_http_url_of_a_host_are_refused() {
        for url in [
            "back",
            "back:8080",
            "http://",
            "ftp://back",
            "http://back?slow=true",
            "http://back/#x",
        ] {
            assert!(backend_url(url).is_err(), "{url}");
        }
        assert_eq!(
            backend_url("http://[::1]:8081").unwrap().as_str(),
            "http://[::1]:8081/"
        );
        let aws = "https://eu-west-1.console.aws.amazon.com/xray/home?region=eu-west-1";
        assert_eq!(console_url(aws).unwrap().as_str(), aws);
    }
}
