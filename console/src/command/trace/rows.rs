//! The lines of a timeline, as on the page: headings of services and, below them, the tree of each segment.

use segment::{
    Document, Time,
    document::{AWS, Cause, REMOTE},
    tree::Trace,
};

/// One line.
#[derive(Debug)]
pub(super) enum Row<'t> {
    /// The name of a service and its type, if that is known.
    Service(&'t str, &'t str),
    /// The heading of segments whose parent has not arrived.
    MissingParent,
    /// A segment or a subsegment.
    Node(Node<'t>),
    /// Why the node above failed.
    Cause(usize, String),
}

/// A segment or a subsegment, and its position in the tree.
#[derive(Debug)]
pub(super) struct Node<'t> {
    pub(super) document: &'t Document<'static>,
    pub(super) kind: Kind,
    pub(super) outcome: Outcome,
    /// For each level of the tree, whether it continues below this line.
    pub(super) goes_on: Vec<bool>,
}

/// The kind of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A segment that a service sent.
    Segment,
    /// Local work.
    Local,
    /// A call to another service.
    Remote,
    /// A segment inferred from its caller.
    Inferred,
}

/// Its result: a throttle is an error too, and a fault takes precedence over both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Ok,
    Error,
    Throttle,
    Fault,
}

/// Segments under one heading.
struct Group<'t> {
    name: &'t str,
    kind: &'t str,
    is_missing: bool,
    segments: Vec<&'t Document<'static>>,
}

/// Returns the lines of a trace.
pub(super) fn rows<'t>(trace: &'t Trace<'static>) -> Vec<Row<'t>> {
    let mut rows = Vec::new();
    for group in groups(trace) {
        rows.push(if group.is_missing {
            Row::MissingParent
        } else {
            Row::Service(group.name, group.kind)
        });
        for segment in group.segments {
            add(segment, &[], &mut rows);
        }
    }
    rows
}

impl Node<'_> {
    /// Returns its end; none if it is in progress and lasts longer than everything else.
    pub(super) fn end(&self) -> Option<Time> {
        self.document
            .end_time
            .filter(|_| !self.document.in_progress)
    }

    /// Returns the status of the response.
    pub(super) fn status(&self) -> Option<i64> {
        let response = self.document.http.as_ref()?.response.as_ref()?;
        response.status
    }
}

impl Outcome {
    /// Reads it from a document.
    pub(super) fn of(document: &Document<'_>) -> Self {
        match (document.fault, document.throttle, document.error) {
            (true, ..) => Self::Fault,
            (_, true, _) => Self::Throttle,
            (.., true) => Self::Error,
            _ => Self::Ok,
        }
    }
}

fn groups<'t>(trace: &'t Trace<'static>) -> Vec<Group<'t>> {
    let mut groups: Vec<Group<'t>> = Vec::new();
    for segment in &trace.segments {
        let is_missing = trace.misses_parent(segment);
        let name = segment.name.as_ref();
        let kind = segment.origin.as_deref();
        let kind = kind.unwrap_or(if segment.inferred { REMOTE } else { "" });
        let is_its = |group: &&mut Group<'_>| {
            is_missing && group.is_missing
                || !is_missing && !group.is_missing && (group.name, group.kind) == (name, kind)
        };
        match groups.iter_mut().find(is_its) {
            Some(group) => group.segments.push(segment),
            None => groups.push(Group {
                name,
                kind,
                is_missing,
                segments: vec![segment],
            }),
        }
    }
    groups.sort_by_key(|group| group.is_missing);
    groups
}

/// The tree is at most as deep as `segment::tree::MAX_DEPTH`.
fn add<'t>(document: &'t Document<'static>, goes_on: &[bool], rows: &mut Vec<Row<'t>>) {
    rows.push(Row::Node(Node {
        document,
        kind: kind(document),
        outcome: Outcome::of(document),
        goes_on: goes_on.to_vec(),
    }));
    rows.extend(cause(document).map(|words| Row::Cause(goes_on.len(), words)));
    let last = document.subsegments.len().saturating_sub(1);
    for (index, subsegment) in document.subsegments.iter().enumerate() {
        let below: Vec<_> = goes_on.iter().copied().chain([index < last]).collect();
        add(subsegment, &below, rows);
    }
}

fn kind(document: &Document<'_>) -> Kind {
    match document.namespace.as_deref() {
        Some(AWS | REMOTE) => Kind::Remote,
        _ if document.inferred => Kind::Inferred,
        _ if document.is_subsegment => Kind::Local,
        _ => Kind::Segment,
    }
}

/// The outermost exception; a cause that is recorded elsewhere is shown there.
fn cause(document: &Document<'_>) -> Option<String> {
    let Some(Cause::Exceptions(exceptions)) = &document.cause else {
        return None;
    };
    let first = exceptions.exceptions.first()?;
    let parts = [first.kind.as_deref(), first.message.as_deref()];
    let parts: Vec<_> = parts
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect();
    (!parts.is_empty()).then(|| parts.join(": "))
}
