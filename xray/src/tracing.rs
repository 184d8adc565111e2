//! Starts tracing: [`start`], the guard that ends it, and the handle [`Tracing`].

use std::{borrow::Cow, error::Error, ops::Deref, sync::Arc, time::Duration};

use opentelemetry::{global, trace::TracerProvider as _};
use tracing_subscriber::{
    Layer, Registry, filter::Targets, layer::SubscriberExt, registry::LookupSpan,
    util::SubscriberInitExt,
};

use crate::{
    client::Client,
    client_layer::ClientLayer,
    config::Config,
    delivery::{Counters, Delivery},
    emitter::Resolver,
    fallible::Fallible,
    future::Segment,
    job::Job,
    layer::{layer, spans},
    logs::LogLines,
    pipeline::Pipeline,
    recorder::{self, Recorder, ServiceContext, Tracer, TracerProvider},
    sampler::Sampler,
    sampling,
    server::{ServerLayer, Traced},
    span_filter::without_transports,
    subsegment::Subsegment,
};

/// How long the guard waits at the end for documents that are still to be sent: 1.25 s, so that a service whose daemon is
/// gone ends within two seconds of its last request, half a second of which are for requests that never become whole.
pub const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(1_250);

/// How long [`start`] waits for the first sampling rules. A daemon on the same host answers within a few
/// milliseconds; if nothing listens, the connection is refused at once.
pub const FIRST_RULES_TIMEOUT: Duration = Duration::from_millis(250);

/// Why tracing could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The emitter's thread could not be started.
    #[error("the thread that sends segments could not be started: {0}")]
    Thread(#[from] std::io::Error),
    /// A global `tracing` subscriber is already installed. Use [`Tracing`], and add its [`Tracing::layer`] to that
    /// subscriber.
    #[error(
        "a global tracing subscriber is already installed: use xray::Tracing and add its layer to that subscriber"
    )]
    Subscriber(#[from] tracing_subscriber::util::TryInitError),
}

/// Starts tracing for this process: installs a global `tracing` subscriber (log lines to standard output, spans to
/// X-Ray) and OpenTelemetry's global tracer provider, and starts the emitter's thread.
///
/// With [`crate::SamplerKind::Xray`], this asks the daemon for its sampling rules and waits for the answer, for at
/// most [`FIRST_RULES_TIMEOUT`], so that they apply to the first request. An absent daemon is not an error; nothing
/// is sent before the first segment ends. Keep the guard until the end of `main`.
///
/// With [`crate::Exporter::None`] only the log lines are left. What begins outside of a trace then does nothing, even if
/// OpenTelemetry gets another global tracer provider.
///
/// # Errors
///
/// Returns an error if the thread cannot be started, or if a global subscriber is already installed.
///
/// ```
/// use xray::testing::Daemon;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let daemon = Daemon::start()?;
/// // In a service: Config::from_env("shop", &xray::environment)?
/// let tracing = xray::start(&daemon.config("shop"))?;
///
/// #[tracing::instrument(skip_all)]
/// async fn count() {}
///
/// tracing.segment("nightly", count()).await;
/// daemon.expect("shop
///                  count");
/// # Ok(()) }
/// ```
pub fn start(config: &Config) -> Result<Guard, StartError> {
    let tracing = Tracing::new(config)?;
    if let Some(inner) = &tracing.inner {
        // Before the subscriber is installed, so that OpenTelemetry's log line about this does not appear.
        global::set_tracer_provider(inner.provider.clone());
    }
    tracing.subscriber(&config.log_filter).try_init()?;
    if tracing.inner.is_none() {
        recorder::turn_off();
    }
    tracing.wait_for_rules(FIRST_RULES_TIMEOUT);
    Ok(Guard { tracing })
}

/// Ends tracing when it is dropped: sends what is left, for at most [`SHUTDOWN_TIMEOUT`].
///
/// Drop it after the server has drained: spans that end later are lost.
#[derive(Debug)]
#[must_use = "tracing ends when the guard is dropped"]
pub struct Guard {
    tracing: Tracing,
}

/// The parts of tracing, to combine as needed: layers, clients, a tracer, the counters. Cheap to clone; all clones are the
/// same tracing.
#[derive(Debug, Clone)]
pub struct Tracing {
    /// `None` if nothing is traced.
    inner: Option<Arc<Inner>>,
}

