//! `console doctor` on a pipeline with one hop broken on purpose: it names that hop and no other.

mod network;

use std::{
    net::UdpSocket,
    process::{Command, Output},
};

use serde_json::Value;

use crate::support::Console;
use network::{Helper, dropping, nobody};

fn doctor(variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_console"))
        .arg("doctor")
        .args(arguments)
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

/// Runs the doctor on an address and returns what it says and the hops that it calls broken.
#[track_caller]
fn examine(daemon: &str, arguments: &[&str]) -> (Value, Vec<String>) {
    examine_with(&[("AWS_XRAY_DAEMON_ADDRESS", daemon)], arguments)
}

/// As [`examine`], with these variables.
#[track_caller]
fn examine_with(variables: &[(&str, &str)], arguments: &[&str]) -> (Value, Vec<String>) {
    let arguments = [&["--json", "--wait", "1"], arguments].concat();
    let output = doctor(variables, &arguments);
    let said: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let hops = said["hops"].as_array().unwrap();
    let broken: Vec<_> = hops
        .iter()
        .filter(|hop| hop["verdict"] == "broken")
        .map(|hop| hop["hop"].as_str().unwrap().to_owned())
        .collect();
    let code = match &said["ok"] {
        Value::Bool(true) => 0,
        Value::Bool(false) => 1,
        _ => 3,
    };
    assert_eq!(output.status.code(), Some(code), "{said:#}");
    (said, broken)
}

fn hop<'s>(said: &'s Value, name: &str) -> &'s Value {
    let hops = said["hops"].as_array().unwrap();
    hops.iter().find(|hop| hop["hop"] == name).unwrap()
}

#[test]
fn a_pipeline_that_works_is_followed_to_its_end() {
    let console = Console::start();
    let address = console.address.to_string();
    let (said, broken) = examine(&address, &[]);
    assert_eq!(broken, [""; 0], "{said:#}");
    assert_eq!(said["ok"], true);
    assert!(
        said["hops"]
            .as_array()
            .unwrap()
            .iter()
            .all(|hop| hop["verdict"] == "works")
    );
    let trace = said["trace_id"].as_str().unwrap();
    assert_eq!(console.get(&format!("/documents/{trace}")).status, 200);

    let output = doctor(&[], &["--daemon", &address]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.matches('✔').count(), 7, "{text}");
    assert!(
        text.contains("All hops work") && !text.contains('\u{1b}'),
        "{text}"
    );
    assert!(text.contains("127.0.0.1, on this machine"), "{text}");
}

#[test]
fn a_daemon_that_is_absent() {
    let address = nobody().to_string();
    let (said, broken) = examine(&address, &[]);
    assert_eq!(broken, ["udp"], "{said:#}");
    assert!(
        hop(&said, "udp")["saw"]
            .as_str()
            .unwrap()
            .contains(&address)
    );
    let output = doctor(&[("AWS_XRAY_DAEMON_ADDRESS", &address)], &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("✖ UDP port") && text.contains("→ start the daemon"),
        "{text}"
    );
    assert!(text.ends_with("Broken: UDP port.\n"), "{text}");
}

#[test]
fn a_wrong_port_is_told_with_the_right_one() {
    let console = Console::start();
    let url = format!("http://{}", console.address);
    let (said, broken) = examine(&nobody().to_string(), &["--console", &url]);
    assert_eq!(broken, ["udp"], "{said:#}");
    let remedy = hop(&said, "udp")["remedy"].as_str().unwrap();
    assert!(remedy.contains(&console.address.to_string()), "{remedy}");
}

#[test]
fn a_name_that_does_not_resolve() {
    // No label of a name is longer than 63 letters, so that no name server needs to be asked.
    let name = "x".repeat(64);
    let (said, broken) = examine(&format!("{name}:2000"), &[]);
    assert_eq!(broken, ["name"], "{said:#}");
    assert!(
        hop(&said, "name")["saw"]
            .as_str()
            .unwrap()
            .starts_with(&name)
    );
}

#[test]
fn udp_that_is_blocked_while_tcp_is_open() {
    let console = Console::start();
    let tcp = console.address;
    // A network with a fault: relays, wrong answers, ports without a listener.
    let closed = format!("tcp:{tcp} udp:{}", nobody());
    let (said, broken) = examine(&closed, &[]);
    assert_eq!(broken, ["udp"], "{said:#}");
    // Or nobody says anything, as behind a firewall.
    let hole = UdpSocket::bind("127.0.0.1:0").unwrap();
    let silent = format!("tcp:{tcp} udp:{}", hole.local_addr().unwrap());
    let (said, broken) = examine(&silent, &[]);
    assert_eq!(broken, ["udp"], "{said:#}");
    assert!(
        hop(&said, "udp")["saw"]
            .as_str()
            .unwrap()
            .contains("did not arrive")
    );
}

