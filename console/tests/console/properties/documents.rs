//! The documents of random traces, whole or in pieces.

use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
};
use serde_json::{Map, Value, json};

pub(super) const TRACE: &str = "1-5f84c7a1-e7d1852db8c4fd35d88bf49a";

/// A segment or a subsegment of a random trace, and how it is sent.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// One of those before it: what it belongs to, or what called it.
    parent: Index,
    kind: Kind,
    /// What it says besides its identity.
    says: usize,
    /// Whether a subsegment is sent by itself.
    is_split: bool,
    /// Whether what is sent by itself is announced first.
    is_announced: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Segment(&'static str),
    Call(&'static str, &'static str),
    Work,
}

const KINDS: [Kind; 8] = [
    Kind::Segment("front"),
    Kind::Segment("back"),
    Kind::Segment("back"),
    Kind::Call("remote", "back"),
    Kind::Call("remote", "bank"),
    Kind::Call("aws", "DynamoDB"),
    Kind::Work,
    Kind::Work,
];

fn says() -> Vec<Value> {
    vec![
        json!({}),
        json!({ "error": true, "http": { "request": { "method": "GET", "url": "http://shop/a" }, "response": { "status": 404 } } }),
        json!({ "error": true, "throttle": true, "annotations": { "tier": "gold", "size": 7 } }),
        json!({ "fault": true, "cause": { "exceptions": [{ "type": "Bad", "message": "no cart" }] } }),
        json!({ "user": "ann", "origin": "AWS::EKS::Container", "annotations": { "tier": "silver", "vip": true, "size": 1.5 } }),
        json!({ "aws": { "account_id": "123456789012", "table_name": "scores", "ec2": { "instance_id": "i-1", "availability_zone": "a" } } }),
        json!({ "http": { "request": { "url": "http://bank/b", "traced": true }, "response": { "status": 200 } }, "sql": { "url": "db" } }),
        json!({ "links": [{ "trace_id": TRACE, "id": "0000000000000001" }], "precursor_ids": ["0000000000000002"] }),
    ]
}

pub(super) fn nodes() -> impl Strategy<Value = Vec<Node>> {
    let node = (
        any::<Index>(),
        select(KINDS.to_vec()),
        0..says().len(),
        any::<bool>(),
        any::<bool>(),
    );
    let node = node.prop_map(|(parent, kind, says, is_split, is_announced)| Node {
        parent,
        kind,
        says,
        is_split,
        is_announced,
    });
    vec(node, 1..12)
}

fn id(node: usize) -> String {
    format!("{:016x}", node + 1)
}

/// Whether the first segment of a trace comes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Root {
    Comes,
    Lost,
}

/// The documents of a trace: as its nodes say, or (`plain`) one for each segment and for each subsegment
/// whose parent is lost.
pub(super) fn documents(nodes: &[Node], is_plain: bool, root: Root) -> Vec<String> {
    let kind = |node: usize| {
        if node == 0 {
            Kind::Segment("front")
        } else {
            nodes[node].kind
        }
    };
    let parent = |node: usize| nodes[node].parent.index(node);
    let is_lost = |node: usize| node == 0 && root == Root::Lost;
    let is_sent = |node: usize| {
        matches!(kind(node), Kind::Segment(_))
            || nodes[node].is_split && !is_plain
            || is_lost(parent(node))
    };
    let mut parts: Vec<Map<String, Value>> = (0..nodes.len())
        .map(|node| {
            let mut part = says()[nodes[node].says].as_object().unwrap().clone();
            let (name, namespace) = match kind(node) {
                Kind::Segment(name) => (name, None),
                Kind::Call(namespace, name) => (name, Some(namespace)),
                Kind::Work => ("work", None),
            };
            let of_itself = json!({ "id": id(node), "name": name, "start_time": 10 + node, "end_time": 100.25 - f64::from(u32::try_from(node).unwrap()) });
            part.extend(of_itself.as_object().unwrap().clone());
            namespace.map(|namespace| part.insert("namespace".to_owned(), namespace.into()));
            part
        })
        .collect();
    let mut sent = Vec::new();
    // Children come behind their parents, so from the last on each one is complete when it is taken.
    for node in (0..nodes.len()).rev() {
        let mut part = std::mem::take(&mut parts[node]);
        if is_lost(node) {
            continue;
        }
        if !is_sent(node) {
            let siblings = parts[parent(node)]
                .entry("subsegments")
                .or_insert_with(|| json!([]));
            siblings.as_array_mut().unwrap().push(part.into());
            continue;
        }
        part.insert("trace_id".to_owned(), TRACE.into());
        if node > 0 {
            part.insert("parent_id".to_owned(), id(parent(node)).into());
        }
        if !matches!(kind(node), Kind::Segment(_)) {
            part.insert("type".to_owned(), "subsegment".into());
        }
        if nodes[node].is_announced && !is_plain {
            let mut announced = part.clone();
            announced.remove("subsegments");
            announced.remove("end_time");
            announced.insert("in_progress".to_owned(), true.into());
            sent.push(Value::from(announced).to_string());
        }
        sent.push(Value::from(part).to_string());
    }
    sent
}
