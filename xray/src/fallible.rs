//! Work whose error is the failure of the segment or subsegment around it.

use std::{
    borrow::Cow,
    error::Error,
    pin::Pin,
    task::{Context as TaskContext, Poll, ready},
};

use pin_project_lite::pin_project;

use crate::{
    current::record_error,
    future::{Recorded, subsegment},
};

pin_project! {
    /// The work within [`try_subsegment`] and [`crate::Tracing::try_segment`]. Its result is that of the work, unchanged.
    #[derive(Debug)]
    #[must_use = "nothing runs unless it is awaited"]
    pub struct Fallible<F> {
        #[pin]
        work: F,
    }
}

/// Runs `work` in a subsegment, as [`subsegment`] does; an error that it returns makes the subsegment a fault, with the
/// error and each of its sources as exceptions.
///
/// ```
/// # async fn charge() -> Result<u32, std::io::Error> { Ok(7) }
/// # async fn handler() -> Result<u32, std::io::Error> {
/// let receipt = xray::try_subsegment("charge", charge()).await?;
/// # Ok(receipt) }
/// ```
pub fn try_subsegment<F, T, E>(name: impl Into<Cow<'static, str>>, work: F) -> Recorded<Fallible<F>>
where
    F: Future<Output = Result<T, E>>,
    E: Error,
{
    subsegment(name, Fallible::new(work))
}

impl<F> Fallible<F> {
    pub(crate) fn new(work: F) -> Self {
        Self { work }
    }
}

impl<F, T, E> Future for Fallible<F>
where
    F: Future<Output = Result<T, E>>,
    E: Error,
{
    type Output = Result<T, E>;

    fn poll(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let result = ready!(self.project().work.poll(task));
        if let Err(error) = &result {
            record_error(error);
        }
        Poll::Ready(result)
    }
}
