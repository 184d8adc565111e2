//! The folders of the repository and of cargo's output.

use std::{
    env,
    path::{Path, PathBuf},
};

use crate::Result;

/// Returns the folder of the whole repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Returns the folder into which cargo builds.
///
/// # Errors
///
/// If this program is not where cargo puts tests and examples, `target/debug/deps` or `target/debug/examples`.
pub fn target_folder() -> Result<PathBuf> {
    let test = env::current_exe()?;
    let target = test.ancestors().nth(3);
    Ok(target.ok_or("a test is not in target/debug/deps")?.into())
}
