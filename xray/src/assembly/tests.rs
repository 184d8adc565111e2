//! Spans by hand, documents in a list.

use std::cell::RefCell;

use segment::{
    Document, SegmentId, Span, Time, TraceId, Value,
    mapping::{Mapping, Settings},
    span::{Parent, SpanKind, Status},
};

use super::{
    ANNOUNCE_AFTER, Assembly, GIVE_UP_AFTER, MAX_BYTES, Opening, Sink,
    open::{MAX_OPEN, MAX_WAITING_BYTES},
};
use crate::delivery::{Counters, Delivery};

const SECOND: u64 = 1_000_000_000;

/// An assembly whose documents are collected.
struct Bench {
    assembly: Assembly,
    counters: Counters,
    documents: RefCell<Vec<Document<'static>>>,
}

impl Bench {
    fn new() -> Self {
        let resource = vec![("service.name".into(), Value::from("shop"))];
        let assembly = Assembly::new(Mapping::new(resource, Settings::default()));
        Self {
            assembly,
            counters: Counters::default(),
            documents: RefCell::default(),
        }
    }

    fn start(&self, id: u64, parent: Parent) {
        let opening = Opening {
            id: id_of(id),
            trace_id: trace_id(),
            parent,
            at: at(id),
            is_segment: true,
        };
        self.assembly.start(opening, &self.counters);
    }

    fn end(&self, id: u64, parent: Parent) {
        self.end_with(id, parent, SpanKind::Internal, vec![]);
    }

    fn end_with(
        &self,
        id: u64,
        parent: Parent,
        kind: SpanKind,
        attributes: Vec<(&'static str, Value<'static>)>,
    ) {
        let span = Span {
            trace_id: trace_id(),
            id: id_of(id),
            parent,
            name: format!("span {id}").into(),
            kind,
            start: at(id),
            end: Some(at(id + 1)),
            status: Status::Unset,
            details: None,
            attributes: attributes
                .into_iter()
                .map(|(key, value)| (key.into(), value))
                .collect(),
            events: Vec::new(),
            links: Vec::new(),
        };
        self.with_sink(|sink| self.assembly.end(span, sink));
    }

    fn look_after(&self, now: Time) {
        self.with_sink(|sink| self.assembly.look_after(now, sink));
    }

