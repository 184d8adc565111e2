//! moto's server, which stands for AWS.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    Result,
    command::{run, succeeds},
};

/// Its server without a line for each request.
const SERVE: &str = "import logging, sys, moto.server
logging.getLogger('werkzeug').setLevel(logging.ERROR)
moto.server.main(sys.argv[1:])";

/// Its Python.
pub(super) struct Moto(PathBuf);

impl Moto {
    /// Fails if it cannot be installed, with the command that helps.
    pub(super) fn check() -> Result<()> {
        let has_venv = succeeds(Command::new("python3").args(["-c", "import venv, ensurepip"]));
        if has_venv {
            Ok(())
        } else {
            Err(
                "Python's venv is missing: apt-get install python3-venv, or install Python 3"
                    .into(),
            )
        }
    }

    /// Finds the version that is required in this machine's Python or in a folder, or else installs it into the folder.
    pub(super) fn install(folder: &Path, requirements: &Path) -> Result<Self> {
        let required = fs::read_to_string(requirements)?;
        let version = required
            .lines()
            .find_map(|line| line.strip_prefix("moto[server]=="))
            .ok_or("examples/shop/requirements.txt has no version of moto")?;
        let own = folder.join("bin/python");
        let mut known = [PathBuf::from("python3"), own.clone()].into_iter();
        if let Some(python) = known.find(|python| has_moto(python, version)) {
            return Ok(Self(python));
        }
        println!("installing moto {version} into {}", folder.display());
        run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
        let pip = [
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--requirement",
        ];
        run(Command::new(&own).args(pip).arg(requirements))?;
        Ok(Self(own))
    }

    /// Returns the command that serves at a port.
    pub(super) fn serve(&self, port: u16) -> tokio::process::Command {
        let mut command = tokio::process::Command::new(&self.0);
        command.args(["-c", SERVE, "--host", "127.0.0.1", "--port"]);
        command.arg(port.to_string());
        command
    }
}

fn has_moto(python: &Path, version: &str) -> bool {
    let is_it = "import moto.server, sys; sys.exit(moto.__version__ != sys.argv[1])";
    succeeds(Command::new(python).args(["-c", is_it, version]))
}
