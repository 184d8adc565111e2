//! Datagrams.

use std::{
    net::{Ipv4Addr, Ipv6Addr, UdpSocket},
    time::Duration,
};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use console::Config;
use segment::HostPort;
use serde_json::json;

use crate::support::{Console, always, repository};

const SEGMENT: &str = r#"{"name":"shop","id":"000000000000000a","trace_id":"1-5f84c7a1-e7d1852db8c4fd35d88bf49a","start_time":1,"end_time":2}"#;

/// The datagram of a vector; where the file has none, it is the largest that there can be.
fn bytes(vector: &serde_json::Value) -> Vec<u8> {
    let Some(text) = vector["datagram"].as_str() else {
        let head = format!(
            "{{\"format\":\"json\",\"version\":1}}\n{}",
            SEGMENT.replace("shop", "large")
        );
        let fill = 65_507 - head.len() - r#","metadata":{"a":{"b":""}}"#.len();
        let metadata = format!(r#","metadata":{{"a":{{"b":"{}"}}}}}}"#, "x".repeat(fill));
        return [&head[..head.len() - 1], &metadata].concat().into_bytes();
    };
    match vector["encoding"].as_str() {
        Some("utf8") => text.as_bytes().to_vec(),
        Some("base64") => BASE64_STANDARD.decode(text).unwrap(),
        Some("hex") => text
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect(),
        other => panic!("{other:?} is no encoding that this test knows"),
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "it is said how many cases ran")]
fn datagram_vectors_are_taken_and_refused_as_the_daemon_does() {
    let vectors: serde_json::Value =
        serde_json::from_str(&repository("vectors/daemon-datagrams.json")).unwrap();
    let vectors = vectors["vectors"].as_array().unwrap();
    let mut failures = Vec::new();
    for vector in vectors {
        let console = Console::start();
        console.send(&bytes(vector));
        // One more, so that the first one is known to have been looked at.
        console.send(format!("{{\"format\":\"json\",\"version\":1}}\n{SEGMENT}").as_bytes());
        console.wait_for(|console| console.get("/status").json()["last"]["name"] == "shop");
        let datagrams = &console.get("/status").json()["datagrams"];
        let refused: u64 = datagrams["refused"]
            .as_object()
            .unwrap()
            .values()
            .map(|count| count.as_u64().unwrap())
            .sum();
        let accepted = datagrams["accepted"].as_u64().unwrap() - 1;
        let expected = match vector["expect"].as_str().unwrap() {
            "forward" => (1, 0),
            "reject" => (0, 1),
            "ignore" => (0, 0),
            other => panic!("an expectation that this test does not know: {other}"),
        };
        if (accepted, refused) != expected {
            failures.push(format!("{}: {datagrams}", vector["id"]));
        }
    }
    println!(
        "daemon-datagrams.json at the console: {} cases",
        vectors.len()
    );
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn garbage_is_counted_by_reason_and_costs_nothing_else() {
    let console = Console::start();
    console.send(b"no header at all");
    console.send(b"{\"format\":\"json\",\"version\":2}\n{}");
    console.send(b"{\"format\":\"json\",\"version\":1}\n");
    console.send(&vec![0xff; 65_507]);
    console.take(&[
        "{",
        "[1]",
        r#"{"name":"shop"}"#,
        &SEGMENT.replace("shop", ""),
        SEGMENT,
    ]);
    let status = console.get("/status").json();
    assert_eq!(
        status["datagrams"]["refused"],
        json!({ "no_header": 2, "bad_header": 1, "no_document": 1 })
    );
    assert_eq!(
        status["documents"]["refused"],
        json!({ "InvalidJson": 1, "InvalidDocument": 1, "MissingId": 1, "InvalidName": 1 })
    );
    assert_eq!(
        (
            &status["datagrams"]["received"],
            &status["documents"]["accepted"]
        ),
        (&json!(9), &json!(1))
    );
    assert_eq!(status["store"]["traces"], 1);
    assert!(
        status["last_refused"]["reason"]
            .as_str()
            .unwrap()
            .starts_with("InvalidName: ")
    );
    assert_eq!(
        status["last_refused"]["trace_id"],
        "1-5f84c7a1-e7d1852db8c4fd35d88bf49a"
    );
    let wire = console.get("/wire").json();
    let verdicts: Vec<_> = wire["datagrams"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["verdict"].as_str().unwrap())
        .collect();
    assert_eq!(
        verdicts,
        [["accepted"].as_slice(), &["refused"; 8]].concat()
    );
    assert_eq!(wire["datagrams"][0]["via"], "udp");
}

#[test]
fn a_list_of_documents_is_read_one_by_one() {
    let console = Console::start();
    let part = SEGMENT
        .replace("000000000000000a", "000000000000000b")
        .replace("shop", "cart");
    console.send(format!("{{\"format\":\"json\",\"version\":1}}\n[{SEGMENT},{part},7]").as_bytes());
    console.wait_for(|console| {
        console.get("/status").json()["documents"]["refused"]["InvalidDocument"] == 1
    });
    assert_eq!(console.get("/status").json()["documents"]["accepted"], 2);
}

#[test]
fn documents_keep_the_text_in_which_they_came() {
    let console = Console::start();
    console.take(&[SEGMENT, SEGMENT, &SEGMENT.replace("shop", "shop 2")]);
    let answer = console
        .get("/documents/1-5f84c7a1-e7d1852db8c4fd35d88bf49a")
        .json();
    assert_eq!(
        answer["documents"],
        json!([SEGMENT, SEGMENT.replace("shop", "shop 2")])
    );
    assert_eq!(
        console
            .get("/documents/5f84c7a1e7d1852db8c4fd35d88bf49a")
            .status,
        200
    );
    assert_eq!(
        console
            .get("/documents/1-5f84c7a1-e7d1852db8c4fd35d88bf49b")
            .status,
        404
    );
    assert_eq!(console.get("/documents/x").status, 400);
    assert_eq!(console.get("/status").json()["documents"]["duplicates"], 2);
}

#[test]
fn the_oldest_trace_makes_room_and_is_counted() {
    let console = Console::start_with(Config {
        max_traces: 3,
        ..Config::default()
    });
    let documents: Vec<String> = (1..=5)
        .map(|number| SEGMENT.replace("49a", &format!("49{number}")))
        .collect();
    console.take(&documents);
    let store = &console.get("/status").json()["store"];
    assert_eq!(
        (
            &store["traces"],
            &store["evicted_traces"],
            &store["traces_limit"]
        ),
        (&json!(3), &json!(2), &json!(3))
    );
    let summaries = console.call("TraceSummaries", &always());
    assert_eq!(summaries["TraceSummaries"].as_array().unwrap().len(), 3);
    assert_eq!(
        console
            .get("/documents/1-5f84c7a1-e7d1852db8c4fd35d88bf491")
            .status,
        404
    );
}

#[test]
fn the_store_stays_within_its_bytes() {
    let limit = 200_000;
    let console = Console::start_with(Config {
        max_bytes: limit,
        ..Config::default()
    });
    let fill = format!(
        r#","metadata":{{"default":{{"fill":"{}"}}}}}}"#,
        "x".repeat(5_000)
    );
    let documents: Vec<String> = (100..200)
        .map(|number| {
            SEGMENT
                .replace("49a", &number.to_string())
                .replacen('}', &fill, 1)
        })
        .collect();
    for document in &documents {
        console.take(&[document]);
        console.call("TraceSummaries", &always());
        let bytes = console.get("/status").json()["store"]["bytes"]
            .as_u64()
            .unwrap();
        assert!(bytes <= limit as u64, "{bytes}");
    }
    let store = &console.get("/status").json()["store"];
    assert!(store["traces"].as_u64().unwrap() > 20, "{store}");
    console.ask("POST", "/clear", &[], b"");
    assert_eq!(console.get("/status").json()["store"]["bytes"], 0);
}

#[test]
fn every_datagram_is_passed_on_to_another_daemon() {
    let daemon = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    daemon
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    let console = Console::start_with(Config {
        forward: Some(HostPort {
            host: "localhost".to_owned(),
            port: daemon.local_addr().unwrap().port(),
        }),
        ..Config::default()
    });
    let mut buffer = [0; 1_000];
    for datagram in [&b"garbage"[..], b"{\"format\":\"json\",\"version\":1}\n{}"] {
        console.send(datagram);
        let length = daemon.recv(&mut buffer).unwrap();
        assert_eq!(&buffer[..length], datagram);
    }
    // It is counted after it was sent.
    console.wait_for(|console| console.get("/status").json()["datagrams"]["forwarded"] == 2);
}

#[test]
fn a_daemon_that_is_not_there_costs_nothing_but_a_count() {
    let absent = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = absent.local_addr().unwrap().port();
    drop(absent);
    let console = Console::start_with(Config {
        forward: Some(HostPort {
            host: "127.0.0.1".to_owned(),
            port,
        }),
        ..Config::default()
    });
    let documents: Vec<String> = (1..=20)
        .map(|number| SEGMENT.replace("49a", &format!("{number:03x}")))
        .collect();
    console.take(&documents);
    // That nobody listened is known of a datagram when the next one is sent.
    console.wait_for(|console| {
        let datagrams = &console.get("/status").json()["datagrams"];
        datagrams["forwarded"] == 20 && datagrams["not_forwarded"].as_u64().unwrap() > 0
    });
    let store = &console.get("/status").json()["store"];
    assert_eq!(store["traces"], 20);
}

#[test]
fn it_listens_on_ipv6_too() {
    let console = Console::start_at((Ipv6Addr::LOCALHOST, 0).into(), Config::default());
    assert!(console.address.is_ipv6());
    console.take(&[SEGMENT]);
    assert_eq!(console.get("/readyz").status, 200);
    let status = console.get("/status").json();
    assert_eq!(status["address"]["udp"], console.address.to_string());
    assert!(
        status["last"]["sender"]
            .as_str()
            .unwrap()
            .starts_with("[::1]:")
    );
    assert_eq!(console.graph()["Services"].as_array().unwrap().len(), 2);
}