#[derive(Debug)]
struct Inner {
    recorder: Arc<Recorder>,
    provider: TracerProvider,
    service: ServiceContext,
    /// Keeps the sampler's rules up to date.
    sampling: Option<sampling::Thread>,
    /// Which of `tracing`'s spans count.
    span_filter: Targets,
    /// Whether requests may ask why they are sampled.
    debug: bool,
}

impl Tracing {
    /// Starts the emitter's thread and installs nothing globally: for a service with its own subscriber.
    ///
    /// # Errors
    ///
    /// Returns an error if the emitter's thread cannot be started.
    pub fn new(config: &Config) -> Result<Self, std::io::Error> {
        Self::with_resolver(config, Resolver::default())
    }

    /// As [`Tracing::new`], with another resolver for the daemon's or the collector's name.
    ///
    /// # Errors
    ///
    /// Returns an error if the emitter's thread cannot be started.
    pub fn with_resolver(config: &Config, resolver: Resolver) -> Result<Self, std::io::Error> {
        let inner = Inner::new(config, resolver)?.map(Arc::new);
        Ok(Self { inner })
    }

    /// Returns the layer that records each request as a segment.
    pub fn server_layer(&self) -> ServerLayer {
        ServerLayer::new(self.inner.as_ref().map(|inner| Traced {
            service: inner.service.clone(),
            recorder: Arc::clone(&inner.recorder),
            debug: inner.debug,
        }))
    }

    /// Makes the layer that turns each call of a client into a subsegment, for any client that is a tower service of
    /// `http::Request`s, as tonic's channels and hyper-util's client are.
    pub fn client_layer(&self) -> ClientLayer {
        ClientLayer::new(self.tracer().cloned())
    }

    /// Makes a `reqwest` client whose calls are subsegments. `client` keeps its own settings: timeouts, redirects, proxies.
    pub fn client(&self, client: reqwest::Client) -> Client {
        Client::new(client, self.tracer().cloned())
    }

    /// Returns the `tracing` layer that records spans, for example of `#[tracing::instrument]`, as subsegments.
    ///
    /// [`Config::span_filter`] decides which ones. In a request that is not recorded it builds nothing.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: tracing::Subscriber + for<'a> LookupSpan<'a>,
    {
        layer(
            self.tracer(),
            self.span_filter().cloned().unwrap_or_default(),
        )
    }

    /// Returns the subscriber that [`start`] installs: [`Tracing::layer`], and the events that pass `log_filter` as
    /// lines of JSON on standard output ([`crate::JsonLines`]).
    pub fn subscriber(&self, log_filter: &Targets) -> impl tracing::Subscriber + use<> {
        let lines = LogLines::new(log_filter.clone(), self.span_filter().cloned());
        Registry::default().with(spans(self.tracer())).with(lines)
    }

    /// Runs `work` in a segment: for what does not begin with a request, as a timer or a message does.
    ///
    /// The segment has the service's name; `name` is its `operation`, in the metadata. Whether it is recorded
    /// the sampler decides, or the sender of a message: [`Segment::with_parent`]. If `work` is dropped before it is
    /// ready, it ends then, with `cancelled` in its metadata.
    ///
    /// ```
    /// # async fn example(tracing: xray::Tracing) {
    /// tracing.segment("clean up", async { /* … */ }).await;
    /// # }
    /// ```
    pub fn segment<F: Future>(&self, name: impl Into<Cow<'static, str>>, work: F) -> Segment<F> {
        let job = self.inner.as_ref().map(|inner| {
            let recorder = Arc::clone(&inner.recorder);
            Job::new(inner.service.clone(), recorder, name.into())
        });
        Segment::new(job, work)
    }

    /// As [`Tracing::segment`]; an error that `work` returns makes the segment a fault, as
    /// [`crate::try_subsegment`] does.
    ///
    /// ```
    /// use std::io;
    /// use xray::{Tracing, testing::Daemon};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> io::Result<()> {
    /// let daemon = Daemon::start()?;
    /// let tracing = Tracing::new(&daemon.config("shop"))?;
    /// let work = async { Err::<(), _>(io::Error::other("no paper")) };
    /// assert!(tracing.try_segment("print", work).await.is_err());
    /// daemon.expect("shop (fault)");
    /// # Ok(()) }
    /// ```
    pub fn try_segment<F, T, E>(
        &self,
        name: impl Into<Cow<'static, str>>,
        work: F,
    ) -> Segment<Fallible<F>>
    where
        F: Future<Output = Result<T, E>>,
        E: Error,
    {
        self.segment(name, Fallible::new(work))
    }

