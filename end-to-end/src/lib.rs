//! What the tests of whole flows share: running programs, and a client of the console.
//!
//! The programs are the real ones, built as `cargo test` builds; they use sockets on free ports of 127.0.0.1.

mod console;
mod examples;
mod folders;
pub mod incident;
mod markdown;
mod memory;
pub mod ports;
mod program;
mod running;
pub mod sandbox;
pub mod stack;
mod variables;

use std::time::Duration;

pub use console::Console;
pub use examples::{build_example, cargo_in_examples};
pub use folders::{root, target_folder};
pub use markdown::Markdown;
pub use memory::MemoryLimit;
pub use ports::free_address;
pub use program::Program;
pub use running::Running;
pub use sandbox::Sandbox;
pub use stack::{Pair, Stack};
pub use variables::variables_of;

/// How long anything may take before a test gives up.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The result of a test.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Calls `ask` repeatedly until it returns a value.
///
/// # Errors
///
/// Returns an error that contains `what` if there is none within [`PATIENCE`].
pub async fn eventually<T>(
    what: &str,
    mut ask: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let answer = ask().await;
        if let Ok(Some(answer)) = answer {
            return Ok(answer);
        }
        if tokio::time::Instant::now() > deadline {
            let error = answer
                .err()
                .map(|error| format!(": {error}"))
                .unwrap_or_default();
            return Err(format!("{what}: not within {PATIENCE:?}{error}").into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
