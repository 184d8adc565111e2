use std::{net::SocketAddr, time::Duration};

use segment::{DaemonAddress, HostPort};
use serde_json::{Value, json};

use super::{super::settings, *};

const DAEMON: &str = "aws-xray.xray:2000";

fn named(found: Result<SocketAddr, String>) -> (HostPort, Result<SocketAddr, String>) {
    (DAEMON.parse::<DaemonAddress>().unwrap().udp, found)
}

/// A canary that came all the way.
fn healthy() -> Followed {
    Followed {
        trace: "1-5f84c7a1-e7d1852db8c4fd35d88bf49a".to_owned(),
        names: vec![named(Ok("10.0.0.7:2000".parse().unwrap()))],
        sent: Some(Sent::NoResponse),
        witness: format!("http://{DAEMON}"),
        is_receiver: true,
        arrival: Arrival::Accepted,
        visible: Visible::Yes,
        sampling: Some(Ok(1)),
    }
}

fn closed() -> NoAnswer {
    NoAnswer::Closed(format!("http://{DAEMON}"), "Connection refused".to_owned())
}

fn status(status: u16) -> NoAnswer {
    NoAnswer::Status(format!("http://{DAEMON}"), status, String::new())
}

fn findings(followed: Followed) -> Vec<Finding> {
    diagnose(&Evidence {
        settings: settings::read(Some(DAEMON), &|_| None),
        followed: Some(followed),
    })
}

/// Signs of the hops in their order.
fn signs(findings: &[Finding]) -> String {
    let sign = |finding: &Finding| match finding.verdict {
        Verdict::Works => '✔',
        Verdict::Broken => '✖',
        Verdict::Unknown => '–',
    };
    findings.iter().map(sign).collect()
}

#[track_caller]
fn check(followed: Followed, expected: &str) -> Vec<Finding> {
    let found = findings(followed);
    assert_eq!(signs(&found), expected, "{found:#?}");
    let is_helped =
        |finding: &&Finding| finding.verdict == Verdict::Broken && finding.remedy.is_none();
    assert_eq!(
        found.iter().find(is_helped),
        None,
        "a broken hop has a remedy"
    );
    found
}

#[test]
fn a_healthy_way_has_no_broken_hop() {
    let found = check(healthy(), "✔✔✔✔✔✔✔");
    assert_eq!(Health::of(&found), Health::Works);
    // Whose the daemon is nobody can know here; the command that tells is printed.
    assert!(
        found[1]
            .remedy
            .as_ref()
            .unwrap()
            .contains("kubectl -n xray get service aws-xray")
    );
}

#[test]
fn the_cause_is_broken_and_what_lies_behind_it_was_not_reached() {
    let lost = |arrival: Arrival| Followed {
        arrival,
        visible: Visible::No(Duration::ZERO),
        ..healthy()
    };
    let absent = || Arrival::Absent("10.0.0.8:2000".to_owned());
    check(
        lost(Arrival::HeaderRefused("bad_header".to_owned())),
        "✔✔✔✖––✔",
    );
    check(
        lost(Arrival::DocumentRefused("InvalidName: …".to_owned())),
        "✔✔✔✔✖–✔",
    );
    check(lost(absent()), "✔✔✖–––✔");
    let refused = |arrival| Followed {
        sent: Some(Sent::Refused),
        ..lost(arrival)
    };
    let found = check(refused(absent()), "✔✔✖–––✔");
    assert!(found[2].remedy.as_ref().unwrap().contains("10.0.0.8:2000"));
    check(
        Followed {
            sampling: Some(Err(closed())),
            visible: Visible::NoAnswer(closed()),
            ..refused(Arrival::NotReported)
        },
        "✔✔✖––––",
    );
    check(
        Followed {
            names: vec![named(Err("no such host".to_owned()))],
            sent: None,
            sampling: None,
            visible: Visible::NoAnswer(closed()),
            ..lost(Arrival::NotReported)
        },
        "✔✖–––––",
    );
    // Taken, and not in the store.
    check(lost(Arrival::Accepted), "✔✔✔✔✔✖✔");
}

#[test]
fn the_tcp_port_fails_by_itself() {
    let blind = |error: NoAnswer| Followed {
        arrival: Arrival::NotReported,
        visible: Visible::NoAnswer(error.clone()),
        sampling: Some(Err(error)),
        ..healthy()
    };
    check(blind(closed()), "✔✔––––✖");
    check(blind(status(403)), "✔✔––––✖");
    let dropped = check(blind(NoAnswer::Dropped(DAEMON.to_owned())), "✔✔––––✖");
    let remedy = dropped[6].remedy.as_ref().unwrap();
    assert!(
        remedy.contains("internalTrafficPolicy: Local") && remedy.contains("NetworkPolicy"),
        "{remedy}"
    );
    let sampling = Followed {
        sampling: Some(Err(status(500))),
        ..healthy()
    };
    check(sampling, "✔✔✔✔✔✔✖");
}

