//! The command line: the console itself, and what the program can do beside it.

use std::{env, ffi::OsStr};

use clap::{Command as Clap, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::{Config, doctor, timeline};

/// Receives X-Ray segments like the X-Ray daemon, answers the X-Ray API, and shows the traces on a page. That is
/// without a subcommand; each of those explains itself (console trace --help).
#[derive(Debug, Parser)]
#[command(
    name = "console",
    version,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true
)]
pub struct Arguments {
    /// What to do instead of being the console.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The console's settings.
    #[command(flatten)]
    pub config: Config,
}

/// What the program can do beside being the console.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show a trace in the terminal.
    Trace(timeline::Options),
    /// Follow a segment from here to where traces are read, and name the hop that is broken.
    Doctor(doctor::Options),
}

impl Arguments {
    /// Reads the command line and the environment. An empty variable counts as absent. What is no setting
    /// ends the program with a sentence that names it.
    pub fn read() -> Self {
        let is_empty = |name: &OsStr| env::var_os(name).is_some_and(|value| value.is_empty());
        let mut clap = without_variables(Self::command(), &is_empty);
        let read = Self::from_arg_matches(&clap.get_matches_mut());
        read.unwrap_or_else(|error| error.format(&mut clap).exit())
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
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
