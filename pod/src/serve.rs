//! Serves an application from bind to exit.

use std::{error::Error, fmt::Display, io, net::SocketAddr, process::ExitCode, time::Duration};

use axum::Router;
use http_server::{Limits, Server};
use tokio::{net::TcpListener, signal, sync::oneshot, time::sleep};

use crate::Readiness;

/// How long pending requests may take after the shutdown has begun. Longer than the longest request, shorter than the
/// pod's `terminationGracePeriodSeconds`.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(35);

/// Binds `address`.
///
/// # Errors
///
/// The error has the address, and the variable that changes it.
pub async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    listen(address, "LISTEN_ADDRESS").await
}

/// Binds the separate address of the probes, if there is one.
///
/// # Errors
///
/// If that is not possible, with the address and the variable that changes it.
pub async fn bind_probes(address: Option<SocketAddr>) -> io::Result<Option<TcpListener>> {
    match address {
        Some(address) => listen(address, "PROBES_ADDRESS").await.map(Some),
        None => Ok(None),
    }
}

async fn listen(address: SocketAddr, variable: &str) -> io::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        io::Error::new(
            error.kind(),
            format!("cannot listen on {address}: {error}; set {variable} to another one"),
        )
    })
}

/// Adds the probes to `app`, or serves them at `listener` until the process ends. Connections there are counted separately,
/// so a flood of visitors cannot make a pod look dead.
pub fn add_probes(app: Router, probes: Router, listener: Option<TcpListener>) -> Router {
    const CONNECTIONS: usize = 32;
    let Some(listener) = listener else {
        return app.merge(probes);
    };
    let server = Server::new(Limits {
        connections: CONNECTIONS,
        header_bytes: 8 * 1024,
        ..Limits::default()
    });
    // It ends with the runtime, so that a draining pod still answers its probes.
    drop(tokio::spawn(async move {
        server.serve(listener, probes, std::future::pending()).await;
    }));
    app
}

/// Makes the server of a service, whose limits fit into the pod's 32 MiB: a service takes 7 MB, and a connection of the
/// front end, with its share of those to the back end, 21 kB. For 704 of them that is 15 MB, and heads of 16 KiB, half
/// sent on all of them, take 6 MB more.
pub fn server() -> Server {
    Server::new(Limits {
        connections: 704,
        header_bytes: 16 * 1024,
        ..Limits::default()
    })
}

/// Serves `app` until `shutdown` is ready; then answers 503 to `/readyz`, accepts no new connections, and waits for
/// pending requests, for at most [`DRAIN_TIMEOUT`].
pub async fn serve(
    server: &Server,
    listener: TcpListener,
    app: Router,
    readiness: Readiness,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    let (draining, has_begun) = oneshot::channel();
    let signal = async move {
        shutdown.await;
        readiness.drain();
        tracing::info!("draining");
        // The receiver is dropped only after serving has ended.
        let _ = draining.send(());
    };
    let too_long = async {
        // The sender sends before it is dropped.
        let _ = has_begun.await;
        sleep(DRAIN_TIMEOUT).await;
    };
    tokio::select! {
        () = server.serve(listener, app, signal) => {}
        () = too_long => tracing::warn!(
            seconds = DRAIN_TIMEOUT.as_secs(),
            "some requests did not finish in time and are aborted"
        ),
    }
}

/// Returns a future that is ready when the process is asked to end, by SIGTERM or Ctrl-C.
///
/// # Errors
///
/// Returns an error if the system does not let the process listen for signals.
pub fn shutdown_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    #[cfg(unix)]
    let mut terminated = signal::unix::signal(signal::unix::SignalKind::terminate())?;
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = signal::ctrl_c() => {}
            _ = terminated.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = signal::ctrl_c().await;
    })
}

/// Turns the result of a program into its exit code. Writes an error to standard error, and with
/// `terminationMessagePolicy: FallbackToLogsOnError` it becomes the pod's termination message.
#[expect(
    clippy::print_stderr,
    reason = "logging may not be set up yet, and a person may be watching"
)]
pub fn exit_code(result: Result<(), Box<dyn Error>>) -> ExitCode {
    let report = |error: &dyn Display| eprintln!("error: {error}");
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use axum::routing::get;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpStream,
    };

    use super::*;

    async fn status(address: SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer.split(' ').nth(1).unwrap().to_owned()
    }

    #[tokio::test]
    async fn probes_are_beside_all_the_rest_or_at_an_address_of_their_own() {
        let any = (Ipv4Addr::LOCALHOST, 0).into();
        for of_its_own in [None, Some(any)] {
            let listener = bind(any).await.unwrap();
            let own = bind_probes(of_its_own).await.unwrap();
            let address = listener.local_addr().unwrap();
            let at = own
                .as_ref()
                .map_or(address, |own| own.local_addr().unwrap());
            let app = Router::new().route("/", get(|| async {}));
            let probes = crate::probes(Readiness::default(), String::new);
            let app = add_probes(app, probes, own);
            let (end, ended) = oneshot::channel::<()>();
            let serving = tokio::spawn(async move {
                let shutdown = async { drop(ended.await) };
                serve(&server(), listener, app, Readiness::default(), shutdown).await;
            });
            assert_eq!(status(address, "/").await, "200");
            for path in ["/livez", "/readyz", "/metrics"] {
                assert_eq!(status(at, path).await, "200");
                let expected = if at == address { "200" } else { "404" };
                assert_eq!(status(address, path).await, expected, "{path}");
            }
            drop(end);
            serving.await.unwrap();
        }
    }
}
