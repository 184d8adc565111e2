//! Work that ends when the client leaves.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use tokio::sync::Semaphore;

use crate::serve::{answer, error::ApiError, state::Console};

/// How many questions are computed at once; further ones wait. A reader who types asks more often than that, and
/// each that is still computed holds a list of all traces.
const AT_ONCE: usize = 2;

static PLACES: Semaphore = Semaphore::const_new(AT_ONCE);

/// Whether anybody still waits for the answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Left(Arc<AtomicBool>);

impl Left {
    /// Hands over items for as long as somebody waits.
    pub(super) fn until<T>(&self, items: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        items.take_while(|_| !self.0.load(Relaxed))
    }
}

/// Sets the flag when the request's future is dropped: hyper does so when the client closes the connection.
struct Waiting(Left);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.0.store(true, Relaxed);
    }
}

/// Runs work away from the threads that serve, and tells it when the client has left.
pub(super) async fn compute<T: Send + 'static>(
    console: &Console,
    work: impl FnOnce(&Console, &Left) -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let (console, left) = (console.clone(), Left::default());
    let waiting = Waiting(left.clone());
    // Nobody closes it, and without a place nothing is lost but order.
    let place = PLACES.acquire().await.ok();
    let answer = answer::compute(move || {
        let answer = work(&console, &left);
        drop(place);
        answer
    })
    .await;
    drop(waiting);
    answer
}
