//! The console, the back end and the front end as `make run` starts them, or only the two services.

use std::net::SocketAddr;

use crate::{Console, Program, Result};

/// The three programs on free ports.
#[derive(Debug)]
pub struct Stack {
    /// The console.
    pub console: Console,
    /// The back end.
    pub back: Program,
    /// Its address.
    pub back_address: SocketAddr,
    /// The front end.
    pub front: Program,
    /// Its address.
    pub front_address: SocketAddr,
}

impl Stack {
    /// Starts all three.
    ///
    /// # Errors
    ///
    /// If one does not start.
    pub async fn start() -> Result<Self> {
        Self::with_console(Console::start().await?).await
    }

    /// Starts the services for a console that is already running.
    ///
    /// # Errors
    ///
    /// Returns an error if one does not start.
    pub async fn with_console(console: Console) -> Result<Self> {
        let daemon = console.address.to_string();
        let (back, back_address) = start_back("127.0.0.1:0", &daemon).await?;
        let (front, front_address) =
            start_front(&format!("http://{back_address}"), &daemon, &console.url("")).await?;
        Ok(Self {
            console,
            back,
            back_address,
            front,
            front_address,
        })
    }

    /// Returns the URL of a path of the front end.
    pub fn front_url(&self, path: &str) -> String {
        format!("http://{}{path}", self.front_address)
    }

    /// Restarts the back end at its address.
    ///
    /// # Errors
    ///
    /// Returns an error if it does not start.
    pub async fn restart_back(&mut self) -> Result<()> {
        let (back, address) = start_back(
            &self.back_address.to_string(),
            &self.console.address.to_string(),
        )
        .await?;
        (self.back, self.back_address) = (back, address);
        Ok(())
    }
}

/// The back end and the front end, running with variables that the test sets.
#[derive(Debug)]
pub struct Pair {
    /// The back end.
    pub back: Program,
    /// The front end.
    pub front: Program,
    /// Its address.
    pub front_address: SocketAddr,
}

impl Pair {
    /// Starts both on free ports, connected, with these variables added.
    ///
    /// # Errors
    ///
    /// Returns an error if one does not start.
    pub async fn start(variables: &[(&str, &str)]) -> Result<Self> {
        let variables = [&[("LISTEN_ADDRESS", "127.0.0.1:0")], variables].concat();
        let (back, address) = start_service("backend", &variables).await?;
        let backend_url = format!("http://{address}");
        let variables = [&variables[..], &[("BACKEND_URL", &backend_url)]].concat();
        let (front, front_address) = start_service("frontend", &variables).await?;
        Ok(Self {
            back,
            front,
            front_address,
        })
    }
}

/// Traces every request, whether the console's sampling rules have arrived or not.
const TRACE_ALL: (&str, &str) = ("OTEL_TRACES_SAMPLER", "parentbased_always_on");

/// Starts the back end, which traces every request, and waits until it listens.
///
/// # Errors
///
/// If it does not.
pub async fn start_back(listen: &str, daemon: &str) -> Result<(Program, SocketAddr)> {
    let variables = [
        ("LISTEN_ADDRESS", listen),
        ("AWS_XRAY_DAEMON_ADDRESS", daemon),
        ("POD_NAME", "back"),
        TRACE_ALL,
        ("FAULTS", "true"),
    ];
    start_service("backend", &variables).await
}

/// Starts the front end, which traces every request, and waits until it listens.
///
/// # Errors
///
/// If it does not.
pub async fn start_front(
    backend_url: &str,
    daemon: &str,
    console_url: &str,
) -> Result<(Program, SocketAddr)> {
    let variables = [
        ("LISTEN_ADDRESS", "127.0.0.1:0"),
        ("AWS_XRAY_DAEMON_ADDRESS", daemon),
        ("POD_NAME", "front"),
        TRACE_ALL,
        ("FAULTS", "true"),
        ("BACKEND_URL", backend_url),
        ("XRAY_CONSOLE_URL", console_url),
    ];
    start_service("frontend", &variables).await
}

/// Starts `backend` or `frontend` with variables and waits until it listens.
///
/// # Errors
///
/// If it does not.
pub async fn start_service(
    name: &'static str,
    variables: &[(&str, &str)],
) -> Result<(Program, SocketAddr)> {
    let mut service = Program::start(name, &[], variables)?;
    let address = service.line(listening).await?;
    Ok((service, address))
}

/// Reads the address from the log line of a service that listens.
fn listening(line: &str) -> Option<SocketAddr> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    (line["message"] == "listening").then(|| line["address"].as_str()?.parse().ok())?
}
