//! Spans by the old and by the new semantic conventions, as exporters of OpenTelemetry send them.

use serde_json::{Value, json};

use crate::support::Console;

const JSON: (&str, &str) = ("Content-Type", "application/json");

/// Sends a span with these attributes, and returns its document.
fn document(console: &Console, number: u32, kind: u8, name: &str, attributes: &Value) -> Value {
    let trace = format!("{number:024x}");
    let attribute = |(key, value): (&String, &Value)| {
        let value = match value {
            Value::Bool(value) => json!({ "boolValue": value }),
            Value::Number(number) if number.is_f64() => json!({ "doubleValue": number }),
            Value::Number(number) => json!({ "intValue": number }),
            Value::Array(texts) => {
                let values = texts.iter().map(|text| json!({ "stringValue": text }));
                json!({ "arrayValue": { "values": values.collect::<Vec<_>>() } })
            }
            text => json!({ "stringValue": text }),
        };
        json!({ "key": key, "value": value })
    };
    let attributes: Vec<_> = attributes
        .as_object()
        .unwrap()
        .iter()
        .map(attribute)
        .collect();
    let body = json!({ "resourceSpans": [{
        "resource": { "attributes": [{ "key": "service.name", "value": { "stringValue": "shop" } }] },
        "scopeSpans": [{ "spans": [{
            "traceId": format!("5f84c7a1{trace}"), "spanId": "0101010101010101", "parentSpanId": "0202020202020202",
            "name": name, "kind": kind, "startTimeUnixNano": "1602534561000000000",
            "endTimeUnixNano": "1602534562000000000", "attributes": attributes,
        }] }],
    }] });
    let answer = console.ask("POST", "/v1/traces", &[JSON], body.to_string().as_bytes());
    assert_eq!(answer.text(), "{}");
    let ids = json!({ "TraceIds": [format!("1-5f84c7a1-{trace}")] });
    let found = console.call("Traces", &ids);
    let text = found["Traces"][0]["Segments"][0]["Document"]
        .as_str()
        .unwrap();
    serde_json::from_str(text).unwrap()
}

const SERVER: u8 = 2;
const CLIENT: u8 = 3;
const PRODUCER: u8 = 4;

