//! moto's server, and in front of it what notes each request as it came.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::State,
    response::{IntoResponse, Response},
};
use end_to_end::{Program, Result, eventually, free_address};
use reqwest::{StatusCode, header::HeaderMap};
use tokio::net::TcpListener;

/// A request as AWS would have got it.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) headers: HeaderMap,
}

pub(super) struct Moto {
    _program: Program,
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
}

#[derive(Clone)]
struct Proxy {
    moto: SocketAddr,
    client: reqwest::Client,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Moto {
    pub(super) async fn start() -> Result<Self> {
        let moto = free_address()?;
        let port = moto.port().to_string();
        let arguments = [
            "python3",
            "-m",
            "moto.server",
            "-H",
            "127.0.0.1",
            "-p",
            &port,
        ];
        let path = std::env::var("PATH")?;
        let program = Program::run(
            "moto",
            Path::new("/usr/bin/env"),
            &arguments,
            &[("PATH", &path)],
        )?;
        let client = reqwest::Client::new();
        eventually("moto", async || {
            let answer = client
                .get(format!("http://{moto}/moto-api/data.json"))
                .send()
                .await?;
            Ok(answer.status().is_success().then_some(()))
        })
        .await
        .map_err(|error| format!("{error}\n{}", program.lines().join("\n")))?;
        let requests = Arc::default();
        let proxy = Proxy {
            moto,
            client,
            requests: Arc::clone(&requests),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let app = Router::new().fallback(pass_on).with_state(proxy);
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self {
            _program: program,
            address,
            requests,
        })
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

async fn pass_on(State(proxy): State<Proxy>, request: axum::extract::Request) -> Response {
    let (head, body) = request.into_parts();
    let noted = Request {
        headers: head.headers.clone(),
    };
    proxy
        .requests
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(noted);
    let answer = async {
        let body = to_bytes(body, 1 << 20).await?;
        let url = format!("http://{}{}", proxy.moto, head.uri);
        let request = proxy
            .client
            .request(head.method, url)
            .headers(head.headers)
            .body(body);
        let answer = request.send().await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>((status, headers, answer.bytes().await?))
    };
    match answer.await {
        Ok((status, headers, body)) => (status, headers, Body::from(body)).into_response(),
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}
