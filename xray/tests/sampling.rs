//! Rules over real HTTP: from a daemon that is away, slow, broken or moved, or sends invalid data.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderMap, StatusCode},
    routing::{any, get},
};
use http_body_util::BodyExt;
use segment::{DaemonAddress, HostPort, Value};
use tokio::net::TcpListener;
use tower::ServiceExt;
use tracing_subscriber::layer::SubscriberExt;
use xray::{
    Config, Resolver, SamplerKind, Tracing,
    sampling::{RulesFile, Settings},
    testing::Daemon,
};

const PATIENCE: Duration = Duration::from_secs(10);
const DEFAULT: &str = r#"{"RuleName":"Default","Priority":10000,"FixedRate":1.0,"ReservoirSize":1,"ServiceName":"*",
    "ServiceType":"*","Host":"*","HTTPMethod":"*","URLPath":"*","ResourceARN":"*","Version":1,"Attributes":{}}"#;

/// Answers by path and body, and keeps what was asked.
#[derive(Clone)]
struct Stub {
    answer: Arc<Mutex<Answer>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

type Answer = Box<dyn Fn(&str, &str) -> (StatusCode, String) + Send>;

/// A call: path, headers, body.
type Asked = (String, HeaderMap, String);

impl Stub {
    fn new(answer: impl Fn(&str, &str) -> (StatusCode, String) + Send + 'static) -> Self {
        Self {
            answer: Arc::new(Mutex::new(Box::new(answer))),
            asked: Arc::default(),
        }
    }

    /// Serves on a free port of 127.0.0.1.
    async fn serve(&self) -> SocketAddr {
        self.serve_at((Ipv4Addr::LOCALHOST, 0).into()).await
    }

    async fn serve_at(&self, address: SocketAddr) -> SocketAddr {
        let stub = self.clone();
        let handle = move |request: Request| {
            let stub = stub.clone();
            async move {
                let (head, body) = request.into_parts();
                let body = body.collect().await.unwrap().to_bytes();
                let (path, body) = (head.uri.path(), String::from_utf8_lossy(&body).into_owned());
                let answer = stub.answer.lock().unwrap()(path, &body);
                let asked = (path.to_owned(), head.headers, body);
                stub.asked.lock().unwrap().push(asked);
                answer
            }
        };
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(
            async move { axum::serve(listener, Router::new().fallback(any(handle))).await },
        );
        address
    }

    fn now_answers(&self, answer: impl Fn(&str, &str) -> (StatusCode, String) + Send + 'static) {
        *self.answer.lock().unwrap() = Box::new(answer);
    }

    fn count(&self, path: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|(asked, ..)| asked == path).count()
    }

    fn bodies(&self, path: &str) -> Vec<Value<'static>> {
        let asked = self.asked.lock().unwrap();
        let bodies = asked.iter().filter(|(asked, ..)| asked == path);
        bodies
            .map(|(.., body)| Value::parse(body).unwrap())
            .collect()
    }
}

