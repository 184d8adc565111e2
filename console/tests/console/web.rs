//! What browsers, probes and scrapers get.

use console::Config;

use crate::support::Console;

#[test]
fn every_answer_is_guarded_by_its_headers() {
    let console = Console::start();
    for (method, path, status) in [
        ("GET", "/", 200),
        ("GET", "/page/main.js", 200),
        ("GET", "/status", 200),
        ("GET", "/nothing", 404),
        ("POST", "/Nothing", 400),
        ("GET", "/ServiceGraph", 404),
        ("GET", "/page/../Cargo.toml", 404),
        ("GET", "/page/%2e%2e/Cargo.toml", 404),
    ] {
        let answer = console.ask(method, path, &[], b"");
        assert_eq!(answer.status, status, "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"),
            "{policy}"
        );
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
    }
}

#[test]
fn other_pages_and_other_names_are_refused() {
    let console = Console::start_with(Config {
        allowed_hosts: vec!["console.xray".to_owned()],
        ..Config::default()
    });
    let own = format!("http://{}", console.address);
    for (headers, status) in [
        (&[("Origin", own.as_str())][..], 200),
        (
            &[
                ("Host", "console.xray:2000"),
                ("Origin", "http://console.xray:2000"),
            ],
            200,
        ),
        (&[("Host", "localhost")], 200),
        (&[("Origin", "http://127.0.0.1:1")], 403),
        (&[("Origin", "null")], 403),
        (&[("Host", "evil.example")], 403),
        (
            &[("Host", "evil.example"), ("Origin", "http://evil.example")],
            403,
        ),
    ] {
        for (method, path, body) in [
            ("GET", "/status", ""),
            ("POST", "/Groups", "{}"),
            ("GET", "/", ""),
            ("GET", "/livez", ""),
        ] {
            let answer = console.ask(method, path, headers, body.as_bytes());
            assert_eq!(answer.status, status, "{headers:?} {path}");
            assert!(answer.header("access-control-allow-origin").is_none());
        }
    }
}

#[test]
fn the_page_is_served_with_its_types() {
    let console = Console::start();
    for (path, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/page/main.js", "text/javascript; charset=utf-8"),
        ("/page/style/tokens.css", "text/css; charset=utf-8"),
        ("/page/icon.svg", "image/svg+xml"),
    ] {
        let answer = console.get(path);
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, Some(kind)),
            "{path}"
        );
        assert!(!answer.body.is_empty());
    }
}

#[test]
fn probes_and_metrics_answer() {
    let console = Console::start();
    assert_eq!(console.get("/livez").status, 200);
    assert_eq!(console.get("/readyz").status, 200);
    console.take(&["{}", r#"{"name":"shop","id":"000000000000000a","trace_id":"1-5f84c7a1-e7d1852db8c4fd35d88bf49a","start_time":1,"end_time":2}"#]);
    let metrics = console.get("/metrics").text();
    for line in [
        "xray_console_datagrams_received_total 2",
        "xray_console_documents_accepted_total 1",
        "xray_console_documents_refused_total{reason=\"MissingId\"} 1",
        "xray_console_traces 1",
        "# TYPE xray_console_store_bytes gauge",
    ] {
        assert!(
            metrics.lines().any(|found| found == line),
            "{line} is not in\n{metrics}"
        );
    }
}

#[test]
fn completions_are_what_the_traces_know() {
    let console = Console::start();
    console.take(&[
        r#"{"name":"shop","id":"000000000000000a","trace_id":"1-5f84c7a1-e7d1852db8c4fd35d88bf49a","start_time":1,"end_time":2,"user":"ann",
            "annotations":{"tier":"gold","size":7},"http":{"request":{"method":"GET","url":"http://shop/items/7"},"response":{"status":200}},
            "service":{"version":"2.1"},"aws":{"eks":{"pod":"shop-7c9f"},"ecs":{"container":"shop-1"}}}"#,
    ]);
    assert_eq!(
        console.get("/completions").json(),
        serde_json::json!({
            "services": [{ "name": "shop", "type": null }],
            "annotations": [{ "key": "size", "values": [7.0] }, { "key": "tier", "values": ["gold"] }],
            "urls": ["http://shop/items/7"], "methods": ["GET"], "statuses": [200], "users": ["ann"],
            "routes": ["/items/{id}"], "versions": ["2.1"], "pods": ["shop-7c9f"], "containers": ["shop-1"],
        })
    );
}
