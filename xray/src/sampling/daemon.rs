//! The daemon's TCP port, which serves the sampling rules.

use std::{error::Error, io, net::SocketAddr, time::Duration};

use reqwest::{
    Client, Response, StatusCode,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect,
};
use segment::{HostPort, Value};
use tokio::runtime::{self, Runtime};

use crate::emitter::Resolver;

/// How long connecting may take, and a whole call.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const TIMEOUT: Duration = Duration::from_secs(5);
/// Largest answer in bytes: 1,700 rules of the usual size. Parsed, it takes many times as much memory, and a pod may
/// have only 32 MiB.
const MAX_ANSWER: usize = 1024 * 1024;
/// How many characters of an error answer are quoted.
const EXCERPT: usize = 200;

/// A client of the daemon. It blocks the calling thread and needs no runtime.
#[derive(Debug)]
pub(super) struct Daemon {
    address: HostPort,
    client: Client,
    runtime: Runtime,
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    #[error("{}", causes(.0))]
    Unreachable(#[from] reqwest::Error),
    #[error("it answers {0}: {1:?}")]
    Status(StatusCode, String),
    #[error("its answer has more than {MAX_ANSWER} bytes")]
    TooLong,
    #[error("its answer {0}")]
    InvalidAnswer(&'static str),
}

/// Looks up the daemon's name for each connection, so that a daemon that moved is found.
struct Lookup {
    resolver: Resolver,
    port: u16,
}

impl Daemon {
    pub(super) fn new(address: HostPort, resolver: Resolver) -> io::Result<Self> {
        let port = address.port;
        let client = Client::builder()
            .user_agent(concat!("xray/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(0)
            .dns_resolver(Lookup { resolver, port })
            .build()
            .map_err(io::Error::other)?;
        Ok(Self {
            address,
            client,
            runtime: runtime::Builder::new_current_thread()
                .enable_all()
                .build()?,
        })
    }

    pub(super) fn address(&self) -> &HostPort {
        &self.address
    }

    /// Makes one call; returns the answer and its length in bytes.
    pub(super) fn call(
        &self,
        path: &str,
        body: String,
    ) -> Result<(Value<'static>, usize), CallError> {
        let request = self
            .client
            .post(format!("http://{}{path}", self.address))
            .header("content-type", "application/json")
            .body(body);
        let (status, answer) = self.runtime.block_on(async {
            let response = request.send().await?;
            Ok::<_, CallError>((response.status(), whole(response).await?))
        })?;
        let text = String::from_utf8_lossy(&answer);
        if !status.is_success() {
            return Err(CallError::Status(
                status,
                text.chars().take(EXCERPT).collect(),
            ));
        }
        match Value::parse(&text) {
            Ok(value) => Ok((value, answer.len())),
            Err(_) => Err(CallError::InvalidAnswer("is not JSON")),
        }
    }
}

impl Resolve for Lookup {
    fn resolve(&self, name: Name) -> Resolving {
        let name = HostPort {
            host: name.as_str().to_owned(),
            port: self.port,
        };
        // Blocking is fine here: the sampler's thread has nothing else to do meanwhile.
        let found = self.resolver.look_up(&name);
        let addresses = found.map(|found: Vec<SocketAddr>| Box::new(found.into_iter()) as Addrs);
        Box::pin(std::future::ready(addresses.map_err(Into::into)))
    }
}

async fn whole(mut response: Response) -> Result<Vec<u8>, CallError> {
    let mut answer = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if answer.len() + chunk.len() > MAX_ANSWER {
            return Err(CallError::TooLong);
        }
        answer.extend_from_slice(&chunk);
    }
    Ok(answer)
}

/// Returns the error's sources; the error itself says only that something failed.
fn causes(error: &reqwest::Error) -> String {
    let mut causes = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        causes.push(error.to_string());
        cause = error.source();
    }
    if causes.is_empty() {
        error.to_string()
    } else {
        causes.join(": ")
    }
}
