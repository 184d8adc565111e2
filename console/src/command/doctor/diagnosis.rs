//! Judges the evidence: for each hop, whether it works, and the remedy if it does not.

mod node;
mod otlp;
mod sampling;

use segment::HostPort;

use super::{
    evidence::{Arrival, Evidence, Followed, Sent, Visible},
    settings::Settings,
};
use crate::command::client::NoAnswer;

/// Possible reasons for silently dropped packets.
const DROPPED: &str = "a Service with internalTrafficPolicy: Local drops packets from a node without a ready \
    pod (kubectl get pods -A -o wide), and a NetworkPolicy drops those that it does not allow";

/// The hops, in the order in which a segment passes them; sampling is separate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hop {
    Variables,
    Name,
    Udp,
    /// Instead of [`Hop::Udp`] where spans go by OTLP.
    Otlp,
    Header,
    Document,
    Visible,
    Sampling,
}

/// The verdict on a hop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Works,
    /// It is broken, and not only because of an earlier hop.
    Broken,
    /// It was not reached, or its state cannot be known.
    Unknown,
}

/// The finding on one hop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) hop: Hop,
    pub(super) verdict: Verdict,
    /// What was seen.
    pub(super) saw: String,
    /// What to do about it, or how to find out more.
    pub(super) remedy: Option<String>,
}

/// The overall result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Health {
    /// The canary was found at the end.
    Works,
    /// A hop is broken.
    Broken,
    /// No hop is known to be broken, but the canary was not found.
    Unknown,
}

impl Hop {
    /// The hops after the variables, in order, on the way through the daemon.
    const BEHIND_VARIABLES: [Self; 6] = [
        Self::Name,
        Self::Udp,
        Self::Header,
        Self::Document,
        Self::Visible,
        Self::Sampling,
    ];

    /// Returns its name for JSON.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Variables => "variables",
            Self::Name => "name",
            Self::Udp => "udp",
            Self::Otlp => "otlp",
            Self::Header => "header",
            Self::Document => "document",
            Self::Visible => "visible",
            Self::Sampling => "sampling",
        }
    }
}

impl Health {
    /// Returns the overall result of the findings.
    pub(super) fn of(findings: &[Finding]) -> Self {
        let is_visible = |one: &Finding| one.hop == Hop::Visible && one.verdict == Verdict::Works;
        if findings
            .iter()
            .any(|finding| finding.verdict == Verdict::Broken)
        {
            Self::Broken
        } else if findings.iter().any(is_visible) {
            Self::Works
        } else {
            Self::Unknown
        }
    }

    /// Returns the program's exit code.
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Works => 0,
            Self::Broken => 1,
            Self::Unknown => 3,
        }
    }
}

impl Finding {
    fn works(hop: Hop, saw: impl Into<String>) -> Self {
        Self {
            hop,
            verdict: Verdict::Works,
            saw: saw.into(),
            remedy: None,
        }
    }

    fn unknown(hop: Hop, saw: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Unknown,
            ..Self::works(hop, saw)
        }
    }

    fn broken(hop: Hop, saw: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Broken,
            remedy: Some(remedy.into()),
            ..Self::works(hop, saw)
        }
    }

    fn not_reached(hop: Hop) -> Self {
        Self::unknown(hop, "not reached")
    }
}

/// Judges every hop.
pub(super) fn diagnose(evidence: &Evidence) -> Vec<Finding> {
    match (&evidence.settings, &evidence.followed) {
        (Ok(settings), Some(followed)) => judge(settings, followed),
        (settings, _) => {
            let first = settings
                .as_ref()
                .err()
                .map(|invalid| Finding::broken(Hop::Variables, &invalid.saw, invalid.remedy));
            let rest = Hop::BEHIND_VARIABLES.map(Finding::not_reached);
            first.into_iter().chain(rest).collect()
        }
    }
}

fn judge(settings: &Settings, followed: &Followed) -> Vec<Finding> {
    let mut way = vec![variables(settings), name(settings, followed)];
    match &settings.otlp {
        None => way.extend([
            udp(settings, followed),
            header(followed),
            document(followed),
        ]),
        Some(collector) => way.extend(otlp::hops(collector, followed)),
    }
    let visible = visible(followed, &way);
    way.extend([visible, sampling::sampling(settings, followed)]);
    way
}

fn variables(settings: &Settings) -> Finding {
    if let Some((setting, what)) = settings.disabling_variables.first() {
        let saw = format!("{setting}: {what} where that is set");
        return Finding::broken(Hop::Variables, saw, "remove the variable");
    }
    Finding::works(Hop::Variables, &settings.source)
}

fn name(settings: &Settings, followed: &Followed) -> Finding {
    for (of, resolved) in &followed.names {
        if let Err(error) = resolved {
            let saw = format!("{} does not resolve: {error}", of.host);
            let remedy = "is it spelled right? In a cluster it is SERVICE.NAMESPACE, and that Service must \
                          exist: kubectl get services -A";
            return Finding::broken(Hop::Name, saw, remedy);
        }
    }
    let Some((named, Ok(found))) = followed.names.first() else {
        return Finding::not_reached(Hop::Name);
    };
    let ip = found.ip();
    let (whose, how_to_tell) = node::location(named, ip, settings.host_ip);
    let resolved = if named.host == ip.to_string() {
        format!("{ip}, {whose}")
    } else {
        format!("{} is {ip}, {whose}", named.host)
    };
    Finding {
        remedy: how_to_tell,
        ..Finding::works(Hop::Name, resolved)
    }
}

