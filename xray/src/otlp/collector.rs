//! The collector as the emitter sees it: requests that are answered, put off, or refused.
//! <https://opentelemetry.io/docs/specs/otlp/#otlphttp-response>

use std::{
    error::Error,
    hash::{BuildHasher, RandomState},
    io,
    ops::ControlFlow::{Break, Continue},
    sync::{Arc, OnceLock, atomic::AtomicU64},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use opentelemetry_sdk::Resource;
use prost::Message;
use reqwest::{
    Client, Response,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect,
};
use segment::HostPort;
use tokio::runtime::{self, Runtime};

use super::{Otlp, encode};
use crate::{
    delivery::{Counters, add, count},
    emitter::{Frames, Remedies, Resolver, Route, RouteContext},
};

/// Most spans and bytes of one request; a single span may be larger.
const BATCH_SPANS: u64 = 512;
const BATCH_BYTES: usize = 1024 * 1024;
/// How long to wait before a request is tried again, the first time; each time twice as long, up to the second.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long a request is tried again before its spans are given up.
const GIVE_UP_AFTER: Duration = Duration::from_secs(60);
/// How often a request that is under way looks whether the end has come.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Most of an answer that is read.
const MAX_ANSWER: usize = 64 * 1024;

/// The route of OTLP: spans to a collector, in requests that it answers.
#[derive(Debug)]
pub(crate) struct Collector {
    otlp: Otlp,
    /// What stands in front of the spans in every request.
    resource: Vec<u8>,
    /// Takes its place when more of the resource is known.
    detailed: Arc<OnceLock<Vec<u8>>>,
    client: Client,
    runtime: Runtime,
}

/// One request.
struct Batch {
    body: Bytes,
    spans: u64,
}

/// How a request ended.
enum Outcome {
    /// The collector took it, but for some spans.
    Taken { rejected: u64 },
    /// The collector does not want it.
    Rejected,
    /// It may go better later, after the pause that the collector asks for.
    Later(Failure, Option<Duration>),
}

/// Why a request may go better later.
#[derive(Debug, Clone, Copy)]
enum Failure {
    /// The collector's name does not resolve.
    Unresolved,
    /// Nothing listens there.
    Refused,
    /// The collector is busy.
    Busy,
    /// It took too long, broke off, or the end came.
    Broken,
}

impl Collector {
    pub(crate) fn new(
        otlp: Otlp,
        resource: &Resource,
        resolver: Resolver,
        counters: Arc<Counters>,
    ) -> io::Result<Self> {
        let lookup = Lookup {
            port: otlp.url().port_or_known_default().unwrap_or_default(),
            resolver,
            counters,
        };
        let client = Client::builder()
            .user_agent(concat!("xray/", env!("CARGO_PKG_VERSION")))
            .timeout(otlp.timeout)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(lookup))
            .build()
            .map_err(io::Error::other)?;
        Ok(Self {
            otlp,
            resource: encode::resource(resource),
            detailed: Arc::default(),
            client,
            runtime: runtime::Builder::new_current_thread()
                .enable_all()
                .build()?,
        })
    }

    /// Returns what takes a resource of which more is known, once.
    pub(crate) fn describe(&self) -> impl FnOnce(&Resource) + Send + use<> {
        let detailed = Arc::clone(&self.detailed);
        move |resource| {
            // A second one would say the same.
            let _ = detailed.set(encode::resource(resource));
        }
    }

    /// Sends one request, again if need be, and counts what became of its spans.
    fn deliver(&self, batch: &Batch, cx: &mut RouteContext) {
        let given_up_at = Instant::now() + GIVE_UP_AFTER;
        let mut pause = FIRST_PAUSE;
        let mut failure = None;
        let rejected = cx.until(|cx| {
            if failure.is_some() {
                count(&cx.counters.retried);
            }
            let (why, wished) = match self.post(batch, cx) {
                Outcome::Taken { rejected } => return Break(Some(rejected.min(batch.spans))),
                Outcome::Rejected => return Break(Some(batch.spans)),
                Outcome::Later(why, wished) => (why, wished),
            };
            failure = Some(why);
            let wait = wished.unwrap_or_else(|| jittered(pause));
            pause = (pause * 2).min(LONGEST_PAUSE);
            if Instant::now() + wait > given_up_at {
                return Break(None);
            }
            Continue(wait)
        });
        let counters = &cx.counters;
        if let Some(rejected) = rejected.flatten() {
            add(&counters.sent, batch.spans - rejected);
            add(&counters.sent_bytes, batch.body.len() as u64);
            add(&counters.rejected, rejected);
        } else {
            let why = failure.unwrap_or(Failure::Broken);
            add(why.counter(counters), batch.spans);
        }
    }

    fn post(&self, batch: &Batch, cx: &RouteContext) -> Outcome {
        let request = self
            .client
            .post(self.otlp.url().clone())
            .headers(self.otlp.headers.clone())
            .header(header::CONTENT_TYPE, "application/x-protobuf")
            .body(batch.body.clone());
        let exchange = async {
            match request.send().await {
                Ok(response) => answer(response).await,
                Err(error) => Outcome::Later(Failure::of(&error), None),
            }
        };
        let closed = async {
            while !cx.ring.is_closed() {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        self.runtime.block_on(async {
            tokio::select! {
                outcome = exchange => outcome,
                () = closed => Outcome::Later(Failure::Broken, None),
            }
        })
    }
}

impl Route for Collector {
    const PREFIX: &'static [u8] = b"";
    const MAX_BYTES: usize = 2 * BATCH_BYTES;
    const LINGER: Duration = Duration::from_millis(500);
    const REMEDIES: Remedies = Remedies {
        causes: &[
            (
                |now| now.failed_lookups,
                "the collector's name does not resolve: check OTEL_EXPORTER_OTLP_ENDPOINT and the cluster's DNS; spans wait as long as there is room",
            ),
            (
                |now| now.refused,
                "nothing listens at the collector's address, spans are lost: start the collector there, or set OTEL_EXPORTER_OTLP_ENDPOINT",
            ),
            (
                |now| now.rejected,
                "the collector does not take the spans, they are lost: check the path of OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS, and the collector's log",
            ),
            (
                |now| now.shed,
                "spans come faster than the collector takes them and are lost: sample fewer requests",
            ),
        ],
        otherwise: "spans to the collector are lost: /metrics shows why",
    };

    fn send(&mut self, taken: &[u8], cx: &mut RouteContext) {
        let mut frames = Frames::new(taken).peekable();
        while frames.peek().is_some() {
            let (mut encoded, mut spans) = (Vec::new(), 0);
            let has_room = |encoded: &Vec<u8>, spans: u64, frame: &[u8]| {
                spans == 0 || spans < BATCH_SPANS && encoded.len() + frame.len() <= BATCH_BYTES
            };
            while let Some(frame) = frames.next_if(|frame| has_room(&encoded, spans, frame)) {
                encoded.extend_from_slice(frame);
                spans += 1;
            }
            let resource = self.detailed.get().unwrap_or(&self.resource);
            let body = encode::request(resource, &encoded).into();
            self.deliver(&Batch { body, spans }, cx);
        }
    }
}

impl Failure {
    fn of(error: &reqwest::Error) -> Self {
        let mut source = error.source();
        while let Some(error) = source {
            if error.is::<NotResolved>() {
                return Self::Unresolved;
            }
            let refused = error
                .downcast_ref::<io::Error>()
                .is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
            if refused {
                return Self::Refused;
            }
            source = error.source();
        }
        Self::Broken
    }

    fn counter(self, counters: &Counters) -> &AtomicU64 {
        match self {
            Self::Unresolved => &counters.unresolved,
            Self::Refused => &counters.refused,
            Self::Busy => &counters.rejected,
            Self::Broken => &counters.failed,
        }
    }
}

/// Reads what the collector says to a request.
async fn answer(response: Response) -> Outcome {
    match response.status() {
        status if status.is_success() => Outcome::Taken {
            rejected: rejected(response).await.unwrap_or_default(),
        },
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => {
            Outcome::Later(Failure::Busy, retry_after(response.headers()))
        }
        _ => Outcome::Rejected,
    }
}

/// How many spans of a request that was taken were not. An answer that makes no sense rejects none.
async fn rejected(mut response: Response) -> Option<u64> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    let answer = ExportTraceServiceResponse::decode(body.as_slice()).ok()?;
    u64::try_from(answer.partial_success?.rejected_spans).ok()
}

/// The pause that the collector asks for, at most as long as a request is tried again.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    Some(Duration::from_secs(seconds.parse().ok()?).min(GIVE_UP_AFTER / 2))
}

