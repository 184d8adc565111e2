//! Collects evidence about the canary.

use std::{
    io::ErrorKind,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use reqwest::Url;
use segment::{HostPort, datagram::RefusedDatagram};
use serde_json::{Value, json};
use tokio::{
    net::{UdpSocket, lookup_host},
    time::{Instant, sleep, timeout},
};

use super::{
    aws,
    canary::Canary,
    collector::{self, Collector},
    invalid::Invalid,
    settings::{Rules, Settings},
};
use crate::command::client::{Client, NoAnswer};

/// How long a name may take to resolve.
const LOOKUP: Duration = Duration::from_secs(5);
/// How long to wait for the report that a port is closed.
const REFUSAL: Duration = Duration::from_millis(300);
/// How often the console is called, and the aws CLI.
const ASK_EVERY: Duration = Duration::from_millis(50);
const ASK_AWS_EVERY: Duration = Duration::from_secs(2);

/// Where to look for the canary.
#[derive(Debug, Clone)]
pub(super) enum Witness {
    /// At the receiver of the canary, which may be a console.
    Receiver,
    /// A console somewhere else.
    Console(Url),
    /// X-Ray.
    Aws,
}

/// All evidence.
#[derive(Debug)]
pub(super) struct Evidence {
    pub(super) settings: Result<Settings, Invalid>,
    /// None if there is no address to send to.
    pub(super) followed: Option<Followed>,
}

/// The evidence about the canary.
#[derive(Debug, Clone)]
pub(super) struct Followed {
    pub(super) trace: String,
    /// The names on the way and their addresses, the canary's target first.
    pub(super) names: Vec<(HostPort, Result<SocketAddr, String>)>,
    /// The result of sending it; none if there was no address.
    pub(super) sent: Option<Sent>,
    /// Where it was looked for, in words.
    pub(super) witness: String,
    /// Whether that is the receiver of the canary.
    pub(super) is_receiver: bool,
    pub(super) arrival: Arrival,
    pub(super) visible: Visible,
    /// The number of rules received; none if they were not requested.
    pub(super) sampling: Option<Result<usize, NoAnswer>>,
}

/// The result of sending the canary.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Sent {
    /// No response, which is all that UDP gives on success.
    NoResponse,
    /// The host reported that the UDP port is closed.
    Refused,
    /// This host could not send the datagram.
    Failed(String),
    /// The collector's answer.
    Posted(Result<Value, NoAnswer>),
}

impl Sent {
    /// Whether it may have arrived; if not, there is no need to wait for it.
    fn may_have_arrived(&self) -> bool {
        matches!(self, Self::NoResponse | Self::Posted(Ok(_)))
    }
}

/// What the console reports about the canary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Arrival {
    /// It accepted the canary.
    Accepted,
    /// It refused the header line, or the document.
    HeaderRefused(String),
    DocumentRefused(String),
    /// It has not received it, although it listens there for segments.
    Absent(String),
    /// The receiver does not report such things.
    NotReported,
}

/// Whether the trace can be read.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Visible {
    Yes,
    /// Not within this time.
    No(Duration),
    NoAnswer(NoAnswer),
    /// The error of the aws CLI.
    AwsFailed(String),
}

impl Evidence {
    /// Sends the canary and looks for it.
    pub(super) async fn gather(
        settings: Result<Settings, Invalid>,
        canary: &Canary,
        witness: Witness,
        timeout: Duration,
    ) -> Result<Self, reqwest::Error> {
        let followed = match &settings {
            Ok(settings) => Some(Followed::follow(settings, canary, witness, timeout).await?),
            Err(_) => None,
        };
        Ok(Self { settings, followed })
    }
}

