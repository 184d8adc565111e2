//! The console's settings: flags, or environment variables.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use clap::Parser;
use segment::HostPort;

/// The default address, to which every X-Ray SDK sends by default.
const DEFAULT_LISTEN: &str = "127.0.0.1:2000";
/// The default number of traces to keep.
const DEFAULT_MAX_TRACES: usize = 100_000;
/// The default number of bytes for the stored traces: 256 MiB.
const DEFAULT_MAX_BYTES: usize = 256 * 1024 * 1024;

/// Most bytes on disk if nothing else is said: 1 GiB.
const DEFAULT_MAX_DISK: u64 = 1024 * 1024 * 1024;
/// The least that makes sense: 16 MiB.
const LEAST_DISK: u64 = 16 * 1024 * 1024;

const AFTER_HELP: &str = "\
Point any X-Ray SDK at it:   AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:2000
Point OpenTelemetry at it:   OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 (HTTP), http://127.0.0.1:4317 (gRPC)
Point AWS's clients at it:   aws xray get-service-graph --endpoint-url http://127.0.0.1:2000 …
Look at the traces:          http://127.0.0.1:2000

When datagrams arrive faster than they are read, the kernel drops those for which its buffer has no room. The
console asks for a buffer of 16 MiB and gets as much as the system allows (`receive_buffer` in
/status). To allow it:
    Linux   sudo sysctl -w net.core.rmem_max=16777216
    macOS   sudo sysctl -w kern.ipc.maxsockbuf=33554432
Datagrams that the kernel still drops are counted as `dropped_by_socket`.

The log follows RUST_LOG (default: info).";

/// Receives X-Ray segments like the X-Ray daemon, answers the X-Ray API, and shows the traces on a page.
#[derive(Debug, Clone, Parser)]
#[command(name = "console", version, about, after_help = AFTER_HELP)]
pub struct Config {
    /// Address for segments (UDP) and for the X-Ray API and the page (TCP). Port 0 takes a free one.
    #[arg(long, env = "XRAY_CONSOLE_LISTEN", value_name = "ADDRESS", default_value = DEFAULT_LISTEN, value_parser = address)]
    pub listen: SocketAddr,

    /// A further TCP address for OTLP over HTTP (POST /v1/traces), which the first one takes too, or `off`. Without
    /// the flag it is 127.0.0.1:4318, where exporters look, if that is free.
    #[arg(long, env = "XRAY_CONSOLE_OTLP", value_name = "ADDRESS", value_parser = further)]
    pub otlp: Option<Further>,

    /// The TCP address for OTLP over gRPC, or `off`. Without the flag it is 127.0.0.1:4317, where exporters look, if
    /// that is free.
    #[arg(long, env = "XRAY_CONSOLE_OTLP_GRPC", value_name = "ADDRESS", value_parser = further)]
    pub otlp_grpc: Option<Further>,

    /// An X-Ray daemon to which every datagram is forwarded.
    #[arg(long, env = "XRAY_CONSOLE_FORWARD", value_name = "HOST:PORT", value_parser = host_port)]
    pub forward: Option<HostPort>,

    /// Most traces to keep. The oldest are dropped for new ones.
    #[arg(long, env = "XRAY_CONSOLE_MAX_TRACES", value_name = "COUNT", default_value_t = DEFAULT_MAX_TRACES, value_parser = at_least_one)]
    pub max_traces: usize,

    /// Most bytes of memory for the traces and their summaries. The oldest are dropped for new ones. Waiting datagrams may take a
    /// quarter of this besides; with questions, bodies and answers the process needs at most twice this and 32 MiB.
    #[arg(long, env = "XRAY_CONSOLE_MAX_BYTES", value_name = "BYTES", default_value_t = DEFAULT_MAX_BYTES, value_parser = at_least_one)]
    pub max_bytes: usize,

    /// A folder where traces, rules, groups and tags are kept, so that they outlive the console: it is made, or goes on
    /// with what an earlier console kept there. A quarter of the memory for traces is for what lists and maps need of
    /// older ones, which they read from there; they say which part of a time range they lack. A trace is found by its id
    /// wherever it is.
    #[arg(long, env = "XRAY_CONSOLE_DATA", value_name = "FOLDER")]
    pub data: Option<PathBuf>,

    /// Most bytes that the files in that folder may have, at least 16777216. The oldest eighth makes room.
    #[arg(long, env = "XRAY_CONSOLE_MAX_DISK", value_name = "BYTES", default_value_t = DEFAULT_MAX_DISK, value_parser = disk_bytes)]
    pub max_disk: u64,

    /// A file with the services' log lines, `-` for the standard input (repeat it or separate by commas). A
    /// trace shows those that name it by `traceId` or `trace_id`. A file may not exist yet, be replaced or
    /// be truncated. The last 100000 lines are held, of 32 MiB at most.
    #[arg(long, env = "XRAY_CONSOLE_LOGS", value_name = "FILE", value_delimiter = ',', value_parser = log_file)]
    pub logs: Vec<PathBuf>,

