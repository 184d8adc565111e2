//! Follows a quick start of docs/languages.md, in an empty folder.

use std::{fs, net::TcpListener, path::PathBuf, process::Output, time::Duration};

use end_to_end::{Markdown, Result};
use tokio::{process::Command, time::timeout};

/// How long a quick start may take, most of which is fetching packages.
const PATIENCE: Duration = Duration::from_secs(540);

/// Where a console listens.
pub(crate) struct Places {
    pub(crate) address: String,
    http: String,
    grpc: String,
}

impl Places {
    /// Free addresses of this machine.
    pub(crate) fn free() -> Result<Self> {
        // All at once, so that no two are the same.
        let bind = || TcpListener::bind("127.0.0.1:0");
        let [address, http, grpc] = [bind()?, bind()?, bind()?];
        Ok(Self {
            address: address.local_addr()?.to_string(),
            http: http.local_addr()?.to_string(),
            grpc: grpc.local_addr()?.to_string(),
        })
    }

    /// What tells a console to listen there.
    pub(crate) fn arguments(&self) -> [&str; 6] {
        let [address, http, grpc] = [&self.address, &self.http, &self.grpc];
        ["--listen", address, "--otlp", http, "--otlp-grpc", grpc]
    }
}

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // Go makes what it fetched read-only, but not here.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs what the page prints for a language, whose program is in `file`, with a console elsewhere than there.
pub(crate) async fn follow(language: &str, fence: &str, file: &str, places: &Places) -> Result<()> {
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
    let commands = part.blocks("sh")[0];
    let commands = commands
        .replace("127.0.0.1:4318", &places.http)
        .replace("127.0.0.1:4317", &places.grpc);
    let mut shell = Command::new("sh");
    shell.args(["-e", "-c", &commands]).current_dir(&folder.0);
    succeeds(shell).await
}

/// Runs a command to its end.
pub(crate) async fn succeeds(mut command: Command) -> Result<()> {
    command.kill_on_drop(true);
    let output: Output = timeout(PATIENCE, command.output()).await??;
    if output.status.success() {
        return Ok(());
    }
    let said =
        [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
    Err(format!("{command:?}: {}\n{}", output.status, said.join("\n")).into())
}
