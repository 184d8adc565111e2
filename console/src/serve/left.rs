//! Whether anybody still waits for an answer.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use axum::http::StatusCode;

use super::error::ApiError;

/// Tells work whether its client has left.
#[derive(Debug, Clone, Default)]
pub(super) struct Left(Arc<AtomicBool>);

impl Left {
    /// Whether nobody waits any more.
    pub(super) fn is_so(&self) -> bool {
        self.0.load(Relaxed)
    }

    /// Ends the work if so: what it would answer nobody reads.
    pub(super) fn ends(&self) -> Result<(), ApiError> {
        if self.is_so() {
            let status = StatusCode::SERVICE_UNAVAILABLE;
            return Err(ApiError::new(status, "ClientLeft", "the client has left"));
        }
        Ok(())
    }

    /// Hands over items for as long as somebody waits.
    pub(super) fn until<T>(&self, items: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        items.take_while(|_| !self.is_so())
    }
}

/// Says that the client has left when the request's future is dropped: hyper does so when the connection closes.
#[derive(Debug)]
pub(super) struct Waiting(pub(super) Left);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.0.store(true, Relaxed);
    }
}
