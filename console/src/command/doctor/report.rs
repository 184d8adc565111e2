//! Formats the findings, for people and for programs. Addresses in them may hold passwords, which are hidden: what the doctor
//! says is pasted into tickets.

use segment::secrets::hide;
use serde_json::json;

use super::{
    diagnosis::{Finding, Health, Hop, Verdict},
    evidence::Evidence,
};
use crate::command::{
    client::shown,
    terminal::{Colour, Style, pad, plain},
};

const NAMES: usize = 10;

/// Returns a line for each hop, remedies below those that need one, and a last line with the overall result.
pub(super) fn lines(
    evidence: &Evidence,
    findings: &[Finding],
    health: Health,
    style: Style,
) -> String {
    let mut lines = Vec::new();
    for finding in findings {
        let (sign, colour) = sign(finding.verdict);
        let name = pad(words(finding.hop), NAMES);
        let saw = hide((&*finding.saw).into());
        let saw = plain(&saw);
        lines.push(format!("{} {name} {saw}", style.paint(colour, sign)));
        let remedy = finding
            .remedy
            .iter()
            .map(|remedy| format!("  → {}", plain(remedy)));
        lines.extend(remedy);
    }
    lines.push(String::new());
    lines.push(sum(evidence, findings, health));
    lines.join("\n") + "\n"
}

/// Returns an object: `ok` (null if the canary could not be followed to the end), `daemon`, `collector` (null if
/// spans are not sent by OTLP), `trace_id`, and `hops` with `hop`, `verdict`, `saw`, `remedy`.
pub(super) fn json(evidence: &Evidence, findings: &[Finding], health: Health) -> String {
    let hops: Vec<_> = findings
        .iter()
        .map(|finding| {
            json!({
                "hop": finding.hop.code(),
                "verdict": code(finding.verdict),
                "saw": hide((&*finding.saw).into()),
                "remedy": finding.remedy,
            })
        })
        .collect();
    let ok = match health {
        Health::Works => Some(true),
        Health::Broken => Some(false),
        Health::Unknown => None,
    };
    let settings = evidence.settings.as_ref().ok();
    let collector = settings.and_then(|settings| settings.otlp.as_ref());
    let report = json!({
        "ok": ok,
        "daemon": settings.map(|settings| settings.address.to_string()),
        "collector": collector.map(|collector| shown(collector.otlp.url())),
        "trace_id": evidence.followed.as_ref().map(|followed| &followed.trace),
        "hops": hops,
    });
    format!("{report}\n")
}

fn sum(evidence: &Evidence, findings: &[Finding], health: Health) -> String {
    let broken: Vec<_> = findings
        .iter()
        .filter(|finding| finding.verdict == Verdict::Broken)
        .map(|finding| words(finding.hop))
        .collect();
    match health {
        Health::Broken => format!("Broken: {}.", broken.join(", ")),
        Health::Works => {
            let trace = evidence
                .followed
                .as_ref()
                .map_or("", |followed| &followed.trace);
            format!(
                "All hops work: trace {trace} came through. For losses inside a service, see its /metrics."
            )
        }
        Health::Unknown => {
            "No hop is known to be broken, but the canary could not be followed to the end."
                .to_owned()
        }
    }
}

fn words(hop: Hop) -> &'static str {
    match hop {
        Hop::Variables => "variables",
        Hop::Name => "name",
        Hop::Udp => "UDP port",
        Hop::Otlp => "OTLP port",
        Hop::Header => "header",
        Hop::Document => "document",
        Hop::Visible => "visible",
        Hop::Sampling => "sampling",
    }
}

fn sign(verdict: Verdict) -> (&'static str, Colour) {
    match verdict {
        Verdict::Works => ("✔", Colour::Green),
        Verdict::Broken => ("✖", Colour::Red),
        Verdict::Unknown => ("–", Colour::Dim),
    }
}

fn code(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Works => "works",
        Verdict::Broken => "broken",
        Verdict::Unknown => "unknown",
    }
}
