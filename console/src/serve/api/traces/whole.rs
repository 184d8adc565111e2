//! Whole traces as `BatchGetTraces` answers them.

use std::cell::RefCell;

use segment::{Form, TraceId, tree::Trace};
use serde::{
    Serialize, Serializer,
    ser::{Error as _, SerializeSeq as _, SerializeStruct as _},
};
use traces::store::Store;

/// Traces that are put together one at a time, while they are written: each takes many times its documents' bytes.
pub(super) struct WholeTraces<'s> {
    pub(super) store: &'s Store,
    pub(super) ids: &'s [TraceId],
    pub(super) next_token: Option<&'s str>,
}

impl Serialize for WholeTraces<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let unprocessed = RefCell::default();
        let traces = Traces {
            store: self.store,
            ids: self.ids,
            unprocessed: &unprocessed,
        };
        let mut answer = serializer.serialize_struct("BatchGetTracesResult", 3)?;
        // Comes first: it finds out which ones are not there.
        answer.serialize_field("Traces", &traces)?;
        answer.serialize_field("UnprocessedTraceIds", &unprocessed)?;
        match self.next_token {
            Some(token) => answer.serialize_field("NextToken", token)?,
            None => answer.skip_field("NextToken")?,
        }
        answer.end()
    }
}

struct Traces<'s> {
    store: &'s Store,
    ids: &'s [TraceId],
    unprocessed: &'s RefCell<Vec<String>>,
}

impl Serialize for Traces<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for id in self.ids {
            let written = self.store.with_trace(*id, |trace, limit_exceeded| {
                list.serialize_element(&TraceAnswer {
                    id: id.to_string(),
                    duration: trace.duration().as_secs_f64(),
                    limit_exceeded,
                    segments: Segments(trace),
                })
            });
            match written {
                Some(written) => written?,
                None => self.unprocessed.borrow_mut().push(id.to_string()),
            }
        }
        list.end()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TraceAnswer<'t> {
    id: String,
    duration: f64,
    limit_exceeded: bool,
    segments: Segments<'t>,
}

struct Segments<'t>(&'t Trace<'t>);

impl Serialize for Segments<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.segments.len()))?;
        let mut text = Vec::new();
        for segment in &self.0.segments {
            text.clear();
            segment.encode(Form::Independent, &mut text);
            list.serialize_element(&SegmentAnswer {
                id: segment.id.to_string(),
                document: str::from_utf8(&text).map_err(S::Error::custom)?,
            })?;
        }
        list.end()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SegmentAnswer<'t> {
    id: String,
    document: &'t str,
}
