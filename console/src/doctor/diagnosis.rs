//! What the evidence means: for each hop whether it works, and what to do if it does not.

mod node;

use super::{
    evidence::{Arrival, Evidence, Followed, Sent, Visible},
    settings::Settings,
};
use crate::client::NoAnswer;

/// The hops, in the order in which a segment passes them; sampling goes its own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hop {
    Variables,
    Name,
    Udp,
    Header,
    Document,
    Visible,
    Sampling,
}

/// How a hop is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Works,
    /// It is broken, and not only because another one is.
    Broken,
    /// It was not reached, or nobody can tell.
    Unknown,
}

/// What is known of one hop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) hop: Hop,
    pub(super) verdict: Verdict,
    /// What was seen.
    pub(super) saw: String,
    /// What to do about it, or to know more.
    pub(super) remedy: Option<String>,
}

/// The sum of the findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Health {
    /// The canary was seen at the end of its way.
    Works,
    /// A hop is broken.
    Broken,
    /// None is known to be, and the canary was not seen.
    Unknown,
}

impl Hop {
    /// Every hop in its order.
    const ALL: [Self; 7] = [
        Self::Variables,
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
            Self::Header => "header",
            Self::Document => "document",
            Self::Visible => "visible",
            Self::Sampling => "sampling",
        }
    }
}

impl Health {
    /// Returns the sum of the findings.
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
            let saw = settings.as_ref().err().map(ToString::to_string);
            let remedy = "set it to the node daemon's address, like aws-xray.xray:2000";
            let first = Finding::broken(Hop::Variables, saw.unwrap_or_default(), remedy);
            let rest = Hop::ALL[1..].iter().copied().map(Finding::not_reached);
            std::iter::once(first).chain(rest).collect()
        }
    }
}

fn judge(settings: &Settings, followed: &Followed) -> Vec<Finding> {
    let way = [
        variables(settings),
        name(settings, followed),
        udp(settings, followed),
        header(followed),
        document(followed),
    ];
    let sampling = sampling(settings, followed);
    let visible = visible(followed, &way, &sampling);
    way.into_iter().chain([visible, sampling]).collect()
}

fn variables(settings: &Settings) -> Finding {
    if let Some((setting, what)) = settings.silencers.first() {
        let saw = format!("{setting}: {what} where that is set");
        return Finding::broken(Hop::Variables, saw, "remove the variable");
    }
    match &settings.detour {
        None => Finding::works(Hop::Variables, &settings.source),
        Some(detour) => Finding {
            remedy: Some(
                "if that is meant, look at OTEL_EXPORTER_OTLP_ENDPOINT; else remove the variable"
                    .to_owned(),
            ),
            ..Finding::unknown(
                Hop::Variables,
                format!(
                    "{detour}: services send spans by OTLP, and what follows is the way by the daemon"
                ),
            )
        },
    }
}

fn name(settings: &Settings, followed: &Followed) -> Finding {
    let address = &settings.address;
    let sides = [(&address.udp, &followed.udp), (&address.tcp, &followed.tcp)];
    for (of, resolved) in sides {
        if let Err(error) = resolved {
            let saw = format!("{} does not resolve: {error}", of.host);
            let remedy = "is it spelled right? In a cluster it is SERVICE.NAMESPACE, and that Service must \
                          exist: kubectl get services -A";
            return Finding::broken(Hop::Name, saw, remedy);
        }
    }
    let Ok(found) = &followed.udp else {
        return Finding::not_reached(Hop::Name);
    };
    let ip = found.ip();
    let (whose, how_to_tell) = node::whose(&address.udp, ip, settings.host_ip);
    let resolved = if address.udp.host == ip.to_string() {
        format!("{ip}, {whose}")
    } else {
        format!("{} is {ip}, {whose}", address.udp.host)
    };
    Finding {
        remedy: how_to_tell,
        ..Finding::works(Hop::Name, resolved)
    }
}

fn udp(settings: &Settings, followed: &Followed) -> Finding {
    let to = &settings.address.udp;
    match (&followed.sent, &followed.arrival, &followed.visible) {
        (None, ..) => Finding::not_reached(Hop::Udp),
        (Some(Sent::Failed(error)), ..) => {
            let saw = format!("this host does not send to {to}: {error}");
            Finding::broken(
                Hop::Udp,
                saw,
                "is there a route? A NetworkPolicy must allow UDP too",
            )
        }
        (Some(Sent::Refused), arrival, _) => {
            let saw = format!("nothing listens at UDP {to}");
            Finding::broken(Hop::Udp, saw, start_or_move(arrival))
        }
        (_, Arrival::Taken | Arrival::HeaderRefused(_) | Arrival::DocumentRefused(_), _)
        | (.., Visible::Yes) => {
            Finding::works(Hop::Udp, format!("the canary came through UDP {to}"))
        }
        (_, Arrival::Absent(listens), _) => {
            let saw = format!("the canary was sent to UDP {to} and did not arrive at {listens}");
            let remedy = "something between drops UDP: a firewall, a NetworkPolicy that allows TCP alone, or a \
                          Service with internalTrafficPolicy: Local on a node without a daemon pod; or the port \
                          is another program's";
            Finding::broken(Hop::Udp, saw, remedy)
        }
        (_, Arrival::Untold, _) => {
            let saw = format!("nothing refused the canary at {to}; more UDP does not say");
            Finding::unknown(Hop::Udp, saw)
        }
    }
}

