//! Trace headers, in pieces and in two formats: real requests to a service that calls another one.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use std::net::SocketAddr;

use axum::{Router, http::HeaderMap, routing::get};
use proptest::{collection::vec, prelude::*, sample::select};
use segment_schema::assert_valid;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use xray::{Config, SamplerKind, Tracing, testing::Daemon};

const A: &str = "1-5f84c7a1-e7d1852db8c4fd35d88bf49a";
const A_HEX: &str = "5f84c7a1e7d1852db8c4fd35d88bf49a";
const B_HEX: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "53995c3f42cd8ad8";

async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// Serves requests by asking somebody who answers what came, a line for each header.
async fn service(daemon: &Daemon, sampler: SamplerKind) -> (SocketAddr, Tracing) {
    let echo = |headers: HeaderMap| async move {
        let line = |name| {
            let value = headers
                .get(name)
                .map(|value| String::from_utf8_lossy(value.as_bytes()));
            format!("{name}: {}\n", value.unwrap_or_default())
        };
        ["x-amzn-trace-id", "traceparent", "tracestate"]
            .map(line)
            .concat()
    };
    let callee = serve(Router::new().route("/", get(echo))).await;
    let config = Config {
        sampler,
        ..daemon.config("shop")
    };
    let tracing = Tracing::new(&config).unwrap();
    let client = tracing.client(reqwest::Client::new());
    let call = async move || {
        let request = client.get(format!("http://{callee}/"));
        client.send(request).await.unwrap().text().await.unwrap()
    };
    let app = Router::new()
        .route("/", get(call))
        .layer(tracing.server_layer());
    (serve(app).await, tracing)
}

