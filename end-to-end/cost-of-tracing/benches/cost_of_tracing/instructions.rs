//! Counts instructions and allocations of a request with valgrind: repeatable within 1 % on any machine.
//!
//! Only the program itself is counted, not the kernel: (2,500 requests − 500 requests) ÷ 2,000, on one connection.

use std::{
    io::{BufRead, BufReader, Read},
    net::UdpSocket,
    path::Path,
    process::{Child, Command, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{
    Result,
    build::Build,
    load::{self, Load},
    service::{Tracing, environment},
};

const FEW: u32 = 500;
const MANY: u32 = 2_500;

/// What valgrind counts.
#[derive(Clone, Copy)]
enum Tool {
    Instructions,
    Allocations,
}

/// Prints what a request of each build's back end takes, in its variants, and what tracing adds.
pub(crate) fn count(builds: &[Build]) -> Result<()> {
    println!("back end, GET /, 30 numbers, one connection, per request\n");
    for build in builds {
        println!("{}", build.name);
        let mut untraced = None;
        for tracing in Tracing::ALL {
            let count = |tool| per_request(&build.program, tracing, tool);
            let (instructions, allocations) =
                (count(Tool::Instructions)?, count(Tool::Allocations)?);
            let (before, blocks) = *untraced.get_or_insert((instructions, allocations));
            println!(
                "  {:<10} {instructions:8.0} instructions {allocations:5.1} allocations   adds {:8.0} and {:4.1}",
                tracing.name(),
                instructions - before,
                allocations - blocks,
            );
        }
    }
    Ok(())
}

fn per_request(program: &Path, tracing: Tracing, tool: Tool) -> Result<f64> {
    let (few, many) = (
        run(program, tracing, tool, FEW)?,
        run(program, tracing, tool, MANY)?,
    );
    Ok((many - few) / f64::from(MANY - FEW))
}

/// Starts a back end under valgrind, asks it so often, ends it, and returns what was counted.
fn run(program: &Path, tracing: Tracing, tool: Tool, requests: u32) -> Result<f64> {
    let sink = UdpSocket::bind("127.0.0.1:0")?;
    sink.set_nonblocking(true)?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut valgrind = Command::new("valgrind")
        .args(tool.arguments())
        .arg(program)
        .arg("back")
        .env_clear()
        .env("PATH", path)
        .envs(environment(tracing, &sink)?)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("valgrind does not start: {error}; install it"))?;
    let counted = ask(&mut valgrind, tracing, &sink, requests);
    // Valgrind reports when the program ends, by whatever signal.
    kill_process(Pid::from_child(&valgrind), Signal::TERM)?;
    let mut report = String::new();
    if let Some(mut stderr) = valgrind.stderr.take() {
        stderr.read_to_string(&mut report)?;
    }
    valgrind.wait()?;
    counted?;
    tool.find(&report)
        .ok_or_else(|| format!("valgrind reports no count:\n{report}").into())
}

fn ask(valgrind: &mut Child, tracing: Tracing, sink: &UdpSocket, requests: u32) -> Result<()> {
    let stdout = valgrind.stdout.take().ok_or("the service has no output")?;
    let (mut output, mut line) = (BufReader::new(stdout), String::new());
    output.read_line(&mut line)?;
    let mut load = Load::connect(line.trim().parse()?, "/", tracing.header(), 1)?;
    for _ in 0..requests {
        load.ask_all()?;
        load::drain(sink);
    }
    load::settle(sink);
    Ok(())
}

impl Tool {
    fn arguments(self) -> [&'static str; 2] {
        match self {
            Self::Instructions => ["--tool=callgrind", "--callgrind-out-file=/dev/null"],
            Self::Allocations => ["--tool=dhat", "--dhat-out-file=/dev/null"],
        }
    }

    /// Finds the count in valgrind's report: `Collected : N`, or `Total: B bytes in N blocks`.
    fn find(self, report: &str) -> Option<f64> {
        let (before, after) = match self {
            Self::Instructions => ("Collected :", "\n"),
            Self::Allocations => ("bytes in ", " blocks"),
        };
        let (_, rest) = report.split_once(before)?;
        let (number, _) = rest.split_once(after)?;
        number.trim().replace(',', "").parse().ok()
    }
}
