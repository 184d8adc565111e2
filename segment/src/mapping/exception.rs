//! The exceptions of a span, made from its events.

use std::borrow::Cow;

use super::{
    metadata::settle,
    stack::{Language, Thrown},
    text::{Text, fit, integer, scalar},
    trimmed::Trimmed,
};
use crate::{
    SegmentId, Time, Value,
    document::Exception,
    names,
    span::{Event, SpanKind},
    value::Members,
};

/// Most exceptions of one document; events that would make more are kept as events.
const MAX_EXCEPTIONS: usize = 50;
/// The attribute of an exception event that holds its stack trace.
const STACK_TRACE: &str = "exception.stacktrace";

/// The context of a span's exceptions.
pub(super) struct Failing<'s> {
    /// The span, from whose id the exceptions' ids derive.
    pub(super) id: SegmentId,
    pub(super) kind: SpanKind,
    pub(super) language: Language,
    /// Whether the span is a call to AWS.
    pub(super) is_aws_api: bool,
    pub(super) trimmed: &'s mut Trimmed,
}

/// The parts of an exception event.
struct Raised<'a> {
    kind: Text<'a>,
    message: Text<'a>,
    stack_trace: Option<Value<'a>>,
    /// All other attributes of the event.
    rest: Members<'a>,
}

/// Whether an exception has exactly the message `text`.
pub(super) fn is_in(exceptions: &[Exception<'_>], text: &str) -> bool {
    let contains = |member: &Text<'_>| {
        member
            .as_deref()
            .is_some_and(|message| message.contains(text))
    };
    exceptions
        .iter()
        .any(|exception| contains(&exception.message))
}