/// Asks and returns everything that came back: the service's own headers, and what its callee saw.
async fn ask(address: SocketAddr, lines: &[&str]) -> String {
    let mut request = b"GET / HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n".to_vec();
    for line in lines {
        // One character is one byte, as in the oldest HTTP.
        request.extend(
            line.chars()
                .map(|character| u8::try_from(u32::from(character)).unwrap()),
        );
        request.extend(b"\r\n");
    }
    request.extend(b"\r\n");
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(&request).await.unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn state_flags_and_parts_go_on_to_callees() {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let (address, _tracing) = service(&daemon, SamplerKind::ParentBasedAlwaysOn).await;
    let parent = format!("traceparent: 00-{B_HEX}-{CALLER}-03");
    let same = format!("traceparent: 00-{A_HEX}-{CALLER}-03");
    let x_ray = format!("X-Amzn-Trace-Id: Root={A};Parent={CALLER};Sampled=1");
    let cafe = format!("{x_ray};CalledFrom=Caf\u{e9};Lineage=1:2");
    for (lines, trace, rest) in [
        // Several lines of state are one list.
        (
            vec![&*parent, "tracestate: a=1", "tracestate: b=2,=,c=3"],
            B_HEX,
            "tracestate: a=1,b=2,c=3",
        ),
        // The random flag of the same trace, and its state, also where X-Ray's header names the caller.
        (
            vec![&*x_ray, &*same, "tracestate: a=1"],
            A_HEX,
            "tracestate: a=1",
        ),
        // The state of another trace is not of this one.
        (
            vec![&*x_ray, &*parent, "tracestate: a=1"],
            A_HEX,
            "tracestate: \n",
        ),
        // An odd part costs itself alone.
        (vec![&*cafe], A_HEX, ";Sampled=1;Lineage=1:2"),
        // A header in two lines is one.
        (
            vec![
                &format!("X-Amzn-Trace-Id: Root={A}"),
                &format!("X-Amzn-Trace-Id: Parent={CALLER};Sampled=1;C=d"),
            ],
            A_HEX,
            ";Sampled=1;C=d",
        ),
    ] {
        let answer = ask(address, &lines).await;
        assert!(answer.contains(rest), "{lines:?}: {answer}");
        let segment = daemon.receive(1).remove(0);
        assert_eq!(segment.trace_id.unwrap().to_hex(), trace, "{lines:?}");
        assert_eq!(segment.parent_id.unwrap().to_string(), CALLER, "{lines:?}");
        let is_random = lines.contains(&&*same) || trace == B_HEX;
        let flags = if is_random { "-03" } else { "-01" };
        let called = format!(
            "traceparent: 00-{trace}-{}{flags}",
            segment.subsegments[0].id
        );
        assert!(answer.contains(&called), "{lines:?}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_different_parents_of_w3c_begin_a_new_trace() {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let (address, _tracing) = service(&daemon, SamplerKind::ParentBasedAlwaysOn).await;
    let lines = [B_HEX, A_HEX].map(|trace| format!("traceparent: 00-{trace}-{CALLER}-01"));
    ask(address, &[&lines[0], &lines[1]]).await;
    let segment = daemon.receive(1).remove(0);
    assert!(segment.parent_id.is_none());
    assert!(![A_HEX, B_HEX].contains(&&*segment.trace_id.unwrap().to_hex()));
}

/// In every combination of the two headers the answer says one decision, about the trace that it names, and the
/// callee gets the same.
#[tokio::test(flavor = "multi_thread")]
async fn the_answer_says_one_decision_about_one_trace() {
    for sampler in [
        SamplerKind::ParentBasedAlwaysOn,
        SamplerKind::AlwaysOn,
        SamplerKind::AlwaysOff,
    ] {
        let daemon = Daemon::start().unwrap().checking(assert_valid);
        let (address, tracing) = service(&daemon, sampler).await;
        let mut x_ray = vec![None];
        for sampled in ["", ";Sampled=1", ";Sampled=0", ";Sampled=?"] {
            for parent in [String::new(), format!(";Parent={CALLER}")] {
                x_ray.push(Some(format!("X-Amzn-Trace-Id: Root={A}{parent}{sampled}")));
            }
        }
        let mut w3c = vec![None];
        for trace in [A_HEX, B_HEX] {
            for flags in ["00", "01"] {
                w3c.push(Some(format!("traceparent: 00-{trace}-{CALLER}-{flags}")));
            }
        }
        for (x_ray, w3c) in x_ray
            .iter()
            .flat_map(|x_ray| w3c.iter().map(move |w3c| (x_ray, w3c)))
        {
            let lines: Vec<_> = [x_ray, w3c]
                .into_iter()
                .flatten()
                .map(String::as_str)
                .collect();
            let answer = ask(address, &lines).await;
            let find = |name: &'static str| {
                answer
                    .lines()
                    .filter_map(move |line| line.strip_prefix(name))
            };
            let response = find("traceresponse: 00-").next().unwrap();
            let (trace, is_sampled) = (&response[..32], response.ends_with("01"));
            let mut said = find("x-amzn-trace-id: ");
            let (answered, called) = (said.next().unwrap(), said.next().unwrap());
            let root = format!("Root=1-{}-{}", &trace[..8], &trace[8..]);
            assert!(
                answered.starts_with(&root) && called.starts_with(&root),
                "{lines:?}: {answer}"
            );
            let contrary = if is_sampled { "Sampled=0" } else { "Sampled=1" };
            assert!(
                !answered.contains(contrary) && !answered.contains('?'),
                "{lines:?}: {answer}"
            );
            assert!(!called.contains(contrary), "{lines:?}: {answer}");
            let was_asked = x_ray
                .as_ref()
                .is_some_and(|x_ray| x_ray.contains("Sampled"));
            assert_eq!(
                answered.contains("Sampled"),
                was_asked,
                "{lines:?}: {answer}"
            );
            if is_sampled {
                let segment = daemon.receive(1).remove(0);
                assert_eq!(segment.trace_id.unwrap().to_hex(), trace, "{lines:?}");
            }
        }
        assert!(tracing.flush(std::time::Duration::from_secs(5)));
        assert_eq!(daemon.received(), []);
    }
}

/// Whatever the headers say, and in however many lines: the answer has one trace and one decision, the callee gets both,
/// and what is sampled has a segment of that trace, with the caller of that trace or none.
#[test]
fn any_headers_are_one_decision_about_one_trace() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let (address, _tracing) = runtime.block_on(service(&daemon, SamplerKind::ParentBasedAlwaysOn));
    let name = select(vec!["X-Amzn-Trace-Id", "traceparent", "tracestate"]);
    let root = format!("Root={A}");
    let parent = format!("Parent={CALLER}");
    let [of_a, of_b] = [A_HEX, B_HEX].map(|trace| format!("00-{trace}-{CALLER}-01"));
    let pieces = [
        &*root,
        &*parent,
        &*of_a,
        &*of_b,
        "Sampled=0",
        "Sampled=1",
        "Sampled=?",
        "Self=1-2-3",
        "Lineage=1:2",
        ";",
        ";",
        ";",
        " ",
        ",",
        "=",
        "a=1",
        "\u{e9}",
        "00-0-0-0",
        "-01",
        "\t",
    ];
    let piece = select(pieces.map(str::to_owned).to_vec());
    let line =
        (name, vec(piece, 0..6)).prop_map(|(name, pieces)| format!("{name}: {}", pieces.concat()));
    let config = ProptestConfig {
        cases: 128,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(lines in vec(line, 0..5))| {
        let lines: Vec<_> = lines.iter().map(String::as_str).collect();
        let answer = runtime.block_on(ask(address, &lines));
        let find = |name: &'static str| answer.lines().filter_map(move |line| line.strip_prefix(name));
        let responses: Vec<_> = find("traceresponse: 00-").collect();
        let is_sampled = responses[0].ends_with("01") || responses[0].ends_with("03");
        let segment = is_sampled.then(|| daemon.receive(1).remove(0));
        prop_assert_eq!(responses.len(), 1, "{}", answer);
        let trace = &responses[0][..32];
        if let Some(segment) = segment {
            prop_assert_eq!(segment.trace_id.unwrap().to_hex(), trace);
            prop_assert!(segment.parent_id.is_none_or(|parent| parent.to_string() == CALLER));
        }
        let root = format!("Root=1-{}-{}", &trace[..8], &trace[8..]);
        let said: Vec<_> = find("x-amzn-trace-id: ").collect();
        prop_assert_eq!(said.len(), 2, "{}", answer);
        let contrary = if is_sampled { "Sampled=0" } else { "Sampled=1" };
        prop_assert!(said.iter().all(|said| said.starts_with(&root) && said.split(';').all(|part| part != contrary)), "{}", answer);
        let called = format!("traceparent: 00-{trace}-");
        prop_assert!(answer.contains(&called), "{}", answer);
    });
}
