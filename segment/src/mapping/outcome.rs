//! How a span went: `error`, `throttle`, `fault`, and the `cause`; and what else happened in it.

use std::borrow::Cow;

use super::{
    Trimmed,
    metadata::settle,
    stack::{Language, Thrown},
    text::{Text, fit, integer, put},
};
use crate::{
    SegmentId, Time, Value,
    document::{Cause, Exception, Exceptions},
    names,
    span::{Event, SpanKind, Status},
    value::Members,
};

/// Most exceptions of one document; events that would make more are kept as events.
const MAX_EXCEPTIONS: usize = 50;
/// Under which key a failed span's description is kept if it had to be cut.
const STATUS_DESCRIPTION: &str = "otel.status_description";

/// How a span went.
#[derive(Default)]
pub(super) struct Outcome<'a> {
    pub(super) error: bool,
    pub(super) throttle: bool,
    pub(super) fault: bool,
    pub(super) cause: Option<Cause<'a>>,
    /// What happened beside exceptions, in order.
    pub(super) events: Vec<Value<'a>>,
}

/// What the exceptions of one span have in common.
pub(super) struct Failing<'s> {
    /// The span, from whose id the exceptions' ids derive.
    pub(super) id: SegmentId,
    pub(super) kind: SpanKind,
    pub(super) language: Language,
    /// Whether the span is a call to AWS.
    pub(super) is_aws_api: bool,
    pub(super) trimmed: &'s mut Trimmed,
}

impl<'a> Outcome<'a> {
    /// Sets the flags by the response's status code, else by what the span's code said.
    pub(super) fn new(status_code: Option<i64>, status: &Status<'_>) -> Self {
        let mut outcome = Self::default();
        match status_code {
            Some(code @ 400..=499) => {
                outcome.error = true;
                outcome.throttle = code == 429;
            }
            Some(500..=599) => outcome.fault = true,
            _ => outcome.fault = matches!(status, Status::Error(_)),
        }
        outcome
    }

    /// Finds the cause: the exceptions, else what the span's code or `http.status_text` said of the failure.
    pub(super) fn explain(
        &mut self,
        status: Status<'a>,
        events: Vec<Event<'a>>,
        status_text: &mut Text<'a>,
        whole: &mut Members<'a>,
        mut failing: Failing<'_>,
    ) {
        let mut exceptions = Vec::new();
        for event in events {
            let event = failing.read(event, &mut exceptions);
            self.events.extend(event);
        }
        if let (true, Status::Error(description)) = (exceptions.is_empty(), status) {
            let status_text = status_text.take();
            let said = Some(description).filter(|text| !text.is_empty());
            let said = said.or(status_text);
            exceptions.extend(said.map(|said| failing.described(said, whole)));
        }
        if !exceptions.is_empty() {
            self.cause = Some(Cause::Exceptions(Exceptions {
                exceptions,
                ..Exceptions::default()
            }));
        }
    }
}

/// An event taken apart.
struct Raised<'a> {
    kind: Text<'a>,
    message: Text<'a>,
    stacktrace: Option<Value<'a>>,
    /// Everything else that the event says.
    rest: Members<'a>,
}

