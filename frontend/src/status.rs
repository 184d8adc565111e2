//! `/status`: the state of tracing, for learners. Only if `FAULTS=true`.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use pod::Whereabouts;
use serde::Serialize;
use tokio::{net::lookup_host, time::timeout};
use xray::Exporter;

use crate::settings::Settings;

/// How long looking up the daemon's name may take.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(2);

/// The fixed values, and access to the counters.
#[derive(Debug, Clone)]
pub(crate) struct Status {
    tracing: xray::Tracing,
    /// The receiver of traces, and its `host:port`.
    receiver: Option<(Kind, String)>,
    pod: Pod,
}

/// The pod that answers.
#[derive(Debug, Clone, Serialize)]
struct Pod {
    name: String,
    #[serde(flatten)]
    whereabouts: Whereabouts,
    cluster: Option<String>,
}

/// The answer of `/status`.
#[derive(Debug, Serialize)]
pub(crate) struct Snapshot {
    /// None if nothing is traced.
    receiver: Option<Receiver>,
    sent: u64,
    /// Documents known to be lost.
    lost: u64,
    /// Checks that found no receiver; documents wait meanwhile.
    failed_probes: u64,
    /// Lost documents by reason.
    losses: BTreeMap<&'static str, u64>,
    pod: Pod,
}

/// The receiver of traces.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    /// The X-Ray daemon.
    Daemon,
    /// A collector that accepts OTLP.
    Collector,
}

/// The receiver and its address.
#[derive(Debug, Serialize)]
struct Receiver {
    kind: Kind,
    /// The configured address: `host:port`.
    address: String,
    /// The addresses that the name resolves to.
    resolves_to: Vec<SocketAddr>,
    /// Why the name does not resolve.
    error: Option<String>,
}

impl Status {
    pub(crate) fn new(tracing: &xray::Tracing, settings: &Settings) -> Self {
        let resource = &settings.tracing.resource;
        let cluster = resource.iter().find(|(name, _)| name == "k8s.cluster.name");
        Self {
            tracing: tracing.clone(),
            receiver: receiver(&settings.tracing),
            pod: Pod {
                name: settings.pod.pod_name.clone(),
                whereabouts: settings.pod.whereabouts.clone(),
                cluster: cluster.map(|(_, name)| name.clone()),
            },
        }
    }

    pub(crate) async fn now(&self) -> Snapshot {
        let receiver = match &self.receiver {
            Some((kind, address)) => Some(Receiver::find(*kind, address).await),
            None => None,
        };
        let delivery = self.tracing.delivery();
        Snapshot {
            receiver,
            sent: delivery.sent,
            lost: delivery.lost(),
            failed_probes: delivery.failed_probes,
            losses: delivery.losses().collect(),
            pod: self.pod.clone(),
        }
    }
}

fn receiver(tracing: &xray::Config) -> Option<(Kind, String)> {
    match &tracing.exporter {
        Exporter::Xray => Some((Kind::Daemon, tracing.daemon.udp.to_string())),
        Exporter::Otlp(otlp) => {
            let (host, port) = (otlp.url().host_str(), otlp.url().port_or_known_default());
            let address = format!("{}:{}", host.unwrap_or_default(), port.unwrap_or_default());
            Some((Kind::Collector, address))
        }
        Exporter::None => None,
    }
}

impl Receiver {
    async fn find(kind: Kind, address: &str) -> Self {
        let answer = match timeout(LOOKUP_TIMEOUT, lookup_host(address)).await {
            Ok(Ok(addresses)) => Ok(addresses.collect()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("no answer within {} s", LOOKUP_TIMEOUT.as_secs())),
        };
        let (resolves_to, error) = match answer {
            Ok(addresses) => (addresses, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        Self {
            kind,
            address: address.to_owned(),
            resolves_to,
            error,
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_has_words_for_every_reason_of_a_loss() {
        let script = include_str!("../page/status.js");
        for (reason, _) in xray::Delivery::default().losses() {
            assert!(script.contains(&format!("  {reason}: \"")), "{reason}");
        }
    }
}
