//! The emitter's view of the collector: requests that it accepts, defers or rejects.

use std::{
    hash::{BuildHasher, RandomState},
    io,
    ops::ControlFlow::{Break, Continue},
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::header;
use opentelemetry_sdk::Resource;
use reqwest::{
    Client, RequestBuilder,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect,
};
use segment::HostPort;
use tokio::runtime::{self, Runtime};

use super::{
    Otlp, encode, grpc, http as plain,
    outcome::{Failure, NotResolved, Outcome},
};
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
        let mut client = Client::builder();
        if otlp.is_grpc() {
            client = client.http2_prior_knowledge();
        }
        let client = client
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
            // A collector that is not there is said at once, and not when the first spans are given up.
            if why == Failure::Refused {
                count(&cx.counters.failed_probes);
            }
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

    fn request(&self, batch: &Batch) -> RequestBuilder {
        let request = self
            .client
            .post(self.otlp.url().clone())
            .headers(self.otlp.headers.clone())
            .body(batch.body.clone());
        if self.otlp.is_grpc() {
            request
                .header(header::CONTENT_TYPE, grpc::CONTENT_TYPE)
                .header(header::TE, "trailers")
                .header("grpc-timeout", grpc::timeout(self.otlp.timeout))
        } else {
            request.header(header::CONTENT_TYPE, plain::CONTENT_TYPE)
        }
    }

    fn body(&self, resource: &[u8], spans: &[u8]) -> Bytes {
        let message = encode::request(resource, spans);
        if self.otlp.is_grpc() {
            grpc::frame(&message).into()
        } else {
            message.into()
        }
    }

    fn post(&self, batch: &Batch, cx: &RouteContext) -> Outcome {
        let request = self.request(batch);
        let is_grpc = self.otlp.is_grpc();
        let exchange = async {
            match request.send().await {
                Ok(response) if is_grpc => grpc::outcome(response).await,
                Ok(response) => plain::outcome(response).await,
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
                |now| now.failed_probes,
                "nothing listens at the collector's address: start the collector there, or set OTEL_EXPORTER_OTLP_ENDPOINT; spans wait as long as there is room, but no longer than a minute",
            ),
            (
                |now| now.rejected,
                "the collector rejects spans, which are lost: check the path of OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL, OTEL_EXPORTER_OTLP_HEADERS, and the collector's log",
            ),
            (
                |now| now.shed,
                "spans are made faster than the collector accepts them, and some are lost: sample fewer requests",
            ),
        ],
        otherwise: "spans to the collector are lost: check that it speaks OTEL_EXPORTER_OTLP_PROTOCOL at that port (http/protobuf at 4318, grpc at 4317); /metrics shows why",
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
            let body = self.body(resource, &encoded);
            self.deliver(&Batch { body, spans }, cx);
        }
    }
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
        let warning = |set: fn(&mut Delivery)| {
            let mut now = before;
            set(&mut now);
            Collector::REMEDIES.choose(&now, &before)
        };
        assert!(warning(|now| now.failed_lookups = 1).contains("does not resolve"));
        assert!(warning(|now| now.refused = 1).contains("start the collector"));
        assert!(warning(|now| now.rejected = 1).contains("OTEL_EXPORTER_OTLP_HEADERS"));
        assert!(warning(|now| now.shed = 1).contains("sample fewer"));
        assert!(warning(|now| now.failed = 1).contains("/metrics"));
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
