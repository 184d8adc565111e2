use super::*;

const ID: &str = "1-5f84c7a1-e7d1852db8c4fd35d88bf49a";

fn read(text: &str) -> Document<'static> {
    let text = text.replace("TRACE", &format!(r#""trace_id":"{ID}""#));
    Document::decode(&text).unwrap()
}

fn compile(texts: &[&str]) -> Trace<'static> {
    Trace::compile(ID.parse().unwrap(), texts.iter().map(|text| read(text)))
}

/// One line for each segment and subsegment: its depth as dots, its name, and what is odd about it.
fn shape(trace: &Trace<'_>) -> Vec<String> {
    let line = |place: Place<'_, '_>| {
        let document = place.document;
        let marks = [
            (document.inferred, " inferred"),
            (document.in_progress, " in progress"),
            (
                place.depth == 0 && document.is_subsegment,
                " without parent",
            ),
        ];
        let marks: String = marks
            .iter()
            .filter_map(|(on, text)| on.then_some(*text))
            .collect();
        format!("{}{}{marks}", ".".repeat(place.depth), document.name)
    };
    trace.walk().map(line).collect()
}

fn entries(trace: &Trace<'_>) -> Vec<String> {
    trace
        .entries()
        .map(|entry| entry.name.to_string())
        .collect()
}

const FRONT: &str = r#"{TRACE,"id":"000000000000000a","name":"front","start_time":1,"end_time":9,"subsegments":[
    {"id":"000000000000000b","name":"back:80","namespace":"remote","start_time":2,"end_time":8}]}"#;
const BACK: &str = r#"{TRACE,"id":"000000000000000c","parent_id":"000000000000000b","name":"back","start_time":3,"end_time":7,
    "subsegments":[{"id":"000000000000000d","name":"gen","start_time":4,"end_time":5}]}"#;

#[test]
fn a_caller_and_its_callee_join_in_either_order() {
    let expected = ["front", ".back:80", "back", ".gen"];
    assert_eq!(shape(&compile(&[FRONT, BACK])), expected);
    assert_eq!(compile(&[FRONT, BACK]), compile(&[BACK, FRONT]));
}

#[test]
fn a_call_without_an_answer_has_an_inferred_callee() {
    let trace = compile(&[FRONT]);
    assert_eq!(shape(&trace), ["front", ".back:80", "back:80 inferred"]);
    let caller: SegmentId = "000000000000000b".parse().unwrap();
    assert_eq!(trace.callees(caller).count(), 1);
    assert_eq!(trace.segments[1].parent_id, Some(caller));
}

#[test]
fn a_call_whose_callee_is_traced_waits_for_it() {
    let front = FRONT.replace(
        r#""namespace""#,
        r#""http":{"request":{"traced":true}},"namespace""#,
    );
    assert_eq!(shape(&compile(&[&front])), ["front", ".back:80"]);
}

