//! Tasks that do not fit into a line of the Makefile. `make help` lists the targets.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is a program for a terminal"
)]

mod build;
mod command;
mod console;
mod demo;
mod http;
mod package;
mod ports;
mod process;
mod processes;
mod run;
mod shop;
mod tee;
mod test;

use std::{error::Error, process::ExitCode};

use clap::{Parser, Subcommand};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Tasks that do not fit into a line of the Makefile.
#[derive(Debug, Parser)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build and start the console, the back end and the front end, until Ctrl-C
    Run(run::Args),
    /// As run, with traffic, one guided fault, and the browser opened
    Demo(demo::DemoArgs),
    /// Start the shop of examples/shop with the console, moto's server and PostgreSQL, and order something
    Shop(shop::Args),
    /// Pack the libraries, and check each from what its package holds
    Package,
    /// Run every test for which the tools are installed, and name the missing tools
    Test,
}

#[tokio::main]
async fn main() -> ExitCode {
    let result = match Args::parse().command {
        Command::Run(args) => run::run(args).await,
        Command::Demo(args) => demo::demo(args).await,
        Command::Shop(args) => shop::shop(args).await,
        Command::Package => package::package(),
        Command::Test => test::test(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Args;

    #[test]
    fn the_arguments_of_all_commands_fit_together() {
        Args::command().debug_assert();
    }
}
