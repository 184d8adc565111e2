//! What is seen of the canary on its way.

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
/// How long the host of a closed port may take to say so.
const REFUSAL: Duration = Duration::from_millis(300);
/// How often the console is asked, and the aws CLI.
const ASK_EVERY: Duration = Duration::from_millis(50);
const ASK_AWS_EVERY: Duration = Duration::from_secs(2);

/// Who is asked whether the canary has arrived.
#[derive(Debug, Clone)]
pub(super) enum Witness {
    /// Whoever the canary is sent to, which may be a console.
    Receiver,
    /// A console somewhere else.
    Console(Url),
    /// X-Ray.
    Aws,
}

/// All that was seen.
#[derive(Debug)]
pub(super) struct Evidence {
    pub(super) settings: Result<Settings, Invalid>,
    /// Nothing if there is no address to send to.
    pub(super) followed: Option<Followed>,
}

/// What was seen of the canary.
#[derive(Debug, Clone)]
pub(super) struct Followed {
    pub(super) trace: String,
    /// The names on the way with their addresses: first that to which the canary is sent.
    pub(super) names: Vec<(HostPort, Result<SocketAddr, String>)>,
    /// What became of sending it; nothing if there was no address.
    pub(super) sent: Option<Sent>,
    /// Who was asked, in words.
    pub(super) witness: String,
    /// Whether that is whoever the canary was sent to.
    pub(super) is_receiver: bool,
    pub(super) arrival: Arrival,
    pub(super) visible: Visible,
    /// How many rules were answered; nothing if nobody was asked.
    pub(super) sampling: Option<Result<usize, NoAnswer>>,
}

/// What was said when the canary was sent.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Sent {
    /// Nothing, which is all that UDP ever says of a success.
    Silently,
    /// The host answered that nobody listens at that UDP port.
    Refused,
    /// This host did not send the datagram.
    Failed(String),
    /// What the collector answered.
    Posted(Result<Value, NoAnswer>),
}

impl Sent {
    /// Whether it may have arrived: what cannot have needs no waiting for.
    fn may_have_arrived(&self) -> bool {
        matches!(self, Self::Silently | Self::Posted(Ok(_)))
    }
}

/// What the console says of the canary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Arrival {
    /// It took it.
    Taken,
    /// It refused the header line, or the document.
    HeaderRefused(String),
    DocumentRefused(String),
    /// It has not seen it; it listens there for segments.
    Absent(String),
    /// Who was asked does not know such things.
    Untold,
}

/// Whether the trace can be read.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Visible {
    Yes,
    /// Not within this time.
    No(Duration),
    NoAnswer(NoAnswer),
    /// What the aws CLI said.
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
                ("X-Ray".to_owned(), (Arrival::Untold, visible))
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

/// Resolves every name on the way.
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

/// Sends the canary as a span, as JSON: what takes OTLP over HTTP takes both forms.
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

/// Returns the first of the addresses: where services send.
async fn resolve(of: &HostPort) -> Result<SocketAddr, String> {
    let found = timeout(LOOKUP, lookup_host((of.host.as_str(), of.port))).await;
    let mut found = found
        .map_err(|_| format!("no answer within {} s", LOOKUP.as_secs()))?
        .map_err(|error| error.to_string())?;
    found.next().ok_or_else(|| "it has no address".to_owned())
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
        // A daemon never answers; what comes is the host's word that the port is closed.
        match timeout(REFUSAL, socket.recv(&mut [0; 1])).await {
            Ok(Err(error)) => Err(error),
            Ok(Ok(_)) | Err(_) => Ok(()),
        }
    };
    match sent.await {
        Ok(()) => Sent::Silently,
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => Sent::Refused,
        Err(error) => Sent::Failed(error.to_string()),
    }
}

fn base_of(tcp: &HostPort) -> Url {
    // A host name that is no part of a URL cannot be resolved either, and is told there.
    let nowhere = || Url::parse("http://daemon.invalid").expect("it is a URL");
    Url::parse(&format!("http://{tcp}")).unwrap_or_else(|_| nowhere())
}

async fn rules(daemon: &Client) -> Result<usize, NoAnswer> {
    let answer = daemon.post("/GetSamplingRules", &json!({})).await?;
    match answer["SamplingRuleRecords"].as_array() {
        Some(rules) => Ok(rules.len()),
        None => Err(NoAnswer::Strange(
            daemon.to_string(),
            "there are no SamplingRuleRecords in it".to_owned(),
        )),
    }
}

/// Asks a console until it has taken or refused the canary, or the timeout has passed.
async fn look_at(console: &Client, canary: &Canary, timeout: Duration) -> (Arrival, Visible) {
    let listens = match console.get("/status").await {
        Ok(status) => status["address"]["udp"].as_str().map(str::to_owned),
        Err(_) => None,
    };
    let deadline = Instant::now() + timeout;
    loop {
        let visible = match is_there(console, canary).await {
            Ok(true) => return (Arrival::Taken, Visible::Yes),
            Ok(false) => Visible::No(timeout),
            Err(error) => Visible::NoAnswer(error),
        };
        let Some(listens) = &listens else {
            // No console: only the API can show it, if it answers at all.
            if matches!(visible, Visible::NoAnswer(_)) || Instant::now() >= deadline {
                return (Arrival::Untold, visible);
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

/// Reads the console's verdict; nothing if it has not seen the canary.
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
        Some("accepted" | "warned") => Arrival::Taken,
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
