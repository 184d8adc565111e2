//! `make package`: are the libraries complete as packages?

use std::{
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Result, build::cargo, command::run};

const PACKAGES: [&str; 8] = [
    "xray-environment",
    "xray-segment",
    "aws-xray",
    "xray-aws-sdk",
    "xray-lambda",
    "traces",
    "http-server",
    "console",
];
/// The workspace around the unpacked packages. Its profile is the repository's: what both use is compiled once.
const WORKSPACE: &str = "[workspace]\nresolver = \"3\"\nmembers = [\"*-*\"]\n
[profile.dev]\ndebug = \"line-tables-only\"\n\n[patch.crates-io]\n";

/// Packs the libraries, and checks each alone from what its package holds, with what is in the lock file. Each has the
/// features that it names itself.
///
/// `cargo package` would do the same, but compile everything that they use to machine code, and from nothing: it takes a
/// package of one version for the same, and would check against what an earlier run unpacked.
pub(crate) fn package() -> Result<()> {
    let target = target()?;
    let folder = target.join("packaged");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let names = PACKAGES.iter().flat_map(|name| ["-p", name]);
    let arguments = [
        "package",
        "--locked",
        "--offline",
        "--allow-dirty",
        "--no-verify",
    ];
    let mut pack = cargo();
    pack.args(arguments).args(names);
    run(pack.arg("--target-dir").arg(&folder))?;
    let unpacked = folder.join("unpacked");
    unpack(&folder.join("package"), &unpacked)?;
    for name in PACKAGES {
        let mut check = cargo();
        check.args(["check", "--quiet", "--offline", "-p", name]);
        check
            .arg("--manifest-path")
            .arg(unpacked.join("Cargo.toml"));
        println!("checking the package {name}");
        run(check.arg("--target-dir").arg(&target))?;
    }
    Ok(())
}

/// Unpacks all packages of a folder into a workspace.
fn unpack(packages: &Path, workspace: &Path) -> Result<()> {
    fs::create_dir_all(workspace)?;
    fs::copy("Cargo.lock", workspace.join("Cargo.lock"))?;
    let mut manifest = WORKSPACE.to_owned();
    for name in PACKAGES {
        let folder = unpacked_name(packages, name)?;
        let mut tar = Command::new("tar");
        // Files get the time of now: cargo goes by dates, and all packages are of the same one.
        tar.arg("-xzmf")
            .arg(packages.join(format!("{folder}.crate")));
        run(tar.arg("-C").arg(workspace))?;
        writeln!(manifest, "{name} = {{ path = \"{folder}\" }}")?;
    }
    fs::write(workspace.join("Cargo.toml"), manifest)?;
    Ok(())
}

/// Returns a package's name with its version.
fn unpacked_name(packages: &Path, name: &str) -> Result<String> {
    for entry in fs::read_dir(packages)? {
        let file = entry?.file_name().display().to_string();
        let found = file.strip_suffix(".crate");
        let version = found.and_then(|found| found.strip_prefix(name)?.strip_prefix('-'));
        if version.is_some_and(|version| version.starts_with(|first: char| first.is_ascii_digit()))
        {
            return Ok(found.unwrap_or_default().to_owned());
        }
    }
    Err(format!("cargo packed no {name}").into())
}

/// Returns the folder into which cargo built this program.
fn target() -> Result<PathBuf> {
    let program = env::current_exe()?;
    let target = program.ancestors().nth(2);
    Ok(target.ok_or("xtask is not in target/debug")?.to_owned())
}
