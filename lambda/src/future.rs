//! An invocation from its beginning until its documents are sent.

use std::{
    any::Any,
    error::Error,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    task::{Context as TaskContext, Poll, ready},
    time::Duration,
};

use lambda_runtime::Diagnostic;
use opentelemetry::trace::TraceContextExt;
use pin_project_lite::pin_project;
use tokio::task::{JoinHandle, spawn_blocking};
use xray::{Subsegment, Tracing};

/// How long an answer waits until its documents are sent, at most. To a daemon that is there they are sent within
/// 0.2 ms.
pub const FLUSH_TIMEOUT: Duration = Duration::from_millis(100);

pin_project! {
    /// The future of [`crate::Lambda`]: the handler's, then the time until its documents are sent.
    #[derive(Debug)]
    pub struct ResponseFuture<F, T> {
        #[pin]
        response: F,
        running: Running,
        describe: fn(&T, &Subsegment),
        // The answer, which waits until its documents are sent.
        answer: Option<Result<T, Diagnostic>>,
        flushing: Option<JoinHandle<bool>>,
    }
}

/// The invocation until it has ended.
#[derive(Debug)]
pub(crate) struct Running {
    invocation: Option<Subsegment>,
    tracing: Tracing,
}

/// What Lambda reports of an error.
#[derive(Debug)]
struct Reported<'a>(&'a str);

impl<F, T> ResponseFuture<F, T> {
    /// Calls the handler; it may panic before there is a future.
    pub(crate) fn new(
        mut running: Running,
        call: impl FnOnce() -> F,
        describe: fn(&T, &Subsegment),
    ) -> Self {
        let response = running.watch(call);
        Self {
            response,
            running,
            describe,
            answer: None,
            flushing: None,
        }
    }
}

impl<F, T, E> Future for ResponseFuture<F, T>
where
    F: Future<Output = Result<T, E>>,
    E: Into<Diagnostic>,
{
    type Output = Result<T, Diagnostic>;

    fn poll(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if this.running.invocation.is_some() {
            let polled = this.running.watch(|| this.response.poll(task));
            let answer = ready!(polled).map_err(Into::into);
            if let Some(invocation) = &this.running.invocation {
                match &answer {
                    Ok(answer) => (this.describe)(answer, invocation),
                    Err(error) => record(error, invocation),
                }
            }
            *this.answer = Some(answer);
            *this.flushing = this.running.end();
        }
        if let Some(flushing) = this.flushing {
            // What could not be sent in time is sent by the next invocation, or counted as lost.
            let _ = ready!(Pin::new(flushing).poll(task));
            *this.flushing = None;
        }
        match this.answer.take() {
            Some(answer) => Poll::Ready(answer),
            None => Poll::Pending,
        }
    }
}

impl Running {
    pub(crate) fn new(invocation: Subsegment, tracing: Tracing) -> Self {
        Self {
            invocation: Some(invocation),
            tracing,
        }
    }

    /// Does a part of the handler's work within the invocation, and ends it if that panics.
    fn watch<T>(&mut self, work: impl FnOnce() -> T) -> T {
        // Not held across polls: with several workers the next invocation may be another one.
        let guard = self.invocation.as_ref().map(Subsegment::attach);
        let done = catch_unwind(AssertUnwindSafe(work));
        drop(guard);
        done.unwrap_or_else(|panic| self.panicked(panic))
    }

    /// Ends the invocation; a thread that may wait sends its documents.
    fn end(&mut self) -> Option<JoinHandle<bool>> {
        let invocation = self.invocation.take()?;
        let is_recorded = is_recorded(&invocation);
        invocation.end();
        let tracing = self.tracing.clone();
        is_recorded.then(|| spawn_blocking(move || tracing.flush(FLUSH_TIMEOUT)))
    }

    /// Ends the invocation of a handler that has panicked. The runtime answers for it, and Lambda may freeze the
    /// function then: this thread waits.
    fn panicked(&mut self, panic: Box<dyn Any + Send>) -> ! {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        if let Some(invocation) = self.invocation.take() {
            let error = text.unwrap_or("panicked").to_owned();
            invocation.record_error_as("panic", &Reported(&error));
            invocation.end();
            self.tracing.flush(FLUSH_TIMEOUT);
        }
        resume_unwind(panic)
    }
}

impl Drop for Running {
    /// The handler was given up, by a timeout around it say: what is answered in its place is not to be ahead of the documents.
    fn drop(&mut self) {
        if let Some(invocation) = self.invocation.take() {
            let is_recorded = is_recorded(&invocation);
            drop(invocation);
            if is_recorded {
                self.tracing.flush(FLUSH_TIMEOUT);
            }
        }
    }
}

fn is_recorded(invocation: &Subsegment) -> bool {
    let context = invocation.context();
    context.is_some_and(|context| context.span().is_recording())
}

fn record(error: &Diagnostic, subsegment: &Subsegment) {
    subsegment.record_error_as(error.error_type.clone(), &Reported(&error.error_message));
}

impl fmt::Display for Reported<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

impl Error for Reported<'_> {}
