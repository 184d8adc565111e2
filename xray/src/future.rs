//! Segments and subsegments around futures.

use std::{
    borrow::Cow,
    pin::Pin,
    task::{Context as TaskContext, Poll, ready},
};

use opentelemetry::trace::SpanKind;
use pin_project_lite::pin_project;

use crate::{ending::watch, job::Job, subsegment::Subsegment};

/// Runs `work` in a subsegment of the current segment or subsegment, from its first poll until it is ready.
///
/// Within `work`, [`crate::annotate`] and similar functions act on this subsegment. If `work` is dropped before it is
/// ready, the subsegment ends with `cancelled` in its metadata.
///
/// In a request that is not recorded, this costs only a check. Outside of a request it begins a segment of its own,
/// if [`crate::start`] was called or OpenTelemetry has another global tracer provider; see
/// [`crate::Tracing::segment`]. After a start with [`crate::Exporter::None`] it does not.
///
/// ```
/// # async fn charge() -> u32 { 7 }
/// # async fn handler() -> u32 {
/// xray::subsegment("charge", async {
///     xray::annotate("bank", "north");
///     charge().await
/// })
/// .await
/// # }
/// ```
pub fn subsegment<F: Future>(name: impl Into<Cow<'static, str>>, work: F) -> Recorded<F> {
    Recorded {
        work,
        start: Some(Start::Subsegment(name.into())),
        open: None,
    }
}

pin_project! {
    /// The future of [`subsegment`]. Its output is that of the work.
    #[derive(Debug)]
    #[must_use = "nothing runs unless it is awaited"]
    pub struct Recorded<F> {
        #[pin]
        work: F,
        // `None` after the first poll.
        start: Option<Start>,
        // `None` before the first poll, and if nothing is recorded.
        open: Option<Subsegment>,
    }
}

pin_project! {
    /// The future of [`crate::Tracing::segment`]. Its output is that of the work; before it is awaited, it can get a
    /// caller ([`Segment::with_parent`]) and links ([`Segment::with_links`]).
    #[derive(Debug)]
    #[must_use = "nothing runs unless it is awaited"]
    pub struct Segment<F> {
        #[pin]
        recorded: Recorded<F>,
    }
}

#[derive(Debug)]
enum Start {
    /// `None` if nothing is traced.
    Segment(Option<Box<Job>>),
    Subsegment(Cow<'static, str>),
}

impl<F> Segment<F> {
    pub(crate) fn new(job: Option<Job>, work: F) -> Self {
        let start = Start::Segment(job.map(Box::new));
        let recorded = Recorded {
            work,
            start: Some(start),
            open: None,
        };
        Self { recorded }
    }

    /// Continues the trace of `header`, an `X-Amzn-Trace-Id`: the segment becomes a child of the caller that the header
    /// names, and is recorded if the caller is. Without a header, or with an invalid one, it starts a trace.
    ///
    /// Use it for a message that is processed by itself, with the header that came with it
    /// ([`crate::AWS_TRACE_HEADER`]).
    ///
    /// ```
    /// # async fn example(tracing: xray::Tracing, message: std::collections::HashMap<String, String>) {
    /// let header = message.get(xray::AWS_TRACE_HEADER);
    /// tracing.segment("orders", async { /* … */ }).with_parent(header).await;
    /// # }
    /// ```
    pub fn with_parent(mut self, header: Option<impl AsRef<str>>) -> Self {
        if let (Some(job), Some(header)) = (self.job(), header) {
            job.set_parent(header.as_ref());
        }
        self
    }

    /// Links the segment to the traces of `headers`, each an `X-Amzn-Trace-Id`; invalid ones are ignored. X-Ray shows linked
    /// traces together, at most 20 per segment; further ones are listed in the metadata.
    ///
    /// Use it for a batch of messages, which has several senders, or for a message of a connection that outlives its request.
    ///
    /// <https://docs.aws.amazon.com/xray/latest/devguide/xray-tracelinking.html>
    ///
    /// ```
    /// # async fn example(tracing: xray::Tracing, senders: Vec<String>) {
    /// tracing.segment("batch", async { /* … */ }).with_links(&senders).await;
    /// # }
    /// ```
    pub fn with_links(mut self, headers: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        if let Some(job) = self.job() {
            for header in headers {
                job.add_link(header.as_ref());
            }
        }
        self
    }

    /// Returns the segment that is to begin; `None` if it has, or if nothing is traced.
    fn job(&mut self) -> Option<&mut Job> {
        match &mut self.recorded.start {
            Some(Start::Segment(job)) => job.as_deref_mut(),
            _ => None,
        }
    }
}

impl<F: Future> Future for Segment<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<F::Output> {
        self.project().recorded.poll(task)
    }
}

impl<F: Future> Future for Recorded<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<F::Output> {
        let this = self.project();
        if let Some(start) = this.start.take() {
            *this.open = start.begin();
        }
        let Some(open) = this.open else {
            return this.work.poll(task);
        };
        let guard = open.attach();
        let done = ready!(watch(open.ending(), || this.work.poll(task)));
        drop(guard);
        if let Some(open) = this.open.take() {
            open.end();
        }
        Poll::Ready(done)
    }
}

impl Start {
    fn begin(self) -> Option<Subsegment> {
        match self {
            Self::Segment(job) => job.map(|job| job.begin()),
            Self::Subsegment(name) => Some(Subsegment::begin(name, SpanKind::Internal)),
        }
    }
}