#[test]
fn tcp_that_is_closed_while_udp_is_open() {
    let daemon = UdpSocket::bind("127.0.0.1:0").unwrap();
    let (said, broken) = examine(&daemon.local_addr().unwrap().to_string(), &[]);
    assert_eq!(broken, ["sampling"], "{said:#}");
}

#[test]
fn packets_that_are_dropped_as_for_a_node_without_a_daemon_pod() {
    let (_socket, queue, tcp) = dropping();
    assert!(queue.len() < 100, "the queue has no end");
    let hole = UdpSocket::bind("127.0.0.1:0").unwrap();
    let daemon = format!("tcp:{tcp} udp:{}", hole.local_addr().unwrap());
    let (said, broken) = examine(&daemon, &[]);
    assert_eq!(broken, ["sampling"], "{said:#}");
    let sampling = hop(&said, "sampling");
    let [saw, remedy] = ["saw", "remedy"].map(|member| sampling[member].as_str().unwrap());
    assert!(saw.contains("neither answers nor refuses"), "{saw}");
    for cause in ["internalTrafficPolicy: Local", "NetworkPolicy"] {
        assert!(remedy.contains(cause), "{remedy}");
    }

    let url = format!("http://{tcp}");
    let (said, broken) = examine_with(&by_otlp(&url, "always_on"), &[]);
    assert_eq!(broken, ["otlp"], "{said:#}");
}

/// The variables of a service that sends spans to a collector.
fn by_otlp<'v>(endpoint: &'v str, sampler: &'v str) -> [(&'v str, &'v str); 3] {
    [
        ("OTEL_TRACES_EXPORTER", "otlp"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
        ("OTEL_TRACES_SAMPLER", sampler),
    ]
}

#[test]
fn a_span_by_otlp_is_followed_where_services_send_spans() {
    let console = Console::start();
    let url = format!("http://{}", console.address);
    // Nobody listens at the daemon's address, and nobody needs to.
    let endpoint = format!("endpoint={url}");
    let asked = [
        &by_otlp(&url, "xray")[..],
        &[("OTEL_TRACES_SAMPLER_ARG", &endpoint)],
        &[("AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:9")],
    ]
    .concat();
    let (said, broken) = examine_with(&asked, &[]);
    assert_eq!(
        (said["ok"].as_bool(), broken),
        (Some(true), vec![]),
        "{said:#}"
    );
    assert_eq!(said["collector"], format!("{url}/v1/traces"));
    let hops = said["hops"].as_array().unwrap();
    let names: Vec<_> = hops
        .iter()
        .map(|hop| hop["hop"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "variables",
            "name",
            "otlp",
            "header",
            "document",
            "visible",
            "sampling"
        ]
    );
    let trace = said["trace_id"].as_str().unwrap();
    let shown = console.get(&format!("/documents/{trace}"));
    assert!(
        shown.status == 200 && shown.text().contains("console-doctor"),
        "{}",
        shown.text()
    );

    // It can be looked at, and is no service: no map and no list has it.
    let services = console.get("/completions");
    assert!(
        !services.text().contains("console-doctor"),
        "{}",
        services.text()
    );

    // A daemon that is named by hand is followed, whatever services do.
    let address = console.address.to_string();
    let (said, _) = examine_with(&asked, &["--daemon", &address]);
    assert_eq!(hop(&said, "udp")["verdict"], "works", "{said:#}");
}