    /// Opens a subsegment of a segment that another process writes, as Lambda does for each invocation of a function.
    ///
    /// `header` is the value of `X-Amzn-Trace-Id` that names this segment; its `Sampled` counts. Without a segment in
    /// the header, a segment of this service begins, and the sampler decides. What runs while it is attached belongs to
    /// it, recorded or not. The package `xray-lambda` uses this.
    ///
    /// ```
    /// # fn example(tracing: xray::Tracing) {
    /// let header = "Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;Parent=53995c3f42cd8ad8;Sampled=1";
    /// let invocation = tracing.invocation("handler", header);
    /// let guard = invocation.attach();
    /// xray::in_subsegment("checksum", || 7);
    /// drop(guard);
    /// invocation.end();
    /// # }
    /// ```
    pub fn invocation(&self, name: impl Into<Cow<'static, str>>, header: &str) -> Subsegment {
        let Some(inner) = &self.inner else {
            return Subsegment::none();
        };
        let recorder = Arc::clone(&inner.recorder);
        let mut job = Job::new(inner.service.clone(), recorder, name.into());
        job.set_enclosing(header);
        job.begin()
    }

    /// Returns a tracer for spans that are started by OpenTelemetry's API; `None` if nothing is traced.
    pub fn tracer(&self) -> Option<&Tracer> {
        self.inner.as_ref().map(|inner| &inner.service.tracer)
    }

    /// Returns the tracer provider, to set as OpenTelemetry's global one; `None` if nothing is traced. [`start`] sets
    /// it already.
    pub fn provider(&self) -> Option<&TracerProvider> {
        self.inner.as_ref().map(|inner| &inner.provider)
    }

    /// Waits for the first attempt to fetch sampling rules from the daemon, successful or not; `false` if that takes
    /// longer than `patience`. Until there are rules, one request a second is traced, and 5 % of the others.
    ///
    /// Blocks the calling thread.
    pub fn wait_for_rules(&self, patience: Duration) -> bool {
        let sampling = self
            .inner
            .as_ref()
            .and_then(|inner| inner.sampling.as_ref());
        sampling.is_none_or(|thread| thread.wait(patience))
    }

    /// Returns the counters of documents so far; all are zero if nothing is traced.
    pub fn delivery(&self) -> Delivery {
        self.inner
            .as_ref()
            .map(|inner| inner.recorder.pipeline.delivery())
            .unwrap_or_default()
    }

    /// Waits until every document so far is sent, for at most `patience`; `false` on timeout.
    ///
    /// Blocks the calling thread.
    pub fn flush(&self, patience: Duration) -> bool {
        self.inner
            .as_ref()
            .is_none_or(|inner| inner.recorder.pipeline.flush(patience))
    }

    /// Sends what is left, for at most `patience`, and ends tracing. Spans that end later are lost.
    ///
    /// Blocks the calling thread. A last warning reports what is known to be lost.
    pub fn shutdown(&self, patience: Duration) {
        let Some(inner) = &self.inner else { return };
        inner.recorder.shut_down();
        let is_sent = inner.recorder.pipeline.shutdown(patience);
        let delivery = inner.recorder.pipeline.delivery();
        if !is_sent || delivery.lost() > 0 {
            tracing::warn!(
                sent = delivery.sent,
                lost = delivery.lost(),
                everything_sent = is_sent,
                "documents were lost"
            );
        }
    }

    /// `None` if nothing is traced.
    fn span_filter(&self) -> Option<&Targets> {
        self.inner.as_ref().map(|inner| &inner.span_filter)
    }
}

impl Inner {
    fn new(config: &Config, resolver: Resolver) -> Result<Option<Self>, std::io::Error> {
        let counters = Arc::new(Counters::default());
        let Some(pipeline) = Pipeline::start(config, resolver.clone(), &counters)? else {
            return Ok(None);
        };
        let (sampler, sampling) = Sampler::start(config, resolver, counters)?;
        let recorder = Arc::new(Recorder::new(pipeline, sampler));
        let provider = TracerProvider::new(Arc::clone(&recorder));
        Ok(Some(Self {
            service: ServiceContext::new(provider.tracer("xray")),
            recorder,
            provider,
            sampling,
            span_filter: without_transports(&config.span_filter),
            debug: config.debug,
        }))
    }
}

impl Deref for Guard {
    type Target = Tracing;

    fn deref(&self) -> &Tracing {
        &self.tracing
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.tracing.shutdown(SHUTDOWN_TIMEOUT);
    }
}
