//! The command line: the console itself, and what the program can do beside it.

use clap::{Parser, Subcommand};

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
    fn the_command_line_is_consistent() {
        use clap::CommandFactory as _;
        Arguments::command().debug_assert();
    }
}