#[test]
fn a_broken_way_by_otlp_names_its_hop() {
    let console = Console::start();
    let url = format!("http://{}", console.address);
    let closed = format!("http://{}", nobody());
    let page = Helper::answering(
        "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    );
    let wrong_path = format!("http://{}", page.address);
    let gone = format!("http://{}:4318", "x".repeat(64));
    for (endpoint, expected) in [
        (closed.as_str(), "otlp"),
        (&wrong_path, "header"),
        (&gone, "name"),
        ("https://127.0.0.1:4318", "variables"),
    ] {
        let (said, broken) = examine_with(&by_otlp(endpoint, "always_on"), &["--console", &url]);
        assert_eq!(broken, [expected], "{said:#}");
    }
    // What took the span is no console: whether it went on cannot be seen from here.
    let agent = Helper::answering(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
    );
    let (said, broken) = examine_with(
        &by_otlp(&format!("http://{}", agent.address), "always_on"),
        &["--console", &url],
    );
    assert_eq!(broken, ["visible"], "{said:#}");
}

#[test]
fn a_service_that_asks_for_no_rules_needs_no_tcp_port() {
    let console = Console::start();
    let daemon = format!("tcp:{} udp:{}", nobody(), console.address);
    let url = format!("http://{}", console.address);
    let address = ("AWS_XRAY_DAEMON_ADDRESS", daemon.as_str());
    let (said, broken) = examine_with(&[address], &["--console", &url]);
    assert_eq!(broken, ["sampling"], "{said:#}");
    let elsewhere = format!("polling_interval=60,endpoint={url}");
    for setting in [
        ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
        ("AWS_XRAY_SAMPLING_RULES", "/etc/rules.json"),
        ("OTEL_TRACES_SAMPLER_ARG", &elsewhere),
    ] {
        let (said, _) = examine_with(&[address, setting], &["--console", &url]);
        assert_eq!(said["ok"], true, "{said:#}");
    }
}

#[test]
fn a_datagram_whose_header_is_refused() {
    let console = Console::start();
    let relay = Helper::relay(console.address, |datagram| {
        String::from_utf8_lossy(datagram)
            .replace("\"version\":1", "\"version\":2")
            .into_bytes()
    });
    let daemon = format!("tcp:{} udp:{}", console.address, relay.address);
    let (said, broken) = examine(&daemon, &[]);
    assert_eq!(broken, ["header"], "{said:#}");
    assert!(
        hop(&said, "header")["saw"]
            .as_str()
            .unwrap()
            .starts_with("bad_header")
    );
}

#[test]
fn a_document_that_the_console_refuses() {
    let console = Console::start();
    let relay = Helper::relay(console.address, |datagram| {
        datagram[..datagram.len() - 1].to_vec()
    });
    let daemon = format!("tcp:{} udp:{}", console.address, relay.address);
    let (said, broken) = examine(&daemon, &[]);
    assert_eq!(broken, ["document"], "{said:#}");
    assert!(
        hop(&said, "document")["saw"]
            .as_str()
            .unwrap()
            .starts_with("InvalidJson")
    );
}

#[test]
fn sampling_that_answers_500() {
    let console = Console::start();
    let broken_tcp = Helper::answering(
        "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    );
    let daemon = format!("tcp:{} udp:{}", broken_tcp.address, console.address);
    let url = format!("http://{}", console.address);
    let (said, broken) = examine(&daemon, &["--console", &url]);
    assert_eq!(broken, ["sampling"], "{said:#}");
    assert!(
        hop(&said, "sampling")["saw"]
            .as_str()
            .unwrap()
            .contains("500")
    );
}

#[test]
fn variables_that_are_wrong_or_silence_a_service() {
    let (said, broken) = examine("nowhere", &[]);
    assert_eq!(broken, ["variables"], "{said:#}");
    assert!(
        hop(&said, "variables")["saw"]
            .as_str()
            .unwrap()
            .contains("`nowhere`")
    );

    let console = Console::start();
    let address = console.address.to_string();
    let variables = [
        ("AWS_XRAY_DAEMON_ADDRESS", address.as_str()),
        ("OTEL_SDK_DISABLED", "true"),
    ];
    let output = doctor(&variables, &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text.contains("OTEL_SDK_DISABLED=true") && text.ends_with("Broken: variables.\n"),
        "{text}"
    );
}

#[test]
fn an_aws_cli_that_is_missing_is_told() {
    let console = Console::start();
    let (said, broken) = examine(&console.address.to_string(), &["--aws"]);
    assert_eq!(broken, ["visible"], "{said:#}");
    assert!(
        hop(&said, "visible")["saw"]
            .as_str()
            .unwrap()
            .contains("aws CLI")
    );
}

#[test]
fn a_variable_that_is_misspelt_is_named_with_the_one_that_is_meant() {
    let console = Console::start();
    let (said, _) = examine_with(
        &[("AWS_XRAY_DAEMON_ADRESS", "127.0.0.1:1")],
        &["--daemon", &console.address.to_string()],
    );
    let words = hop(&said, "variables")["saw"].as_str().unwrap();
    assert!(
        words.ends_with("; AWS_XRAY_DAEMON_ADRESS is ignored: is AWS_XRAY_DAEMON_ADDRESS meant?"),
        "{said:#}"
    );
}
