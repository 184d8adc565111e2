//! A browser for the page.

use std::process::{Command, Stdio};

/// Opens a URL in the user's browser. The error says what to do instead.
pub fn open(url: &str) -> Result<(), String> {
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let started = Command::new(opener)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    started
        .map(drop)
        .map_err(|error| format!("{opener} opens no browser ({error}); open {url} yourself"))
}
