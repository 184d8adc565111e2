//! The emitter's view of the collector: requests that it accepts, defers or rejects.
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
/// How long to wait before the first retry; the wait doubles each time, up to the second value.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long a request is retried before its spans are dropped.
const GIVE_UP_AFTER: Duration = Duration::from_secs(60);
/// How often a pending request checks whether the shutdown has begun.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How many bytes of an answer are read.
const MAX_ANSWER: usize = 64 * 1024;

/// The route of OTLP: sends spans to a collector in batches.
#[derive(Debug)]
pub(crate) struct Collector {
    otlp: Otlp,
    /// What precedes the spans in every request.
    resource: Vec<u8>,
    /// The resource with the attributes that [`Collector::describe`] adds; once set, it replaces the first one.
    detailed: Arc<OnceLock<Vec<u8>>>,
    client: Client,
    runtime: Runtime,
}

/// One request.
struct Batch {
    body: Bytes,
    spans: u64,
}

/// The result of a request.
enum Outcome {
    /// The collector accepted it, except for `rejected` spans.
    Accepted { rejected: u64 },
    /// The collector rejected it; there is no retry.
    Rejected,
    /// A retry may succeed, after the pause that the collector asks for.
    Retry(Failure, Option<Duration>),
}

/// Why a request failed that may be retried.
#[derive(Debug, Clone, Copy)]
enum Failure {
    /// The collector's name does not resolve.
    Unresolved,
    /// The connection was refused.
    Refused,
    /// The collector is busy.
    Busy,
    /// The request timed out, the connection broke, or the shutdown began.
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

    /// Returns a function that sets the resource with more attributes. Only the first call has an effect.
    pub(crate) fn describe(&self) -> impl FnOnce(&Resource) + Send + use<> {
        let detailed = Arc::clone(&self.detailed);
        move |resource| {
            let _ = detailed.set(encode::resource(resource));
        }
    }

    /// Sends one request, retries it if necessary, and counts the outcome for its spans.
    fn deliver(&self, batch: &Batch, cx: &mut RouteContext) {
        let given_up_at = Instant::now() + GIVE_UP_AFTER;
        let mut pause = FIRST_PAUSE;
        let mut failure = None;
        let rejected = cx.until(|cx| {
            if failure.is_some() {
                count(&cx.counters.retried);
            }
            let (why, wished) = match self.post(batch, cx) {
                Outcome::Accepted { rejected } => return Break(Some(rejected.min(batch.spans))),
                Outcome::Rejected => return Break(Some(batch.spans)),
                Outcome::Retry(why, wished) => (why, wished),
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
                Err(error) => Outcome::Retry(Failure::of(&error), None),
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
                () = closed => Outcome::Retry(Failure::Broken, None),
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
                "nothing listens at the collector's address, and spans are lost: start the collector there, or set OTEL_EXPORTER_OTLP_ENDPOINT",
            ),
            (
                |now| now.rejected,
                "the collector rejects spans, which are lost: check the path of OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS, and the collector's log",
            ),
            (
                |now| now.shed,
                "spans are made faster than the collector accepts them, and some are lost: sample fewer requests",
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

/// Reads the collector's answer to a request.
async fn answer(response: Response) -> Outcome {
    match response.status() {
        status if status.is_success() => Outcome::Accepted {
            rejected: rejected(response).await.unwrap_or_default(),
        },
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => {
            Outcome::Retry(Failure::Busy, retry_after(response.headers()))
        }
        _ => Outcome::Rejected,
    }
}

/// Returns how many spans of an accepted request were rejected; zero if the answer is invalid.
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

/// Returns the pause that the collector asks for, at most [`GIVE_UP_AFTER`].
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    Some(Duration::from_secs(seconds.parse().ok()?).min(GIVE_UP_AFTER / 2))
}

/// Returns between half and one and a half times `pause`, so that the pods of a service do not all retry at once.
fn jittered(pause: Duration) -> Duration {
    let random = u32::try_from(RandomState::new().hash_one(()) % 1_000).unwrap_or_default();
    pause / 2 + pause * random / 1_000
}

/// Looks up the collector's name, and counts the lookups.
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
        // Blocking is fine here: the emitter's thread has nothing else to do meanwhile.
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
