//! A PostgreSQL of its own, in a folder that goes with it.

use std::{
    env,
    fs::{self, DirBuilder, File},
    io::Read,
    os::unix::{
        fs::{DirBuilderExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::Command,
};

use rustix::process::getuid;

use crate::Result;

/// Where Debian keeps the programs, out of the path, a folder for each version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// As whom it runs if this runs as root, which PostgreSQL refuses.
const USER: &str = "postgres";

/// The database's name.
const DATABASE: &str = "shop";

/// A cluster whose superuser is `app`; its folder is removed when this is dropped.
pub(super) struct Postgres {
    folder: PathBuf,
    port: u16,
    password: String,
    /// As whom it runs, if not as who runs this.
    owner: Option<(u32, u32)>,
}

impl Postgres {
    /// Fails if it is not installed, with the command that helps.
    pub(super) fn check() -> Result<()> {
        if program("initdb").is_some() {
            Ok(())
        } else {
            Err(
                "PostgreSQL is missing: apt-get install postgresql, or brew install postgresql"
                    .into(),
            )
        }
    }

    /// Makes the cluster in a folder, or as root in the system's folder for temporary files, since the user `postgres` may
    /// be kept from all others.
    pub(super) fn new(folder: &Path, port: u16) -> Result<Self> {
        let owner = if getuid().is_root() {
            Some((id("--user")?, id("--group")?))
        } else {
            None
        };
        let parent = match owner {
            Some(_) => env::temp_dir(),
            None => folder.to_owned(),
        };
        // By its port, because another one may run.
        let folder = parent.join(format!("x-ray-shop-postgresql-{port}"));
        let password = password()?;
        let postgres = Self {
            folder,
            port,
            password,
            owner,
        };
        postgres.remove();
        postgres.make_cluster()?;
        Ok(postgres)
    }

    /// Makes the folder, the cluster and its database.
    fn make_cluster(&self) -> Result<()> {
        // It has to be a new one: others may write where it is.
        DirBuilder::new().mode(0o700).create(&self.folder)?;
        let password = self.folder.join("password");
        fs::write(&password, &self.password)?;
        if let Some((user, group)) = self.owner {
            chown(&password, Some(user), Some(group))?;
            chown(&self.folder, Some(user), Some(group))?;
        }
        let mut initdb = self.command("initdb")?;
        // Without a password, everybody on this machine could run programs as its user.
        initdb.args([
            "--username=app",
            "--auth=scram-sha-256",
            "--pwfile=password",
        ]);
        initdb.args(["--no-sync", "--encoding=UTF8", "--locale=C"]);
        finish(&mut initdb)?;
        // By PostgreSQL without a server, which is started later.
        let statement = self.folder.join("create.sql");
        fs::write(&statement, format!("CREATE DATABASE {DATABASE}\n"))?;
        let mut create = self.command("postgres")?;
        finish(
            create
                .args(["--single", "postgres"])
                .stdin(File::open(&statement)?),
        )
    }

    /// Returns the command that serves at the port of loopback.
    pub(super) fn serve(&self) -> Result<tokio::process::Command> {
        let mut postgres = self.command("postgres")?;
        postgres
            .arg("-p")
            .arg(self.port.to_string())
            .args(["-c", "listen_addresses=127.0.0.1"])
            // The path of its folder may be too long for a socket.
            .args(["-c", "unix_socket_directories=", "-c", "fsync=off"]);
        Ok(postgres.into())
    }

    /// Returns what a driver connects by.
    pub(super) fn url(&self) -> String {
        format!(
            "postgres://app:{}@127.0.0.1:{}/{DATABASE}",
            self.password, self.port
        )
    }

    /// Returns one of its programs, to run on the cluster.
    fn command(&self, name: &str) -> Result<Command> {
        let program = program(name).ok_or_else(|| format!("{name} is missing"))?;
        let mut command = Command::new(program);
        command
            .env("PGDATA", self.folder.join("data"))
            .current_dir(&self.folder);
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        Ok(command)
    }

    fn remove(&self) {
        // It is not there, or was left by a run that was killed.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Makes a password up.
fn password() -> Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.map(|byte| format!("{byte:02x}")).concat())
}

/// Runs a command to its end; what it says is in the error.
fn finish(command: &mut Command) -> Result<()> {
    let output = command.output()?;
    if output.status.success() {
        Ok(())
    } else {
        Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)).into())
    }
}

/// Finds one of PostgreSQL's programs: Debian's newest, or what is in the path.
fn program(name: &str) -> Option<PathBuf> {
    let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = versions
        .map(|version| version.path().join("bin").join(name))
        .collect();
    found.sort();
    let path = env::var_os("PATH").unwrap_or_default();
    found.splice(..0, env::split_paths(&path).map(|folder| folder.join(name)));
    found.into_iter().rfind(|program| program.is_file())
}

/// Returns a number of the user `postgres`.
fn id(which: &str) -> Result<u32> {
    let output = Command::new("id").args([which, USER]).output()?;
    let number = String::from_utf8_lossy(&output.stdout);
    let number = number.trim().parse();
    number
        .map_err(|_| format!("PostgreSQL does not run as root, and there is no user {USER}").into())
}
