//! The library with tonic, hyper-util, sqlx and tokio-postgres: the tests of `calls/`, and the library's cookbook, which
//! is compiled there.
//!
//! Needs PostgreSQL's server, as Debian's `postgresql` has it; a test that runs as root needs its user `postgres`.

use end_to_end::{Result, cargo_in_examples};

#[test]
fn are_on_the_map() -> Result<()> {
    cargo_in_examples("test", &["--test", "calls"])
}

#[test]
fn the_cookbook_compiles() -> Result<()> {
    cargo_in_examples("test", &["--doc"])
}
