//! `/status`: what tracing does here, for the page of somebody who learns. Only where `FAULTS=true`.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use pod::Whereabouts;
use serde::Serialize;
use tokio::{net::lookup_host, time::timeout};

use crate::settings::Settings;

/// How long looking up the daemon's name may take.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(2);

/// What does not change, and where the counters are.
#[derive(Debug, Clone)]
pub(crate) struct Status {
    tracing: xray::Tracing,
    daemon: String,
    pod: Pod,
}

/// Which pod answers.
#[derive(Debug, Clone, Serialize)]
struct Pod {
    name: String,
    #[serde(flatten)]
    whereabouts: Whereabouts,
    cluster: Option<String>,
}

/// What `/status` answers.
#[derive(Debug, Serialize)]
pub(crate) struct Now {
    daemon: Daemon,
    sent: u64,
    /// Documents known to be lost.
    lost: u64,
    /// Every counter of the delivery, by its name.
    delivery: BTreeMap<&'static str, u64>,
    pod: Pod,
}

/// The node daemon.
#[derive(Debug, Serialize)]
struct Daemon {
    /// As it was set: `host:port`.
    address: String,
    /// What the name stands for at the moment.
    resolves_to: Vec<SocketAddr>,
    /// Why it stands for nothing.
    error: Option<String>,
}

impl Status {
    pub(crate) fn new(tracing: &xray::Tracing, settings: &Settings) -> Self {
        let resource = &settings.tracing.resource;
        let cluster = resource.iter().find(|(name, _)| name == "k8s.cluster.name");
        Self {
            tracing: tracing.clone(),
            daemon: settings.tracing.daemon.udp.to_string(),
            pod: Pod {
                name: settings.pod.pod_name.clone(),
                whereabouts: settings.pod.whereabouts.clone(),
                cluster: cluster.map(|(_, name)| name.clone()),
            },
        }
    }

    pub(crate) async fn now(&self) -> Now {
        let delivery = self.tracing.delivery();
        Now {
            daemon: resolve(&self.daemon).await,
            sent: delivery.sent,
            lost: delivery.lost(),
            delivery: delivery.counters().collect(),
            pod: self.pod.clone(),
        }
    }
}

async fn resolve(address: &str) -> Daemon {
    let answer = match timeout(LOOKUP_TIMEOUT, lookup_host(address)).await {
        Ok(Ok(addresses)) => Ok(addresses.collect()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} s", LOOKUP_TIMEOUT.as_secs())),
    };
    let (resolves_to, error) = match answer {
        Ok(addresses) => (addresses, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    Daemon {
        address: address.to_owned(),
        resolves_to,
        error,
    }
}
