//! Checks the pages' scripts without a browser: TypeScript's compiler reads them unchanged, with the types in their
//! comments.

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