impl Failing<'_> {
    /// Appends the exceptions of an event, and returns the rest of the event.
    pub(super) fn read<'a>(
        &mut self,
        event: Event<'a>,
        exceptions: &mut Vec<Exception<'a>>,
    ) -> Option<Value<'a>> {
        let is_failed_request = self.is_aws_api && event.name == "HTTP request failure";
        let is_exception = is_exception(&event);
        if !(is_exception || is_failed_request) {
            return Some(keep(event.name, event.attributes));
        }
        if exceptions.len() >= MAX_EXCEPTIONS {
            self.trimmed.exceptions += 1;
            return Some(keep(event.name, event.attributes));
        }
        if is_exception {
            self.raise(event, exceptions)
        } else {
            self.fail_request(event, exceptions)
        }
    }

    fn raise<'a>(
        &mut self,
        event: Event<'a>,
        exceptions: &mut Vec<Exception<'a>>,
    ) -> Option<Value<'a>> {
        let mut raised = Raised::new(event.attributes);
        let first = exceptions.len();
        let message = raised.message.as_deref().unwrap_or_default();
        let (mut thrown, is_read_whole) = self.thrown(raised.stack_trace.as_ref(), message);
        // The event takes precedence; the stack trace repeats it, and sometimes has more.
        let repeated = &mut thrown[0];
        let is_repeated = is_repeated(&repeated.message, raised.message.as_deref());
        if raised.kind.is_some() {
            repeated.kind.clear();
        }
        if raised.message.is_some() {
            repeated.message.clear();
        }
        let is_whole = self.append(thrown, exceptions) && is_read_whole && is_repeated;
        let exception = &mut exceptions[first];
        if let Some(kind) = raised.kind.clone() {
            exception.kind = Some(fit(kind, self.trimmed));
        }
        if let Some(message) = raised.message.clone() {
            exception.message = Some(fit(message, self.trimmed));
        }
        if is_whole {
            raised.forget_chain();
        }
        raised.remainder(event.name, is_whole)
    }

    /// Returns the exception followed by its causes, and whether all of the stack trace was understood.
    fn thrown(&mut self, stack_trace: Option<&Value<'_>>, message: &str) -> (Vec<Thrown>, bool) {
        match stack_trace {
            Some(Value::Text(text)) => {
                let trace = self.language.parse_with(text, message);
                let is_empty = text.trim().is_empty();
                let is_read = is_empty || trace.is_whole || trace.has_frames();
                self.trimmed.stack_traces += u32::from(!is_read);
                (trace.thrown, is_empty || trace.is_whole)
            }
            Some(Value::Array(sources)) => {
                let is_whole = sources.iter().all(|source| source.as_text().is_some());
                (error_chain(sources), is_whole)
            }
            other => (vec![Thrown::default()], other.is_none()),
        }
    }

    /// Makes an exception from a failed attempt of a call to AWS; returns the rest of the event.
    fn fail_request<'a>(
        &mut self,
        event: Event<'a>,
        exceptions: &mut Vec<Exception<'a>>,
    ) -> Option<Value<'a>> {
        let Some(message) = failed_request(&event) else {
            return Some(keep(event.name, event.attributes));
        };
        let is_cut = message.len() > names::MAX_TEXT;
        exceptions.push(Exception {
            id: Some(self.id(exceptions.len())),
            kind: Some(Cow::Borrowed("aws.http.error.event")),
            remote: Some(true),
            message: Some(fit(Cow::Owned(message), self.trimmed)),
            ..Exception::default()
        });
        let mut rest = event.attributes;
        if !is_cut {
            rest.retain(|(key, _)| !matches!(key.as_ref(), STATUS_CODE | ERROR_MESSAGE));
        }
        (!rest.is_empty()).then(|| keep(event.name, rest))
    }

    /// Appends exceptions, each the cause of the one before; returns whether all of them were kept whole. Frames
    /// beyond the limit do not matter: the exception has their number.
    fn append(&mut self, thrown: Vec<Thrown>, exceptions: &mut Vec<Exception<'_>>) -> bool {
        let texts = self.trimmed.texts;
        let room = MAX_EXCEPTIONS - exceptions.len();
        let left_out = thrown.len().saturating_sub(room);
        self.trimmed.exceptions += count(left_out);
        let last = thrown.len().min(room);
        for (index, thrown) in thrown.into_iter().take(room).enumerate() {
            let id = self.id(exceptions.len());
            let cause = (index + 1 < last).then(|| self.id(exceptions.len() + 1));
            let exception = self.exception(id, cause, thrown);
            exceptions.push(exception);
        }
        left_out == 0 && self.trimmed.texts == texts
    }

    fn exception(
        &mut self,
        id: SegmentId,
        cause: Option<SegmentId>,
        thrown: Thrown,
    ) -> Exception<'static> {
        let trimmed = &mut *self.trimmed;
        trimmed.frames += count(thrown.truncated);
        let mut stack = thrown.stack;
        for frame in &mut stack {
            frame.path = frame.path.take().map(|path| fit(path, trimmed));
            frame.label = frame.label.take().map(|label| fit(label, trimmed));
        }
        Exception {
            id: Some(id),
            message: Some(fit(Cow::Owned(thrown.message), trimmed)),
            // Of what only caused another one often no type is known.
            kind: Some(thrown.kind)
                .filter(|kind| !kind.is_empty())
                .map(|kind| fit(Cow::Owned(kind), trimmed)),
            remote: Some(matches!(self.kind, SpanKind::Client | SpanKind::Producer)),
            truncated: i64::try_from(thrown.truncated)
                .ok()
                .filter(|truncated| *truncated > 0),
            cause,
            stack,
            ..Exception::default()
        }
    }

    /// Makes an exception from the failure's description alone.
    pub(super) fn described<'a>(&mut self, message: Cow<'a, str>) -> Exception<'a> {
        Exception {
            id: Some(self.id(0)),
            message: Some(fit(message, self.trimmed)),
            ..Exception::default()
        }
    }

    fn id(&self, index: usize) -> SegmentId {
        self.id.derive(1 + index as u64)
    }
}

/// Whether an event has the same text as its stack trace.
fn is_repeated(trace: &str, event: Option<&str>) -> bool {
    event.is_none_or(|event| event.contains(trace.trim()))
}

