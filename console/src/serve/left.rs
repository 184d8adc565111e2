//! Tells a computation that its client has left.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use axum::http::StatusCode;

use super::error::ApiError;

/// Whether the client has left.
#[derive(Debug, Clone, Default)]
pub(super) struct Left(Arc<AtomicBool>);

impl Left {
    /// Whether it has.
    pub(super) fn is_so(&self) -> bool {
        self.0.load(Relaxed)
    }

    /// Fails if it has, which ends the work: nobody would read the answer.
    pub(super) fn ends(&self) -> Result<(), ApiError> {
        if self.is_so() {
            let status = StatusCode::SERVICE_UNAVAILABLE;
            return Err(ApiError::new(status, "ClientLeft", "the client has left"));
        }
        Ok(())
    }

    /// Returns items until the client leaves.
    pub(super) fn until<T>(&self, items: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        items.take_while(|_| !self.is_so())
    }
}

/// Held by the request's future, which hyper drops when the connection closes: dropping this sets the flag.
#[derive(Debug)]
pub(super) struct Waiting(pub(super) Left);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.0.store(true, Relaxed);
    }
}
