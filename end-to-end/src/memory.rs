//! A limit on a program's memory, as its pod has it.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

use crate::Result;

/// Where cgroups are, and their files with the limit and with the peak, by version.
const VERSIONS: [(&str, &str, &str); 2] = [
    (
        "/sys/fs/cgroup/memory",
        "memory.limit_in_bytes",
        "memory.max_usage_in_bytes",
    ),
    ("/sys/fs/cgroup", "memory.max", "memory.peak"),
];

/// A limit on the memory of one program. If the program exceeds it, the kernel kills it, as in a pod. Where this process may
/// not create a cgroup, allocations fail instead.
#[derive(Debug)]
pub struct MemoryLimit {
    bytes: u64,
    group: Option<Group>,
}

#[derive(Debug)]
struct Group {
    folder: PathBuf,
    peak: &'static str,
}

impl MemoryLimit {
    /// Makes a limit.
    pub fn new(bytes: u64) -> Self {
        Self {
            bytes,
            group: VERSIONS
                .iter()
                .find_map(|version| Group::new(*version, bytes)),
        }
    }

    /// Returns the command that starts a program with its arguments within the limit.
    pub(crate) fn around(&self, program: &Path, arguments: &[&str]) -> (&'static str, Vec<String>) {
        let own = std::iter::once(program.display().to_string())
            .chain(arguments.iter().map(|argument| (*argument).to_owned()));
        let Some(group) = &self.group else {
            let limit = format!("--data={}", self.bytes);
            return (
                "/usr/bin/prlimit",
                std::iter::once(limit).chain(own).collect(),
            );
        };
        let enter = format!(
            "echo $$ >'{}/cgroup.procs' && exec \"$0\" \"$@\"",
            group.folder.display()
        );
        let shell = ["-c".to_owned(), enter];
        ("/bin/sh", shell.into_iter().chain(own).collect())
    }

    /// Returns the peak of the program's memory in bytes, including the kernel's memory for it; `None` without a cgroup.
    ///
    /// # Errors
    ///
    /// If the kernel's count cannot be read.
    pub fn peak(&self) -> Result<Option<u64>> {
        let Some(group) = &self.group else {
            return Ok(None);
        };
        let text = fs::read_to_string(group.folder.join(group.peak))?;
        Ok(Some(text.trim().parse()?))
    }
}

impl Group {
    fn new((root, limit, peak): (&str, &str, &'static str), bytes: u64) -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Relaxed);
        let name = format!("x-ray-sample-{}-{number}", std::process::id());
        let folder = Path::new(root).join(name);
        fs::create_dir(&folder).ok()?;
        let group = Self { folder, peak };
        // In a folder that is no cgroup the file does not exist and must not be created.
        let limit = group.folder.join(limit);
        (limit.is_file() && fs::write(limit, bytes.to_string()).is_ok()).then_some(group)
    }

    /// Returns the processes in it.
    fn processes(&self) -> Vec<Pid> {
        let processes = fs::read_to_string(self.folder.join("cgroup.procs")).unwrap_or_default();
        let pids = processes.lines().filter_map(|line| line.parse().ok());
        pids.filter_map(Pid::from_raw).collect()
    }
}

impl Drop for Group {
    /// Ends what is left in it, or an empty group would stay: a test that fails drops the limit before the program, which is
    /// killed with it.
    fn drop(&mut self) {
        const ATTEMPTS: u32 = 100;
        for _ in 0..ATTEMPTS {
            if fs::remove_dir(&self.folder).is_ok() {
                return;
            }
            for pid in self.processes() {
                // It may have ended meanwhile.
                let _ = kill_process(pid, Signal::KILL);
            }
            // A killed program stays in it for a moment.
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
