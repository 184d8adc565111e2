//! A segment of what begins without a request: with a caller that a trace header names, or linked to others.

use std::{borrow::Cow, sync::Arc};

use opentelemetry::{
    TraceId,
    trace::{Span as _, SpanContext},
};
use segment::{Sampled, mapping::SAMPLING_RULE_NAME, span::SpanKind};

use crate::{
    ids,
    propagation::{Forwarded, Incoming},
    recorder::{AttributeValue, Beginning, Recorder, ServiceContext, now, passed_on},
    sampler::SpanSubject,
    subsegment::Subsegment,
};

/// A segment that is to begin.
#[derive(Debug)]
pub(crate) struct Job {
    service: ServiceContext,
    recorder: Arc<Recorder>,
    name: Cow<'static, str>,
    caller: Caller,
    links: Vec<SpanContext>,
    /// Whether the caller's segment is the one that this is a part of.
    is_enclosed: bool,
}

/// What a trace header says of the caller.
#[derive(Debug, Default)]
struct Caller {
    trace_id: Option<TraceId>,
    parent: Option<SpanContext>,
    sampled: Option<Sampled>,
    /// What is to be passed on.
    forwarded: Option<Forwarded>,
}

impl Job {
    pub(crate) fn new(
        service: ServiceContext,
        recorder: Arc<Recorder>,
        name: Cow<'static, str>,
    ) -> Self {
        Self {
            service,
            recorder,
            name,
            caller: Caller::default(),
            links: Vec::new(),
            is_enclosed: false,
        }
    }

    /// Takes over the trace and the decision of a header; the segment that it names is one that this is a part of, and
    /// another process writes.
    pub(crate) fn set_enclosing(&mut self, header: &str) {
        self.set_parent(header);
        self.is_enclosed = true;
        let parent = self.caller.parent.take();
        // To the assembly a subsegment whose segment is not there: it is sent by itself.
        self.caller.parent = parent.map(|parent| {
            let (flags, state) = passed_on(Some(&parent));
            SpanContext::new(parent.trace_id(), parent.span_id(), flags, false, state)
        });
    }

    /// Takes over the trace, the parent and the decision of a header.
    pub(crate) fn set_parent(&mut self, header: &str) {
        let incoming = Incoming::parse(header);
        self.caller = Caller {
            trace_id: incoming.trace_id(),
            sampled: incoming.sampled,
            forwarded: incoming.forwarded(),
            parent: incoming.parent,
        };
    }

    /// Links it to the segment or subsegment that a header names.
    pub(crate) fn add_link(&mut self, header: &str) {
        self.links.extend(Incoming::parse(header).parent);
    }

    /// Decides whether it is recorded, and begins it.
    pub(crate) fn begin(self) -> Subsegment {
        let parent = self.caller.parent.as_ref();
        let trace_id = self.caller.trace_id.unwrap_or_else(ids::new_trace_id);
        let sampler = &self.recorder.sampler;
        let decision = sampler.decide(self.caller.sampled, trace_id, &SpanSubject(&[]), false);
        let context = if decision.is_sampled {
            let beginning = Beginning {
                trace_id,
                parent,
                kind: SpanKind::Internal,
                at: now(),
            };
            let mut span = self.service.tracer.record([&self.name, "", ""], &beginning);
            if let Some(rule) = &decision.rule {
                span.push(SAMPLING_RULE_NAME, AttributeValue::Text(rule));
            }
            for link in self.links {
                span.add_link(link, Vec::new());
            }
            if self.is_enclosed {
                self.service.of_request(span)
            } else {
                self.service.of_job(span)
            }
        } else {
            let span_id = parent.map_or_else(ids::new_span_id, SpanContext::span_id);
            let (flags, state) = passed_on(parent);
            let flags = flags.with_sampled(false);
            let span = SpanContext::new(trace_id, span_id, flags, true, state);
            if self.is_enclosed {
                self.service.of_unrecorded_request(span)
            } else {
                self.service.of_unrecorded_job(span)
            }
        };
        Subsegment::of(match self.caller.forwarded {
            Some(forwarded) => context.with_value(forwarded),
            None => context,
        })
    }
}
