//! What both services need to run in a pod.
//!
//! - [`Settings`]: where to listen and what the Downward API says of the pod, read with every mistake at once;
//! - [`probes`]: `/livez`, `/readyz` and `/metrics`, which are not traced, and [`add_probes`], which may give them an address
//!   of their own;
//! - [`server`]: the limits on connections, and what is counted of them;
//! - [`serve`]: serves until SIGTERM or Ctrl-C, then says so to `/readyz`, drains and returns;
//! - [`is_true`]: the query parameters of the sample;
//! - [`faults`]: faults on request, to see what they look like in a trace.

pub mod faults;
mod probes;
mod query;
mod serve;
mod settings;

pub use probes::{Readiness, probes};
pub use query::is_true;
pub use serve::{
    DRAIN_TIMEOUT, add_probes, bind, bind_probes, exit_code, serve, server, shutdown_signal,
};
pub use settings::{POD_HEADER, Settings, Whereabouts, variables_help};