    /// A host name by which this console may be called, besides localhost and IP addresses (repeat it or separate by
    /// commas). Requests with other names get 403, so that no other web site can read traces (DNS rebinding).
    #[arg(long = "allow-host", env = "XRAY_CONSOLE_ALLOW_HOST", value_name = "HOST", value_delimiter = ',', value_parser = host)]
    pub allowed_hosts: Vec<String>,

    /// Open the page in a browser.
    #[arg(long)]
    pub open: bool,

    /// Refuse what X-Ray would refuse and a console usually takes: time ranges of more than 6 hours or that begin more
    /// than 30 days ago, documents of more than 30 days ago, more than 5 traces at a time, and a batch of sampling
    /// statistics for one that is odd.
    #[arg(long, env = "XRAY_CONSOLE_STRICT")]
    pub strict: bool,
}

/// An address besides the first one, as somebody wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Further {
    /// Here, or the console does not start.
    At(SocketAddr),
    /// Nowhere.
    Off,
}

impl Default for Config {
    /// Returns the settings of a console that is started without flags, ignoring the environment.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 2000)),
            otlp: None,
            otlp_grpc: None,
            forward: None,
            max_traces: DEFAULT_MAX_TRACES,
            max_bytes: DEFAULT_MAX_BYTES,
            data: None,
            max_disk: DEFAULT_MAX_DISK,
            logs: Vec::new(),
            allowed_hosts: Vec::new(),
            open: false,
            strict: false,
        }
    }
}

/// Parses `address:port`; `localhost:port` and `:port` mean 127.0.0.1.
fn address(text: &str) -> Result<SocketAddr, String> {
    let (host, port) = text
        .rsplit_once(':')
        .ok_or("write ADDRESS:PORT, like 127.0.0.1:2000")?;
    if host.is_empty() || host == "localhost" {
        let port = port
            .parse()
            .map_err(|_| "the port must be a number from 0 to 65535")?;
        return Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    }
    text.parse().map_err(|_| {
        "write ADDRESS:PORT with an IP address and a port from 0 to 65535, like 127.0.0.1:2000 or [::1]:2000"
            .to_owned()
    })
}

fn further(text: &str) -> Result<Further, String> {
    if text == "off" {
        return Ok(Further::Off);
    }
    let or_off = |error| format!("{error}; or off");
    address(text).map(Further::At).map_err(or_off)
}

fn host_port(text: &str) -> Result<HostPort, String> {
    let error = || "write HOST:PORT, like xray-daemon:2000".to_owned();
    let address = text
        .parse::<segment::DaemonAddress>()
        .map_err(|_| error())?;
    Ok(address.udp)
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("must be at least 1".to_owned()),
        Ok(number) => Ok(number),
        Err(_) => Err("must be a whole number".to_owned()),
    }
}

fn disk_bytes(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(bytes @ LEAST_DISK..) => Ok(bytes),
        Ok(_) => Err(format!("must be at least {LEAST_DISK}")),
        Err(_) => Err("must be a whole number".to_owned()),
    }
}

/// Takes what may become a file; a folder never does.
fn log_file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.is_dir() {
        return Err(
            "it is a folder; write the name of a file, or - for the standard input".to_owned(),
        );
    }
    Ok(path)
}

fn host(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.contains(['/', ':', ' ']) {
        return Err("write a host name alone, without scheme and port".to_owned());
    }
    Ok(text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Config, clap::Error> {
        Config::try_parse_from([&["console"], arguments].concat())
    }

    #[test]
    fn addresses_are_read_in_their_short_forms_too() {
        for (text, address) in [
            ("127.0.0.1:0", "127.0.0.1:0"),
            (":2001", "127.0.0.1:2001"),
            ("localhost:2001", "127.0.0.1:2001"),
            ("[::1]:2000", "[::1]:2000"),
            ("0.0.0.0:2000", "0.0.0.0:2000"),
        ] {
            let config = parse(&["--listen", text]).unwrap();
            assert_eq!(config.listen.to_string(), address, "{text}");
        }
    }

    #[test]
    fn what_is_no_setting_is_named_with_what_is_accepted() {
        for (flag, value, remedy) in [
            ("--listen", "2000", "ADDRESS:PORT"),
            ("--listen", "127.0.0.1:70000", "65535"),
            ("--listen", "example.org:2000", "IP address"),
            ("--otlp", "on", "or off"),
            ("--otlp-grpc", "4317", "ADDRESS:PORT"),
            ("--forward", "nowhere", "HOST:PORT"),
            ("--max-traces", "0", "at least 1"),
            ("--max-bytes", "many", "whole number"),
            ("--max-disk", "1048576", "at least 16777216"),
            ("--max-disk", "1Gi", "whole number"),
            ("--logs", "/", "a folder"),
            ("--allow-host", "http://a/", "host name alone"),
        ] {
            let error = parse(&[flag, value]).unwrap_err().to_string();
            for part in [flag, value, remedy] {
                assert!(error.contains(part), "{part} is not in: {error}");
            }
        }
    }
}