#[test]
fn a_daemon_that_is_no_console_is_not_called_broken() {
    let daemon = Followed {
        arrival: Arrival::NotReported,
        visible: Visible::NoAnswer(status(403)),
        ..healthy()
    };
    let found = check(daemon, "✔✔––––✔");
    assert_eq!(Health::of(&found), Health::Unknown);
    assert!(found[5].remedy.as_ref().unwrap().contains("--aws"));
}

#[test]
fn what_x_ray_says_proves_all_that_lies_before() {
    let asked = |visible| Followed {
        witness: "X-Ray".to_owned(),
        is_receiver: false,
        arrival: Arrival::NotReported,
        visible,
        ..healthy()
    };
    check(asked(Visible::Yes), "✔✔✔✔✔✔✔");
    check(asked(Visible::No(Duration::from_secs(60))), "✔✔–––✖✔");
    check(
        asked(Visible::AwsFailed("no credentials".to_owned())),
        "✔✔–––✖✔",
    );
    check(asked(Visible::NoAnswer(closed())), "✔✔–––✖✔");
}

#[test]
fn variables_break_the_first_hop() {
    let found = diagnose(&Evidence {
        settings: settings::read(Some("nowhere"), &|_| None),
        followed: None,
    });
    assert_eq!(signs(&found), "✖––––––");
    assert!(found[0].saw.contains("`nowhere`"), "{found:?}");

    let found = diagnose(&Evidence {
        settings: settings::read(None, &|name| {
            (name == "OTEL_SDK_DISABLED").then(|| "true".into())
        }),
        followed: Some(healthy()),
    });
    assert_eq!(signs(&found), "✖✔✔✔✔✔✔");
}

/// What an agent says to a span, and its sampling rules elsewhere.
fn by_otlp(posted: Result<Value, NoAnswer>, visible: Visible) -> Vec<Finding> {
    let variables = |name: &str| match name {
        "OTEL_TRACES_EXPORTER" => Some("otlp".to_owned()),
        "OTEL_EXPORTER_OTLP_ENDPOINT" => Some("http://agent:4318".to_owned()),
        "OTEL_TRACES_SAMPLER_ARG" => Some("endpoint=http://agent:2000".to_owned()),
        _ => None,
    };
    diagnose(&Evidence {
        settings: settings::read(None, &variables),
        followed: Some(Followed {
            sent: Some(Sent::Posted(posted)),
            arrival: Arrival::NotReported,
            visible,
            ..healthy()
        }),
    })
}

#[test]
fn a_span_by_otlp_is_followed_to_the_collector_and_udp_is_no_hop() {
    let unseen = || Visible::NoAnswer(status(404));
    let taken = by_otlp(Ok(json!({})), unseen());
    assert_eq!(signs(&taken), "✔✔✔✔✔–✔");
    assert_eq!(
        (taken[2].hop, Health::of(&taken)),
        (Hop::Otlp, Health::Unknown)
    );
    assert!(taken[6].saw.contains("agent:2000"), "{taken:?}");
    assert_eq!(signs(&by_otlp(Ok(json!({})), Visible::Yes)), "✔✔✔✔✔✔✔");
    assert_eq!(
        signs(&by_otlp(Ok(json!({})), Visible::No(Duration::ZERO))),
        "✔✔✔✔✔✖✔"
    );
    let none = json!({ "partialSuccess": { "rejectedSpans": "0" } });
    assert_eq!(signs(&by_otlp(Ok(none), unseen())), "✔✔✔✔✔–✔");
    let one = json!({ "partialSuccess": { "rejectedSpans": "1", "errorMessage": "too old" } });
    let rejected = by_otlp(Ok(one), unseen());
    assert_eq!(signs(&rejected), "✔✔✔✔✖–✔");
    assert!(rejected[4].saw.ends_with("too old"), "{rejected:?}");
    for (error, expected) in [
        (closed(), "✔✔✖–––✔"),
        (NoAnswer::Dropped(String::new()), "✔✔✖–––✔"),
        (NoAnswer::Silent(String::new(), String::new()), "✔✔✖–––✔"),
        (status(404), "✔✔✔✖––✔"),
        (status(503), "✔✔✔✖––✔"),
        (status(400), "✔✔✔✔✖–✔"),
    ] {
        let found = by_otlp(Err(error.clone()), unseen());
        assert_eq!(signs(&found), expected, "{error}");
        assert_eq!(Health::of(&found), Health::Broken, "{error}");
    }
}

#[test]
fn sampling_without_rules_needs_no_daemon() {
    let always = |name: &str| (name == "OTEL_TRACES_SAMPLER").then(|| "always_on".to_owned());
    let found = diagnose(&Evidence {
        settings: settings::read(None, &always),
        followed: Some(Followed {
            sampling: None,
            ..healthy()
        }),
    });
    assert_eq!(signs(&found), "✔✔✔✔✔✔✔");
    assert!(
        found[6].saw.contains("OTEL_TRACES_SAMPLER=always_on"),
        "{found:?}"
    );
}
