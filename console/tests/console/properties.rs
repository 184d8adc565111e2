//! Properties that hold for all documents, expressions and bytes.

mod damaged;
mod documents;
mod expressions;
mod requests;

use std::sync::{Arc, atomic::Ordering::Relaxed};

use console::receive::intake::Intake;
use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
};
use segment::{Document, Form, Time, TraceId, tree::Trace};
use serde_json::Value;
use traces::{
    filter::Filter,
    graph::{Graph, Window},
    store::{Key, Limits, Store},
    summary::{Interner, Summary},
};

use documents::{Root, TRACE, documents, nodes};
use expressions::expression;

const NOW: Time = Time::from_nanos(1_700_000_000_000_000_000);

/// A store that got the documents in an order, and was asked for summaries in between.
fn store(documents: &[String], order: &[Index]) -> Store {
    let store = Store::new(Limits {
        traces: 10,
        bytes: 10_000_000,
    });
    let mut waiting: Vec<&String> = documents.iter().collect();
    for index in order.iter().cycle() {
        if waiting.is_empty() {
            break;
        }
        let text = waiting.remove(index.index(waiting.len()));
        let document = Document::decode(text).unwrap();
        store.keep(document.trace_id.unwrap(), &Key::of(&document), text, NOW);
        if index.index(3) == 0 {
            store.summaries(|_, _, _| true);
        }
    }
    store
}

fn summary_of(store: &Store) -> Arc<Summary> {
    store.summaries(|_, _, _| true).remove(0)
}

/// The compiled trace as it is answered, the map of it, and its summary but for the count of documents.
fn seen(store: &Store) -> (Vec<Value>, Value, Summary) {
    let id = TRACE.parse().unwrap();
    let segments = store.with_trace(id, |trace, _| {
        let segments = trace.segments.iter().map(|segment| {
            let mut text = Vec::new();
            segment.encode(Form::Independent, &mut text);
            serde_json::from_slice(&text).unwrap()
        });
        segments.collect()
    });
    let summary = summary_of(store);
    let graph = Graph::of(std::slice::from_ref(&summary), Window::ALWAYS);
    let summary = Summary {
        documents: 0,
        ..Summary::clone(&summary)
    };
    (
        segments.unwrap(),
        serde_json::to_value(graph.services()).unwrap(),
        summary,
    )
}

/// A summary made at once of the raw documents, without store, order or earlier summaries.
fn fresh(documents: &[String]) -> Summary {
    let id: TraceId = TRACE.parse().unwrap();
    let decoded = documents.iter().map(|text| Document::decode(text).unwrap());
    Summary::new(
        &Trace::compile(id, decoded),
        documents.len(),
        &mut Interner::default(),
    )
}

proptest! {
    #[test]
    fn any_order_and_any_split_give_the_same_trace_map_and_summary(
        nodes in nodes(),
        root in select(vec![Root::Comes, Root::Lost]),
        order in vec(any::<Index>(), 24),
    ) {
        let plain = documents(&nodes, true, root);
        if !plain.is_empty() {
            let plain = store(&plain, &order[..1]);
            let split = store(&documents(&nodes, false, root), &order);
            prop_assert_eq!(seen(&split), seen(&plain));
            let summary = summary_of(&split);
            prop_assert!(summary.visits.is_empty() || summary.root().is_some());
        }
    }

    /// There is no index: what is kept of a trace is its summary, made anew when documents arrive.
    #[test]
    fn a_filter_says_the_same_of_the_kept_summary_and_of_the_raw_documents(
        nodes in nodes(),
        order in vec(any::<Index>(), 24),
        (left, right) in (expression(), expression()),
    ) {
        let takes = |expression: &str, trace: &Summary| {
            Filter::parse(expression).map(|filter| filter.matches(trace)).map_err(|error| format!("{expression}: {error}"))
        };
        let kept = summary_of(&store(&documents(&nodes, false, Root::Comes), &order));
        let raw = fresh(&documents(&nodes, true, Root::Comes));
        let (in_left, in_right) = (takes(&left, &kept).unwrap(), takes(&right, &kept).unwrap());
        prop_assert_eq!(in_left, takes(&left, &raw).unwrap(), "{}", left);
        for (expression, expected) in [
            (format!("!({left})"), !in_left),
            (format!("({left}) ({right})"), in_left && in_right),
            (format!("{left} or {right}"), in_left || in_right),
            (format!("!(!({left}) OR !({right}))"), in_left && in_right),
        ] {
            prop_assert_eq!(takes(&expression, &kept).unwrap(), expected, "{}", expression);
        }
    }

    #[test]
    fn no_datagram_makes_anything_panic(
        nodes in nodes(),
        at in any::<Index>(),
        cut in 0..8_usize,
        put in vec(any::<u8>(), 0..4),
        garbage in vec(any::<u8>(), 0..100),
    ) {
        let intake = Intake::new(Store::new(Limits { traces: 10, bytes: 10_000_000 }));
        let sent = documents(&nodes, false, Root::Comes);
        let mut datagram = format!("{{\"format\":\"json\",\"version\":1}}\n{}", sent[at.index(sent.len())]).into_bytes();
        let from = at.index(datagram.len());
        let to = (from + cut).min(datagram.len());
        datagram.splice(from..to, put);
        for datagram in [&datagram, &garbage] {
            intake.datagram(datagram, ([127, 0, 0, 1], 1).into(), NOW);
        }
        // Whatever was taken can be listed, drawn and shown.
        let kept = intake.store.summaries(|_, _, _| true);
        serde_json::to_value(Graph::of(&kept, Window::ALWAYS).services()).unwrap();
        for trace in &kept {
            prop_assert!(intake.store.with_trace(trace.id, |trace, _| trace.segments.len()).unwrap() > 0);
        }
        let counts = &intake.counts;
        let refused: u64 = counts.refused_datagrams.all().values().sum();
        prop_assert_eq!(
            counts.received_datagrams.load(Relaxed),
            counts.accepted_datagrams.load(Relaxed) + refused
        );
    }
}
