//! An invocation from its beginning until its documents are sent.

use std::{
    error::Error,
    fmt,
    pin::Pin,
    task::{Context as TaskContext, Poll, ready},
    time::Duration,
};

use lambda_runtime::Diagnostic;
use pin_project_lite::pin_project;
use tokio::task::{JoinHandle, spawn_blocking};
use xray::{Invocation, Subsegment, Tracing};

/// How long an answer waits until its documents are sent, at most. To a daemon that is there they are sent within
/// 0.2 ms.
pub const FLUSH_TIMEOUT: Duration = Duration::from_millis(100);

pin_project! {
    /// The future of [`crate::Lambda`].
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
struct Running {
    invocation: Option<Invocation>,
    tracing: Tracing,
}

/// What Lambda reports of an error.
#[derive(Debug)]
struct Reported<'a>(&'a Diagnostic);

impl<F, T> ResponseFuture<F, T> {
    pub(crate) fn new(
        response: F,
        invocation: Invocation,
        tracing: Tracing,
        describe: fn(&T, &Subsegment),
    ) -> Self {
        let running = Running {
            invocation: Some(invocation),
            tracing,
        };
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
        if let Some(invocation) = &this.running.invocation {
            // Not held across polls: with several workers the next invocation may be another one.
            let guard = invocation.context().clone().attach();
            let answer = ready!(this.response.poll(task)).map_err(Into::into);
            drop(guard);
            match &answer {
                Ok(answer) => (this.describe)(answer, invocation.subsegment()),
                Err(error) => record(error, invocation.subsegment()),
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
    /// Ends the invocation; what is to be sent is sent on a thread that may wait.
    fn end(&mut self) -> Option<JoinHandle<bool>> {
        let is_recorded = self.invocation.take().is_some_and(Invocation::end);
        let tracing = self.tracing.clone();
        is_recorded.then(|| spawn_blocking(move || tracing.flush(FLUSH_TIMEOUT)))
    }
}

impl Drop for Running {
    /// Lambda answers for a handler that panics, and may freeze the function then.
    fn drop(&mut self) {
        if let Some(invocation) = self.invocation.take() {
            drop(invocation);
            if std::thread::panicking() {
                self.tracing.flush(FLUSH_TIMEOUT);
            }
        }
    }
}

fn record(error: &Diagnostic, subsegment: &Subsegment) {
    subsegment.record_error_as(error.error_type.clone(), &Reported(error));
}

impl fmt::Display for Reported<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.error_message)
    }
}

impl Error for Reported<'_> {}