#[test]
fn a_queue_stays_when_its_message_is_handled() {
    let answers = |call: &str, answer: &str| {
        let front = format!(
            r#"{{TRACE,"id":"000000000000000a","name":"front","start_time":1,"end_time":9,"subsegments":[
            {{"id":"000000000000000b","start_time":2,"end_time":3,"namespace":"aws",{call}}}]}}"#
        );
        let answer = format!(
            r#"{{TRACE,"id":"000000000000000c","parent_id":"000000000000000b","start_time":4,"end_time":7,{answer}}}"#
        );
        shape(&compile(&[&front, &answer]))[2..].to_vec()
    };
    let worker = r#""name":"worker","origin":"AWS::EKS::Container""#;
    let sqs = r#""name":"SQS","aws":{"queue_url":"https://q"}"#;
    assert_eq!(answers(sqs, worker), ["https://q inferred", "worker"]);
    assert_eq!(
        answers(sqs, r#""name":"worker""#),
        ["https://q inferred", "worker"]
    );
    // These are what was called.
    let topic = r#""name":"orders","origin":"AWS::SNS""#;
    assert_eq!(answers(r#""name":"SNS""#, topic), ["orders"]);
    let function = r#""name":"thumb","origin":"AWS::Lambda""#;
    assert_eq!(answers(r#""name":"Lambda""#, function), ["thumb"]);
}

#[test]
fn an_inferred_callee_is_named_by_its_resource() {
    for (call, name, origin) in [
        (
            r#""name":"DynamoDB","namespace":"aws","aws":{"table_name":"scores"}"#,
            "scores",
            "AWS::DynamoDB::Table",
        ),
        (
            r#""name":"dynamodb","namespace":"aws","aws":{"table_names":["a","b"]}"#,
            "a",
            "AWS::DynamoDB::Table",
        ),
        (
            r#""name":"AmazonSQS","namespace":"aws","aws":{"queue_url":"https://q"}"#,
            "https://q",
            "AWS::SQS::Queue",
        ),
        (
            r#""name":"sns","namespace":"aws","aws":{"topic_arn":"arn"}"#,
            "SNS",
            "AWS::SNS",
        ),
        (
            r#""name":"Lambda","namespace":"aws","aws":{"function_name":"thumb"}"#,
            "thumb",
            "AWS::Lambda",
        ),
        (
            r#""name":"Amazon S3","namespace":"aws","aws":{"bucket_name":"photos","key":"a.png"}"#,
            "S3",
            "AWS::S3",
        ),
        (r#""name":"KMS","namespace":"aws""#, "KMS", "AWS::KMS"),
        (
            r#""name":"shop@db","namespace":"remote","sql":{"database_type":"postgresql"}"#,
            "shop@db",
            "Database::SQL",
        ),
    ] {
        let front = format!(
            r#"{{TRACE,"id":"000000000000000a","name":"front","start_time":1,"end_time":9,"subsegments":[
            {{"id":"000000000000000b","start_time":2,"end_time":8,"fault":true,{call}}}]}}"#
        );
        let trace = compile(&[&front]);
        let callee = &trace.segments[1];
        assert_eq!(
            (callee.name.as_ref(), callee.origin.as_deref()),
            (name, Some(origin))
        );
        assert!(callee.fault && callee.inferred);
    }
}

#[test]
fn independent_subsegments_give_the_same_trace_as_embedded_ones() {
    let segment = r#"{TRACE,"id":"000000000000000c","parent_id":"000000000000000b","name":"back","start_time":3,"end_time":7}"#;
    let part = r#"{TRACE,"type":"subsegment","id":"000000000000000d","parent_id":"000000000000000c","name":"gen","start_time":4,"end_time":5}"#;
    assert_eq!(compile(&[part, FRONT, segment]), compile(&[FRONT, BACK]));
}

#[test]
fn a_complete_document_replaces_its_announcement_in_either_order() {
    let announced = r#"{TRACE,"id":"000000000000000c","parent_id":"000000000000000b","name":"early","start_time":3,"in_progress":true}"#;
    assert_eq!(
        compile(&[announced, FRONT, BACK]),
        compile(&[BACK, FRONT, announced])
    );
    let alone = compile(&[announced]);
    assert_eq!(shape(&alone), ["early in progress"]);
    assert!(alone.is_partial());
    assert!(!compile(&[announced, BACK]).is_partial());
}

#[test]
fn of_two_complete_documents_the_later_one_counts() {
    let again = BACK.replace(r#""name":"back""#, r#""name":"back again""#);
    assert_eq!(shape(&compile(&[BACK, &again])), ["back again", ".gen"]);
}

#[test]
fn what_misses_its_parent_is_kept_and_marked() {
    let part = r#"{TRACE,"type":"subsegment","id":"000000000000000e","parent_id":"00000000000000ff","name":"lost","namespace":"remote","start_time":4,"end_time":5}"#;
    let trace = compile(&[part, BACK]);
    assert_eq!(shape(&trace), ["back", ".gen", "lost without parent"][..]);
    assert!(
        trace
            .segments
            .iter()
            .all(|segment| trace.misses_parent(segment))
    );
}

#[test]
fn entries_are_the_roots_or_segments_with_an_unknown_caller() {
    assert_eq!(entries(&compile(&[FRONT, BACK])), ["front"]);
    assert_eq!(entries(&compile(&[BACK])), ["back"]);
}

#[test]
fn a_segment_whose_caller_is_an_orphan_is_an_entry() {
    let call = r#"{TRACE,"type":"subsegment","id":"000000000000000f","parent_id":"00000000000000ff","name":"lost","start_time":2,"end_time":8,
        "subsegments":[{"id":"000000000000000b","name":"back:80","namespace":"remote","start_time":2,"end_time":8}]}"#;
    let trace = compile(&[call, BACK]);
    assert_eq!(
        shape(&trace),
        ["lost without parent", ".back:80", "back", ".gen"]
    );
    assert_eq!(entries(&trace), ["back"]);
    // An orphan alone has no segment to begin with.
    assert_eq!(entries(&compile(&[call])).len(), 0);
}

#[test]
fn segments_that_call_themselves_or_each_other_have_an_entry() {
    let segment = |id: &str, parent: &str, start: u32| {
        format!(
            r#"{{TRACE,"id":"00000000000000{id}","parent_id":"00000000000000{parent}","name":"{id}","start_time":{start},"end_time":9}}"#
        )
    };
    let own = segment("1a", "1a", 3);
    assert_eq!(entries(&compile(&[&own])), ["1a"]);
    let (one, other) = (segment("1b", "1c", 2), segment("1c", "1b", 1));
    assert_eq!(entries(&compile(&[&one, &other])), ["1c"]);
    // What calls itself was called by somebody who is not seen, what lies in a circle perhaps not.
    assert_eq!(entries(&compile(&[&one, &own, &other])), ["1a"]);
    assert_eq!(entries(&compile(&[FRONT, &one, &own, &other])), ["front"]);
}

#[test]
fn circles_are_cut_and_nothing_is_lost() {
    let part = |id: &str, parent: &str| {
        format!(
            r#"{{TRACE,"type":"subsegment","id":"00000000000000{id}","parent_id":"00000000000000{parent}","name":"{id}","start_time":4,"end_time":5}}"#
        )
    };
    let (a, b, own) = (part("0a", "0b"), part("0b", "0a"), part("0c", "0c"));
    let trace = compile(&[&b, &own, &a]);
    assert_eq!(
        shape(&trace),
        ["0a without parent", ".0b", "0c without parent"]
    );
}

#[test]
fn a_chain_of_thousands_is_kept_but_not_nested() {
    let parts: Vec<String> = (1..=5_000)
        .map(|id| {
            let (kind, parent) = if id == 1 {
                (String::new(), String::new())
            } else {
                (
                    r#""type":"subsegment","#.to_owned(),
                    format!(r#""parent_id":"{:016x}","#, id - 1),
                )
            };
            format!(
                r#"{{TRACE,{kind}{parent}"id":"{id:016x}","name":"n","start_time":{id},"end_time":9999}}"#
            )
        })
        .collect();
    let texts: Vec<&str> = parts.iter().rev().map(String::as_str).collect();
    let trace = compile(&texts);
    assert_eq!(trace.segments.len(), 1);
    assert_eq!(trace.walk().count(), 5_000);
    assert_eq!(trace.walk().map(|place| place.depth).max(), Some(MAX_DEPTH));
}

/// One trace in pieces: which subsegments are sent by themselves, which segments are announced first,
/// and in which order all that arrives. Without its root only the root's call is sent.
fn pieces(has_root: bool, independent: &[bool], announced: &[bool], order: &[u32]) -> Vec<String> {
    let mut documents = Vec::new();
    for (service, (&is_independent, &is_announced)) in independent.iter().zip(announced).enumerate()
    {
        let parent = match service {
            0 => String::new(),
            _ => format!(r#""parent_id":"{:016x}","#, 100 + service - 1),
        };
        let (id, start) = (service + 1, 10 + service);
        let head =
            format!(r#"TRACE,{parent}"id":"{id:016x}","name":"s{service}","start_time":{start}"#);
        let comes = has_root || service > 0;
        if is_announced && comes {
            documents.push(format!(r#"{{{head},"in_progress":true}}"#));
        }
        let call = format!(
            r#""id":"{:016x}","name":"call","namespace":"remote","start_time":{start}.5,"end_time":90"#,
            100 + service
        );
        let within = format!(
            r#"{{"id":"{:016x}","name":"within","start_time":{start}.6,"end_time":80}}"#,
            200 + service
        );
        if is_independent || !comes {
            if comes {
                documents.push(format!(r#"{{{head},"end_time":99}}"#));
            }
            documents.push(format!(r#"{{TRACE,"type":"subsegment","parent_id":"{id:016x}",{call},"subsegments":[{within}]}}"#));
        } else {
            documents.push(format!(
                r#"{{{head},"end_time":99,"subsegments":[{{{call},"subsegments":[{within}]}}]}}"#
            ));
        }
    }
    let mut keyed: Vec<_> = documents.into_iter().zip(order.iter().cycle()).collect();
    keyed.sort_by_key(|(_, key)| **key);
    keyed.into_iter().map(|(document, _)| document).collect()
}

proptest::proptest! {
    #[test]
    fn any_order_and_any_split_give_the_same_trace(
        has_root in proptest::bool::ANY,
        independent in proptest::collection::vec(proptest::bool::ANY, 5),
        announced in proptest::collection::vec(proptest::bool::ANY, 5),
        order in proptest::collection::vec(0..1_000_u32, 17),
    ) {
        let documents = pieces(has_root, &independent, &announced, &order);
        let texts: Vec<&str> = documents.iter().map(String::as_str).collect();
        let plain = pieces(has_root, &[false; 5], &[false; 5], &[0]);
        let plain: Vec<&str> = plain.iter().map(String::as_str).collect();
        let trace = compile(&texts);
        proptest::prop_assert_eq!(&trace, &compile(&plain));
        proptest::prop_assert_eq!(entries(&trace), [if has_root { "s0" } else { "s1" }]);
    }
}
