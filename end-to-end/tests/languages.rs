//! The quick starts of docs/languages.md, as they are printed, each in an empty folder.
//!
//! Needs the language's tools, a registry of its packages, and boto3, with which the trace is asked for.

use std::{fs, net::TcpListener, path::PathBuf, process::Output, time::Duration};

use end_to_end::{Markdown, Program, Result, root};
use tokio::{process::Command, time::timeout};

/// How long a quick start may take, most of which is fetching packages.
const PATIENCE: Duration = Duration::from_secs(540);

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // Go makes what it fetched read-only, but not here.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs what the page prints for a language, whose program is in `file`, and asks for its trace.
async fn quick_start(language: &str, fence: &str, file: &str) -> Result<()> {
    let page = Markdown::read("docs/languages.md");
    let part = page.text.split("\n## ");
    let part = part
        .into_iter()
        .find(|part| part.lines().next() == Some(language));
    let part = Markdown {
        path: page.path,
        text: part.ok_or("the page has no such language")?.to_owned(),
    };
    let name = format!("x-ray-quick-start-{fence}-{}", std::process::id());
    let folder = Folder(std::env::temp_dir().join(name));
    fs::create_dir_all(&folder.0)?;
    assert!(part.text.contains(&format!("`{file}`")), "{}", part.text);
    fs::write(folder.0.join(file), part.blocks(fence)[0])?;

    let [address, http, grpc] = free();
    let arguments = ["--listen", &address, "--otlp", &http, "--otlp-grpc", &grpc];
    let mut console = Program::start("console", &arguments, &[])?;
    console
        .line(|line| line.contains(&address).then_some(()))
        .await?;
    let commands = part.blocks("sh")[0];
    let commands = commands
        .replace("127.0.0.1:4318", &http)
        .replace("127.0.0.1:4317", &grpc);
    let mut shell = Command::new("sh");
    shell.args(["-e", "-c", &commands]).current_dir(&folder.0);
    succeeds(shell).await?;

    let mut reader = Command::new("python3");
    reader
        .arg(root().join("end-to-end/python/quick_start.py"))
        .arg(format!("http://{address}"));
    succeeds(reader).await
}

async fn succeeds(mut command: Command) -> Result<()> {
    command.kill_on_drop(true);
    let output: Output = timeout(PATIENCE, command.output()).await??;
    if output.status.success() {
        return Ok(());
    }
    let said =
        [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
    Err(format!("{command:?}: {}\n{}", output.status, said.join("\n")).into())
}

/// Three free addresses of this machine.
fn free() -> [String; 3] {
    let listeners = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().to_string())
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
