//! The console: on one port of this machine the X-Ray daemon (UDP), the X-Ray API and a page (TCP).
//!
//! In the order in which a document passes through:
//!
//! - [`config`]: the settings, and [`sockets`]: what is listened to;
//! - [`daemon`]: datagrams in;
//! - [`intake`]: documents read, counted, kept, announced ([`events`]), remembered ([`wire`]);
//! - [`store`]: the traces, bounded;
//! - [`summary`]: what lists, maps and filters need of a trace;
//! - [`graph`]: the service map of any traces;
//! - [`api`]: the X-Ray API over all that, behind [`guard`];
//! - [`page`]: one more client of that API.

pub mod api;
mod clock;
pub mod config;
mod console;
pub mod daemon;
pub mod events;
pub mod graph;
pub mod guard;
mod health;
pub mod intake;
pub mod page;
mod run;
pub mod sockets;
mod status;
pub mod store;
pub mod summary;
pub mod wire;

pub use config::Config;
pub use console::{Console, app};
pub use run::run;
pub use sockets::Sockets;
