//! The test vectors in `vectors/`, read at run time: every case of every file runs, every failing case is
//! reported by its id.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a panic is the report of a failure, and a count is printed"
)]

mod collector;
mod exporter;
mod spans;
mod stacks;
mod support;

use segment::{DaemonAddress, Sampled, SegmentId, TraceHeader, TraceId, datagram};
use serde_json::Value;
use support::{Report, read_vectors};

#[test]
fn every_header_vector_is_read_as_expected() {
    let mut report = Report::new("header.json parse");
    for case in read_vectors("header.json", "parse") {
        let header = TraceHeader::parse(text(&case["header"]));
        let expect = &case["expect"];
        let id = case["id"].as_str().unwrap();
        report.check(
            id,
            &header.root.map(TraceId::to_hex),
            &expect["trace_id"].as_str().map(str::to_owned),
        );
        report.check(
            id,
            &header.remote_parent().is_some(),
            &expect["valid_remote_parent"].as_bool().unwrap(),
        );
        report.check(
            id,
            &header.sampled.map(|sampled| sampled.to_string()),
            &expect["sampled"].as_str().map(str::to_owned),
        );
        let parent = header.remote_parent().map(|(_, parent)| parent.to_string());
        report.check(
            id,
            &parent,
            &expect["parent_id"].as_str().map(str::to_owned),
        );
        let extra: serde_json::Map<_, _> = header
            .extra
            .iter()
            .map(|(key, value)| (key.to_string(), Value::from(value.as_ref())))
            .collect();
        report.check(
            id,
            &Value::from(extra),
            &expect
                .get("extra")
                .cloned()
                .unwrap_or_else(|| Value::from(serde_json::Map::new())),
        );
    }
    report.finish();
}

#[test]
fn every_header_vector_is_written_as_expected() {
    let mut report = Report::new("header.json format");
    for case in read_vectors("header.json", "format_vectors") {
        let input = &case["input"];
        let header = TraceHeader {
            root: input["trace_id"].as_str().and_then(TraceId::from_hex),
            parent: input["span_id"]
                .as_str()
                .and_then(|id| id.parse::<SegmentId>().ok()),
            sampled: input["sampled"].as_bool().map(Sampled::from),
            extra: input["extra"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|pair| (text(&pair[0]).into(), text(&pair[1]).into()))
                .collect(),
        };
        // As `xray::inject`: of a span without valid ids nothing is written.
        let written = header.root.and(header.parent).map(|_| header.to_string());
        report.check(
            text(&case["id"]),
            &written,
            &case["header"].as_str().map(str::to_owned),
        );
    }
    report.finish();
}

#[test]
fn every_response_header_vector_is_answered_as_expected() {
    let mut report = Report::new("header.json response");
    let own = "1-6b032cd4-fcaea3c2c1ff6bd7dc91489f"
        .parse::<TraceId>()
        .unwrap();
    for case in read_vectors("header.json", "response") {
        let request = case["request"]
            .as_str()
            .map(TraceHeader::parse)
            .unwrap_or_default();
        let sampled = text(&case["server_decided"]) == "sampled";
        let answered = request
            .response(request.root.unwrap_or(own), sampled)
            .to_string();
        let expected =
            text(&case["response"]).replace("<trace id of the new segment>", &own.to_string());
        report.check(text(&case["id"]), &answered, &expected);
    }
    report.finish();
}

#[test]
fn every_daemon_address_vector_is_read_as_expected() {
    let mut report = Report::new("header.json daemon_address");
    for case in read_vectors("header.json", "daemon_address") {
        let value = text(&case["value"]);
        // As everywhere, an empty variable is an absent one.
        let read = match value {
            "" => Ok(DaemonAddress::default()),
            _ => value.parse::<DaemonAddress>(),
        };
        let read = read
            .ok()
            .map(|address| (address.udp.to_string(), address.tcp.to_string()));
        let expected = (case["error"] != true)
            .then(|| (text(&case["udp"]).to_owned(), text(&case["tcp"]).to_owned()));
        report.check(value, &read, &expected);
    }
    report.finish();
}

#[test]
fn every_datagram_vector_has_the_result_of_the_aws_daemon() {
    let mut report = Report::new("daemon-datagrams.json");
    for case in read_vectors("daemon-datagrams.json", "vectors") {
        let id = text(&case["id"]);
        let bytes = match case["datagram"].as_str() {
            Some(datagram) => support::bytes(datagram, text(&case["encoding"])),
            // Too long to be spelled out in the file: a document of the greatest length that fits.
            None => [datagram::HEADER, &vec![b' '; datagram::MAX_DOCUMENT]].concat(),
        };
        let read = datagram::document(&bytes);
        let fate = match read {
            Ok(_) => "forward",
            Err(_) if bytes.is_empty() => "ignore",
            Err(_) => "reject",
        };
        report.check(id, &fate, &text(&case["expect"]));
        if let Some(forwarded) = case["forwarded_document"].as_str() {
            let document = read
                .map(|document| String::from_utf8_lossy(document).into_owned())
                .ok();
            report.check(id, &document.as_deref(), &Some(forwarded));
        }
    }
    report.finish();
}

fn text(value: &Value) -> &str {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} should be a text"))
}
