//! How things arrive: datagrams, segment documents, OTLP, log lines.
//!
//! What arrives is parsed, counted, kept in a [`traces::store`], shown on the [`wire`] and announced as [`events`].
//! This room uses no other room of the console, and no axum: HTTP belongs to [`serve`](crate::serve), which passes
//! bodies on.
//!
//! - [`daemon`]: the socket, at the address of the X-Ray daemon;
//! - [`otlp`]: spans → segment documents;
//! - [`intake`]: handles one document of any [`origin`];
//! - [`logs`]: log lines that contain a trace id;
//! - [`telemetry`]: telemetry records of daemons that send here.

pub mod daemon;
pub mod events;
pub mod intake;
pub mod logs;
pub mod origin;
pub mod otlp;
pub mod telemetry;
pub mod wire;