fn start_or_move(arrival: &Arrival) -> String {
    match arrival {
        Arrival::Absent(listens) => {
            format!("the console that was asked listens at UDP {listens}: set AWS_XRAY_DAEMON_ADDRESS to that")
        }
        _ => "start the daemon there (on a laptop: make run), or correct the port; daemons listen at 2000".to_owned(),
    }
}

fn header(followed: &Followed) -> Finding {
    match (&followed.arrival, &followed.visible) {
        (Arrival::HeaderRefused(reason), _) => {
            let remedy = "something on the way changes datagrams: send them to the daemon without a relay between";
            Finding::broken(Hop::Header, reason, remedy)
        }
        (Arrival::Taken | Arrival::DocumentRefused(_), _) | (_, Visible::Yes) => {
            Finding::works(Hop::Header, "accepted")
        }
        _ => untold(Hop::Header, followed),
    }
}

fn document(followed: &Followed) -> Finding {
    match (&followed.arrival, &followed.visible) {
        (Arrival::DocumentRefused(reason), _) => {
            let remedy = "the console's wire view shows what arrived: something on the way changes documents, or \
                          the console has another version";
            Finding::broken(Hop::Document, reason, remedy)
        }
        (Arrival::Taken, _) | (_, Visible::Yes) => Finding::works(Hop::Document, "accepted"),
        _ => untold(Hop::Document, followed),
    }
}

/// A daemon takes documents unread, and only X-Ray refuses them: its log tells.
fn untold(hop: Hop, followed: &Followed) -> Finding {
    match (&followed.sent, &followed.arrival) {
        (Some(Sent::Silently), Arrival::Untold) => {
            Finding::unknown(hop, format!("{} does not say", followed.witness))
        }
        _ => Finding::not_reached(hop),
    }
}

fn visible(followed: &Followed, way: &[Finding], sampling: &Finding) -> Finding {
    let witness = &followed.witness;
    let is_stopped = way
        .iter()
        .any(|hop| hop.hop != Hop::Variables && hop.verdict == Verdict::Broken);
    let is_told_by_sampling = followed.is_daemon && sampling.verdict == Verdict::Broken;
    match &followed.visible {
        Visible::Yes => Finding::works(
            Hop::Visible,
            format!("{witness} shows trace {}", followed.trace),
        ),
        _ if is_stopped => Finding::not_reached(Hop::Visible),
        Visible::No(patience) => {
            let saw = format!(
                "{witness} has no trace {} after {} s",
                followed.trace,
                patience.as_secs()
            );
            Finding::broken(
                Hop::Visible,
                saw,
                "the daemon's log says what X-Ray refused: its region, its role \
                (policy AWSXRayDaemonWriteAccess); and the region that was asked must be the daemon's",
            )
        }
        Visible::NoAnswer(error) if is_told_by_sampling => {
            Finding::unknown(Hop::Visible, format!("it cannot be asked: {error}"))
        }
        Visible::NoAnswer(NoAnswer::Status(..)) if followed.is_daemon => Finding {
            remedy: Some(
                "console doctor --aws asks X-Ray itself; --console URL asks a console".to_owned(),
            ),
            ..Finding::unknown(Hop::Visible, "what listens there is no console")
        },
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

fn sampling(settings: &Settings, followed: &Followed) -> Finding {
    let tcp = &settings.address.tcp;
    let is_absent = followed.sent == Some(Sent::Refused) && settings.address.udp == *tcp;
    match &followed.sampling {
        None => Finding::not_reached(Hop::Sampling),
        Some(Ok(count)) => Finding::works(
            Hop::Sampling,
            format!("TCP {tcp} answered {count} sampling rules"),
        ),
        Some(Err(NoAnswer::Closed(..))) if is_absent => {
            Finding::unknown(Hop::Sampling, "nothing listens there at all")
        }
        Some(Err(error)) => {
            Finding::broken(Hop::Sampling, error.to_string(), sampling_remedy(error))
        }
    }
}

fn sampling_remedy(error: &NoAnswer) -> &'static str {
    match error {
        NoAnswer::Closed(..) => {
            "open the daemon's TCP port (AWS's daemon: -t 0.0.0.0:2000; a Service needs it beside UDP). Meanwhile \
             services record one request a second and 5 % of the rest"
        }
        NoAnswer::Status(_, 403, _) => {
            "a console answers only to names that it was told: --allow-host; AWS's daemon needs a role with \
             xray:GetSamplingRules (policy AWSXRayDaemonWriteAccess)"
        }
        NoAnswer::Silent(..) | NoAnswer::Status(..) => {
            "the daemon's log says why: AWS's daemon passes the question on to X-Ray. Meanwhile services record one \
             request a second and 5 % of the rest"
        }
        NoAnswer::Strange(..) => "another program listens there: correct the port",
    }
}

#[cfg(test)]
mod tests;
