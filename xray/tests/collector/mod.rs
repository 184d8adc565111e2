//! A collector on a real socket, for the tests of both protocols.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, http::HeaderMap};
use opentelemetry::trace::{Span as _, Tracer};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest, trace::v1::Span,
};
use tokio::net::TcpListener;
use xray::Tracing;

/// Takes everything, once the answers that it was told are used up.
pub(crate) struct Collector<A> {
    pub(crate) answers: Arc<Mutex<VecDeque<A>>>,
    pub(crate) taken: Arc<Mutex<Vec<(HeaderMap, ExportTraceServiceRequest)>>>,
}

impl<A> Clone for Collector<A> {
    fn clone(&self) -> Self {
        Self {
            answers: Arc::clone(&self.answers),
            taken: Arc::clone(&self.taken),
        }
    }
}

impl<A> Collector<A> {
    /// Serves `app`, which speaks the protocol.
    pub(crate) async fn serve(
        answers: impl IntoIterator<Item = A>,
        app: impl FnOnce(Self) -> Router,
    ) -> (Self, SocketAddr) {
        let collector = Self {
            answers: Arc::new(Mutex::new(answers.into_iter().collect())),
            taken: Arc::default(),
        };
        let app = app(collector.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        (collector, address)
    }

    /// Returns the spans that were taken so far.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let taken = self.taken.lock().unwrap();
        let resources = taken
            .iter()
            .flat_map(|(_, request)| &request.resource_spans);
        let scopes = resources.flat_map(|resource| &resource.scope_spans);
        scopes.flat_map(|scope| scope.spans.clone()).collect()
    }
}

pub(crate) fn make(tracing: &Tracing, count: usize) {
    for _ in 0..count {
        tracing.tracer().unwrap().start("job").end();
    }
}

/// Waits for the emitter's thread without holding up the collector's.
pub(crate) async fn flush(tracing: &Tracing, patience: Duration) -> bool {
    let tracing = tracing.clone();
    tokio::task::spawn_blocking(move || tracing.flush(patience))
        .await
        .unwrap()
}