    fn with_sink(&self, work: impl FnOnce(&Sink<'_>)) {
        let emit = |document: &[u8], _| {
            assert!(document.len() <= MAX_BYTES, "{} bytes", document.len());
            let document = std::str::from_utf8(document).unwrap();
            segment_schema::assert_valid(document);
            let document = Document::decode(document).unwrap();
            self.documents.borrow_mut().push(document);
        };
        work(&Sink {
            emit: &emit,
            counters: &self.counters,
        });
    }

    /// Returns the documents so far, and that nothing is left behind.
    fn finish(&self) -> (Vec<Document<'static>>, Delivery) {
        assert_eq!(
            self.assembly.open.size(),
            (0, 0),
            "spans or bytes are left behind"
        );
        (self.documents.take(), self.counters.read())
    }
}

fn trace_id() -> TraceId {
    "1-5f84c7a1-e7d1852db8c4fd35d88bf49a".parse().unwrap()
}

fn id_of(id: u64) -> SegmentId {
    SegmentId::from_bytes((id + 1).to_be_bytes()).unwrap()
}

fn at(id: u64) -> Time {
    Time::from_nanos(1_700_000_000 * SECOND + id * 1_000)
}

fn local(id: u64) -> Parent {
    Parent::Local(id_of(id))
}

/// Counts the documents in a document, itself included.
fn size(document: &Document<'_>) -> usize {
    1 + document.subsegments.iter().map(size).sum::<usize>()
}

#[test]
fn a_tree_of_spans_is_one_document() {
    let bench = Bench::new();
    bench.start(0, Parent::None);
    bench.start(1, local(0));
    bench.start(2, local(1));
    bench.end(2, local(1));
    bench.end(1, local(0));
    bench.start(3, local(0));
    bench.end(3, local(0));
    bench.end(0, Parent::None);
    let (documents, _) = bench.finish();
    let [root] = documents.as_slice() else {
        panic!("{documents:#?}")
    };
    let names: Vec<_> = root
        .subsegments
        .iter()
        .map(|subsegment| subsegment.name.as_ref())
        .collect();
    assert_eq!(
        (root.name.as_ref(), names),
        ("shop", vec!["span 1", "span 3"])
    );
    assert_eq!(root.subsegments[0].subsegments[0].name, "span 2");
}

#[test]
fn a_child_that_outlives_its_root_is_sent_by_itself() {
    let bench = Bench::new();
    bench.start(0, Parent::Remote(id_of(99)));
    bench.start(1, local(0));
    bench.end(0, Parent::Remote(id_of(99)));
    bench.end(1, local(0));
    let (documents, delivery) = bench.finish();
    assert_eq!(
        (documents[0].parent_id, documents[0].is_subsegment),
        (Some(id_of(99)), false)
    );
    assert_eq!(
        (documents[1].parent_id, documents[1].is_subsegment),
        (Some(id_of(0)), true)
    );
    assert_eq!(delivery.streamed, 1);
}

#[test]
fn a_root_with_many_children_misses_none() {
    let bench = Bench::new();
    bench.start(0, Parent::None);
    for id in 1..=400 {
        bench.start(id, local(0));
        bench.end(id, local(0));
    }
    bench.end(0, Parent::None);
    let (documents, delivery) = bench.finish();
    assert_eq!(documents.iter().map(size).sum::<usize>(), 401);
    assert_eq!(documents.len() as u64, delivery.streamed + 1);
    assert!(
        documents
            .iter()
            .all(|document| document.subsegments.len() <= 100)
    );
}

#[test]
fn a_deep_tree_is_cut_before_readers_of_json_give_up() {
    let bench = Bench::new();
    let parent = |id: u64| if id == 0 { Parent::None } else { local(id - 1) };
    (0..300).for_each(|id| bench.start(id, parent(id)));
    (0..300).rev().for_each(|id| bench.end(id, parent(id)));
    let (documents, _) = bench.finish();
    assert_eq!(documents.iter().map(size).sum::<usize>(), 300);
}

#[test]
fn a_call_without_a_caller_is_the_services_segment_with_the_call_in_it() {
    let bench = Bench::new();
    bench.start(0, Parent::None);
    bench.start(1, local(0));
    bench.end(1, local(0));
    bench.end_with(
        0,
        Parent::None,
        SpanKind::Client,
        vec![("server.address", Value::from("api.example"))],
    );
    let (documents, _) = bench.finish();
    let [segment] = documents.as_slice() else {
        panic!("{documents:#?}")
    };
    assert_eq!(segment.name, "shop");
    let call = &segment.subsegments[0];
    assert_eq!(
        (call.name.as_ref(), call.namespace.as_deref(), call.id),
        ("api.example", Some("remote"), id_of(0))
    );
    assert_eq!(call.subsegments[0].name, "span 1");
}

#[test]
fn a_user_set_in_a_subsegment_is_that_of_the_segment() {
    let user = |name: &'static str| vec![("enduser.id", Value::from(name))];
    for (own, expected) in [(vec![], "carol"), (user("dave"), "dave")] {
        let bench = Bench::new();
        bench.start(0, Parent::None);
        bench.start(1, local(0));
        bench.start(2, local(1));
        bench.start(3, local(0));
        bench.end_with(2, local(1), SpanKind::Internal, user("carol"));
        bench.end(1, local(0));
        bench.end_with(0, Parent::None, SpanKind::Server, own);
        // Its segment is gone: it keeps what it says.
        bench.end_with(3, local(0), SpanKind::Internal, user("erin"));
        let (documents, _) = bench.finish();
        assert_eq!(documents[0].user.as_deref(), Some(expected));
        let inner = &documents[0].subsegments[0];
        assert_eq!((&inner.user, &inner.subsegments[0].user), (&None, &None));
        assert_eq!(documents[1].user.as_deref(), Some("erin"));
    }
}

#[test]
fn what_is_too_large_is_split_and_then_trimmed() {
    let bench = Bench::new();
    let large = |length: usize| vec![("body", Value::from("x".repeat(length)))];
    bench.start(0, Parent::None);
    for id in 1..=3 {
        bench.start(id, local(0));
        bench.end_with(id, local(0), SpanKind::Internal, large(25_000));
    }
    bench.end_with(0, Parent::None, SpanKind::Server, large(80_000));
    let (documents, delivery) = bench.finish();
    assert_eq!(documents.iter().map(size).sum::<usize>(), 4);
    assert_eq!(
        (delivery.split, delivery.trimmed, delivery.too_large),
        (1, 1, 0)
    );
    let root = documents
        .iter()
        .find(|document| !document.is_subsegment)
        .unwrap();
    assert!(format!("{:?}", root.metadata).contains("[cut 80002 bytes]"));
}

#[test]
fn a_root_that_is_open_for_long_is_announced_once_and_at_last_given_up() {
    let bench = Bench::new();
    let later = |age: std::time::Duration| {
        Time::from_nanos(at(0).as_nanos() + u64::try_from(age.as_nanos()).unwrap())
    };
    bench.start(0, Parent::Remote(id_of(99)));
    bench.start(1, local(0));
    bench.start(2, local(0));
    bench.end(2, local(0));
    bench.look_after(later(ANNOUNCE_AFTER / 2));
    assert!(bench.documents.borrow().is_empty());
    bench.look_after(later(ANNOUNCE_AFTER));
    bench.look_after(later(ANNOUNCE_AFTER * 2));
    {
        let documents = bench.documents.borrow();
        let [announced] = documents.as_slice() else {
            panic!("{documents:#?}")
        };
        assert!(announced.in_progress && announced.end_time.is_none());
        assert_eq!(
            (announced.id, announced.parent_id),
            (id_of(0), Some(id_of(99)))
        );
    }
    bench.look_after(later(GIVE_UP_AFTER * 2));
    // What ends after all is sent by itself.
    bench.end(1, local(0));
    bench.end(0, Parent::Remote(id_of(99)));
    let (documents, delivery) = bench.finish();
    let complete: Vec<_> = documents
        .iter()
        .filter(|document| !document.in_progress)
        .map(|document| document.id)
        .collect();
    assert_eq!(complete, [id_of(2), id_of(1), id_of(0)]);
    assert_eq!(
        (delivery.announced, delivery.streamed, delivery.given_up),
        (1, 2, 2)
    );
}

#[test]
fn beyond_the_bound_spans_are_not_joined_but_not_lost() {
    let bench = Bench::new();
    let last = MAX_OPEN as u64 + 10;
    (0..last).for_each(|id| bench.start(id, Parent::None));
    assert_eq!(bench.assembly.open.size().0, MAX_OPEN);
    (0..last).for_each(|id| bench.end(id, Parent::None));
    let (documents, delivery) = bench.finish();
    assert_eq!((documents.len() as u64, delivery.unjoined), (last, 10));
}

#[test]
fn what_is_open_at_the_end_is_announced_and_what_finished_in_it_is_sent() {
    let bench = Bench::new();
    bench.start(0, Parent::None);
    bench.start(1, local(0));
    bench.start(2, local(1));
    bench.end(2, local(1));
    bench.with_sink(|sink| bench.assembly.close(sink));
    let (mut documents, delivery) = bench.finish();
    documents.sort_by_key(|document| document.id);
    let sent: Vec<_> = documents
        .iter()
        .map(|document| (document.id, document.parent_id, document.in_progress))
        .collect();
    assert_eq!(
        sent,
        [(id_of(0), None, true), (id_of(2), Some(id_of(1)), false),]
    );
    assert_eq!((delivery.announced, delivery.given_up), (1, 2));
}

#[test]
fn a_root_that_never_ends_holds_a_bounded_number_of_bytes_and_loses_no_child() {
    let bench = Bench::new();
    let roots = 400;
    let children = 12;
    let child = |root: u64, child: u64| 1_000 + root * children + child;
    for root in 0..roots {
        bench.start(root, Parent::None);
        for one in 0..children {
            let body = vec![("body", Value::from("x".repeat(5_000)))];
            bench.start(child(root, one), local(root));
            bench.end_with(child(root, one), local(root), SpanKind::Internal, body);
            assert!(bench.assembly.open.size().1 <= MAX_WAITING_BYTES);
        }
    }
    let before = bench.documents.borrow().len();
    assert!(before > 0, "the bound was not reached");
    bench.look_after(Time::from_nanos(
        at(0).as_nanos() + 2 * u64::try_from(GIVE_UP_AFTER.as_nanos()).unwrap(),
    ));
    let (documents, delivery) = bench.finish();
    let finished = documents.iter().filter(|document| !document.in_progress);
    assert_eq!(finished.count() as u64, roots * children);
    assert_eq!((delivery.announced, delivery.given_up), (roots, roots));
}
