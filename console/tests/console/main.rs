//! The console over real sockets, each test with one of its own on a free port.

mod api;
mod daemon;
mod events;
mod otlp;
mod program;
mod recorded;
mod support;
mod web;
