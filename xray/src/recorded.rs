//! Segments and subsegments around futures.

use std::{
    borrow::Cow,
    pin::Pin,
    task::{Context as TaskContext, Poll, ready},
};

use opentelemetry::{Context, trace::SpanKind};
use pin_project_lite::pin_project;

use crate::{recorder::ServiceContext, subsegment::Subsegment};

/// Runs `work` in a subsegment of the current segment or subsegment, from its first poll until it is ready.
///
/// Within `work`, [`crate::annotate`] and similar functions act on this subsegment. If `work` is dropped before it is
/// ready, the subsegment ends with `cancelled` in its metadata.
///
/// In a request that is not recorded, this costs only a check. Outside of a request it begins a segment of its own,
/// if [`crate::start`] was called or OpenTelemetry has another global tracer provider; see
/// [`crate::Tracing::segment`].
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
    /// The future of [`subsegment`] and [`crate::Tracing::segment`].
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

#[derive(Debug)]
enum Start {
    /// `None` if nothing is traced.
    Segment(Option<ServiceContext>, Cow<'static, str>),
    Subsegment(Cow<'static, str>),
}

impl<F> Recorded<F> {
    /// Runs `work` in a segment of the service.
    pub(crate) fn segment(
        service: Option<ServiceContext>,
        name: Cow<'static, str>,
        work: F,
    ) -> Self {
        Self {
            work,
            start: Some(Start::Segment(service, name)),
            open: None,
        }
    }
}

impl<F: Future> Future for Recorded<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<F::Output> {
        let this = self.project();
        if let Some(start) = this.start.take() {
            *this.open = start.begin();
        }
        let _guard = this.open.as_ref().and_then(Subsegment::attach);
        let done = ready!(this.work.poll(task));
        if let Some(open) = this.open.take() {
            open.end();
        }
        Poll::Ready(done)
    }
}

impl Start {
    fn begin(self) -> Option<Subsegment> {
        match self {
            Self::Segment(service, name) => {
                let service = service?;
                let nothing = Context::new();
                let kind = SpanKind::Internal;
                let span = service.tracer.begin_now(&name, &kind, &nothing);
                Some(Subsegment::of(service.of_job(span)))
            }
            Self::Subsegment(name) => Some(Subsegment::begin(name, SpanKind::Internal)),
        }
    }
}
