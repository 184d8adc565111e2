//! What is typed: `console`, and its subcommands.
//!
//! This room uses no other room of the console: its subcommands call a console over HTTP like any other client. This
//! file reads the command line; [`Config`] has the flags of the console itself.

mod ask;
pub mod browser;
mod client;
mod config;
pub mod doctor;
pub mod expect;
pub mod map;
mod pasted;
mod terminal;
pub mod trace;
pub mod traces;
mod utc;
pub mod watch;

use std::{
    env,
    ffi::OsStr,
    io::{self, Write as _},
    process,
};

use clap::{
    Arg, Command as Clap, CommandFactory as _, FromArgMatches as _, Parser, Subcommand,
    error::{ContextKind, ContextValue},
};

pub use config::{Config, Further};

/// Receives X-Ray segments like the X-Ray daemon, answers the X-Ray API, and shows the traces on a page. For a
/// subcommand, see its own help (console trace --help).
#[derive(Debug, Parser)]
#[command(
    name = "console",
    version,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true
)]
pub struct Arguments {
    /// The subcommand; without one, the program runs the console.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The console's settings.
    #[command(flatten)]
    pub config: Config,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show a trace in the terminal.
    Trace(trace::Options),
    /// List traces in the terminal.
    Traces(traces::Options),
    /// Show the service map in the terminal.
    Map(map::Options),
    /// Watch traces, and fail if too many of them went wrong.
    Watch(watch::Options),
    /// Check that a trace has the shape that a file says.
    Expect(expect::Options),
    /// Follow a segment from here to where traces are read, and name the hop that is broken.
    Doctor(doctor::Options),
}

impl Arguments {
    /// Reads the command line and the environment. An empty variable counts as absent. An invalid setting ends the
    /// program with an error that names it.
    pub fn read() -> Self {
        let is_empty = |name: &OsStr| env::var_os(name).is_some_and(|value| value.is_empty());
        let mut clap = without_variables(Self::command(), &is_empty);
        let read = clap
            .try_get_matches_from_mut(env::args_os())
            .and_then(|matches| Self::from_arg_matches(&matches));
        read.unwrap_or_else(|error| end(&error.format(&mut clap), &clap))
    }
}

/// Ends the program with clap's output: help, or an error.
fn end(error: &clap::Error, clap: &Clap) -> ! {
    if !error.use_stderr() {
        error.exit();
    }
    let subcommand = env::args_os().nth(1);
    let asked = subcommand.and_then(|name| clap.find_subcommand(name));
    // If standard error is closed, nobody can be told.
    let _ = writeln!(
        io::stderr(),
        "{}",
        reason_last(error, asked.unwrap_or(clap))
    );
    process::exit(error.exit_code())
}

/// Formats an error so that its last line, which Kubernetes shows for a pod that does not start, has the reason, and
/// so that it names the variable beside the flag, because either may have the value.
fn reason_last(error: &clap::Error, clap: &Clap) -> String {
    let text = error.to_string();
    let (reason, rest) = text.split_once("\n\n").unwrap_or((&text, ""));
    let lines: Vec<_> = reason.lines().map(str::trim).collect();
    let mut reason = lines.join(" ");
    if let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg) {
        let is_meant = |argument: &&Arg| argument.to_string() == *flag;
        let variable = clap.get_arguments().find(is_meant).and_then(Arg::get_env);
        if let Some(variable) = variable {
            let both = format!("'{flag}' ({})", variable.display());
            reason = reason.replacen(&format!("'{flag}'"), &both, 1);
        }
    }
    match rest.trim_end() {
        "" => reason,
        rest => format!("{rest}\n\n{reason}"),
    }
}

fn without_variables(clap: Clap, is_empty: &impl Fn(&OsStr) -> bool) -> Clap {
    clap.mut_args(|argument| {
        if argument.get_env().is_some_and(is_empty) {
            argument.env(None::<&'static str>)
        } else {
            argument
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_subcommand_it_is_the_console_as_ever() {
        let arguments = Arguments::parse_from(["console", "--listen", "127.0.0.1:0"]);
        assert!(arguments.command.is_none());
        assert_eq!(arguments.config.listen.port(), 0);
    }

    #[test]
    fn an_empty_variable_counts_as_absent() {
        let clap = without_variables(Arguments::command(), &|name| name == "XRAY_CONSOLE_OTLP");
        let variables = |clap: &Clap| -> Vec<_> {
            let variables = clap
                .get_arguments()
                .filter_map(|argument| argument.get_env());
            variables
                .map(|name| name.to_string_lossy().into_owned())
                .collect()
        };
        let left = variables(&clap);
        assert!(left.contains(&"XRAY_CONSOLE_LISTEN".to_owned()));
        assert!(!left.contains(&"XRAY_CONSOLE_OTLP".to_owned()));
    }

    #[test]
    fn the_reason_is_the_last_line_and_names_flag_and_variable() {
        let said = |arguments: &[&str]| {
            let mut clap = Arguments::command();
            let error = clap.try_get_matches_from_mut(arguments).unwrap_err();
            let asked = clap.find_subcommand(arguments[1]).unwrap_or(&clap);
            reason_last(&error, asked)
        };
        let last = |text: &str| text.lines().last().unwrap_or_default().to_owned();
        assert_eq!(
            last(&said(&["console", "--max-bytes", "64Mi"])),
            "error: invalid value '64Mi' for '--max-bytes <BYTES>' (XRAY_CONSOLE_MAX_BYTES): must be a whole number"
        );
        let unknown = said(&["console", "--fowrard", "a:1"]);
        assert_eq!(
            last(&unknown),
            "error: unexpected argument '--fowrard' found"
        );
        assert!(unknown.contains("'--forward'") && unknown.contains("Usage: console"));
        assert!(last(&said(&["console", "trace"])).ends_with("not provided: <TRACE ID>"));
        let colour = last(&said(&["console", "doctor", "--color", "pink"]));
        assert!(
            colour.contains("pink") && colour.contains("never]"),
            "{colour}"
        );
        // A flag without a variable, in a subcommand.
        for subcommand in ["trace", "doctor"] {
            let said = last(&said(&["console", subcommand, "--console", "ftp://a"]));
            assert!(said.contains("'--console <URL>': "), "{said}");
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
