//! Putting the parts together: [`start`], the guard that ends what it began, and the handle in between.

use std::{ops::Deref, sync::Arc, time::Duration};

use opentelemetry::{
    Context, global,
    trace::{TraceContextExt, TracerProvider},
};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkError,
    trace::{SdkTracer, SdkTracerProvider},
};
use tracing_subscriber::{
    Layer, Registry,
    filter::{FilterExt, LevelFilter, dynamic_filter_fn, filter_fn},
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

use crate::{
    client::Client,
    config::Config,
    delivery::{Counters, Delivery},
    emitter::Resolver,
    integers::Integers,
    logs::JsonLines,
    processor::{Processor, resource},
    root::IdGenerator,
    sampler::Sampler,
    sampling,
    server::ServerLayer,
    subsegment::Recorder,
};

/// How long the guard waits at the end for what is still to be sent.
pub const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// How long [`start`] waits for the first sampling rules. A daemon on the same host answers within a few
/// milliseconds, and where nothing listens that is known at once.
pub const FIRST_RULES_TIMEOUT: Duration = Duration::from_millis(250);

/// Why tracing could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The emitter's thread could not be started.
    #[error("the thread that sends segments could not be started: {0}")]
    Thread(#[from] std::io::Error),
    /// Somebody has installed a global `tracing` subscriber before: use [`Tracing`] and add its
    /// [`Tracing::layer`] to that subscriber.
    #[error(
        "a global tracing subscriber is installed already: build xray::Tracing and add its layer there"
    )]
    Subscriber(#[from] tracing_subscriber::util::TryInitError),
}

/// Starts tracing for this process: a global `tracing` subscriber (log lines to standard output, spans to
/// X-Ray), OpenTelemetry's global tracer provider, and the emitter's thread.
///
/// With [`crate::SamplerKind::Xray`] the daemon is asked for its sampling rules, and this waits until it has
/// answered, at most [`FIRST_RULES_TIMEOUT`], so that the first request is decided on by them. A daemon that
/// is absent is no error; nothing is sent before the first segment ends. Keep the guard until the end of `main`.
///
/// # Errors
///
/// If the thread cannot be started, or a global subscriber is installed already.
pub fn start(config: &Config) -> Result<Guard, StartError> {
    let tracing = Tracing::new(config)?;
    if let Some(inner) = &tracing.inner {
        // Before there is a subscriber: OpenTelemetry logs that it was done, which tells nobody anything.
        global::set_tracer_provider(inner.provider.clone());
    }
    // Lines show no spans. Where nothing is recorded no layer wants them, and none are built.
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method names one lifetime, a filter takes any"
    )]
    let is_line = filter_fn(|metadata| metadata.is_event());
    let lines = tracing_subscriber::fmt::layer()
        .event_format(JsonLines)
        .with_filter(config.log_filter.clone().and(is_line));
    Registry::default()
        .with(tracing.layer())
        .with(lines)
        .try_init()?;
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

/// The parts of tracing, to be used where they are needed. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Tracing {
    /// `None` if nothing is traced.
    inner: Option<Arc<Inner>>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) tracer: SdkTracer,
    pub(crate) sampler: Sampler,
    pub(crate) ids: IdGenerator,
    /// What the contexts of recorded requests have in common.
    pub(crate) base: Context,
    provider: SdkTracerProvider,
    processor: Processor,
    /// Keeps the sampler's rules up to date.
    sampling: Option<sampling::Thread>,
    /// Whether requests may ask why they are sampled.
    pub(crate) debug: bool,
}

impl Tracing {
    /// Builds the parts and installs nothing globally: for a service with a subscriber of its own.
    ///
    /// # Errors
    ///
    /// If the emitter's thread cannot be started.
    pub fn new(config: &Config) -> Result<Self, std::io::Error> {
        Self::with_resolver(config, Resolver::default())
    }

    /// As [`Tracing::new`], with another way to look the daemon's or the collector's name up.
    ///
    /// # Errors
    ///
    /// If the emitter's thread cannot be started.
    pub fn with_resolver(config: &Config, resolver: Resolver) -> Result<Self, std::io::Error> {
        let inner = Inner::new(config, resolver)?.map(Arc::new);
        Ok(Self { inner })
    }

    /// Makes the layer that turns each request into a segment.
    pub fn server_layer(&self) -> ServerLayer {
        ServerLayer::new(self.inner.clone())
    }

    /// Makes a client whose calls are subsegments.
    pub fn client(&self, client: reqwest::Client) -> Client {
        Client::new(client, self.inner.clone())
    }