/// A call by the old conventions and by the new ones: each with the span's name that they ask for.
type Call = (
    u8,
    &'static str,
    (&'static str, Value),
    (&'static str, Value),
);

fn databases() -> Vec<Call> {
    vec![
        (
            CLIENT,
            "shop@pg",
            (
                "SELECT shop",
                json!({ "db.system": "postgresql", "db.name": "shop", "net.peer.name": "pg" }),
            ),
            (
                "SELECT items",
                json!({ "db.system.name": "postgresql", "db.namespace": "shop|public", "server.address": "pg" }),
            ),
        ),
        (
            CLIENT,
            "shop@ms",
            (
                "SELECT shop",
                json!({ "db.system": "mssql", "db.name": "shop", "db.mssql.instance_name": "second", "net.peer.name": "ms" }),
            ),
            (
                "SELECT items",
                json!({ "db.system.name": "microsoft.sql_server", "db.namespace": "second|shop", "server.address": "ms" }),
            ),
        ),
        (
            CLIENT,
            "PDB1@ora",
            (
                "SELECT PDB1",
                json!({ "db.system": "oracle", "db.name": "PDB1", "net.peer.name": "ora" }),
            ),
            (
                "SELECT items",
                json!({ "db.system.name": "oracle.db", "db.namespace": "ORCL1|PDB1|db_high", "server.address": "ora" }),
            ),
        ),
        (
            CLIENT,
            "es",
            (
                "search",
                json!({ "db.system": "elasticsearch", "http.method": "GET", "http.url": "http://es:9200/i/_search" }),
            ),
            (
                "search i",
                json!({ "db.system.name": "elasticsearch", "db.namespace": "logs", "http.request.method": "GET",
                    "url.full": "http://es:9200/i/_search", "server.address": "es" }),
            ),
        ),
        (
            CLIENT,
            "redis",
            (
                "GET",
                json!({ "db.system": "redis", "db.redis.database_index": 3 }),
            ),
            (
                "GET",
                json!({ "db.system.name": "redis", "db.namespace": "3" }),
            ),
        ),
    ]
}

fn messages() -> Vec<Call> {
    vec![
        (
            PRODUCER,
            "orders",
            (
                "orders publish",
                json!({ "messaging.system": "kafka", "messaging.destination": "orders" }),
            ),
            (
                "send orders",
                json!({ "messaging.system": "kafka", "messaging.destination.name": "orders" }),
            ),
        ),
        (
            PRODUCER,
            "mq",
            (
                "orders publish",
                json!({ "messaging.system": "rabbitmq", "messaging.destination": "orders", "messaging.url": "amqp://app:hunter2@mq:5672/%2f" }),
            ),
            (
                "publish orders",
                json!({ "messaging.system": "rabbitmq", "messaging.destination.name": "orders", "server.address": "mq" }),
            ),
        ),
        (
            PRODUCER,
            "rabbitmq",
            (
                "(temporary) publish",
                json!({ "messaging.system": "rabbitmq", "messaging.destination": "amq.gen-JzTY", "messaging.temp_destination": true }),
            ),
            (
                "publish (anonymous)",
                json!({ "messaging.system": "rabbitmq", "messaging.destination.name": "amq.gen-8fGk",
                    "messaging.destination.anonymous": true, "messaging.destination.temporary": true }),
            ),
        ),
    ]
}

fn requests() -> Vec<Call> {
    vec![
        (
            CLIENT,
            "stock",
            (
                "HTTP GET",
                json!({ "http.method": "GET", "http.scheme": "http", "http.host": "stock:8080", "http.target": "/a" }),
            ),
            (
                "GET",
                json!({ "http.request.method": "GET", "url.full": "http://stock:8080/a", "server.address": "stock", "server.port": 8080 }),
            ),
        ),
        (
            CLIENT,
            "10.0.0.7",
            (
                "HTTP GET",
                json!({ "http.method": "GET", "http.scheme": "http", "net.peer.ip": "10.0.0.7", "net.peer.port": 8080, "http.target": "/a" }),
            ),
            (
                "GET",
                json!({ "http.request.method": "GET", "url.full": "http://10.0.0.7:8080/a", "server.address": "10.0.0.7", "server.port": 8080 }),
            ),
        ),
    ]
}

#[test]
fn a_call_is_one_node_by_old_conventions_and_by_new() {
    let console = Console::start();
    let calls = [databases(), messages(), requests()].concat();
    for (number, (kind, name, old, new)) in (0..).zip(calls) {
        for (index, (span, attributes)) in [old, new].into_iter().enumerate() {
            let number = number * 2 + u32::try_from(index).unwrap();
            let document = document(&console, number, kind, span, &attributes);
            let seen = [&document["name"], &document["namespace"]];
            assert_eq!(seen, [name, "remote"], "{attributes}");
            let text = document.to_string();
            for (key, value) in attributes.as_object().unwrap() {
                let value = value.as_str().map_or(value.to_string(), str::to_owned);
                let is_there = text.contains(&value.replace("hunter2", "***"));
                assert!(is_there || text.contains(key.as_str()), "{key}: {text}");
            }
            assert!(!text.contains("hunter2"), "{text}");
            let url = &document["http"]["request"]["url"];
            assert_eq!(
                url.is_string(),
                attributes.to_string().contains("http."),
                "{text}"
            );
        }
    }
}

#[test]
fn whatever_a_request_asks_for_its_url_parses() {
    let console = Console::start();
    for (number, (attributes, url, kept)) in (0..).zip([
        (json!({ "url.path": "*" }), "http://www/*", None),
        (json!({ "url.path": "a" }), "http://www/a", None),
        (json!({ "http.target": "*" }), "http://www/*", None),
        (
            json!({ "http.target": "http://right.example/a?b=1" }),
            "http://right.example/a?b=1",
            Some("server.address"),
        ),
        (
            json!({ "http.target": "/login?next=https://right.example/" }),
            "http://www/login?next=https://right.example/",
            None,
        ),
        (
            json!({ "http.target": "www:443" }),
            "http://www/www:443",
            None,
        ),
        (
            json!({ "url.path": "/", "server.port": 8443.0 }),
            "http://www:8443/",
            None,
        ),
        (
            json!({ "url.path": "/", "server.port": true }),
            "http://www/",
            Some("server.port"),
        ),
        (
            json!({ "url.path": "/", "server.address": "fe80::1%eth0" }),
            "http://[fe80::1]/",
            Some("server.address"),
        ),
    ]) {
        let mut all =
            json!({ "http.request.method": "GET", "url.scheme": "http", "server.address": "www" });
        all.as_object_mut()
            .unwrap()
            .extend(attributes.as_object().unwrap().clone());
        let document = document(&console, number, SERVER, "GET", &all);
        assert_eq!(document["http"]["request"]["url"], url, "{attributes}");
        let metadata = document["metadata"]["default"].as_object().unwrap();
        let left = metadata.keys().map(String::as_str);
        let left: Vec<_> = left.filter(|key| key.starts_with("server.")).collect();
        assert_eq!(left, kept.as_slice(), "{attributes}");
    }
}

#[test]
fn the_client_is_the_first_address_and_never_a_proxy_that_hides_it() {
    let console = Console::start();
    for (number, (attributes, client)) in (0..).zip([
        (
            json!({ "http.client_ip": "203.0.113.7, 10.1.1.1", "net.peer.ip": "10.0.0.9" }),
            Some("203.0.113.7"),
        ),
        (
            json!({ "client.address": "\"[2001:db8::7]:4711\", 10.1.1.1", "network.peer.address": "10.0.0.9" }),
            Some("2001:db8::7"),
        ),
        (
            json!({ "client.address": "unknown", "network.peer.address": "10.0.0.9" }),
            None,
        ),
        (
            json!({ "client.address": "_gateway", "network.peer.address": "10.0.0.9" }),
            None,
        ),
        // As Go's instrumentation says it by the conventions in between.
        (json!({ "net.sock.peer.addr": "203.0.113.7" }), Some("203.0.113.7")),
        (
            json!({ "net.sock.peer.addr": "10.0.0.9", "http.client_ip": "203.0.113.7" }),
            Some("203.0.113.7"),
        ),
        (
            json!({ "net.sock.peer.addr": "10.0.0.9", "client.address": "unknown" }),
            None,
        ),
    ]) {
        let mut all = json!({ "http.method": "GET", "http.target": "/", "http.host": "shop" });
        all.as_object_mut()
            .unwrap()
            .extend(attributes.as_object().unwrap().clone());
        let document = document(&console, number, SERVER, "GET", &all);
        let found = &document["http"]["request"]["client_ip"];
        assert_eq!(found.as_str(), client, "{attributes}");
        let text = document.to_string();
        for value in attributes.as_object().unwrap().values() {
            let value = value.to_string();
            assert!(text.contains(&value), "{value}: {text}");
        }
    }
}
