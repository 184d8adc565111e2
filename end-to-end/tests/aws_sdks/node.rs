//! The SDK for JavaScript. Needs Node.js and npm.

use std::{fs, process::Command};

use end_to_end::Result;

use super::{build, built, folder, makes_every_call};

/// Installs what the program needs, beside a copy of it, and returns what starts it.
fn client() -> Result<Command> {
    let place = built("node")?;
    for file in ["client.js", "package.json", "package-lock.json"] {
        fs::copy(folder("node").join(file), place.join(file))?;
    }
    let installed = place.join("node_modules/.package-lock.json");
    let is_as_old = |path| fs::metadata(path).and_then(|file| file.modified()).ok();
    if is_as_old(installed) < is_as_old(folder("node").join("package-lock.json")) {
        let mut npm = Command::new("npm");
        build(
            npm.args(["ci", "--no-audit", "--no-fund"])
                .current_dir(&place),
        )?;
    }
    let mut node = Command::new("node");
    node.arg(place.join("client.js"));
    Ok(node)
}

#[tokio::test]
async fn makes_every_call_and_reads_every_answer() -> Result<()> {
    makes_every_call(client()?).await
}
