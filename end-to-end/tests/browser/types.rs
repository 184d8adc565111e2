//! The pages' scripts without a browser: TypeScript's compiler reads them as they are, and what their comments say of types.

use std::process::Command;

use end_to_end::{Result, root};

use crate::browser::npm;

const VERSION: &str = "7.0.2";

#[test]
fn every_name_and_every_member_that_the_pages_use_is_there() -> Result<()> {
    let compiler = npm::package("typescript", VERSION)?.join("bin/tsc");
    let output = Command::new(compiler)
        .args(["--project", "console/tsconfig.json"])
        .current_dir(root())
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    Ok(())
}
