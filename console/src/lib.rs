//! The console: on one port of this machine the X-Ray daemon (UDP), the X-Ray API and a page (TCP).
//!
//! Its rooms, of which each uses only those below it (`make boundaries`):
//!
//! - [`run()`]: a console from its sockets to its end;
//! - [`command`]: what is typed, `console`, `console trace` and `console doctor`, each a client like any other;
//! - [`serve`]: what is served over HTTP;
//! - [`receive`]: how documents come in;
//! - [`disk`]: what outlives the console.
//!
//! What is kept, and what can be asked of it, is a crate of its own: [`traces`].

pub mod command;
pub mod disk;
pub mod receive;
mod run;
pub mod serve;

pub use command::{Arguments, Command, Config, Further};
pub use run::{Announcement, Sockets, open_disk, run};
