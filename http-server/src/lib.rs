//! Serves a [`Router`](axum::Router) over HTTP/1.1, or HTTP/2 for gRPC, with limits on what a connection may take.
//!
//! [`axum::serve`](fn@axum::serve) waits for ever for the rest of a header, keeps a silent connection for ever, and takes any number of
//! them. A [`Server`] has [`Limits`] on all of that, says what it closed and why ([`Counts`]), and ends soon after the
//! last whole request whatever else is open.
//!
//! Handlers find the caller's address in `ConnectInfo<SocketAddr>`, as with
//! [`into_make_service_with_connect_info`](axum::Router::into_make_service_with_connect_info).

mod connection;
mod counts;
mod guarded_body;
mod io;
mod limits;
mod progress;
mod protocol;
mod refusal;
mod server;
mod service;

pub use counts::Counts;
pub use guarded_body::GuardedBody;
pub use limits::Limits;
pub use server::Server;
