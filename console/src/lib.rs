//! The console: on one port of this machine the X-Ray daemon (UDP), the X-Ray API and a page (TCP).
//!
//! In the order in which a document passes through:
//!
//! - [`config`]: the settings, and [`sockets`]: what is listened to;
//! - [`daemon`]: datagrams in;
//! - [`intake`]: documents (and [`otlp`]) read, counted, kept, announced ([`events`]), remembered ([`wire`]);
//! - [`store`]: the traces, bounded;
//! - [`summary`]: what lists, maps and filters need of a trace;
//! - [`filter`]: which traces are meant, [`groups`] of them, and their [`series`] over time;
//! - [`graph`]: the service map of any traces;
//! - [`rules`]: what services ask which of their requests to trace;
//! - [`logs`]: the log lines of a trace;
//! - [`api`]: the X-Ray API over all that, behind [`guard`];
//! - [`page`]: one more client of that API.
//!
//! Beside the console the program has subcommands ([`command`]): [`timeline`], a trace in the terminal; [`doctor`],
//! which finds the broken hop.

pub mod api;
mod client;
mod clock;
pub mod command;
pub mod completions;
pub mod config;
mod console;
pub mod daemon;
pub mod doctor;
pub mod events;
pub mod filter;
pub mod graph;
pub mod groups;
pub mod guard;
mod health;
pub mod intake;
pub mod logs;
pub mod otlp;
pub mod page;
pub mod rules;
mod run;
pub mod series;
pub mod sockets;
mod status;
pub mod store;
pub mod summary;
pub mod telemetry;
mod terminal;
pub mod timeline;
pub mod wire;

pub use command::{Arguments, Command};
pub use config::Config;
pub use console::{Console, app};
pub use run::run;
pub use sockets::Sockets;
