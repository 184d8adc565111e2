//! The cost of a sampling decision, with 25 rules of which the last one matches.
//!
//! `cargo bench -p aws-xray --bench sampling`

#![allow(missing_docs, reason = "criterion's macros make public items")]
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use std::{
    borrow::Cow,
    hint::black_box,
    sync::{
        Barrier, Mutex, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

use criterion::{Criterion, criterion_group, criterion_main};
use segment::{Time, Value};
use xray::sampling::{Rules, Service, Subject};

/// A request that only the last rule is for.
struct Request;

impl Subject for Request {
    fn method(&self) -> Option<&str> {
        Some("GET")
    }

    fn host(&self) -> Option<&str> {
        Some("shop.example.com:8080")
    }

    fn path(&self) -> Option<&str> {
        Some("/api/v1/orders/4711")
    }

    fn attribute(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

/// Makes 24 rules that look at method, path or host, and `Default`, which samples nothing.
fn rules() -> Rules {
    let rule = |number: u32| {
        let (method, path, host) = match number % 4 {
            0 => ("POST".to_owned(), "*".to_owned(), "*".to_owned()),
            1 => ("*".to_owned(), format!("/api/v{number}/*"), "*".to_owned()),
            2 => ("GET".to_owned(), format!("/items/{number}"), "*".to_owned()),
            _ => (
                "*".to_owned(),
                "*".to_owned(),
                format!("h{number}.example.com"),
            ),
        };
        let text = format!(
            r#"{{"SamplingRule":{{"RuleName":"rule {number}","Priority":{number},"FixedRate":0.05,"ReservoirSize":1,
                "ServiceName":"*","ServiceType":"*","ResourceARN":"*","Version":1,
                "HTTPMethod":"{method}","URLPath":"{path}","Host":"{host}"}}}}"#
        );
        Value::parse(&text).unwrap()
    };
    let mut records: Vec<_> = (2..26).map(rule).collect();
    let default = r#"{"SamplingRule":{"RuleName":"Default","Priority":10000,"FixedRate":0.000001,"ReservoirSize":1,
        "ServiceName":"*","ServiceType":"*","ResourceARN":"*","Version":1,"HTTPMethod":"*","URLPath":"*","Host":"*"}}"#;
    records.push(Value::parse(default).unwrap());
    let (rules, skipped) =
        Rules::of_records(&records, &Service::default(), &Rules::default(), now());
    assert_eq!((rules.count(), skipped.len()), (25, 0));
    rules
}

fn now() -> Time {
    SystemTime::now().into()
}

/// As a request finds it: behind a lock, with a clock to read.
fn decide(rules: &RwLock<Rules>) -> bool {
    rules
        .read()
        .unwrap()
        .decide(&Request, now(), rand::random)
        .unwrap()
        .is_sampled()
}

fn decision(criterion: &mut Criterion) {
    let rules = RwLock::new(rules());
    let at = now();
    criterion.bench_function("decide, the time given", |bencher| {
        let rules = rules.read().unwrap();
        bencher.iter(|| {
            rules
                .decide(black_box(&Request), at, rand::random)
                .unwrap()
                .is_sampled()
        });
    });
    let decide = || decide(&rules);
    criterion.bench_function("decide, clock and lock included", |bencher| {
        bencher.iter(decide);
    });
    criterion.bench_function("decide, while another thread does too", |bencher| {
        beside(decide, || bencher.iter(decide));
    });
    // What it would be if one lock were held from the first rule to the last count.
    let mutex = Mutex::new(());
    let locked = || {
        let _guard = mutex.lock().unwrap();
        decide()
    };
    criterion.bench_function(
        "decide under a mutex, while another thread does too",
        |bencher| {
            beside(locked, || bencher.iter(locked));
        },
    );
}

/// Runs `measure` while another thread decides without a pause.
fn beside(decide: impl Fn() -> bool + Sync, measure: impl FnOnce()) {
    let (begun, ended) = (Barrier::new(2), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            begun.wait();
            while !ended.load(Ordering::Relaxed) {
                black_box(decide());
            }
        });
        begun.wait();
        measure();
        ended.store(true, Ordering::Relaxed);
    });
}

/// Shares of a million decisions: what the machine does beside shows in the last ones alone, and so would
/// threads that wait for each other.
fn shares(_: &mut Criterion) {
    let rules = RwLock::new(rules());
    let decide = || decide(&rules);
    report("alone", || times(decide));
    report("beside another thread", || {
        let mut measured = Vec::new();
        beside(decide, || measured = times(decide));
        measured
    });
}

/// Times decisions by tens, for reading the clock takes as long as one.
fn times(decide: impl Fn() -> bool) -> Vec<Duration> {
    let ten = |_| {
        let begun = Instant::now();
        (0..10).for_each(|_| {
            black_box(decide());
        });
        begun.elapsed() / 10
    };
    (0..100_000).map(ten).collect()
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
fn report(what: &str, measure: impl FnOnce() -> Vec<Duration>) {
    let mut times = measure();
    times.sort_unstable();
    let share = |part: usize| times[times.len() * part / 10_000 - 1];
    println!(
        "{what}: half within {:?}, 99 % within {:?}, 99.99 % within {:?}",
        share(5_000),
        share(9_900),
        share(9_999)
    );
}

criterion_group!(benches, decision, shares);
criterion_main!(benches);
