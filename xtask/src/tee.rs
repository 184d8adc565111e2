//! Copies the services' log lines to the console, which shows those of each trace.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use tokio::{io::AsyncWriteExt, process::ChildStdin, sync::mpsc};

/// Most lines that wait for the console.
const WAITING: usize = 10_000;

/// Passes lines on to a program's standard input.
#[derive(Debug, Clone)]
pub(crate) struct Tee {
    lines: mpsc::Sender<String>,
    has_lost: Arc<AtomicBool>,
}

impl Tee {
    /// Starts writing the lines.
    pub(crate) fn new(mut stdin: ChildStdin) -> Self {
        let (lines, mut waiting) = mpsc::channel::<String>(WAITING);
        tokio::spawn(async move {
            while let Some(mut line) = waiting.recv().await {
                line.push('\n');
                // A program that no longer reads has ended, which is reported elsewhere.
                if stdin.write_all(line.as_bytes()).await.is_err() {
                    return;
                }
            }
        });
        Self {
            lines,
            has_lost: Arc::default(),
        }
    }

    /// Passes a line on without waiting: the console must not block the terminal.
    pub(crate) fn pass(&self, line: String) {
        let is_lost = matches!(
            self.lines.try_send(line),
            Err(mpsc::error::TrySendError::Full(_))
        );
        if is_lost && !self.has_lost.swap(true, Relaxed) {
            println!("the console does not keep up: its Logs tab lacks some of these lines");
        }
    }
}
