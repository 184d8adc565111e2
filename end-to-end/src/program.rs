//! A running program.

use std::{
    env,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex, Once, PoisonError},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::{Child, Command},
    task::JoinHandle,
    time::timeout,
};

use crate::{MemoryLimit, PATIENCE, Result, eventually, target_folder};

/// A program that was started; it is killed when this is dropped.
#[derive(Debug)]
pub struct Program {
    name: &'static str,
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
    readers: Vec<JoinHandle<()>>,
}

impl Program {
    /// Starts `console`, `frontend` or `backend` with these variables and without the test's own.
    ///
    /// # Errors
    ///
    /// Returns an error if it cannot be built or started.
    pub fn start(
        name: &'static str,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Result<Self> {
        Self::run(name, &executable(name)?, arguments, variables)
    }

    /// Starts one of the three with a limit on its memory.
    ///
    /// # Errors
    ///
    /// If it cannot be built or started.
    pub fn start_within(
        name: &'static str,
        limit: &MemoryLimit,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Result<Self> {
        let (program, arguments) = limit.around(&executable(name)?, arguments);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        Self::run(name, Path::new(program), &arguments, variables)
    }

    /// Starts one of the three with a limit on its open files, and so on its connections.
    ///
    /// # Errors
    ///
    /// If it cannot be built or started.
    pub fn start_with_files(
        name: &'static str,
        files: u32,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Result<Self> {
        let program = executable(name)?.display().to_string();
        let script = format!("ulimit -n {files} && exec \"$0\" \"$@\"");
        let shell = ["-c", &script, &program];
        Self::run(
            name,
            Path::new("/bin/sh"),
            &[&shell, arguments].concat(),
            variables,
        )
    }

    /// Whether it has ended.
    ///
    /// # Errors
    ///
    /// If the system does not say.
    pub fn has_ended(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// Starts any program, with variables and none of those of the test's own; `name` is for messages.
    ///
    /// # Errors
    ///
    /// Returns an error if it cannot be started.
    pub fn run(
        name: &'static str,
        program: &Path,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Result<Self> {
        let mut child = Command::new(program)
            .args(arguments)
            .env_clear()
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let lines = Arc::default();
        let stdout = child.stdout.take().map(|stream| read_lines(stream, &lines));
        let stderr = child.stderr.take().map(|stream| read_lines(stream, &lines));
        Ok(Self {
            name,
            child,
            lines,
            readers: stdout.into_iter().chain(stderr).collect(),
        })
    }

    /// Returns its output so far, line by line.
    pub fn lines(&self) -> Vec<String> {
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Waits for a line for which `find` returns a value.
    ///
    /// # Errors
    ///
    /// Returns an error with the whole output if there is none.
    pub async fn line<T>(&mut self, find: impl Fn(&str) -> Option<T>) -> Result<T> {
        let found = eventually("a line", async || {
            Ok(self.lines().iter().find_map(|line| find(line)))
        })
        .await;
        found.map_err(|error| format!("{}: {error}\n{}", self.name, self.lines().join("\n")).into())
    }

    /// Waits until it has ended, and returns its status.
    ///
    /// # Errors
    ///
    /// Returns an error if it does not end.
    pub async fn ended(&mut self) -> Result<ExitStatus> {
        let status = timeout(PATIENCE, self.child.wait())
            .await
            .map_err(|_| format!("{} does not end", self.name))??;
        for reader in self.readers.drain(..) {
            reader.await?;
        }
        Ok(status)
    }

    /// Sends a signal.
    ///
    /// # Errors
    ///
    /// If it has ended already.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let pid = self
            .child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        kill_process(
            pid.ok_or_else(|| format!("{} has ended already", self.name))?,
            signal,
        )?;
        Ok(())
    }

    /// Ends it with SIGTERM, as Kubernetes does, and returns its status.
    ///
    /// # Errors
    ///
    /// Returns an error if it has ended already, or does not end.
    pub async fn terminate(&mut self) -> Result<ExitStatus> {
        self.signal(Signal::TERM)?;
        self.ended().await
    }

    /// Kills it and waits.
    ///
    /// # Errors
    ///
    /// If it cannot be killed.
    pub async fn kill(&mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Returns the processor time that it took so far, in steps of 10 ms.
    ///
    /// # Errors
    ///
    /// If it has ended.
    pub fn processor_time(&self) -> Result<Duration> {
        let id = self.id().ok_or("the program has ended")?;
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
        // The name before may have spaces.
        let (_, rest) = stat.rsplit_once(')').ok_or("the program has ended")?;
        let in_user_and_system = rest.split_whitespace().skip(11).take(2);
        let ticks: u32 = in_user_and_system
            .filter_map(|ticks| ticks.parse::<u32>().ok())
            .sum();
        Ok(TICK * ticks)
    }

    /// Returns the process's id.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }
}

fn read_lines(
    stream: impl AsyncRead + Unpin + Send + 'static,
    lines: &Arc<Mutex<Vec<String>>>,
) -> JoinHandle<()> {
    let lines = Arc::clone(lines);
    tokio::spawn(async move {
        let mut stream = BufReader::new(stream).lines();
        while let Ok(Some(line)) = stream.next_line().await {
            lines
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(line);
        }
    })
}

/// The kernel counts processor time in hundredths of a second, whatever its own ticks are.
const TICK: Duration = Duration::from_millis(10);
/// The folder with the programs, if they are built already, as in `make test`.
const PROGRAMS: &str = "END_TO_END_PROGRAMS";

/// Returns the path of a program. If they are not built, all three are built once, with the tests' profile.
fn executable(name: &str) -> Result<PathBuf> {
    static BUILD: Once = Once::new();
    if let Some(folder) = env::var_os(PROGRAMS) {
        return Ok(Path::new(&folder).join(name));
    }
    BUILD.call_once(|| {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = std::process::Command::new(cargo)
            // Without the tests, whose dependencies would enable features that users do not get.
            .args(["build", "--quiet", "--locked"])
            .args(["-p", "console", "-p", "backend", "-p", "frontend"])
            .args((!cfg!(debug_assertions)).then_some("--release"))
            .status();
        assert!(
            built.is_ok_and(|status| status.success()),
            "the programs cannot be built"
        );
    });
    let profile = if cfg!(debug_assertions) {
        "debug"
    } else {
        "release"
    };
    Ok(target_folder()?.join(profile).join(name))
}
