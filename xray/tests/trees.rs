//! Any tree of spans that OpenTelemetry's API can make arrives: valid, joined, and complete.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use std::{
    collections::HashMap,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use opentelemetry::{
    Array, Context, Key, KeyValue, StringValue, Value,
    trace::{
        Link, Span, SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags, TraceId,
        TraceState, Tracer,
    },
};
use proptest::{collection::vec, option, prelude::*};
use segment::{Document, SegmentId, tree::Trace};
use segment_schema::assert_valid;
use xray::{Delivery, Span as Recorded, Tracing, testing::Daemon};

const PATIENCE: Duration = Duration::from_secs(10);

/// Where a span hangs.
#[derive(Debug, Clone)]
enum Parent {
    None,
    /// In another process, which did or did not want the trace recorded.
    Remote(u64, bool),
    /// One of the spans before, the nth modulo their number; it may have ended.
    Local(usize),
}

/// A span that is to be made.
#[derive(Debug, Clone)]
struct Plan {
    parent: Parent,
    kind: SpanKind,
    name: String,
    attributes: Vec<KeyValue>,
    events: Vec<(String, Vec<KeyValue>)>,
    links: Vec<Link>,
    status: Status,
    /// Seconds since 1970.
    start: u32,
    end: u32,
    /// How many spans are started before it ends, and its turn among those that end then; `None`: never.
    ends_after: Option<(usize, u8)>,
}

/// Keys that decide what becomes of a span; the others are made up.
const KEYS: &[&str] = &[
    "http.request.method",
    "http.response.status_code",
    "url.full",
    "url.path",
    "server.address",
    "server.port",
    "client.address",
    "peer.service",
    "db.system.name",
    "db.query.text",
    "rpc.system",
    "aws.service",
    "aws.span.kind",
    "aws.local.service",
    "aws.xray.annotations",
    "annotation.tier",
    "annotation.a-b",
    "metadata.cart",
    "exception.type",
    "exception.message",
    "exception.stacktrace",
    "enduser.id",
];

const TEXTS: &[&str] = &[
    "",
    "LOCAL_ROOT",
    "aws-api",
    "500",
    "https://user:secret@host/path?query",
    "GET /items/{id}",
    "\u{1}\"\\\n",
    "🦀🦀🦀",
    "   0: shop::add\n             at ./src/cart.rs:1:2\n",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => proptest::sample::select(TEXTS).prop_map(str::to_owned),
        2 => "\\PC{0,20}",
        1 => (0..90_000_usize).prop_map(|length| "é".repeat(length)),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::I64),
        (400..600_i64).prop_map(Value::I64),
        any::<f64>().prop_map(Value::F64),
        text().prop_map(Value::from),
        vec(any::<bool>(), 0..3).prop_map(|values| Value::Array(Array::Bool(values))),
        vec(any::<i64>(), 0..3).prop_map(|values| Value::Array(Array::I64(values))),
        vec(any::<f64>(), 0..3).prop_map(|values| Value::Array(Array::F64(values))),
        vec("[a-z\"]{0,4}".prop_map(StringValue::from), 0..3)
            .prop_map(|values| Value::Array(Array::String(values))),
    ]
}

fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    let key = prop_oneof![
        4 => proptest::sample::select(KEYS).prop_map(str::to_owned),
        1 => "\\PC{0,10}",
    ];
    let attribute = (key.prop_map(Key::from), value());
    vec(
        attribute.prop_map(|(key, value)| KeyValue::new(key, value)),
        0..6,
    )
}

fn link() -> impl Strategy<Value = Link> {
    let ids = (1..u128::MAX, 1..u64::MAX, attributes());
    ids.prop_map(|(trace, span, attributes)| {
        let of = context(trace, span, true, false);
        Link::new(of, attributes, 0)
    })
}

fn plan() -> impl Strategy<Value = Plan> {
    let parent = prop_oneof![
        1 => Just(Parent::None),
        1 => (1..u64::MAX, any::<bool>()).prop_map(|(id, sampled)| Parent::Remote(id, sampled)),
        6 => any::<usize>().prop_map(Parent::Local),
    ];
    let kind = proptest::sample::select(vec![
        SpanKind::Internal,
        SpanKind::Server,
        SpanKind::Client,
        SpanKind::Producer,
        SpanKind::Consumer,
    ]);
    let status = prop_oneof![
        Just(Status::Unset),
        Just(Status::Ok),
        text().prop_map(Status::error),
    ];
    let event_name = prop_oneof![Just("exception".to_owned()), text()];
    let contents = (
        text(),
        attributes(),
        vec((event_name, attributes()), 0..3),
        vec(link(), 0..3),
        status,
    );
    let times = (
        any::<u32>(),
        any::<u32>(),
        option::weighted(0.9, (0..30_usize, any::<u8>())),
    );
    (parent, kind, contents, times).prop_map(|(parent, kind, contents, times)| {
        let (name, attributes, events, links, status) = contents;
        let (start, end, ends_after) = times;
        Plan {
            parent,
            kind,
            name,
            attributes,
            events,
            links,
            status,
            start,
            end,
            ends_after,
        }
    })
}

fn context(trace: u128, span: u64, sampled: bool, is_remote: bool) -> SpanContext {
    let flags = if sampled {
        TraceFlags::SAMPLED
    } else {
        TraceFlags::default()
    };
    SpanContext::new(
        TraceId::from_bytes(trace.to_be_bytes()),
        SpanId::from_bytes(span.to_be_bytes()),
        flags,
        is_remote,
        TraceState::default(),
    )
}

fn at(seconds: u32) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds.into())
}

