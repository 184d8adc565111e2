//! A console from its sockets to its end.
//!
//! This room is the top one: it uses all others, and puts them together.

mod sockets;

use std::{
    future::Future,
    io,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum::Router;
use tokio::{net::TcpListener, sync::watch, task::JoinSet};
use traces::store::{Limits, Store};

use crate::{
    command::Config,
    receive::{
        daemon::{Daemon, Forwarder},
        intake::Intake,
        logs::Logs,
    },
    serve::{AllowedHosts, Console, app, otlp_app},
};
pub use sockets::Sockets;

/// How long requests may go on after the shutdown began.
const GRACE: Duration = Duration::from_secs(3);

/// Serves until `shutdown` ends. What the socket holds by then is read; open requests get three seconds.
pub async fn run(
    sockets: Sockets,
    config: &Config,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let intake = Arc::new(Intake::new(Store::new(Limits {
        traces: config.max_traces,
        bytes: config.max_bytes,
    })));
    let forwarder = config.forward.clone().map(Forwarder::new);
    let counts = forwarder.as_ref().map(Forwarder::counts);
    let tcp = listener(sockets.tcp)?;
    let daemon = Daemon::start(sockets.udp, intake.clone(), forwarder)?;
    let mut console = Console::new(
        intake.clone(),
        daemon.gauges(),
        tcp.local_addr()?,
        SystemTime::now().into(),
    );
    console.forwarded = counts;
    console.allowed_hosts = AllowedHosts(config.allowed_hosts.clone().into());
    console.is_strict = config.strict;
    console.logs = Logs::follow(&config.logs, &intake)?;
    let (ends, ending) = watch::channel(());
    let mut servers = JoinSet::new();
    if let Some(otlp) = sockets.otlp {
        servers.spawn(serve(
            listener(otlp)?,
            otlp_app(console.clone()),
            ending.clone(),
        ));
    }
    servers.spawn(serve(tcp, app(console), ending));
    shutdown.await;
    intake.events.close();
    drop(ends);
    // What has not ended by then is aborted when the set is dropped.
    let ended = tokio::time::timeout(GRACE, async {
        while let Some(server) = servers.join_next().await {
            server??;
        }
        Ok(())
    });
    let ended = ended.await.unwrap_or(Ok(()));
    daemon.stop();
    ended
}

async fn serve(
    listener: TcpListener,
    app: Router,
    mut ending: watch::Receiver<()>,
) -> io::Result<()> {
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    let ended = async move {
        // Nothing is ever sent: the sender's end is the signal.
        let _ = ending.changed().await;
    };
    axum::serve(listener, service)
        .with_graceful_shutdown(ended)
        .await
}

fn listener(listener: std::net::TcpListener) -> io::Result<TcpListener> {
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}