/// Half to one and a half of a pause: the pods of a service shall not come back all at once.
fn jittered(pause: Duration) -> Duration {
    let random = u32::try_from(RandomState::new().hash_one(()) % 1_000).unwrap_or_default();
    pause / 2 + pause * random / 1_000
}

/// Looks the collector's name up, and counts.
struct Lookup {
    resolver: Resolver,
    port: u16,
    counters: Arc<Counters>,
}

/// The collector's name did not resolve.
#[derive(Debug, thiserror::Error)]
#[error("{0} does not resolve")]
struct NotResolved(HostPort);

impl Resolve for Lookup {
    fn resolve(&self, name: Name) -> Resolving {
        let name = HostPort {
            host: name.as_str().to_owned(),
            port: self.port,
        };
        count(&self.counters.lookups);
        // On the emitter's thread, which has nothing else to do meanwhile.
        let addresses = self.resolver.look_up(&name).unwrap_or_default();
        let result: Result<Addrs, _> = if addresses.is_empty() {
            count(&self.counters.failed_lookups);
            Err(NotResolved(name).into())
        } else {
            Ok(Box::new(addresses.into_iter()))
        };
        Box::pin(std::future::ready(result))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::Delivery;

    #[test]
    fn what_to_do_depends_on_what_happened() {
        let before = Delivery::default();
        let said = |set: fn(&mut Delivery)| {
            let mut now = before;
            set(&mut now);
            Collector::REMEDIES.choose(&now, &before)
        };
        assert!(said(|now| now.failed_lookups = 1).contains("does not resolve"));
        assert!(said(|now| now.refused = 1).contains("start the collector"));
        assert!(said(|now| now.rejected = 1).contains("OTEL_EXPORTER_OTLP_HEADERS"));
        assert!(said(|now| now.shed = 1).contains("sample fewer"));
        assert!(said(|now| now.failed = 1).contains("/metrics"));
    }

    #[test]
    fn a_pause_that_the_collector_asks_for_is_kept_within_reason() {
        let asked = |value: &str| {
            let value = header::HeaderValue::from_str(value).unwrap();
            retry_after(&HeaderMap::from_iter([(header::RETRY_AFTER, value)]))
        };
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        assert_eq!(asked("86400"), Some(GIVE_UP_AFTER / 2));
        assert_eq!(asked("Sun, 22 Nov 2026 00:00:00 GMT"), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }

    #[test]
    fn pauses_differ_but_not_by_much() {
        let pauses: Vec<_> = (0..100).map(|_| jittered(LONGEST_PAUSE)).collect();
        let within = LONGEST_PAUSE / 2..LONGEST_PAUSE / 2 * 3;
        assert!(
            pauses.iter().all(|pause| within.contains(pause)),
            "{pauses:?}"
        );
        assert!(pauses.iter().any(|pause| *pause != pauses[0]));
    }
}
