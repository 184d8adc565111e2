//! A proxy in front of the console that fails as networks and programs do.

use std::{net::SocketAddr, sync::Arc};

use end_to_end::Result;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf},
    sync::watch,
    task::JoinHandle,
};

/// How requests to the X-Ray API end. All others reach the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Through,
    /// Status 500 with an error in AWS's shape.
    Error,
    /// Status 200 with a page that is not JSON.
    Nonsense,
    /// The connection is closed without an answer.
    Nothing,
}

/// A running proxy; it ends when this is dropped.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    mode: Arc<watch::Sender<Mode>>,
    server: JoinHandle<()>,
}

impl Proxy {
    /// Starts one before a console.
    pub(crate) async fn start(console: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let mode = Arc::new(watch::Sender::new(Mode::Through));
        let modes = Arc::clone(&mode);
        let server = tokio::spawn(async move {
            while let Ok((browser, _)) = listener.accept().await {
                let mode = *modes.borrow();
                tokio::spawn(async move {
                    // A browser that hangs up is no failure of the proxy.
                    let _ = serve(browser, console, mode).await;
                });
            }
        });
        Ok(Self {
            address,
            mode,
            server,
        })
    }

    /// Changes how requests end from now on.
    pub(crate) fn fail(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Answers one request and closes: a later one on the same connection could not fail anew.
async fn serve(browser: TcpStream, console: SocketAddr, mode: Mode) -> Result<()> {
    let (mut from_browser, mut to_browser) = browser.into_split();
    let head = head(&mut from_browser).await?;
    if mode != Mode::Through && head.starts_with("POST ") {
        let answer = match mode {
            Mode::Error => answer(
                "500 Internal Server Error",
                r#"{"__type":"InternalFailure","Message":"the store is on fire"}"#,
            ),
            Mode::Nonsense => answer("200 OK", "<h1>Sign in to this network</h1>"),
            Mode::Nothing | Mode::Through => String::new(),
        };
        return Ok(to_browser.write_all(answer.as_bytes()).await?);
    }
    let mut upstream = TcpStream::connect(console).await?;
    let head = head.replacen("\r\n", "\r\nConnection: close\r\n", 1);
    upstream.write_all(head.as_bytes()).await?;
    let (mut from_console, mut to_console) = upstream.split();
    // What comes first, the end of the answer or of the browser, ends both.
    tokio::select! {
        done = copy(&mut from_console, &mut to_browser) => done?,
        done = copy(&mut from_browser, &mut to_console) => done?,
    };
    Ok(())
}

/// Reads up to the end of a request's headers, with what of its body comes along.
async fn head(from: &mut OwnedReadHalf) -> Result<String> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if from.read_buf(&mut head).await? == 0 {
            return Err("the browser hung up".into());
        }
    }
    Ok(String::from_utf8(head)?)
}

fn answer(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}
