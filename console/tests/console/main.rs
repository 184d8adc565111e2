//! The console over real sockets; each test has its own console on a free port.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod api;
mod bad_input;
mod commands;
mod conventions;
mod daemon;
mod doctor;
mod emitters;
mod events;
mod grpc;
mod logs;
mod otlp;
mod outlived;
mod program;
mod properties;
mod recorded;
mod secrets;
mod support;
mod trace;
mod warned;
mod web;
