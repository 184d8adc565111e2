use segment::Document;

use super::*;

const NOW: Time = Time::from_nanos(1_700_000_000_000_000_000);

fn trace_id(number: usize) -> TraceId {
    format!("1-5f84c7a1-{:024x}", number + 1).parse().unwrap()
}

fn store(traces: usize) -> Store {
    Store::new(Limits {
        traces,
        bytes: 100_000_000,
    })
}

/// Keeps one small segment.
fn keep(store: &Store, trace: usize, segment: usize) -> Kept {
    let (trace, segment) = (trace_id(trace), segment + 1);
    let text = format!(
        r#"{{"trace_id":"{trace}","id":"{segment:016x}","name":"shop","start_time":1,"end_time":2}}"#
    );
    let key = Key::of(&Document::decode(&text).unwrap());
    store.keep(trace, &key, &text, NOW)
}

fn stale(store: &Store) -> usize {
    lock(&store.state).stale.len()
}

#[test]
fn stale_traces_are_listed_once() {
    let store = store(10);
    for number in 0..1_000 {
        keep(&store, number, 0);
    }
    assert_eq!(stale(&store), 10);
    for _ in 0..1_000 {
        assert_eq!(keep(&store, 999, 0), Kept::Duplicate);
    }
    assert_eq!(stale(&store), 10);
    // One that was evicted and comes again waits once.
    keep(&store, 0, 0);
    assert_eq!(stale(&store), 10);
    assert_eq!(store.summaries(|_, _, _| true).len(), 10);
    assert_eq!(stale(&store), 0);
}

#[test]
fn a_duplicate_does_not_make_a_summary_stale_and_another_document_does() {
    let store = store(10);
    keep(&store, 0, 0);
    let first = store.summaries(|_, _, _| true);
    keep(&store, 0, 0);
    assert_eq!(stale(&store), 0);
    assert!(Arc::ptr_eq(&first[0], &store.summaries(|_, _, _| true)[0]));
    keep(&store, 0, 1);
    keep(&store, 0, 2);
    assert_eq!(stale(&store), 1);
    assert_eq!(store.summaries(|_, _, _| true)[0].visits.len(), 3);
    store.clear();
    assert_eq!(stale(&store), 0);
}

#[test]
fn of_many_documents_of_a_trace_each_is_kept_once() {
    let store = store(10);
    let count = 2_000;
    let before = store.fill().bytes;
    for segment in 0..count {
        assert_ne!(keep(&store, 0, segment), Kept::Duplicate, "{segment}");
    }
    let bytes = store.fill().bytes;
    for segment in 0..count {
        assert_eq!(keep(&store, 0, segment), Kept::Duplicate, "{segment}");
    }
    assert_eq!(store.fill().bytes, bytes);
    assert!(bytes - before > count * 100);
    let documents = store.documents(trace_id(0)).unwrap();
    assert_eq!(documents.len(), count);
}

/// Keeps a segment with one more member, and makes the summaries.
fn summarise_with(store: &Store, trace: usize, member: &str) {
    let id = trace_id(trace);
    let text = format!(
        r#"{{"trace_id":"{id}","id":"000000000000000a","name":"shop","start_time":1,"end_time":2,{member}}}"#
    );
    let key = Key::of(&Document::decode(&text).unwrap());
    store.keep(id, &key, &text, NOW);
    store.summaries(|_, _, _| true);
}