fn start(tracing: &Tracing, plan: &Plan, before: &[Recorded]) -> Recorded {
    let parent = match &plan.parent {
        Parent::Remote(id, sampled) => context(u128::from(*id), *id, *sampled, true),
        Parent::Local(index) if !before.is_empty() => {
            before[index % before.len()].span_context().clone()
        }
        Parent::None | Parent::Local(_) => SpanContext::empty_context(),
    };
    let tracer = tracing.tracer().unwrap();
    let builder = tracer
        .span_builder(plan.name.clone())
        .with_kind(plan.kind.clone())
        .with_attributes(plan.attributes.clone())
        .with_links(plan.links.clone())
        .with_start_time(at(plan.start));
    tracer.build_with_context(builder, &Context::new().with_remote_span_context(parent))
}

fn end(span: &mut Recorded, plan: &Plan) {
    for (name, attributes) in &plan.events {
        span.add_event(name.clone(), attributes.clone());
    }
    span.set_status(plan.status.clone());
    span.end_with_timestamp(at(plan.end));
}

/// Makes the spans, each of which ends in its turn or never, and shuts tracing down.
fn make(tracing: &Tracing, plans: &[Plan]) -> Vec<Recorded> {
    let mut spans = Vec::new();
    for (index, plan) in plans.iter().enumerate() {
        spans.push(start(tracing, plan, &spans));
        let is_last = index + 1 == plans.len();
        let mut ending: Vec<_> = (0..=index)
            .filter_map(|one| Some((plans[one].ends_after?, one)))
            .filter(|((after, _), one)| after.max(one) == &index || (is_last && *after > index))
            .map(|((_, turn), one)| (turn, one))
            .collect();
        ending.sort_unstable();
        for (_, one) in ending {
            end(&mut spans[one], &plans[one]);
        }
    }
    tracing.shutdown(PATIENCE);
    spans
}

/// Reads documents while `work` is done, and then what is left.
fn receive_during<T>(daemon: &Daemon, work: impl FnOnce() -> T) -> (T, Vec<Document<'static>>) {
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut documents = Vec::new();
            loop {
                let was_done = is_done.load(Ordering::Acquire);
                match daemon.receive_text(Duration::from_millis(2)) {
                    Some(text) => documents.push(Document::decode(&text).unwrap()),
                    None if was_done => return documents,
                    None => {}
                }
            }
        });
        let done = work();
        is_done.store(true, Ordering::Release);
        (done, reader.join().unwrap())
    })
}

/// What was found of the spans' ids: how often each came, and under which other span it hangs.
#[derive(Default)]
struct Found {
    times: HashMap<SegmentId, usize>,
    parents: HashMap<SegmentId, Option<SegmentId>>,
}

impl Found {
    fn new(documents: Vec<Document<'static>>) -> Self {
        let mut found = Self::default();
        let mut traces: HashMap<_, Vec<_>> = HashMap::new();
        for document in documents {
            found.count(&document);
            traces
                .entry(document.trace_id.unwrap())
                .or_default()
                .push(document);
        }
        for (id, documents) in traces {
            let trace = Trace::compile(id, documents);
            for segment in trace.segments.iter().filter(|segment| !segment.inferred) {
                found.hang(segment, segment.parent_id);
            }
        }
        found
    }

    fn count(&mut self, document: &Document<'_>) {
        *self.times.entry(document.id).or_default() += 1;
        document
            .subsegments
            .iter()
            .for_each(|subsegment| self.count(subsegment));
    }

    fn hang(&mut self, document: &Document<'_>, parent: Option<SegmentId>) {
        self.parents.insert(document.id, parent);
        for subsegment in &document.subsegments {
            self.hang(subsegment, Some(document.id));
        }
    }

    /// Returns what a span hangs under; a segment that was made around a call is not a span.
    fn parent(&self, id: SegmentId, is_span: impl Fn(SegmentId) -> bool) -> Option<SegmentId> {
        let parent = self.parents[&id]?;
        if is_span(parent) || !self.times.contains_key(&parent) {
            Some(parent)
        } else {
            self.parents[&parent]
        }
    }
}

fn segment_id(span: &Recorded) -> SegmentId {
    SegmentId::from_bytes(span.span_context().span_id().to_bytes()).unwrap()
}

fn check(
    plans: &[Plan],
    spans: &[Recorded],
    found: &Found,
    delivery: &Delivery,
) -> Result<(), TestCaseError> {
    let mut never_ended = 0;
    for (index, (plan, span)) in plans.iter().zip(spans).enumerate() {
        let id = segment_id(span);
        let times = found.times.get(&id).copied().unwrap_or_default();
        if !span.span_context().is_sampled() {
            prop_assert_eq!(times, 0, "span {} was not to be recorded", index);
            continue;
        }
        if plan.ends_after.is_none() {
            never_ended += 1;
            continue;
        }
        prop_assert_eq!(times, 1, "span {} came {} times", index, times);
        let expected = match plan.parent {
            Parent::Remote(parent, _) => SegmentId::from_bytes(parent.to_be_bytes()),
            Parent::Local(parent) if index > 0 => Some(segment_id(&spans[parent % index])),
            Parent::None | Parent::Local(_) => None,
        };
        let is_span = |id| spans.iter().any(|span| segment_id(span) == id);
        prop_assert_eq!(found.parent(id, is_span), expected, "span {}", index);
    }
    prop_assert_eq!(delivery.given_up, never_ended);
    prop_assert_eq!(delivery.lost(), 0);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn any_tree_of_spans_arrives_whole(plans in vec(plan(), 1..30)) {
        let daemon = Daemon::start().unwrap().checking(assert_valid);
        let tracing = Tracing::new(&daemon.config("shop")).unwrap();
        let (spans, documents) = receive_during(&daemon, || make(&tracing, &plans));
        check(&plans, &spans, &Found::new(documents), &tracing.delivery())?;
    }
}
