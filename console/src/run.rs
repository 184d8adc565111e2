//! A console from its sockets to its end.
//!
//! This is the top room: it uses and assembles all others.

mod outlived;
mod sockets;

use std::{
    future::Future,
    io,
    sync::Arc,
    time::{Duration, SystemTime},
};

use http_server::Server;
use tokio::{net::TcpListener, sync::watch, task::JoinSet};
use traces::store::{Limits, Store};

use crate::{
    command::Config,
    disk::Disk,
    receive::{
        daemon::{Daemon, Forwarder},
        intake::{Intake, Past},
        logs::Logs,
    },
    serve::{AllowedHosts, Console, app, grpc_app, otlp_app},
};
pub use outlived::open_disk;
pub use sockets::{Announcement, Sockets};

/// How long requests may go on after the shutdown has begun.
const GRACE: Duration = Duration::from_secs(3);
/// Least and most bytes of datagrams that may wait.
const MIN_WAITING: usize = 1024 * 1024;
const MAX_WAITING: usize = 64 * 1024 * 1024;

/// Serves until `shutdown` ends, with what is in a folder if there is one ([`open_disk`]). What the socket holds by then is
/// read; open requests get three seconds.
pub async fn run(
    sockets: Sockets,
    disk: Option<Arc<Disk>>,
    config: &Config,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let [live, past] = outlived::shares(config);
    let store = Store::new(Limits {
        traces: config.max_traces,
        bytes: live,
    });
    // Bytes alone are its bound: what a trace takes besides its documents is counted too.
    let limits = Limits {
        traces: usize::MAX,
        bytes: past,
    };
    let mut intake = Intake {
        past: Past::new(&store, limits),
        is_strict: config.strict,
        ..Intake::new(store)
    };
    let now = SystemTime::now().into();
    if let Some(disk) = &disk {
        outlived::take_back(&mut intake, disk.clone(), live, now);
    }
    let intake = Arc::new(intake);
    if disk.is_some() {
        let intake = intake.clone();
        // Nobody waits for it: a first question finds these summaries, or makes the rest itself.
        drop(tokio::task::spawn_blocking(move || {
            while intake.store.refresh_some() {}
        }));
    }
    let forwarder = config.forward.clone().map(Forwarder::new);
    let counts = forwarder.as_ref().map(Forwarder::counts);
    let tcp = listener(sockets.tcp)?;
    let daemon = Daemon::start(
        sockets.udp,
        intake.clone(),
        forwarder,
        waiting(config.max_bytes),
    )?;
    let mut console = Console::new(intake.clone(), daemon.gauges(), tcp.local_addr()?, now);
    if let Err(error) = console.restore_account() {
        tracing::error!("rules, groups and tags begin anew: those on disk cannot be read: {error}");
    }
    let server = Server::new(http_server::Limits::default());
    console.forwarded = counts;
    console.allowed_hosts = AllowedHosts(config.allowed_hosts.clone().into());
    console.is_strict = config.strict;
    console.logs = Logs::follow(&config.logs, &intake)?;
    console.connections = server.counts();
    let (ends, ending) = watch::channel(());
    let ended = |mut ending: watch::Receiver<()>| async move {
        // Nothing is ever sent: dropping the sender is the signal.
        let _ = ending.changed().await;
    };
    let mut servers = JoinSet::new();
    if let Some(otlp) = sockets.otlp {
        let (listener, app) = (listener(otlp)?, otlp_app(console.clone()));
        let (server, ended) = (server.clone(), ended(ending.clone()));
        servers.spawn(async move { server.serve(listener, app, ended).await });
    }
    if let Some(grpc) = sockets.otlp_grpc {
        let (listener, app) = (listener(grpc)?, grpc_app(console.clone()));
        let (server, ended) = (server.clone(), ended(ending.clone()));
        servers.spawn(async move { server.serve_http2(listener, app, ended).await });
    }
    let (server, ended) = (server.clone(), ended(ending));
    servers.spawn(async move { server.serve(tcp, app(console), ended).await });
    shutdown.await;
    intake.events.close();
    drop(ends);
    // What has not ended by then is aborted with the runtime.
    let _ = tokio::time::timeout(GRACE, servers.join_all()).await;
    daemon.stop();
    if let Some(disk) = disk {
        disk.close();
    }
    Ok(())
}

/// Returns how many bytes of datagrams may wait: an eighth of what the traces may take, which is enough for a second of heavy
/// traffic.
fn waiting(max_bytes: usize) -> usize {
    (max_bytes / 8).clamp(MIN_WAITING, MAX_WAITING)
}

fn listener(listener: std::net::TcpListener) -> io::Result<TcpListener> {
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}
