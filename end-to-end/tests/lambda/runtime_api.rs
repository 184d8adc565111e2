//! Lambda's Runtime API: hands out events, and takes the answers to them.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderName, StatusCode},
    routing::{get, post},
};
use end_to_end::{PATIENCE, Result};
use tokio::{
    net::TcpListener,
    sync::{Mutex, mpsc, oneshot},
    time::timeout,
};

/// An event, with the trace header that Lambda gives it.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) header: Option<String>,
    pub(super) payload: String,
}

/// An answer that has arrived. The function waits for [`Answer::acknowledge`].
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) id: String,
    /// `response` or `error`.
    pub(super) kind: String,
    pub(super) body: String,
    acknowledge: oneshot::Sender<()>,
}

impl Answer {
    pub(super) fn acknowledge(self) {
        let _ = self.acknowledge.send(());
    }
}

pub(super) struct RuntimeApi {
    pub(super) address: SocketAddr,
    events: mpsc::UnboundedSender<Event>,
    answers: mpsc::UnboundedReceiver<Answer>,
}

struct Shared {
    events: Mutex<mpsc::UnboundedReceiver<Event>>,
    answers: mpsc::UnboundedSender<Answer>,
}

impl RuntimeApi {
    pub(super) async fn start() -> Result<Self> {
        let (events, waiting) = mpsc::unbounded_channel();
        let (sender, answers) = mpsc::unbounded_channel();
        let shared = Shared {
            events: Mutex::new(waiting),
            answers: sender,
        };
        let app = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/{kind}", post(take))
            .with_state(Arc::new(shared));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self {
            address,
            events,
            answers,
        })
    }

    pub(super) fn invoke(&self, event: Event) -> Result<()> {
        Ok(self.events.send(event)?)
    }

    /// Waits for the next answer.
    pub(super) async fn answer(&mut self) -> Result<Answer> {
        let answer = timeout(PATIENCE, self.answers.recv()).await;
        Ok(answer
            .map_err(|_| "no answer")?
            .ok_or("the Runtime API has ended")?)
    }
}

async fn next(
    State(shared): State<Arc<Shared>>,
) -> std::result::Result<([(HeaderName, String); 5], String), StatusCode> {
    let event = shared.events.lock().await.recv().await;
    let event = event.ok_or(StatusCode::SERVICE_UNAVAILABLE)?;
    let header = |name| HeaderName::from_static(name);
    let arn = "arn:aws:lambda:eu-west-1:123456789012:function:orders";
    // Without a trace header the name is one that nobody reads.
    let (trace, value) = match event.header {
        Some(value) => ("lambda-runtime-trace-id", value),
        None => ("x-no-trace", String::new()),
    };
    let headers = [
        (header("lambda-runtime-aws-request-id"), event.id),
        (
            header("lambda-runtime-deadline-ms"),
            "99999999999999".to_owned(),
        ),
        (
            header("lambda-runtime-invoked-function-arn"),
            arn.to_owned(),
        ),
        (header("content-type"), "application/json".to_owned()),
        (header(trace), value),
    ];
    Ok((headers, event.payload))
}

async fn take(
    State(shared): State<Arc<Shared>>,
    Path((id, kind)): Path<(String, String)>,
    body: Bytes,
) -> StatusCode {
    let (acknowledge, acknowledged) = oneshot::channel();
    let answer = Answer {
        id,
        kind,
        body: String::from_utf8_lossy(&body).into_owned(),
        acknowledge,
    };
    let _ = shared.answers.send(answer);
    let _ = acknowledged.await;
    StatusCode::ACCEPTED
}