impl Failing<'_> {
    /// Appends the exceptions of an event, and hands back what the event says beside them.
    fn read<'a>(
        &mut self,
        event: Event<'a>,
        exceptions: &mut Vec<Exception<'a>>,
    ) -> Option<Value<'a>> {
        let is_failed_request = self.is_aws_api && event.name == "HTTP request failure";
        if !(is_exception(&event) || is_failed_request) {
            return Some(keep(event.name, event.attributes));
        }
        if exceptions.len() >= MAX_EXCEPTIONS {
            self.trimmed.exceptions += 1;
            return Some(keep(event.name, event.attributes));
        }
        if is_exception(&event) {
            return self.raise(event, exceptions);
        }
        let Some(message) = failed_request(&event) else {
            return Some(keep(event.name, event.attributes));
        };
        exceptions.push(Exception {
            id: Some(self.id(exceptions.len())),
            kind: Some(Cow::Borrowed("aws.http.error.event")),
            remote: Some(true),
            message: Some(fit(Cow::Owned(message), self.trimmed)),
            ..Exception::default()
        });
        None
    }

    fn raise<'a>(
        &mut self,
        event: Event<'a>,
        exceptions: &mut Vec<Exception<'a>>,
    ) -> Option<Value<'a>> {
        let raised = Raised::new(event.attributes);
        let first = exceptions.len();
        match raised.stacktrace.as_ref() {
            Some(Value::Text(trace)) => {
                let thrown = self.language.parse(trace);
                let is_read = trace.is_empty() || !thrown[0].stack.is_empty();
                self.trimmed.stack_traces += u32::from(!is_read);
                self.append(thrown, exceptions);
            }
            Some(Value::Array(sources)) => self.append(error_chain(sources), exceptions),
            _ => self.append(vec![Thrown::default()], exceptions),
        }
        let whole = raised.message.clone();
        let exception = &mut exceptions[first];
        exception.kind = Some(fit(raised.kind.clone().unwrap_or_default(), self.trimmed));
        exception.message = Some(fit(
            raised.message.clone().unwrap_or_default(),
            self.trimmed,
        ));
        raised.remainder(event.name, whole)
    }

    /// Appends exceptions of which each is the cause of the one before.
    fn append(&mut self, thrown: Vec<Thrown>, exceptions: &mut Vec<Exception<'_>>) {
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
            kind: Some(fit(Cow::Owned(thrown.kind), trimmed)),
            remote: Some(matches!(self.kind, SpanKind::Client | SpanKind::Producer)),
            truncated: i64::try_from(thrown.truncated)
                .ok()
                .filter(|truncated| *truncated > 0),
            cause,
            stack,
            ..Exception::default()
        }
    }

    /// Makes an exception of the failure's description alone.
    fn described<'a>(&mut self, said: Cow<'a, str>, whole: &mut Members<'a>) -> Exception<'a> {
        if said.len() > names::MAX_TEXT {
            whole.push((Cow::Borrowed(STATUS_DESCRIPTION), Value::Text(said.clone())));
        }
        Exception {
            id: Some(self.id(0)),
            message: Some(fit(said, self.trimmed)),
            kind: Some(Cow::Borrowed("")),
            ..Exception::default()
        }
    }

    fn id(&self, index: usize) -> SegmentId {
        self.id.derive(1 + index as u64)
    }
}

impl<'a> Raised<'a> {
    fn new(attributes: Members<'a>) -> Self {
        let mut raised = Self {
            kind: None,
            message: None,
            stacktrace: None,
            rest: Vec::new(),
        };
        for (key, value) in attributes {
            let left = match key.as_ref() {
                "exception.type" => put(&mut raised.kind, value),
                "exception.message" => put(&mut raised.message, value),
                "exception.stacktrace" => {
                    raised.stacktrace = Some(value);
                    None
                }
                "exception.escaped" => None,
                _ => Some(value),
            };
            raised.rest.extend(left.map(|value| (key, value)));
        }
        raised
    }

    /// Returns the event without what the exception says already; `None` if nothing is left.
    fn remainder(mut self, name: Cow<'a, str>, message: Text<'a>) -> Option<Value<'a>> {
        // `tracing` writes an error both as the exception and under the name of its field.
        let chain = self.stacktrace.take();
        self.rest.retain(|(key, value)| {
            value
                .as_text()
                .is_none_or(|text| Some(text) != message.as_deref())
                && !(key.ends_with(".chain") && Some(value) == chain.as_ref())
        });
        let is_cut = message
            .as_ref()
            .is_some_and(|text| text.len() > names::MAX_TEXT);
        let is_named = name != "exception" && Some(&name) != message.as_ref();
        let says_more = self
            .rest
            .iter()
            .any(|(key, _)| !matches!(key.as_ref(), "level" | "target"));
        if is_cut {
            let whole = message.map(Value::Text);
            self.rest
                .extend(whole.map(|whole| (Cow::Borrowed("exception.message"), whole)));
        }
        (is_cut || is_named || says_more).then(|| keep(name, self.rest))
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

/// `<status code>@<seconds>@<message>`, by which X-Ray tells the attempts of a call to AWS.
fn failed_request(event: &Event<'_>) -> Option<String> {
    let get = |name| {
        let attribute = event.attributes.iter().find(|(key, _)| key == name);
        attribute.map(|(_, value)| value)
    };
    let code = get("http.response.status_code").and_then(integer)?;
    let message = get("aws.http.error_message")?.as_text()?;
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