fn udp(settings: &Settings, followed: &Followed) -> Finding {
    let to = &settings.address.udp;
    match (&followed.sent, &followed.arrival, &followed.visible) {
        (None | Some(Sent::Posted(_)), ..) => Finding::not_reached(Hop::Udp),
        (Some(Sent::Failed(error)), ..) => {
            let saw = format!("this host cannot send to {to}: {error}");
            Finding::broken(
                Hop::Udp,
                saw,
                "is there a route? A NetworkPolicy must allow UDP too",
            )
        }
        (Some(Sent::Refused), arrival, _) => {
            let saw = format!("nothing listens at UDP {to}");
            Finding::broken(Hop::Udp, saw, start_or_move(to, arrival))
        }
        (_, Arrival::Accepted | Arrival::HeaderRefused(_) | Arrival::DocumentRefused(_), _)
        | (.., Visible::Yes) => {
            Finding::works(Hop::Udp, format!("the canary arrived through UDP {to}"))
        }
        (_, Arrival::Absent(listens), _) => {
            let saw = format!("the canary was sent to UDP {to} and did not arrive at {listens}");
            let remedy = format!(
                "UDP packets are dropped on the way, or another program has the port: {DROPPED}"
            );
            Finding::broken(Hop::Udp, saw, remedy)
        }
        (_, Arrival::NotReported, _) => {
            let saw = format!("the canary was not refused at {to}; UDP tells no more");
            Finding::unknown(Hop::Udp, saw)
        }
    }
}

fn start_or_move(to: &HostPort, arrival: &Arrival) -> String {
    match (arrival, node::endpoints(to)) {
        (Arrival::Absent(listens), _) => {
            format!("the console listens at UDP {listens}: set AWS_XRAY_DAEMON_ADDRESS to that address")
        }
        (_, Some(command)) => {
            format!("start the daemon there, or correct the port; to see the pods and ports behind a Service: {command}")
        }
        (_, None) => {
            "start the daemon there (on a laptop: make run), or correct the port; daemons listen at 2000".to_owned()
        }
    }
}

fn header(followed: &Followed) -> Finding {
    match (&followed.arrival, &followed.visible) {
        (Arrival::HeaderRefused(reason), _) => {
            let remedy = "something on the way changes datagrams: send them to the daemon directly, without a relay";
            Finding::broken(Hop::Header, reason, remedy)
        }
        (Arrival::Accepted | Arrival::DocumentRefused(_), _) | (_, Visible::Yes) => {
            Finding::works(Hop::Header, "accepted")
        }
        _ => not_reported(Hop::Header, followed),
    }
}

fn document(followed: &Followed) -> Finding {
    match (&followed.arrival, &followed.visible) {
        (Arrival::DocumentRefused(reason), _) => {
            let remedy = "the console's wire view shows what arrived: something on the way changes documents, or \
                          the console has another version";
            Finding::broken(Hop::Document, reason, remedy)
        }
        (Arrival::Accepted, _) | (_, Visible::Yes) => Finding::works(Hop::Document, "accepted"),
        _ => not_reported(Hop::Document, followed),
    }
}

/// A daemon accepts documents without reading them, and X-Ray refuses invalid ones; only the daemon's log shows it.
fn not_reported(hop: Hop, followed: &Followed) -> Finding {
    match (&followed.sent, &followed.arrival) {
        (Some(Sent::NoResponse), Arrival::NotReported) => {
            Finding::unknown(hop, format!("{} does not report it", followed.witness))
        }
        _ => Finding::not_reached(hop),
    }
}

fn visible(followed: &Followed, way: &[Finding]) -> Finding {
    let witness = &followed.witness;
    let is_stopped = way
        .iter()
        .any(|hop| hop.hop != Hop::Variables && hop.verdict == Verdict::Broken);
    match &followed.visible {
        Visible::Yes => Finding::works(
            Hop::Visible,
            format!("{witness} shows trace {}", followed.trace),
        ),
        _ if is_stopped => Finding::not_reached(Hop::Visible),
        Visible::No(timeout) => {
            let saw = format!(
                "{witness} has no trace {} after {} s",
                followed.trace,
                timeout.as_secs()
            );
            Finding::broken(
                Hop::Visible,
                saw,
                "the log of the daemon or the collector says why X-Ray refused it: check its region and its role \
                (policy AWSXRayDaemonWriteAccess); and look for the trace in the region that it sends to",
            )
        }
        // Segments are not affected if the daemon is not a console, or does not answer over TCP.
        Visible::NoAnswer(error) if followed.is_receiver => {
            let saw = match error {
                NoAnswer::Status(..) => {
                    "the program that listens there is not a console".to_owned()
                }
                error => format!("it does not answer: {error}"),
            };
            let remedy = "console doctor --aws asks X-Ray itself; --console URL asks a console";
            Finding {
                remedy: Some(remedy.to_owned()),
                ..Finding::unknown(Hop::Visible, saw)
            }
        }
        Visible::NoAnswer(error) => Finding::broken(
            Hop::Visible,
            error.to_string(),
            "start the console, or correct --console",
        ),
        Visible::AwsFailed(said) => Finding::broken(
            Hop::Visible,
            said,
            "try it: aws sts get-caller-identity. The user needs \
                xray:BatchGetTraces (policy AWSXRayReadOnlyAccess), and a region (AWS_DEFAULT_REGION); pip install awscli installs it",
        ),
    }
}

#[cfg(test)]
mod tests;
