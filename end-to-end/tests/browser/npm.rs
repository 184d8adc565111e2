//! Packages from the npm registry, used only by tests.

use std::{fs, path::PathBuf, process::Command};

use end_to_end::{Result, target_folder};

/// Returns the folder of a package, which is installed below the target directory if it is not there yet.
pub(crate) fn package(name: &str, version: &str) -> Result<PathBuf> {
    let folder = target_folder()?.join(format!("{name}-{version}"));
    let package = folder.join("node_modules").join(name);
    if !package.exists() {
        fs::create_dir_all(&folder)?;
        let npm = Command::new("npm")
            .args(["install", "--ignore-scripts", "--no-audit", "--no-fund"])
            .args(["--silent", "--prefix"])
            .arg(&folder)
            .arg(format!("{name}@{version}"))
            .status()
            .map_err(|error| format!("npm: {error}; install Node.js with npm"))?;
        if !npm.success() {
            return Err(format!("npm does not install {name} {version}: {npm}").into());
        }
    }
    Ok(package)
}
