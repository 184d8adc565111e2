//! Tasks that belong to the request in which they begin.

use opentelemetry::{Context, trace::FutureExt};
use tokio::task::{self, JoinHandle};

/// Spawns `work` as [`tokio::spawn`] does, within the current segment or subsegment. A task that `tokio::spawn` starts
/// belongs to no request.
///
/// The task may outlive its segment. What ends later is sent separately and still joins the trace. The handle is tokio's;
/// dropping it does not end the task.
///
/// ```
/// # async fn send_receipt() {}
/// # async fn handler() {
/// xray::spawn(xray::subsegment("receipt", send_receipt()));
/// # }
/// ```
///
/// # Panics
///
/// Outside of a tokio runtime.
pub fn spawn<F>(work: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    tokio::spawn(work.with_context(Context::current()))
}

/// Runs `work` where it may block, as [`tokio::task::spawn_blocking`] does, within the current segment or subsegment.
///
/// ```
/// # async fn handler() -> Result<u32, tokio::task::JoinError> {
/// xray::spawn_blocking(|| xray::in_subsegment("checksum", || 7)).await
/// # }
/// ```
///
/// # Panics
///
/// Outside of a tokio runtime.
pub fn spawn_blocking<T, F>(work: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let context = Context::current();
    task::spawn_blocking(move || {
        let _guard = context.attach();
        work()
    })
}
