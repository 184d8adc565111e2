//! What the services read from their environment, and when they end.

use std::env;

use tokio::signal::{
    ctrl_c,
    unix::{SignalKind, signal},
};

use crate::error::Failure;

/// Returns a variable that has to be there.
pub fn variable(name: &str) -> Result<String, Failure> {
    env::var(name).map_err(|error| format!("{name}: {error}").into())
}

/// Waits for Ctrl-C, or for the SIGTERM with which Kubernetes and ECS end a container.
pub async fn stopped() {
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut terminated) => terminated.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = ctrl_c() => {}
        _ = terminated => {}
    }
}