impl Followed {
    async fn follow(
        settings: &Settings,
        canary: &Canary,
        witness: Witness,
        timeout: Duration,
    ) -> Result<Self, reqwest::Error> {
        let names = names(settings).await;
        let receiver = Client::new(receiver(settings))?;
        let sent = match (&settings.otlp, &names[0].1) {
            (_, Err(_)) => None,
            (None, Ok(udp)) => Some(send(*udp, &canary.datagram).await),
            (Some(collector), Ok(_)) => Some(Sent::Posted(post(collector, canary).await?)),
        };
        let is_named = names.iter().all(|(_, found)| found.is_ok());
        let sampling = match &settings.rules {
            Rules::Asked(whom) if is_named => Some(rules(&Client::new(base_of(whom))?).await),
            _ => None,
        };
        let timeout = match &sent {
            Some(sent) if sent.may_have_arrived() => timeout,
            _ => Duration::ZERO,
        };
        let is_receiver = matches!(witness, Witness::Receiver);
        let (witness, (arrival, visible)) = match witness {
            Witness::Aws => {
                let visible = look_at_aws(canary, timeout).await;
                ("X-Ray".to_owned(), (Arrival::NotReported, visible))
            }
            Witness::Receiver => (
                receiver.to_string(),
                look_at(&receiver, canary, timeout).await,
            ),
            Witness::Console(url) => {
                let console = Client::new(url)?;
                (
                    console.to_string(),
                    look_at(&console, canary, timeout).await,
                )
            }
        };
        Ok(Self {
            trace: canary.trace.to_string(),
            names,
            sent,
            witness,
            is_receiver,
            arrival,
            visible,
            sampling,
        })
    }
}

/// Resolves all names on the way.
async fn names(settings: &Settings) -> Vec<(HostPort, Result<SocketAddr, String>)> {
    let address = &settings.address;
    let to = match &settings.otlp {
        Some(collector) => vec![collector::host_and_port(collector.otlp.url())],
        None if address.tcp == address.udp => vec![address.udp.clone()],
        None => vec![address.udp.clone(), address.tcp.clone()],
    };
    let mut names = Vec::new();
    for name in to {
        let found = resolve(&name).await;
        names.push((name, found));
    }
    names
}

/// Returns the base URL of what may be a console: the collector, or the daemon's TCP port.
fn receiver(settings: &Settings) -> Url {
    match &settings.otlp {
        Some(collector) => base_of(&collector::host_and_port(collector.otlp.url())),
        None => base_of(&settings.address.tcp),
    }
}

/// Sends the canary as a span, as JSON: receivers of OTLP over HTTP must accept both formats.
async fn post(
    collector: &Collector,
    canary: &Canary,
) -> Result<Result<Value, NoAnswer>, reqwest::Error> {
    let client =
        Client::with_headers(collector.otlp.url().clone(), collector.otlp.headers.clone())?;
    Ok(client
        .post(collector.otlp.url().path(), &canary.spans)
        .await)
}

/// Returns the first of the addresses, which services use.
async fn resolve(of: &HostPort) -> Result<SocketAddr, String> {
    let found = timeout(LOOKUP, lookup_host((of.host.as_str(), of.port))).await;
    let mut found = found
        .map_err(|_| format!("no answer within {} s", LOOKUP.as_secs()))?
        .map_err(|error| error.to_string())?;
    found
        .next()
        .ok_or_else(|| "it does not resolve to an address".to_owned())
}

async fn send(to: SocketAddr, datagram: &[u8]) -> Sent {
    let own: IpAddr = if to.is_ipv4() {
        Ipv4Addr::UNSPECIFIED.into()
    } else {
        Ipv6Addr::UNSPECIFIED.into()
    };
    let sent = async {
        let socket = UdpSocket::bind((own, 0)).await?;
        socket.connect(to).await?;
        socket.send(datagram).await?;
        // A daemon never answers; a response is the host's report that the port is closed.
        match timeout(REFUSAL, socket.recv(&mut [0; 1])).await {
            Ok(Err(error)) => Err(error),
            Ok(Ok(_)) | Err(_) => Ok(()),
        }
    };
    match sent.await {
        Ok(()) => Sent::NoResponse,
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => Sent::Refused,
        Err(error) => Sent::Failed(error.to_string()),
    }
}

