//! Work that ends when the client leaves.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use crate::serve::{
    answer::{self, Answer},
    state::Console,
};

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

/// Makes an answer when it is its turn, as [`answer::compute`] does, and tells the work when the client has left.
pub(super) async fn compute(
    console: &Console,
    work: impl FnOnce(&Console, &Left) -> Answer + Send + 'static,
) -> Answer {
    let (console, left) = (console.clone(), Left::default());
    let waiting = Waiting(left.clone());
    let answer = answer::compute(move || work(&console, &left)).await;
    drop(waiting);
    answer
}