impl<'a> Raised<'a> {
    fn new(attributes: Members<'a>) -> Self {
        let mut raised = Self {
            kind: None,
            message: None,
            stack_trace: None,
            rest: Vec::new(),
        };
        for (key, value) in attributes {
            match key.as_ref() {
                "exception.type" if put(&mut raised.kind, &value) => {}
                "exception.message" if put(&mut raised.message, &value) => {}
                STACK_TRACE => raised.stack_trace = Some(value),
                // Deprecated, and X-Ray has no place for it.
                "exception.escaped" => {}
                _ => raised.rest.push((key, value)),
            }
        }
        raised
    }

    /// Removes the copy of the error that `tracing` records under the name of the error's field.
    fn forget_chain(&mut self) {
        let chain = self.stack_trace.as_ref();
        self.rest
            .retain(|(key, value)| !(key.ends_with(".chain") && Some(value) == chain));
    }

    /// Returns the event without what the exception contains; `None` if nothing is left. The stack trace is kept
    /// unless the exceptions contain all of it.
    fn remainder(mut self, name: Cow<'a, str>, is_trace_said: bool) -> Option<Value<'a>> {
        let message = self.message.as_deref();
        self.rest.retain(|(_, value)| {
            let text = value.as_text();
            text.is_none() || text != message
        });
        let is_named = name != "exception" && Some(name.as_ref()) != message;
        let says_more = self
            .rest
            .iter()
            .any(|(key, _)| !matches!(key.as_ref(), "level" | "target"));
        let long = |text: &Cow<'_, str>| text.len() > names::MAX_TEXT;
        let whole = [
            ("exception.type", self.kind.filter(long).map(Value::Text)),
            (
                "exception.message",
                self.message.filter(long).map(Value::Text),
            ),
            (STACK_TRACE, self.stack_trace.filter(|_| !is_trace_said)),
        ];
        let before = self.rest.len();
        for (key, value) in whole {
            let value = value.map(|value| (Cow::Borrowed(key), value));
            self.rest.extend(value);
        }
        let is_cut = self.rest.len() > before;
        (is_cut || is_named || says_more).then(|| keep(name, self.rest))
    }
}

/// Stores a scalar as a string; `false` for any other value.
fn put<'a>(member: &mut Text<'a>, value: &Value<'a>) -> bool {
    match value {
        Value::Array(_) | Value::Object(_) => false,
        scalar_value => {
            if let Some(text) = scalar(scalar_value) {
                *member = Some(text);
            }
            true
        }
    }
}

/// `tracing` names an event by its message and adds the attributes of an exception.
fn is_exception(event: &Event<'_>) -> bool {
    event.name == "exception"
        || event
            .attributes
            .iter()
            .any(|(key, _)| key == "exception.message" || key == "exception.type")
}

/// The sources of an error, which `tracing-opentelemetry` records in place of a stack trace.
fn error_chain(sources: &[Value<'_>]) -> Vec<Thrown> {
    let caused = sources.iter().filter_map(|source| {
        source.as_text().map(|message| Thrown {
            message: message.to_owned(),
            ..Thrown::default()
        })
    });
    std::iter::once(Thrown::default()).chain(caused).collect()
}

const STATUS_CODE: &str = "http.response.status_code";
const ERROR_MESSAGE: &str = "aws.http.error_message";

/// `<status code>@<seconds>@<message>`, the format in which X-Ray's instrumentations report failed attempts of a call
/// to AWS.
fn failed_request(event: &Event<'_>) -> Option<String> {
    let get = |name| {
        let attribute = event.attributes.iter().find(|(key, _)| key == name);
        attribute.map(|(_, value)| value)
    };
    let code = get(STATUS_CODE).and_then(integer)?;
    let message = get(ERROR_MESSAGE)?.as_text()?;
    Some(format!("{code}@{}@{message}", seconds(event.time)))
}

fn seconds(time: Time) -> String {
    let micros = time.as_nanos() / 1_000;
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// Makes the entry of an event in the metadata.
fn keep<'a>(name: Cow<'a, str>, mut attributes: Members<'a>) -> Value<'a> {
    let mut members = vec![(Cow::Borrowed("name"), Value::Text(name))];
    if !attributes.is_empty() {
        settle(&mut attributes);
        members.push((Cow::Borrowed("attributes"), Value::Object(attributes)));
    }
    Value::Object(members)
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