fn base_of(tcp: &HostPort) -> Url {
    // A host name that is not valid in a URL does not resolve either, which is reported there.
    let nowhere = || Url::parse("http://daemon.invalid").expect("it is a URL");
    Url::parse(&format!("http://{tcp}")).unwrap_or_else(|_| nowhere())
}

async fn rules(daemon: &Client) -> Result<usize, NoAnswer> {
    let answer = daemon.post("/GetSamplingRules", &json!({})).await?;
    match answer["SamplingRuleRecords"].as_array() {
        Some(rules) => Ok(rules.len()),
        None => Err(NoAnswer::Unexpected(
            daemon.to_string(),
            "it has no SamplingRuleRecords".to_owned(),
        )),
    }
}

/// Asks a console until it has accepted or refused the canary, or the timeout has passed.
async fn look_at(console: &Client, canary: &Canary, timeout: Duration) -> (Arrival, Visible) {
    let listens = match console.get("/status").await {
        Ok(status) => status["address"]["udp"].as_str().map(str::to_owned),
        Err(_) => None,
    };
    let deadline = Instant::now() + timeout;
    loop {
        let visible = match is_there(console, canary).await {
            Ok(true) => return (Arrival::Accepted, Visible::Yes),
            Ok(false) => Visible::No(timeout),
            Err(error) => Visible::NoAnswer(error),
        };
        let Some(listens) = &listens else {
            // It is not a console: only the API can show the canary, if it answers.
            if matches!(visible, Visible::NoAnswer(_)) || Instant::now() >= deadline {
                return (Arrival::NotReported, visible);
            }
            sleep(ASK_EVERY).await;
            continue;
        };
        let arrival = on_the_wire(console, canary).await;
        let is_refused = matches!(
            arrival,
            Some(Arrival::HeaderRefused(_) | Arrival::DocumentRefused(_))
        );
        if is_refused || Instant::now() >= deadline {
            let arrival = arrival.unwrap_or_else(|| Arrival::Absent(listens.clone()));
            return (arrival, visible);
        }
        sleep(ASK_EVERY).await;
    }
}

async fn is_there(console: &Client, canary: &Canary) -> Result<bool, NoAnswer> {
    let request = json!({ "TraceIds": [canary.trace.to_string()] });
    let answer = console.post("/Traces", &request).await?;
    Ok(answer["Traces"]
        .as_array()
        .is_some_and(|traces| !traces.is_empty()))
}

/// Returns the console's result for the canary; none if it has not received it.
async fn on_the_wire(console: &Client, canary: &Canary) -> Option<Arrival> {
    let wire = console.get("/wire").await.ok()?;
    let entry = wire["datagrams"]
        .as_array()?
        .iter()
        .find(|entry| canary.is(entry))?;
    Some(arrival(entry))
}

fn arrival(entry: &Value) -> Arrival {
    let reason = entry["reason"].as_str().unwrap_or_default();
    let code = reason.split(':').next().unwrap_or_default();
    let is_header = RefusedDatagram::ALL
        .iter()
        .any(|refused| refused.code() == code);
    match entry["verdict"].as_str() {
        Some("accepted" | "warned") => Arrival::Accepted,
        _ if is_header => Arrival::HeaderRefused(reason.to_owned()),
        _ => Arrival::DocumentRefused(reason.to_owned()),
    }
}

async fn look_at_aws(canary: &Canary, timeout: Duration) -> Visible {
    let deadline = Instant::now() + timeout;
    loop {
        match aws::has(canary.trace).await {
            Ok(true) => return Visible::Yes,
            Ok(false) if Instant::now() >= deadline => return Visible::No(timeout),
            Ok(false) => sleep(ASK_AWS_EVERY.min(timeout)).await,
            Err(error) => return Visible::AwsFailed(error),
        }
    }
}
