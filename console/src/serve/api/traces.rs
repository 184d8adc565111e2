//! `GetTraceSummaries` and `BatchGetTraces`.

mod summary;
mod whole;

use std::{cmp::Reverse, io::Write as _, sync::Arc};

use segment::{Time, TraceId};
use serde::Serialize;
use traces::{
    graph::Window,
    summary::{Source, Summary},
};

use super::parameters::{few_trace_ids, filter, recent_window};
use crate::serve::{
    answer::{Answer, answer_text, compute, written},
    clock,
    error::ApiError,
    left::Left,
    range::{Found, Range},
    request::Member,
    shared::Key,
    state::Console,
    text::Text,
};
use summary::SummaryAnswer;
use whole::WholeTraces;

/// Traces on one page of `GetTraceSummaries`.
const SUMMARIES: usize = 1_000;
/// Bytes of summaries on one page, but for the last one: that of a trace with hundreds of causes has many kilobytes.
const SUMMARY_BYTES: usize = 4 * 1024 * 1024;
/// Traces on one page of `BatchGetTraces`: as many as AWS documents.
const TRACES: usize = 5;

/// How much later than its id says a trace may begin, for its documents to be looked for on disk.
const ID_AHEAD_NANOS: u64 = 60_000_000_000;

/// Which time of a trace must be in the time range.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum TimeRangeType {
    /// The time in its id.
    TraceId,
    /// Any activity.
    Event,
    /// The end of one of its segments.
    Service,
}

/// What the answer has besides the summaries, which are written already.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetTraceSummariesResult {
    approximate_time: f64,
    traces_processed_count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// Lists the traces of a time range, the newest first.
pub(super) async fn get_trace_summaries(console: Console, request: Member) -> Answer {
    let [start, end, kind, sampling, strategy, expression, token] = request.members([
        "StartTime",
        "EndTime",
        "TimeRangeType",
        "Sampling",
        "SamplingStrategy",
        "FilterExpression",
        "NextToken",
    ])?;
    let window = recent_window(&console, start, end)?;
    let kind = TimeRangeType::of(kind)?;
    let rate = rate(sampling, strategy)?;
    let expression = expression.text_if_given()?;
    // Not of the sampling, which Grafana changes from page to page.
    let asked = (window.start, window.end, kind, &expression);
    let query = console.paging.query("GetTraceSummaries", asked);
    let place = console
        .paging
        .place::<3>(query, token.text_if_given()?.as_deref())?;
    let filter = filter(&console, expression.as_deref())?;
    let range = Range::read(&console, kind.happened(window)).await?;
    compute(move |left| {
        let mut found = kind.find(&range, &console, left, window);
        let traces = &mut found.traces;
        let processed = traces.len();
        traces.retain(|trace| {
            !left.is_so()
                && is_sampled(trace.id, rate)
                && filter.as_ref().is_none_or(|filter| filter.matches(trace))
        });
        left.ends()?;
        let page = Page::cut(std::mem::take(traces), place);
        let text = Text::written(|to| {
            to.write_all(b"{\"TraceSummaries\":[")?;
            let (mut written, mut bytes) = (0, 0);
            let known = console.summary_texts.known(&page.traces);
            for (trace, known) in page.traces.iter().zip(known) {
                let text = if let Some(text) = known {
                    text
                } else {
                    // One at a time: large ones are not in memory twice.
                    let text = serde_json::to_vec(&SummaryAnswer::of(trace))?;
                    console.summary_texts.keep(trace, text)
                };
                to.write_all(if written > 0 { b"," } else { b"" })?;
                let matched = kind.matched(trace, window);
                if matched == trace.start {
                    to.write_all(&text)?;
                } else {
                    to.write_all(until_matched(&text))?;
                    serde_json::to_writer(&mut *to, &matched.as_seconds())?;
                    to.write_all(b"}")?;
                }
                (written, bytes) = (written + 1, bytes + text.len());
                if bytes >= SUMMARY_BYTES {
                    break;
                }
            }
            to.write_all(b"],")?;
            let next = page.place_after(written);
            let rest = GetTraceSummariesResult {
                approximate_time: clock::now().as_seconds(),
                traces_processed_count: processed,
                next_token: next.map(|place| console.paging.token(query, &place)),
            };
            // The other members, without the bracket that begins them.
            to.write_all(&serde_json::to_vec(&rest)?[1..])
        });
        Ok(found.note_missing(answer_text(text)?))
    })
    .await
}

/// Which share of the traces is requested, from 0 to 1.
fn rate(sampling: Member, strategy: Member) -> Result<f64, ApiError> {
    let is_sampling = sampling.flag()?;
    let Some(strategy) = strategy.given().filter(|_| is_sampling) else {
        return Ok(1.0);
    };
    let [name, value] = strategy.members(["Name", "Value"])?;
    let value = value.given().map(Member::number).transpose()?;
    match (name.text_if_given()?.as_deref(), value.unwrap_or(1.0)) {
        (Some("FixedRate"), rate) if (0.0..=1.0).contains(&rate) => Ok(rate),
        (Some("FixedRate"), rate) => Err(ApiError::invalid(format!(
            "SamplingStrategy.Value is {rate}; it must be 0 to 1"
        ))),
        _ => Ok(1.0),
    }
}

impl TimeRangeType {
    fn of(name: Member) -> Result<Self, ApiError> {
        Ok(match name.text_if_given()?.as_deref() {
            Some("Event") => Self::Event,
            Some("Service") => Self::Service,
            _ => Self::TraceId,
        })
    }

    /// Returns when something may have happened of the traces of a time range.
    fn happened(self, window: Window) -> Window {
        let nanos = window.end.as_nanos().saturating_add(ID_AHEAD_NANOS);
        let later = Window {
            end: Time::from_nanos(nanos),
            ..window
        };
        match self {
            Self::TraceId => later,
            Self::Event | Self::Service => window,
        }
    }

