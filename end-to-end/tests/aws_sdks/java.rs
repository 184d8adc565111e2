//! The SDK for Java. Needs a JDK and Maven.

use std::process::Command;

use end_to_end::Result;

use super::{build, built, folder, makes_every_call};

/// Builds the program and returns what starts it.
fn client() -> Result<Command> {
    let place = built("java")?;
    let (classes, jars) = (place.join("classes"), place.join("dependencies"));
    if !jars.exists() {
        let mut maven = Command::new("mvn");
        let arguments = ["--quiet", "--batch-mode", "dependency:copy-dependencies"];
        let to = format!("-DoutputDirectory={}", jars.display());
        build(maven.args(arguments).arg(to).current_dir(folder("java")))?;
    }
    let path = format!("{}:{}/*", classes.display(), jars.display());
    let source = folder("java").join("src/main/java/Client.java");
    let mut compiler = Command::new("javac");
    build(
        compiler
            .args(["-d"])
            .arg(&classes)
            .args(["-cp", &path])
            .arg(source),
    )?;
    let mut java = Command::new("java");
    java.args(["-cp", &path, "Client"]);
    Ok(java)
}

#[tokio::test]
async fn makes_every_call_and_reads_every_answer() -> Result<()> {
    makes_every_call(client()?).await
}
