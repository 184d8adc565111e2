//! Sampling rules from the console to the services, over HTTP and in simulated seconds.

use std::{
    borrow::Cow,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::Router;
use end_to_end::{Console, PATIENCE, Pair, Program, Result, eventually, stack::start_service};
use opentelemetry::trace::{Span, Tracer};
use segment::{HostPort, Time, Value};
use serde_json::json;
use tokio::net::TcpListener;
use traces::rules;
use xray::{
    Config, SamplerKind, Tracing,
    sampling::{Rules, Service, Settings, Subject, Targets},
};

/// The pair as `make run` starts it, but that it asks for the rules every second and says why.
struct Sampled {
    console: Console,
    pair: Pair,
}

impl Sampled {
    async fn start() -> Result<Self> {
        let console = Console::start().await?;
        let variables = [
            ("AWS_XRAY_DAEMON_ADDRESS", &*console.address.to_string()),
            ("OTEL_TRACES_SAMPLER_ARG", "polling_interval=1"),
            ("XRAY_DEBUG", "true"),
        ];
        let pair = Pair::start(&variables).await?;
        Ok(Self { console, pair })
    }

    /// Asks `/api`; returns whether it is traced, the trace, and why.
    async fn ask(&self) -> Result<(bool, String, String)> {
        let request = reqwest::Client::new()
            .get(format!("http://{}/api", self.pair.front_address))
            .header("X-Ray-Debug", "sampling");
        let response = request.send().await?.error_for_status()?;
        let header = |name: &str| -> Result<String> {
            let value = response.headers().get(name).ok_or(format!("no {name}"))?;
            Ok(value.to_str()?.to_owned())
        };
        let trace_id = header("x-amzn-trace-id")?.replace("Root=", "");
        let is_sampled = header("traceresponse")?.ends_with("-01");
        Ok((is_sampled, trace_id, header("x-ray-sampling")?))
    }
}

#[tokio::test]
async fn the_first_request_is_traced_by_the_default_rule_of_the_console() -> Result<()> {
    let sampled = Sampled::start().await?;
    for _ in 0..20 {
        let (is_sampled, trace_id, why) = sampled.ask().await?;
        assert!(
            is_sampled && why.contains("by=rule; rule=\"Default\""),
            "{why}"
        );
        let segments = eventually("two segments", async || {
            let segments = sampled.console.segments(&trace_id).await?;
            let segments: Vec<_> = segments.into_iter().filter(|one| !one.inferred).collect();
            Ok((segments.len() == 2).then_some(segments))
        })
        .await?;
        let front = segments.iter().find(|one| one.parent_id.is_none()).unwrap();
        let xray = front.aws.as_ref().unwrap().xray.as_ref().unwrap();
        assert_eq!(xray.sampling_rule_name.as_deref(), Some("Default"));
    }
    Ok(())
}

#[tokio::test]
async fn a_rule_for_api_drops_it_within_one_poll_and_gives_it_back() -> Result<()> {
    let sampled = Sampled::start().await?;
    assert!(sampled.ask().await?.0);
    let rule = json!({ "SamplingRule": {
        "RuleName": "no-api", "Priority": 1, "FixedRate": 0, "ReservoirSize": 0, "URLPath": "/api", "Host": "*",
        "HTTPMethod": "*", "ServiceName": "*", "ServiceType": "*", "ResourceARN": "*", "Version": 1,
    } });
    sampled.console.call("/CreateSamplingRule", rule).await?;
    let made = Instant::now();
    let is = async |wanted: bool| {
        let (is_sampled, _, why) = sampled.ask().await?;
        Ok((is_sampled == wanted).then_some(why))
    };
    let why = eventually("the rule", async || is(false).await).await?;
    // A poll is a second, by default it would be 300; the rest is for a busy machine.
    assert!(
        made.elapsed() < Duration::from_secs(10),
        "{:?}",
        made.elapsed()
    );
    assert!(why.contains("by=rule; rule=\"no-api\""), "{why}");
    for _ in 0..50 {
        assert!(!sampled.ask().await?.0);
    }
    let name = json!({ "RuleName": "no-api" });
    sampled.console.call("/DeleteSamplingRule", name).await?;
    let deleted = Instant::now();
    let why = eventually("no rule", async || is(true).await).await?;
    assert!(
        deleted.elapsed() < Duration::from_secs(10),
        "{:?}",
        deleted.elapsed()
    );
    assert!(why.contains("rule=\"Default\""), "{why}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_hears_what_rules_did_and_lends_a_share_of_the_reservoir() -> Result<()> {
    let console = Console::start().await?;
    let _tracing = sampled_by_rules(console.address).await?;
    let sampling = reported(&console).await?;
    let rule = &sampling["rules"][0];
    assert_eq!(rule["rule"]["RuleName"], "Default");
    let column = &rule["columns"][0];
    let borrowed = column["borrowed"].as_u64().unwrap();
    assert!((1..=3).contains(&borrowed), "one a second: {column}");
    assert_eq!(rule["clients"].as_array().unwrap().len(), 1);
    assert_eq!(rule["clients"][0]["quota"], 1);
    Ok(())
}

/// How many requests [`sampled_by_rules`] samples.
const REQUESTS: usize = 30;

/// A service in this process that samples [`REQUESTS`] requests by the rules of `endpoint`, a console or a daemon's
/// proxy, and reports every 50 ms what it did.
pub(crate) async fn sampled_by_rules(endpoint: SocketAddr) -> Result<Tracing> {
    let endpoint = HostPort {
        host: endpoint.ip().to_string(),
        port: endpoint.port(),
    };
    let config = Config {
        sampler: SamplerKind::Xray,
        sampling: Settings {
            endpoint: Some(endpoint),
            targets_interval: Duration::from_millis(50),
            ..Settings::default()
        },
        ..Config::new("shop")
    };
    let tracing = Tracing::new(&config)?;
    let waiting = tracing.clone();
    let came = tokio::task::spawn_blocking(move || waiting.wait_for_rules(PATIENCE));
    assert!(came.await?);
    for _ in 0..REQUESTS {
        tracing.tracer().unwrap().start("job").end();
    }
    Ok(tracing)
}

/// Waits until a console heard of all [`REQUESTS`], each of them sampled; returns what it shows of sampling.
pub(crate) async fn reported(console: &Console) -> Result<serde_json::Value> {
    eventually("a report at the console", async || {
        let text = reqwest::get(console.url("/sampling")).await?.text().await?;
        let sampling: serde_json::Value = serde_json::from_str(&text)?;
        let column = &sampling["rules"][0]["columns"][0];
        Ok((column["matched"] == REQUESTS && column["sampled"] == REQUESTS).then_some(sampling))
    })
    .await
}

/// Answers every call with three rules, of which two cannot be used; returns its address and the calls so far.
async fn daemon_with_bad_rules() -> Result<(String, Arc<AtomicUsize>)> {
    let rule = json!({
        "RuleName": "Default", "Priority": 10_000, "FixedRate": 1, "ReservoirSize": 1, "URLPath": "*", "Host": "*",
        "HTTPMethod": "*", "ServiceName": "*", "ServiceType": "*", "ResourceARN": "*", "Version": 1,
    });
    let with = |member: &str, value: serde_json::Value| {
        let mut rule = rule.clone();
        rule["RuleName"] = json!(format!("wrong {member}"));
        rule[member] = value;
        json!({ "SamplingRule": rule })
    };
    let records = [
        with("FixedRate", json!(7)),
        with("Version", json!(2)),
        json!({ "SamplingRule": rule }),
    ];
    let answer = json!({ "SamplingRuleRecords": records }).to_string();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let app = Router::new().fallback(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        std::future::ready(answer.clone())
    });
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok((address, calls))
}

#[tokio::test]
async fn rules_that_cannot_be_used_are_named_in_one_warning() -> Result<()> {
    let (daemon, calls) = daemon_with_bad_rules().await?;
    let variables = [
        ("LISTEN_ADDRESS", "127.0.0.1:0"),
        ("AWS_XRAY_DAEMON_ADDRESS", daemon.as_str()),
        ("OTEL_TRACES_SAMPLER_ARG", "polling_interval=1"),
    ];
    let (mut back, address) = start_service("backend", &variables).await?;
    let response = reqwest::get(format!("http://{address}/")).await?;
    assert!(
        response.headers()["traceresponse"]
            .to_str()?
            .ends_with("-01")
    );
    eventually("the rules a third time", async || {
        Ok((calls.load(Ordering::Relaxed) >= 3).then_some(()))
    })
    .await?;
    assert!(back.terminate().await?.success());
    let lines = back.lines();
    let warnings: Vec<_> = lines
        .iter()
        .filter(|line| line.contains("skipped"))
        .collect();
    let [warning] = warnings.as_slice() else {
        panic!("{lines:#?}")
    };
    for named in [
        "wrong FixedRate: its FixedRate is 7",
        "wrong Version: its Version is 2",
    ] {
        assert!(warning.contains(named), "{warning}");
    }
    Ok(())
}

#[tokio::test]
async fn a_file_of_rules_that_cannot_be_used_stops_the_start() -> Result<()> {
    let file = std::env::temp_dir().join(format!("xray-rules-{}.json", std::process::id()));
    std::fs::write(
        &file,
        r#"{"version":2,"default":{"fixed_target":1,"rate":7}}"#,
    )?;
    let path = file.display().to_string();
    let variables = [("AWS_XRAY_SAMPLING_RULES", path.as_str())];
    let mut back = Program::start("backend", &[], &variables)?;
    assert_eq!(back.ended().await?.code(), Some(1));
    std::fs::remove_file(&file)?;
    let said = back.lines().join("\n");
    let wanted = format!("AWS_XRAY_SAMPLING_RULES={path:?}: default: its rate is 7");
    assert!(said.contains(&wanted), "{said}");
    Ok(())
}

/// A request of which nothing is known.
struct Any;

impl Subject for Any {
    fn method(&self) -> Option<&str> {
        None
    }

    fn host(&self) -> Option<&str> {
        None
    }

    fn path(&self) -> Option<&str> {
        None
    }

    fn attribute(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

fn at(millis: u64) -> Time {
    Time::from_nanos(1_000_000_000_000_000_000 + millis * 1_000_000)
}

/// Reports what `rules` did to the console's core and returns them with what they may do from now on.
fn ask_targets(rules: &Rules, console: &mut rules::Rules, id: &str, now: Time) -> Rules {
    let documents: Vec<_> = rules
        .reports()
        .into_iter()
        .map(|report| {
            let reported = rules::Reported {
                request_count: report.counts.requests,
                sampled_count: report.counts.sampled,
                borrow_count: report.counts.borrowed,
            };
            let target = console.report(&report.rule, id, reported, now).unwrap();
            json!({
                "RuleName": *report.rule, "FixedRate": target.fixed_rate, "ReservoirQuota": target.quota,
                "ReservoirQuotaTTL": now.as_seconds() + rules::QUOTA_TTL.as_secs_f64(),
            })
        })
        .collect();
    let answer = json!({ "SamplingTargetDocuments": documents }).to_string();
    rules.with_targets(&Targets::read(&Value::parse(&answer).unwrap()).targets)
}

#[test]
fn three_front_ends_share_a_reservoir_of_five() {
    const IDS: [&str; 3] = ["a", "b", "c"];
    let mut console = rules::Rules::new(at(0));
    let change = json!({ "RuleName": "Default", "FixedRate": 0, "ReservoirSize": 5 });
    console
        .update(serde_json::from_value(change).unwrap(), at(0))
        .unwrap();
    let records: Vec<_> = console.all().map(|record| json!(record)).collect();
    let Ok(Value::Array(records)) = Value::parse(&json!(records).to_string()) else {
        panic!("records are a list")
    };
    let fetched = || Rules::of_records(&records, &Service::default(), &Rules::default(), at(0)).0;
    let mut fronts = IDS.map(|id| (id.repeat(24), fetched()));
    let mut sampled = [0; 50];
    // Each front end gets a request every 50 ms and asks every ten seconds, one three seconds after the other.
    for millis in (0..50_000).step_by(50) {
        for (number, (id, rules)) in fronts.iter_mut().enumerate() {
            let ask_at = 1_000 + 3_000 * number as u64;
            if millis % 10_000 == ask_at {
                *rules = ask_targets(rules, &mut console, id, at(millis));
            }
            let verdict = rules.decide(&Any, at(millis), || 0.5).unwrap();
            sampled[usize::try_from(millis).unwrap() / 1_000] += u32::from(verdict.is_sampled());
        }
    }
    // Until they have all asked once, those who have not borrow one a second each.
    assert_eq!(sampled[0], 3);
    assert!(
        sampled[..7].iter().all(|sampled| *sampled <= 7),
        "{sampled:?}"
    );
    // Then never more is sampled than the reservoir holds, nor much less, also while the first one hands over
    // what is the others'.
    assert!(
        sampled[7..].iter().all(|sampled| (4..=5).contains(sampled)),
        "{sampled:?}"
    );
    let shares = fronts.map(|(id, _)| {
        let lent = console.report("Default", &id, rules::Reported::default(), at(50_000));
        lent.unwrap().quota
    });
    assert_eq!(shares, [2, 2, 1]);
}
