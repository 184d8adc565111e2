//! Flags and variables of the back end.

use std::net::{Ipv4Addr, SocketAddr};

use clap::Parser;
use xray::{InvalidEnvironment, Reader};

use crate::NAME;

/// The back end of the X-Ray sample: answers with random numbers, generated in a subsegment.
#[derive(Debug, Parser)]
#[command(version, after_help = pod::variables_help())]
pub struct Args {
    /// IP address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, env = "LISTEN_ADDRESS", value_name = "ADDRESS")]
    listen: Option<String>,
}

/// All settings.
#[derive(Debug)]
pub struct Settings {
    /// How the service is traced.
    pub tracing: xray::Config,
    /// Where it listens, and which pod it is.
    pub pod: pod::Settings,
}

impl Settings {
    /// Reads flags and variables; a flag takes precedence over its variable.
    ///
    /// # Errors
    ///
    /// Returns one error that names every invalid value.
    pub fn read(
        args: &Args,
        env: &impl Fn(&str) -> Option<String>,
    ) -> Result<Self, InvalidEnvironment> {
        let env = |variable: &str| match variable {
            "LISTEN_ADDRESS" => args.listen.clone(),
            _ => env(variable),
        };
        let mut reader = Reader::new(&env);
        let settings = Self {
            tracing: xray::Config::read(NAME, &mut reader),
            pod: pod::Settings::read(SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)), &mut reader),
        };
        reader.finish(settings)
    }
}