#[test]
fn annotations_beyond_those_that_are_indexed_are_counted_for_as_long_as_they_are_held() {
    let store = store(2);
    let annotated = |trace: usize, count: usize| {
        let keys = (0..count).map(|key| format!(r#""k{key}":1"#));
        let keys: Vec<String> = keys.collect();
        let annotations = format!(r#""annotations":{{{}}}"#, keys.join(","));
        summarise_with(&store, trace, &annotations);
        store.fill().unindexed_annotations
    };
    assert_eq!(annotated(0, 50), 0);
    assert_eq!(annotated(1, 53), 3);
    assert_eq!(annotated(1, 60), 10);
    assert_eq!(annotated(2, 51), 11);
    assert_eq!(annotated(3, 1), 1);
    store.clear();
    assert_eq!(store.fill().unindexed_annotations, 0);
}

/// A question that made everything that is out of date would never end while documents keep coming.
#[test]
fn a_question_answers_with_what_was_there_when_it_came_the_newest_first() {
    let store = store(1_000);
    for number in 0..10 {
        keep(&store, number, 0);
    }
    let mut asked: Vec<TraceId> = lock(&store.state).stale.iter().copied().collect();
    keep(&store, 99, 0);
    let mut first = lock(&store.state).stale_of(&mut asked, 4);
    assert_eq!(first.len(), 4);
    assert_eq!((first[0].id, first[3].id), (trace_id(9), trace_id(6)));
    // Another document comes for one that is being made: it is out of date again, and waits for the next question.
    keep(&store, 9, 1);
    store.make(std::mem::take(&mut first));
    assert_eq!(lock(&store.state).stale_of(&mut asked, 100).len(), 6);
    assert!(lock(&store.state).stale_of(&mut asked, 100).is_empty());
    assert_eq!(stale(&store), 2);
    assert_eq!(store.summaries(|_, _, _| true).len(), 5);
}

#[test]
fn a_batch_is_bounded_in_bytes() {
    let store = store(1_000);
    let long = "a".repeat(60_000);
    for number in 0..40 {
        let trace = trace_id(number);
        let text = format!(
            r#"{{"trace_id":"{trace}","id":"000000000000000a","name":"shop","start_time":1,"end_time":2,"metadata":{{"d":{{"k":"{long}"}}}}}}"#
        );
        let key = Key::of(&Document::decode(&text).unwrap());
        store.keep(trace, &key, &text, NOW);
    }
    // The fifth goes beyond 256 KiB.
    assert_eq!(lock(&store.state).newest_stale(100).len(), 5);
}

/// Subsegments of their own come before the segment to which they belong.
#[test]
fn a_trace_that_is_full_of_subsegments_takes_their_segment() {
    let store = store(10);
    let trace = trace_id(0);
    let long = "a".repeat(60_000);
    let document = |id: usize, more: &str| {
        let text = format!(
            r#"{{"trace_id":"{trace}","id":"{id:016x}","name":"shop","start_time":1,"end_time":2,{more}"metadata":{{"d":{{"k":"{long}"}}}}}}"#
        );
        let key = Key::of(&Document::decode(&text).unwrap());
        store.keep(trace, &key, &text, NOW)
    };
    let subsegment = r#""type":"subsegment","parent_id":"0000000000000001","#;
    let kept = (2..1_000)
        .take_while(|id| document(*id, subsegment) != Kept::TraceFull)
        .count();
    assert_eq!(kept, MAX_SUBSEGMENT_BYTES / 60_200);
    assert_eq!(document(1, ""), Kept::New);
    let is_joined = store.with_trace(trace, |trace, _| trace.segments.len());
    assert_eq!(is_joined, Some(1));
}

/// While documents go on coming a question ends when its client's patience does, and otherwise when all is made.
#[test]
fn a_question_may_stop_before_all_summaries_are_made() {
    let store = store(5_000);
    for number in 0..3_000 {
        keep(&store, number, 0);
    }
    let asked = std::cell::Cell::new(0);
    let go_on = |is_growing| {
        assert_eq!(is_growing, asked.get() > 0);
        // As a datagram that comes meanwhile.
        keep(&store, 3_000, 0);
        asked.set(asked.get() + 1);
        asked.get() < 2
    };
    let some = store.summaries_while(go_on, |_, _, _| true);
    assert_eq!(some.len(), 2 * BATCH);
    assert!(
        some.iter()
            .all(|summary| summary.id >= trace_id(3_000 - 2 * BATCH))
    );
    assert_eq!(store.summaries_of(&[trace_id(0)], || true).len(), 1);
    assert_eq!(store.fill().stale, 3_001 - 2 * BATCH - 1);
    assert_eq!(store.summaries(|_, _, _| true).len(), 3_001);
}

/// Strings whose first trace is gone count for as long as others use them, and no longer.
#[test]
fn strings_count_whichever_traces_use_them() {
    const HELD: usize = 100;
    let store = store(HELD);
    let keep = |trace: usize, names: usize| {
        let calls = (0..100).map(|call| {
            let name = format!("{names}-{call}{}", "n".repeat(180));
            format!(
                r#"{{"id":"{:016x}","name":"{name}","namespace":"remote","start_time":1,"end_time":2}}"#,
                call + 100,
            )
        });
        let calls: Vec<_> = calls.collect();
        let subsegments = format!(r#""subsegments":[{}]"#, calls.join(","));
        summarise_with(&store, trace, &subsegments);
    };
    let bytes = || store.fill().bytes;
    (0..HELD).for_each(|trace| keep(trace, trace));
    let each_its_own = bytes();
    // The names come again just before the traces are gone that had them first.
    (HELD..10 * HELD).for_each(|trace| keep(trace, trace % (HELD - 1)));
    let again = bytes();
    assert!(again > each_its_own / 10 * 9, "{again} of {each_its_own}");
    // Then all traces have the same few.
    (10 * HELD..20 * HELD).for_each(|trace| keep(trace, 0));
    let same = bytes();
    assert!(same < each_its_own / 3 * 2, "{same} of {each_its_own}");
}
