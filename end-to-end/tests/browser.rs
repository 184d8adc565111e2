//! A real browser on the front end's page and on the console's. Needs Chromium, chromedriver and npm.
//!
//! A room for each view: one console, one browser, and the steps that a reader takes. Whatever the browser
//! complains about, and whatever is asked of another host, fails the room.

mod axe;
mod compare;
mod complaints;
mod driver;
mod exported;
mod failures;
mod figures;
mod focus;
mod frame;
mod front;
mod front_looks;
mod front_page;
mod hostile;
mod incident;
mod lessons;
mod logs;
mod looks;
mod map;
mod npm;
mod open_file;
mod page;
mod proxy;
mod quiet;
mod sampling;
mod scale;
mod timeline;
mod tour;
mod trace;
mod traces;
mod tracing_status;
mod traffic;
mod types;
mod why;
mod wire;
