//! How things come in: datagrams, segment documents, OTLP, log lines.
//!
//! What arrives is read, counted, kept in a [`traces::store`], shown on the [`wire`] and announced as [`events`].
//! This room uses no other room of the console, and no axum: HTTP is [`serve`](crate::serve)'s, which hands bodies over.
//!
//! - [`daemon`]: the socket, on which it stands where the X-Ray daemon would;
//! - [`otlp`]: spans → segment documents;
//! - [`intake`]: one document of any [`origin`], and what becomes of it;
//! - [`logs`]: log lines that name a trace;
//! - [`telemetry`]: what daemons that send here say of themselves.

pub mod daemon;
pub mod events;
pub mod intake;
pub mod logs;
pub mod origin;
pub mod otlp;
pub mod telemetry;
pub mod wire;