    /// Makes the `tracing` layer that turns spans, as of `#[tracing::instrument]`, into subsegments.
    ///
    /// Spans of level `INFO` and above count. In a request that is not recorded it builds nothing.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: tracing::Subscriber + for<'a> LookupSpan<'a>,
    {
        // Not `Option`, which does not tell the layer in it of its dispatcher.
        let (tracer, level) = match &self.inner {
            Some(inner) => (inner.tracer.clone(), LevelFilter::INFO),
            None => (nobody_s_tracer(), LevelFilter::OFF),
        };
        tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .and_then(Integers::default())
            // Not `filter_fn`, whose answer is cached for each call site.
            .with_filter(level.and(dynamic_filter_fn(|_, _| is_recording())))
    }

    /// Returns OpenTelemetry's tracer, for spans that are started by its API; `None` if nothing is traced.
    pub fn tracer(&self) -> Option<&SdkTracer> {
        self.inner.as_ref().map(|inner| &inner.tracer)
    }

    /// Returns OpenTelemetry's tracer provider, to be made the global one; `None` if nothing is traced.
    /// [`start`] has done that.
    pub fn provider(&self) -> Option<&SdkTracerProvider> {
        self.inner.as_ref().map(|inner| &inner.provider)
    }

    pub(crate) fn inner(&self) -> Option<&Inner> {
        self.inner.as_deref()
    }

    /// Waits until the daemon was asked for the sampling rules, whether it answered or not, at most
    /// `patience`; `false` if that is not yet so. Until there are rules, one request a second is traced, and
    /// 5 % of the others.
    ///
    /// Blocks the thread.
    pub fn wait_for_rules(&self, patience: Duration) -> bool {
        let sampling = self
            .inner
            .as_ref()
            .and_then(|inner| inner.sampling.as_ref());
        sampling.is_none_or(|thread| thread.wait(patience))
    }

    /// Returns what became of the documents so far; all zero if nothing is traced.
    pub fn delivery(&self) -> Delivery {
        self.inner
            .as_ref()
            .map(|inner| inner.processor.delivery())
            .unwrap_or_default()
    }

    /// Waits until every document so far is sent, at most `patience`; `false` if it was not.
    ///
    /// Blocks the thread.
    pub fn flush(&self, patience: Duration) -> bool {
        self.inner
            .as_ref()
            .is_none_or(|inner| inner.processor.flush(patience))
    }

    /// Sends what is left, for at most `patience`, and ends tracing. Spans that end later are lost.
    ///
    /// Blocks the thread. What is known to be lost is said in one last warning.
    pub fn shutdown(&self, patience: Duration) {
        let Some(inner) = &self.inner else { return };
        // The SDK passes the patience on to the processor, and its answer back.
        let ended = inner.provider.shutdown_with_timeout(patience);
        let is_sent = !matches!(ended, Err(OTelSdkError::Timeout(_)));
        let delivery = inner.processor.delivery();
        if !is_sent || delivery.lost() > 0 {
            tracing::warn!(
                sent = delivery.sent,
                lost = delivery.lost(),
                everything_sent = is_sent,
                "documents were lost"
            );
        }
    }
}

impl Inner {
    fn new(config: &Config, resolver: Resolver) -> Result<Option<Self>, std::io::Error> {
        let counters = Arc::new(Counters::default());
        let Some(processor) = Processor::start(config, resolver.clone(), Arc::clone(&counters))?
        else {
            return Ok(None);
        };
        let (sampler, sampling) = Sampler::start(config, resolver, counters)?;
        let provider = SdkTracerProvider::builder()
            .with_id_generator(IdGenerator::default())
            .with_sampler(sampler.clone())
            .with_resource(resource(config))
            .with_span_processor(processor.clone())
            .build();
        let tracer = provider.tracer("xray");
        Ok(Some(Self {
            base: Context::new().with_value(Recorder(tracer.clone())),
            tracer,
            sampler,
            ids: IdGenerator::default(),
            provider,
            processor,
            sampling,
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

/// A tracer for a layer that takes no spans.
fn nobody_s_tracer() -> SdkTracer {
    let nothing = Resource::builder_empty().build();
    let provider = SdkTracerProvider::builder().with_resource(nothing).build();
    provider.tracer("xray")
}

/// Whether what runs on this thread is recorded, or belongs to no request.
pub(crate) fn is_recording() -> bool {
    Context::map_current(|context| {
        let span = context.span();
        let span = span.span_context();
        !span.is_valid() || span.is_sampled()
    })
}