    /// Finds the traces of a time range.
    fn find(self, range: &Range, console: &Console, left: &Left, window: Window) -> Found {
        let second = |time: Time| time.as_nanos() / 1_000_000_000;
        let seconds = second(window.start)..=second(window.end);
        if let Self::TraceId = self {
            return range.find(console, left, |id, _, _| {
                seconds.contains(&u64::from(id.epoch_seconds()))
            });
        }
        let mut found = range.find(console, left, |_, start, end| window.touches(start, end));
        if let Self::Service = self {
            let ends_in = |trace: &Arc<Summary>| first_in(window, ends(trace)).is_some();
            found.traces.retain(ends_in);
        }
        found
    }

    /// Returns the first time at which a trace is in the time range.
    fn matched(self, trace: &Summary, window: Window) -> Time {
        let matched = match self {
            Self::TraceId => Some(trace.start),
            Self::Event => {
                let starts = trace.visits.iter().map(|visit| visit.start);
                let ends = trace.visits.iter().filter_map(|visit| visit.end);
                first_in(window, starts.chain(ends))
            }
            Self::Service => first_in(window, ends(trace)),
        };
        // It began earlier and continued, so it matches from the start of the range.
        matched.unwrap_or(trace.start.max(window.start))
    }
}

/// Returns what is written of a summary before the time from which on it is in a time range, which is its last member: mostly
/// the start of the trace.
fn until_matched(text: &[u8]) -> &[u8] {
    let colon = text.iter().rposition(|byte| *byte == b':');
    &text[..colon.map_or(0, |colon| colon + 1)]
}

/// The ends of the received segments.
fn ends(trace: &Summary) -> impl Iterator<Item = Time> {
    let came = trace.visits.iter();
    let came = came.filter(|visit| visit.source != Source::Inferred);
    came.filter_map(|visit| visit.end)
}

fn first_in(window: Window, times: impl Iterator<Item = Time>) -> Option<Time> {
    times.filter(|time| window.touches(*time, *time)).min()
}

/// Whether a trace is in the requested share: always the same result for the same trace.
fn is_sampled(id: TraceId, rate: f64) -> bool {
    rate >= 1.0 || draw(id) < rate
}

/// Returns a number from 0 to 1 for an id. Senders choose ids, perhaps in sequence, so all bits are mixed, by the
/// last steps of `SplitMix64`.
#[expect(clippy::cast_precision_loss, reason = "53 bits fit a double")]
fn draw(id: TraceId) -> f64 {
    let [high, low] = halves(id);
    let mut bits = high.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ low;
    bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

fn halves(id: TraceId) -> [u64; 2] {
    let id = u128::from_be_bytes(id.to_bytes());
    #[expect(clippy::cast_possible_truncation, reason = "the two halves of the id")]
    let halves = [(id >> 64) as u64, id as u64];
    halves
}

/// The traces that a page may have, the newest first.
struct Page {
    traces: Vec<Arc<Summary>>,
    /// How many there are on this page and all that follow.
    found: usize,
}

impl Page {
    /// Takes the first traces after a position. New traces do not shift the pages, because a position is a trace, not
    /// a number.
    fn cut(traces: Vec<Arc<Summary>>, place: Option<[u64; 3]>) -> Self {
        // Each with its place: to compare what is in the summaries would wait for memory every time.
        let mut places: Vec<_> = traces
            .into_iter()
            .map(|trace| (Self::place(&trace), trace))
            .collect();
        if let Some(place) = place {
            places.retain(|(own, _)| *own < place);
        }
        let found = places.len();
        if found > SUMMARIES {
            places.select_nth_unstable_by_key(SUMMARIES, |(place, _)| Reverse(*place));
            places.truncate(SUMMARIES);
        }
        places.sort_unstable_by_key(|(place, _)| Reverse(*place));
        let traces = places.into_iter().map(|(_, trace)| trace).collect();
        Self { traces, found }
    }

    /// Returns after which position the next page begins if this one has the first `count` traces; `None` if there is none.
    fn place_after(&self, count: usize) -> Option<[u64; 3]> {
        let last = self.traces.get(count.checked_sub(1)?)?;
        (count < self.found).then(|| Self::place(last))
    }

    fn place(trace: &Summary) -> [u64; 3] {
        let [high, low] = halves(trace.id);
        [trace.start.as_nanos(), high, low]
    }
}

/// Returns whole traces, put together.
pub(super) async fn batch_get_traces(console: Console, request: Member) -> Answer {
    let [ids, token] = request.members(["TraceIds", "NextToken"])?;
    let ids = few_trace_ids(&console, &ids.texts()?)?;
    let query = console.paging.query("BatchGetTraces", &ids);
    let place = console
        .paging
        .place::<1>(query, token.text_if_given()?.as_deref())?;
    let from = place.map_or(0, |[from]| usize::try_from(from).unwrap_or(usize::MAX));
    let to = from.saturating_add(TRACES);
    let token = (to < ids.len()).then(|| console.paging.token(query, &[to as u64]));
    let page: Vec<_> = ids.into_iter().skip(from).take(TRACES).collect();
    console.recall(&page).await;
    let store = &console.intake.store;
    let key = Key {
        question: "BatchGetTraces",
        traces: page.into_iter().map(|id| (id, store.version(id))).collect(),
        token: token.clone(),
    };
    let ids: Vec<_> = key.traces.iter().map(|(id, _)| *id).collect();
    let shared = console.shared.clone();
    let work = move || {
        written(&WholeTraces {
            store: &console.intake.store,
            ids: &ids,
            next_token: token.as_deref(),
        })
    };
    shared.answer(key, work).await
}
