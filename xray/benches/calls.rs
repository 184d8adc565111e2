//! What each call costs: `cargo bench -p aws-xray`.
//!
//! Each line is a segment with fifty calls in it; the cost of one call is a fiftieth of what that takes more than
//! the segment alone. With `--test` each runs once: under callgrind that counts instructions.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use std::{
    convert::Infallible,
    future,
    hint::black_box,
    io,
    net::UdpSocket,
    pin::pin,
    task::{Context as TaskContext, Poll, Waker},
};

use criterion::{Criterion, criterion_group, criterion_main};
use http::{Request, Response};
use tower::{Layer as _, Service as _, service_fn};
use tracing_subscriber::filter::{LevelFilter, Targets};
use xray::{Config, Database, SamplerKind, Tracing, testing::Daemon};

/// How many calls a segment has; one with more than 100 subsegments would send some by themselves.
const CALLS: usize = 50;

fn calls(criterion: &mut Criterion) {
    let daemon = Daemon::start().unwrap();
    let address = daemon.socket_address();
    criterion.bench_function("bare send of 700 bytes", |bencher| {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(address).unwrap();
        bencher.iter(|| socket.send(&[b'x'; 700]));
    });
    for (name, sampler) in [
        ("recorded", SamplerKind::AlwaysOn),
        ("unrecorded", SamplerKind::AlwaysOff),
    ] {
        let config = Config {
            daemon: daemon.address(),
            sampler,
            ..Config::new("shop")
        };
        let tracing = Tracing::new(&config).unwrap();
        // As `xray::start` installs it.
        let subscriber = tracing.subscriber(&Targets::new().with_default(LevelFilter::WARN));
        let _subscriber = tracing::subscriber::set_default(subscriber);
        let mut group = criterion.benchmark_group(name);
        let mut bench = |name: &str, call: &dyn Fn()| {
            group.bench_function(name, |bencher| {
                bencher.iter(|| {
                    ready(tracing.segment("job", async { (0..CALLS).for_each(|_| call()) }));
                });
            });
        };
        bench("segment alone", &|| ());
        bench("annotate", &|| xray::annotate("tier", "gold"));
        bench("add_metadata", &|| xray::add_metadata("tier", "gold"));
        bench("set_user", &|| xray::set_user("carol"));
        bench("inject", &|| {
            let mut headers = http::HeaderMap::with_capacity(4);
            xray::inject(&opentelemetry::Context::current(), &mut headers);
            black_box(headers);
        });
        bench("in_subsegment", &|| {
            xray::in_subsegment("work", || black_box(()));
        });
        bench("subsegment", &|| {
            ready(xray::subsegment("work", async { black_box(()) }));
        });
        bench("instrument", &instrumented);
        let database = Database::from_address("postgres://app@db.internal/shop").unwrap();
        bench("query", &|| {
            let work = async { Ok::<_, Infallible>(black_box(7)) };
            let statement = "SELECT stock FROM items WHERE id = $1";
            black_box(ready(database.query(statement, work)).unwrap());
        });
        let answering = service_fn(|_: Request<String>| {
            future::ready(Ok::<_, Infallible>(Response::new(String::new())))
        });
        let client = tracing.client_layer().layer(answering);
        bench("request by the client layer", &|| {
            let request = Request::get("http://stock.internal:8080/items/7?token=x");
            let request = request.body(String::new()).unwrap();
            black_box(ready(client.clone().call(request)).unwrap());
        });
        bench("request by no layer", &|| {
            let request = Request::get("http://stock.internal:8080/items/7?token=x");
            let request = request.body(String::new()).unwrap();
            black_box(ready(answering.clone().call(request)).unwrap());
        });
        let error = io::Error::other("no funds");
        bench("record_error", &|| xray::record_error(&error));
    }
}

#[tracing::instrument(skip_all)]
fn instrumented() {
    black_box(());
}

/// Returns what a future gives that does not wait.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut TaskContext::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}

criterion_group!(benches, calls);
criterion_main!(benches);
