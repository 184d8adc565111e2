//! Jobs that search for traces: started, listed page by page, cancelled.

use segment::TraceId;
use serde::Serialize;
use serde_json::json;
use traces::{
    graph::{Graph, Window},
    retrievals::{RetrievalStatus, RetrievedService},
    spans::{Format, Span},
};

use super::parameters::{trace_ids, window};
use crate::serve::{
    answer::{Answer, answer, compute, compute_alone, in_background},
    clock,
    error::ApiError,
    request::Member,
    state::Console,
};

/// Traces on one page, as in AWS.
const TRACES: usize = 5;
/// Spans of one trace on one page, as in AWS.
const SPANS: usize = 100;
/// Bytes of documents on one page, except for the last document.
const BYTES: usize = 4 * 1024 * 1024;
/// Services on one page, as in AWS.
const SERVICES: usize = 1_000;

/// Starts a job, which runs in the background.
pub(super) fn start_trace_retrieval(console: &Console, request: Member) -> Answer {
    let [ids, start, end] = request.members(["TraceIds", "StartTime", "EndTime"])?;
    let window = window(start, end)?;
    let ids = trace_ids(&ids.texts()?)?;
    let token = format!("{:032x}", rand::random::<u128>());
    let retrievals = &mut console.account().retrievals;
    retrievals.start(token.clone(), clock::now());
    let (looking, job) = (console.clone(), token.clone());
    // The job is not awaited: later requests return its status.
    in_background(move || {
        looking.intake.recall(&ids);
        let found = looking.intake.store.summaries_of(&ids, || true);
        let found = found
            .iter()
            .filter(|trace| window.touches(trace.start, trace.end));
        let found = found.map(|trace| trace.id).collect();
        looking.account().retrievals.complete(&job, found);
    });
    answer(&json!({ "RetrievalToken": token }))
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListRetrievedTracesResult {
    retrieval_status: RetrievalStatus,
    trace_format: &'static str,
    traces: Vec<RetrievedTrace>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RetrievedTrace {
    id: String,
    duration: f64,
    spans: Vec<Span>,
}

/// Lists the traces that a job found, as far as they are still stored.
pub(super) async fn list_retrieved_traces(console: Console, request: Member) -> Answer {
    let [job, format, token] = request.members(["RetrievalToken", "TraceFormat", "NextToken"])?;
    let (job, token) = (job.text()?, token.text_if_given()?);
    let (name, format) = match format.text_if_given()?.as_deref() {
        Some("OTEL") => ("OTEL", Format::OpenTelemetry),
        _ => ("XRAY", Format::XRay),
    };
    let (status, found) = found(&console, &job)?;
    let query = console.paging.query("ListRetrievedTraces", (job, name));
    let place = console.paging.place::<2>(query, token.as_deref())?;
    compute_alone(move |left| {
        let found = left.until(found.into_iter());
        let (traces, next) = page(&console, format, found, place.unwrap_or_default());
        left.ends()?;
        let token = next.map(|place| console.paging.token(query, &place));
        answer(&ListRetrievedTracesResult {
            retrieval_status: status,
            trace_format: name,
            traces,
            next_token: token,
        })
    })
    .await
}

/// Returns one page of the traces that were found, and where the next one begins: the trace, and the span in it.
fn page(
    console: &Console,
    format: Format,
    found: impl Iterator<Item = TraceId>,
    [first, mut from]: [u64; 2],
) -> (Vec<RetrievedTrace>, Option<[u64; 2]>) {
    let mut traces = Vec::new();
    let mut bytes = 0;
    for (index, id) in (0..).zip(found).skip(index(first)) {
        if traces.len() == TRACES || bytes >= BYTES {
            return (traces, Some([index, 0]));
        }
        console.intake.recall(&[id]);
        let all = console.intake.store.with_trace(id, |trace, _| {
            (trace.duration().as_secs_f64(), format.spans(trace))
        });
        // It was evicted after the job found it.
        let Some((duration, all)) = all else { continue };
        let mut rest = all.into_iter().skip(self::index(from)).peekable();
        let mut spans = Vec::new();
        while spans.len() < SPANS
            && bytes < BYTES
            && let Some(span) = rest.next()
        {
            bytes += span.document.len();
            spans.push(span);
        }
        let to = from + spans.len() as u64;
        let has_more = rest.peek().is_some();
        traces.push(RetrievedTrace {
            id: id.to_string(),
            duration,
            spans,
        });
        if has_more {
            return (traces, Some([index, to]));
        }
        from = 0;
    }
    (traces, None)
}

fn index(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Written as it is, as the answers of the other maps are.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetRetrievedTracesGraphResult<'g> {
    retrieval_status: RetrievalStatus,
    services: &'g [RetrievedService<'g>],
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// Returns the map of the traces that a job found.
pub(super) async fn get_retrieved_traces_graph(console: Console, request: Member) -> Answer {
    let [job, token] = request.members(["RetrievalToken", "NextToken"])?;
    let (job, token) = (job.text()?, token.text_if_given()?);
    let (status, found) = found(&console, &job)?;
    let query = console.paging.query("GetRetrievedTracesGraph", job);
    let place = console.paging.place::<1>(query, token.as_deref())?;
    console.recall(&found).await;
    compute(move |left| {
        let traces = console.summaries_of(left, &found);
        left.ends()?;
        let graph = Graph::at(&traces, Window::ALWAYS, clock::now());
        let services = RetrievedService::all(&graph, &traces);
        let from = place.map_or(0, |[from]| index(from)).min(services.len());
        let to = services.len().min(from + SERVICES);
        let next = (to < services.len()).then(|| console.paging.token(query, &[to as u64]));
        answer(&GetRetrievedTracesGraphResult {
            retrieval_status: status,
            services: &services[from..to],
            next_token: next,
        })
    })
    .await
}

/// Cancels a job and drops its result.
pub(super) fn cancel_trace_retrieval(console: &Console, request: Member) -> Answer {
    let [token] = request.members(["RetrievalToken"])?;
    let token = token.text()?;
    if !console.account().retrievals.cancel(&token, clock::now()) {
        return Err(no_job(&token));
    }
    answer(&json!({}))
}

fn found(console: &Console, token: &str) -> Result<(RetrievalStatus, Vec<TraceId>), ApiError> {
    let account = console.account();
    let job = account.retrievals.get(token, clock::now());
    let job = job.ok_or_else(|| no_job(token))?;
    Ok((job.status, job.found.clone()))
}

fn no_job(token: &str) -> ApiError {
    let shown = segment::names::cut_str(token, 64);
    ApiError::not_found(
        token,
        format!(
            "RetrievalToken is {shown}; there is no retrieval of this token: it never existed, or began more than an hour ago"
        ),
    )
}
