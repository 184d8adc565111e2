//! The console: X-Ray daemon (UDP), X-Ray API and page (TCP) on one port of this machine.
//!
//! Its rooms; each uses only those below it (`make boundaries`):
//!
//! - [`run()`]: a console from its sockets to its end;
//! - [`command`]: what is typed, `console`, `console trace` and `console doctor`, each a client like any other;
//! - [`serve`]: what is served over HTTP;
//! - [`receive`]: how documents come in;
//! - [`disk`]: what outlives the console.
//!
//! Traces, and what can be asked about them, are a crate of their own: [`traces`].

pub mod command;
pub mod disk;
pub mod receive;
mod run;
pub mod serve;

pub use command::{Arguments, Command, Config, Further};
pub use run::{Announcement, Sockets, open_disk, run};
