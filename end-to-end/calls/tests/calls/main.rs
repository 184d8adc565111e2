//! What a service calls others by, traced over real sockets: gRPC by tonic, HTTP by hyper-util, PostgreSQL by sqlx and
//! by tokio-postgres.

mod database;
mod grpc;
mod grpc_web;
mod http_client;
mod instrumentation;
mod postgres;
