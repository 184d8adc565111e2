//! Whole flows over real sockets, in one program, so that it is linked once and its tests run in parallel.
//!
//! A module whose head says "Needs …" needs more than Rust. `make test` skips it if that is missing
//! (`xtask/src/test.rs`). CONTRIBUTING.md says how to run one test.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

mod analysis;
mod answer_times;
mod attack;
mod aws_calls;
mod aws_clients;
mod aws_daemon;
mod aws_sdks;
mod browser;
mod cluster_network;
mod delivery;
mod deploying;
mod doctor_on_nodes;
mod documents;
mod grpc_and_databases;
mod lambda;
mod languages;
mod manifests;
mod one_trace;
mod otlp;
mod readme;
mod sampling;
mod settings;
mod shop;
mod static_programs;
