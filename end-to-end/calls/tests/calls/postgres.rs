//! A PostgreSQL of one's own, in a temporary folder, on a free port of 127.0.0.1.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

/// Ends when it is dropped.
pub(crate) struct Postgres {
    folder: TempDir,
    pub(crate) port: u16,
}

impl Postgres {
    /// Makes a cluster whose superuser is `app`, and starts it.
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let postgres = Self { folder, port };
        if postgres.is_root() {
            // PostgreSQL does not run as root.
            let mut chown = Command::new("chown");
            run(chown.arg("postgres").arg(postgres.folder.path()));
        }
        let initdb = [
            "--username=app",
            "--auth=trust",
            "--no-sync",
            "--encoding=UTF8",
            "--locale=C",
        ];
        run(postgres.program("initdb").args(initdb));
        let folder = postgres.folder.path().display();
        let options = format!("-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off");
        let log = format!("--log={folder}/log");
        run(postgres
            .program("pg_ctl")
            .args(["start", "--wait", &log, "--options", &options]));
        postgres
    }

    /// Whether the tests run as root, whom the folder belonged to at first.
    fn is_root(&self) -> bool {
        fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
    }

    /// Returns one of PostgreSQL's programs, to run on the cluster.
    fn program(&self, name: &str) -> Command {
        let program = installed().join(name);
        let mut command = if self.is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        let data = self.folder.path().join("data");
        command
            .arg("--pgdata")
            .arg(data)
            .current_dir(self.folder.path());
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = self
            .program("pg_ctl")
            .args(["stop", "--mode=immediate"])
            .output();
    }
}

/// Returns where the programs are: Debian keeps them out of the path, a folder for each version.
fn installed() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let folders = versions.map(|version| version.path().join("bin"));
    let newest = folders
        .filter(|folder| folder.join("initdb").exists())
        .max();
    newest.unwrap_or_else(|| Path::new("").to_owned())
}

fn run(command: &mut Command) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&said)
    );
}
