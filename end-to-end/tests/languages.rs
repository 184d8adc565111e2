//! The quick starts of docs/languages.md, as they are printed, each in an empty folder.
//!
//! Needs the language's tools, a registry of its packages, and boto3, with which the trace is asked for.

#[path = "languages/quick_start.rs"]
mod quick_start;

use end_to_end::{Program, Result, root};
use quick_start::{Places, follow, succeeds};
use tokio::process::Command;

/// Follows what the page prints for a language, whose program is in `file`, and asks for its trace.
async fn quick_start(language: &str, fence: &str, file: &str) -> Result<()> {
    let places = Places::free()?;
    let mut console = Program::start("console", &places.arguments(), &[])?;
    let address = &places.address;
    console
        .line(|line| line.contains(address).then_some(()))
        .await?;
    follow(language, fence, file, &places).await?;
    let mut reader = Command::new("python3");
    reader
        .arg(root().join("end-to-end/python/quick_start.py"))
        .arg(format!("http://{address}"));
    succeeds(reader).await
}

mod python {
    use super::*;

    #[tokio::test]
    async fn its_quick_start_is_a_trace() -> Result<()> {
        quick_start("Python", "python", "app.py").await
    }
}

mod node {
    use super::*;

    #[tokio::test]
    async fn its_quick_start_is_a_trace() -> Result<()> {
        quick_start("Node.js", "js", "app.js").await
    }
}

mod go {
    use super::*;

    #[tokio::test]
    async fn its_quick_start_is_a_trace() -> Result<()> {
        quick_start("Go", "go", "main.go").await
    }
}

mod java {
    use super::*;

    #[tokio::test]
    async fn its_quick_start_is_a_trace() -> Result<()> {
        quick_start("Java", "java", "App.java").await
    }
}
