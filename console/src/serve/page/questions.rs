//! What the page asks besides the X-Ray API.

use std::cmp::Reverse;

use axum::{
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
};
use segment::{Value, secrets::hide_attribute};
use serde::{Deserialize, Serialize};
use traces::{
    completions::{self, Completions},
    rules::Overview,
};

use crate::serve::{
    answer::{Answer, answer, compute, written},
    clock,
    error::ApiError,
    request::{read, trace_id},
    shared::Key,
    state::Console,
};

/// Answers `GET /documents/<trace id>`.
pub(super) async fn documents(State(console): State<Console>, Path(id): Path<String>) -> Answer {
    #[derive(Serialize)]
    struct Documents<'d> {
        documents: Vec<&'d str>,
    }
    let id = trace_id(&id)?;
    console.recall(&[id]).await;
    let key = Key {
        question: "documents",
        traces: vec![(id, console.intake.store.version(id))],
        token: None,
    };
    let shared = console.shared.clone();
    let work = move || {
        let documents = console.intake.store.documents(id);
        let documents = documents.ok_or_else(|| {
            ApiError::not_found(&id.to_string(), format!("there is no trace {id}"))
        })?;
        let documents = documents.iter().map(AsRef::as_ref).collect();
        written(&Documents { documents })
    };
    shared.answer(key, work).await
}

/// Answers `POST /hidden`: segment documents, as text, without their secrets, for a file that others will read. They come from the
/// page, which shows a trace even when it has made room for newer ones.
pub(super) async fn hidden(body: Result<Bytes, BytesRejection>) -> Answer {
    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Documents {
        documents: Vec<String>,
    }
    compute(move |_| {
        let Documents { mut documents } = read(body)?;
        for document in &mut documents {
            let wrong = |error| ApiError::invalid(format!("a document is not JSON: {error}"));
            let mut value = Value::parse(document).map_err(wrong)?;
            hide_attribute("", &mut value);
            *document = value.to_string();
        }
        answer(&Documents { documents })
    })
    .await
}

/// Answers `GET /completions`, from the newest traces.
pub(super) async fn completions(State(console): State<Console>) -> Answer {
    compute(move |left| {
        let mut traces = console.summaries(left, |_, _, _| true);
        if traces.len() > completions::MAX_TRACES {
            traces
                .select_nth_unstable_by_key(completions::MAX_TRACES, |trace| Reverse(trace.start));
            traces.truncate(completions::MAX_TRACES);
        }
        answer(&Completions::of(traces.iter().map(AsRef::as_ref)))
    })
    .await
}

/// Answers `GET /sampling`: the rules, what services reported, and who asks.
pub(super) async fn sampling(State(console): State<Console>) -> Answer {
    answer(&Overview::of(&console.account().rules, clock::now()))
}