fn rules(rules: &[&str]) -> (StatusCode, String) {
    let records: Vec<_> = rules
        .iter()
        .map(|rule| format!(r#"{{"SamplingRule":{rule},"CreatedAt":1,"ModifiedAt":1}}"#))
        .collect();
    let records = records.join(",");
    (
        StatusCode::OK,
        format!(r#"{{"SamplingRuleRecords":[{records}],"NextToken":null}}"#),
    )
}

/// Answers with these rules, and with nothing when asked for targets.
fn only(rule: &'static str) -> impl Fn(&str, &str) -> (StatusCode, String) + Send + 'static {
    move |path, _| match path {
        "/GetSamplingRules" => rules(&[rule]),
        _ => (StatusCode::OK, "{}".to_owned()),
    }
}

fn nothing() -> String {
    DEFAULT
        .replace("\"FixedRate\":1.0", "\"FixedRate\":0")
        .replace("\"ReservoirSize\":1", "\"ReservoirSize\":0")
}

/// A service whose documents go to `daemon` and whose rules come from `address`, without long waits.
fn config(daemon: &Daemon, address: SocketAddr) -> Config {
    Config {
        daemon: DaemonAddress {
            tcp: named(&address.ip().to_string(), address.port()),
            ..daemon.address()
        },
        sampler: SamplerKind::Xray,
        sampling: Settings {
            rules_interval: Duration::from_millis(40),
            targets_interval: Duration::from_millis(40),
            file_interval: Duration::from_millis(20),
            ..Settings::default()
        },
        debug: true,
        ..Config::new("shop")
    }
}

fn named(host: &str, port: u16) -> HostPort {
    HostPort {
        host: host.to_owned(),
        port,
    }
}

fn app(tracing: &Tracing) -> Router {
    Router::new()
        .route("/api", get(|| async { "hello" }))
        .layer(tracing.server_layer())
}

/// Asks `/api` and returns whether it was sampled, and why.
async fn ask(app: &Router, headers: &[(&str, &str)]) -> (bool, String) {
    let request = Request::get("/api").header("x-ray-debug", "sampling");
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    let response = app
        .clone()
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    let text = |name| response.headers()[name].to_str().unwrap().to_owned();
    (
        text("traceresponse").ends_with("-01"),
        text("x-ray-sampling"),
    )
}

/// Waits until `is_so`.
async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so().await {
        assert!(Instant::now() < deadline, "{what}: not within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A daemon that checks every document by the schema.
fn checked_daemon() -> Daemon {
    Daemon::start()
        .unwrap()
        .checking(segment_schema::assert_valid)
}

async fn first_rules(tracing: &Tracing) {
    let tracing = tracing.clone();
    let came = tokio::task::spawn_blocking(move || tracing.wait_for_rules(PATIENCE));
    assert!(came.await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rules_of_the_daemon_decide_and_name_themselves_in_the_segment() {
    let stub = Stub::new(only(DEFAULT));
    let daemon = checked_daemon();
    let tracing = Tracing::new(&config(&daemon, stub.serve().await)).unwrap();
    first_rules(&tracing).await;
    let app = app(&tracing);
    let (is_sampled, why) = ask(&app, &[]).await;
    assert!(is_sampled);
    assert_eq!(
        why,
        r#"decision=sampled; by=rule; rule="Default"; reservoir=unknown; rate=1; through=borrowing"#
    );
    let segment = daemon.receive(1).remove(0);
    let xray = segment.aws.as_ref().unwrap().xray.as_ref().unwrap();
    assert_eq!(xray.sampling_rule_name.as_deref(), Some("Default"));

    let nobody = "Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;Parent=53995c3f42cd8ad8;Sampled=";
    for (sampled, why) in [
        ("1", "decision=sampled; by=parent"),
        ("0", "decision=dropped; by=parent"),
    ] {
        let header = format!("{nobody}{sampled}");
        assert_eq!(
            ask(&app, &[("x-amzn-trace-id", &header)]).await,
            (sampled == "1", why.to_owned())
        );
    }
    let (is_sampled, why) = ask(&app, &[("x-amzn-trace-id", &format!("{nobody}?"))]).await;
    assert!(is_sampled && why.contains("by=rule"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_debug_the_reason_is_not_sent() {
    let stub = Stub::new(only(DEFAULT));
    let daemon = checked_daemon();
    let config = Config {
        debug: false,
        ..config(&daemon, stub.serve().await)
    };
    let app = app(&Tracing::new(&config).unwrap());
    let request = Request::get("/api").header("x-ray-debug", "sampling");
    let response = app
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    assert!(!response.headers().contains_key("x-ray-sampling"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_rules_did_is_reported_and_what_they_may_do_is_taken() {
    let stub = Stub::new(|path, _| {
        if path == "/GetSamplingRules" {
            return rules(&[DEFAULT]);
        }
        let target = r#"{"RuleName":"Default","FixedRate":0,"ReservoirQuota":0,"ReservoirQuotaTTL":9000000000,
            "SamplingBoost":{"BoostRate":1.0,"BoostRateTTL":9000000000}}"#;
        (
            StatusCode::OK,
            format!(r#"{{"SamplingTargetDocuments":[{target}]}}"#),
        )
    });
    let daemon = checked_daemon();
    let tracing = Tracing::new(&config(&daemon, stub.serve().await)).unwrap();
    first_rules(&tracing).await;
    let app = app(&tracing);
    let mut sampled = 0;
    for _ in 0..5 {
        sampled += u32::from(ask(&app, &[]).await.0);
    }
    eventually("the quota of nothing", async || !ask(&app, &[]).await.0).await;
    assert!(sampled >= 1);
    let document = stub.bodies("/SamplingTargets").remove(0);
    let Some(Value::Array(documents)) = document.get("SamplingStatisticsDocuments") else {
        panic!("{document}")
    };
    let member = |name| documents[0].get(name).unwrap();
    assert_eq!(member("RuleName").as_text(), Some("Default"));
    let id = member("ClientID").as_text().unwrap();
    assert!(
        id.len() == 24 && id.bytes().all(|digit| digit.is_ascii_hexdigit()),
        "{id}"
    );
    let count = |name| member(name).as_integer().unwrap();
    assert!(
        count("RequestCount") >= count("SampledCount")
            && count("SampledCount") >= count("BorrowCount")
    );
    assert!(count("BorrowCount") >= 1, "{document}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_the_targets_tell_of_is_fetched_at_once() {
    let changed = Arc::new(AtomicBool::new(false));
    let is_changed = Arc::clone(&changed);
    let stub = Stub::new(move |path, _| {
        let is_changed = is_changed.load(Ordering::Relaxed);
        match path {
            "/GetSamplingRules" if is_changed => rules(&[&nothing()]),
            "/GetSamplingRules" => rules(&[DEFAULT]),
            _ => {
                let modified = if is_changed { 200.0 } else { 100.0 };
                (
                    StatusCode::OK,
                    format!(r#"{{"LastRuleModification":{modified}}}"#),
                )
            }
        }
    });
    let daemon = checked_daemon();
    let mut config = config(&daemon, stub.serve().await);
    config.sampling.rules_interval = Duration::from_secs(3_600);
    let tracing = Tracing::new(&config).unwrap();
    first_rules(&tracing).await;
    let app = app(&tracing);
    assert!(ask(&app, &[]).await.0);
    eventually("a report", async || stub.count("/SamplingTargets") > 0).await;
    changed.store(true, Ordering::Relaxed);
    eventually("the changed rule", async || !ask(&app, &[]).await.0).await;
    assert_eq!(stub.count("/GetSamplingRules"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_fails_in_any_way_costs_nothing_but_its_rules_and_is_counted() {
    let garbage = [
        "",
        "<html>",
        "[]",
        "{}",
        r#"{"SamplingRuleRecords":7}"#,
        "\u{0}",
    ];
    let mut answers: Vec<(StatusCode, String)> =
        garbage.map(|body| (StatusCode::OK, body.to_owned())).into();
    for status in [
        StatusCode::INTERNAL_SERVER_ERROR,
        StatusCode::FORBIDDEN,
        StatusCode::TEMPORARY_REDIRECT,
    ] {
        answers.push((status, rules(&[&nothing()]).1));
    }
    for answer in answers {
        let said = answer.clone();
        let stub = Stub::new(move |_, _| said.clone());
        let daemon = checked_daemon();
        let tracing = Tracing::new(&config(&daemon, stub.serve().await)).unwrap();
        first_rules(&tracing).await;
        let app = app(&tracing);
        let (is_sampled, why) = ask(&app, &[]).await;
        assert!(
            is_sampled && why.contains("by=fallback"),
            "{answer:?}: {why}"
        );
        eventually("calls counted", async || {
            tracing.delivery().sampling_failures >= 2
        })
        .await;
        stub.now_answers(only(DEFAULT));
        eventually("rules", async || ask(&app, &[]).await.1.contains("by=rule")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_is_away_or_never_answers_blocks_nothing() {
    // Takes connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    for (address, is_known_at_once) in [(silent.local_addr().unwrap(), false), (closed, true)] {
        let daemon = checked_daemon();
        let begun = Instant::now();
        let tracing = Tracing::new(&config(&daemon, address)).unwrap();
        let handle = tracing.clone();
        let patience = Duration::from_millis(250);
        let waited = tokio::task::spawn_blocking(move || handle.wait_for_rules(patience));
        assert_eq!(waited.await.unwrap(), is_known_at_once, "{address}");
        let (is_sampled, why) = ask(&app(&tracing), &[]).await;
        assert!(is_sampled && why.contains("by=fallback"), "{why}");
        assert!(
            begun.elapsed() < Duration::from_secs(3),
            "{:?}",
            begun.elapsed()
        );
        daemon.receive(1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_that_are_known_outlive_a_daemon_that_goes_and_its_counts_wait_for_it() {
    let stub = Stub::new(only(DEFAULT));
    let daemon = checked_daemon();
    let tracing = Tracing::new(&config(&daemon, stub.serve().await)).unwrap();
    first_rules(&tracing).await;
    stub.now_answers(|_, _| (StatusCode::BAD_GATEWAY, String::new()));
    let app = app(&tracing);
    let sum = |stub: &Stub, from: usize| -> i64 {
        let bodies = stub.bodies("/SamplingTargets");
        let documents = bodies[from..].iter().filter_map(|body| {
            let Some(Value::Array(documents)) = body.get("SamplingStatisticsDocuments") else {
                return None;
            };
            documents[0].get("RequestCount")?.as_integer()
        });
        documents.sum()
    };
    for _ in 0..10 {
        assert!(ask(&app, &[]).await.1.contains("by=rule"));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    eventually("a report that failed", async || {
        stub.count("/SamplingTargets") > 2
    })
    .await;
    let failed = {
        let asked = stub.asked.lock().unwrap();
        stub.now_answers(only(DEFAULT));
        asked
            .iter()
            .filter(|(path, ..)| path == "/SamplingTargets")
            .count()
    };
    eventually("every request reported", async || sum(&stub, failed) == 10).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_moved_is_found_by_its_name() {
    let (first, second) = (
        Stub::new(only(DEFAULT)),
        Stub::new(|path, _| match path {
            "/GetSamplingRules" => rules(&[&nothing()]),
            _ => (StatusCode::OK, "{}".to_owned()),
        }),
    );
    let from = first.serve().await;
    let to = SocketAddr::from((Ipv4Addr::new(127, 0, 0, 2), from.port()));
    second.serve_at(to).await;
    let address = Arc::new(Mutex::new(Ok(from)));
    let known = Arc::clone(&address);
    let resolver = Resolver::new(move |name| match *known.lock().unwrap() {
        _ if name.host != "daemon" => Ok(vec![]),
        Ok(address) => Ok(vec![address]),
        Err(kind) => Err(io::Error::from(kind)),
    });
    let daemon = checked_daemon();
    let mut config = config(&daemon, from);
    config.sampling.endpoint = Some(named("daemon", from.port()));
    let tracing = Tracing::with_resolver(&config, resolver).unwrap();
    first_rules(&tracing).await;
    let app = app(&tracing);
    assert!(ask(&app, &[]).await.1.contains("by=rule"));
    *address.lock().unwrap() = Err(io::ErrorKind::NotFound);
    let failed = tracing.delivery().sampling_failures;
    eventually("a failed lookup", async || {
        tracing.delivery().sampling_failures > failed
    })
    .await;
    assert!(ask(&app, &[]).await.1.contains("by=rule"));
    *address.lock().unwrap() = Ok(to);
    eventually("the other daemon's rules", async || !ask(&app, &[]).await.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_read_to_their_end_and_not_beyond() {
    let page = |rule: String, token: &str| {
        let (status, body) = rules(&[&rule]);
        (status, body.replace("null", &format!("{token:?}")))
    };
    let stub = Stub::new(move |path, body| match path {
        "/GetSamplingRules" if body.contains("\"two\"") => rules(&[&nothing()]),
        "/GetSamplingRules" => page(
            DEFAULT
                .replace("\"Default\"", "\"other\"")
                .replace("\"Host\":\"*\"", "\"Host\":\"no\""),
            "two",
        ),
        _ => (StatusCode::OK, "{}".to_owned()),
    });
    let daemon = checked_daemon();
    let tracing = Tracing::new(&config(&daemon, stub.serve().await)).unwrap();
    first_rules(&tracing).await;
    assert!(
        ask(&app(&tracing), &[])
            .await
            .1
            .contains("rule=\"Default\"")
    );

    // Pages without an end: those that were read are used.
    let stub = Stub::new(move |_, _| page(DEFAULT.to_owned(), "again"));
    let tracing = Tracing::new(&config(&daemon, stub.serve().await)).unwrap();
    first_rules(&tracing).await;
    assert!(
        ask(&app(&tracing), &[])
            .await
            .1
            .contains("rule=\"Default\"")
    );
    assert!(stub.count("/GetSamplingRules") >= 2);
}

/// Reads the rules once, whatever that takes, and sees that `Default` decides.
async fn decided_by_default(stub: &Stub) -> Tracing {
    let daemon = checked_daemon();
    let mut config = config(&daemon, stub.serve().await);
    config.sampling.rules_interval = Duration::from_secs(300);
    let tracing = Tracing::new(&config).unwrap();
    first_rules(&tracing).await;
    let why = ask(&app(&tracing), &[]).await.1;
    assert!(why.contains("by=rule; rule=\"Default\""), "{why}");
    tracing
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_rules_on_small_pages_are_read_to_the_last_one() {
    const PAGES: usize = 1_000;
    let stub = Stub::new(move |path, body| {
        if path != "/GetSamplingRules" {
            return (StatusCode::OK, "{}".to_owned());
        }
        let token = Value::parse(body).unwrap();
        let token = token.get("NextToken").and_then(Value::as_text);
        let number: usize = token.map_or(0, |token| token.parse().unwrap());
        if number == PAGES {
            return rules(&[&nothing()]);
        }
        let other = |rule: usize| {
            let rule = DEFAULT.replace("\"Default\"", &format!("\"{number}-{rule}\""));
            rule.replace("\"Host\":\"*\"", "\"Host\":\"no\"")
        };
        let page: Vec<_> = (0..10).map(other).collect();
        let (status, body) = rules(&page.iter().map(String::as_str).collect::<Vec<_>>());
        let token = format!("\"NextToken\":\"{}\"", number + 1);
        (status, body.replace("\"NextToken\":null", &token))
    });
    let tracing = decided_by_default(&stub).await;
    assert_eq!(stub.count("/GetSamplingRules"), PAGES + 1);
    // Of 10,001 rules a thousand are used, and the others counted.
    assert_eq!(tracing.delivery().sampling_skipped, 9_001);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_without_rules_come_to_an_end() {
    let number = AtomicUsize::new(0);
    let stub = Stub::new(move |path, _| {
        if path != "/GetSamplingRules" {
            return (StatusCode::OK, "{}".to_owned());
        }
        let number = number.fetch_add(1, Ordering::Relaxed);
        let (status, body) = if number == 0 {
            rules(&[DEFAULT])
        } else {
            rules(&[])
        };
        (status, body.replace("null", &format!("\"{number}\"")))
    });
    let tracing = decided_by_default(&stub).await;
    assert_eq!(tracing.delivery().sampling_skipped, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_five_rules_are_reported_in_one_call_and_more_in_several() {
    let many: Vec<_> = (1..=60)
        .map(|number| {
            let rule = DEFAULT.replace("\"Default\"", &format!("\"{number}\""));
            rule.replace("\"Host\":\"*\"", &format!("\"Host\":\"h{number}\""))
        })
        .collect();
    let stub = Stub::new(move |path, _| match path {
        "/GetSamplingRules" => rules(&many.iter().map(String::as_str).collect::<Vec<_>>()),
        _ => (StatusCode::OK, "{}".to_owned()),
    });
    let daemon = checked_daemon();
    let mut config = config(&daemon, stub.serve().await);
    config.sampling.targets_interval = Duration::from_secs(1);
    let tracing = Tracing::new(&config).unwrap();
    first_rules(&tracing).await;
    let app = app(&tracing);
    for number in 1..=60 {
        ask(&app, &[("host", &format!("h{number}"))]).await;
    }
    let reported = || -> Vec<usize> {
        let bodies = stub.bodies("/SamplingTargets");
        let count = |body: &Value<'_>| match body.get("SamplingStatisticsDocuments") {
            Some(Value::Array(documents)) => documents.len(),
            _ => 0,
        };
        bodies.iter().map(count).collect()
    };
    eventually("sixty reports", async || {
        reported().iter().sum::<usize>() == 60
    })
    .await;
    assert!(
        reported().iter().all(|count| *count <= 25),
        "{:?}",
        reported()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_calls_of_the_sampler_are_not_traced() {
    let stub = Stub::new(only(DEFAULT));
    let daemon = checked_daemon();
    let tracing = Tracing::new(&config(&daemon, stub.serve().await)).unwrap();
    // For all threads: the sampler's is one of its own.
    let subscriber = tracing_subscriber::registry().with(tracing.layer());
    tracing::subscriber::set_global_default(subscriber).unwrap();
    eventually("some calls", async || stub.count("/GetSamplingRules") > 3).await;
    assert!(tracing.flush(PATIENCE));
    assert_eq!(daemon.received(), []);
    let asked = stub.asked.lock().unwrap();
    let headers = ["x-amzn-trace-id", "traceparent"];
    assert!(
        asked
            .iter()
            .all(|(_, sent, _)| headers.iter().all(|name| !sent.contains_key(*name)))
    );
}

/// A file in the system's folder for such; it is deleted with this.
struct File(std::path::PathBuf);

impl File {
    fn new(text: &str) -> Self {
        let name = format!(
            "xray-sampling-{}-{:?}.json",
            std::process::id(),
            std::thread::current().id()
        );
        let file = Self(std::env::temp_dir().join(name));
        file.write(text);
        file
    }

    /// Replaces it whole, as a mounted config map is.
    fn write(&self, text: &str) {
        let beside = self.0.with_extension("new");
        std::fs::write(&beside, text).unwrap();
        std::fs::rename(&beside, &self.0).unwrap();
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_of_a_file_decide_alone_and_follow_the_file() {
    let text =
        |rate: f64| format!(r#"{{"version":2,"default":{{"fixed_target":0,"rate":{rate}}}}}"#);
    let file = File::new(&text(0.0));
    let stub = Stub::new(only(DEFAULT));
    let daemon = checked_daemon();
    let mut config = config(&daemon, stub.serve().await);
    config.sampling.file = Some(RulesFile::read(&file.0).unwrap());
    let tracing = Tracing::new(&config).unwrap();
    let app = app(&tracing);
    let (is_sampled, why) = ask(&app, &[]).await;
    assert!(
        !is_sampled && why.contains("by=rule; rule=\"default\""),
        "{why}"
    );
    file.write(&text(1.0));
    eventually("the changed file", async || ask(&app, &[]).await.0).await;
    file.write("{");
    eventually("the broken file", async || {
        tracing.delivery().sampling_skipped == 1
    })
    .await;
    assert!(ask(&app, &[]).await.0);
    file.write(&text(0.0));
    eventually("the mended file", async || !ask(&app, &[]).await.0).await;
    assert_eq!(
        tracing.delivery().sampling_skipped,
        1,
        "counted and warned about once"
    );
    assert_eq!(
        stub.asked.lock().unwrap().len(),
        0,
        "the daemon is not asked"
    );
}

/// Outside of a segment a call starts a trace; its host and method are known when that is decided.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_outside_of_any_segment_is_sampled_by_its_host_and_method() {
    let file = File::new(
        r#"{"version":2,"default":{"fixed_target":0,"rate":0.0},"rules":[
            {"host":"127.0.0.1*","http_method":"PUT","url_path":"/items","fixed_target":0,"rate":1.0}]}"#,
    );
    let daemon = checked_daemon();
    let mut config = Config {
        daemon: daemon.address(),
        ..Config::new("shop")
    };
    config.sampling.file = Some(RulesFile::read(&file.0).unwrap());
    let tracing = Tracing::new(&config).unwrap();
    first_rules(&tracing).await;
    let client = tracing.client(reqwest::Client::builder().no_proxy().build().unwrap());
    // Nobody listens there, which does not matter.
    let url = "http://127.0.0.1:1/items";
    for request in [client.get(url), client.put(url), client.post(url)] {
        request.send().await.unwrap_err();
    }
    assert!(tracing.flush(PATIENCE));
    let documents = daemon.received();
    // The service's segment, and the call in it.
    let calls = documents.iter().flat_map(|segment| &segment.subsegments);
    let calls = calls.filter_map(|call| call.http.as_ref()?.request.as_ref());
    let methods: Vec<_> = calls.map(|request| request.method.as_deref()).collect();
    assert_eq!(methods, [Some("PUT")], "{documents:#?}");
}
