//! Takes documents apart, keeps the best version of every piece, and assembles the pieces again.

use std::collections::BTreeMap;

use crate::{Document, SegmentId, Time, TraceId};

/// How deep subsegments nest in an assembled trace. A deeper one becomes a child of the subsegment at this depth:
/// every JSON reader has such a limit, usually 128 brackets.
pub const MAX_DEPTH: usize = 60;

/// A segment and a subsegment may have the same id: some SDKs give both sides of a call one id.
type Key = (SegmentId, bool);

struct Piece<'a> {
    /// The document without its subsegments.
    document: Document<'a>,
    embedded: bool,
}

/// Returns the roots: segments, and subsegments without a parent, each with its subsegments.
pub(super) fn join<'a>(
    id: TraceId,
    documents: impl IntoIterator<Item = Document<'a>>,
) -> Vec<Document<'a>> {
    let mut pieces = take_apart(documents);
    pieces.sort_by_key(|piece| order(&piece.document));
    let levels = Levels::of(&pieces);
    let mut documents: Vec<_> = pieces
        .into_iter()
        .map(|piece| Some(piece.document))
        .collect();
    let mut roots = Vec::new();
    // From the last to the first: children are complete before they move into their parent.
    for step in levels.steps.into_iter().rev() {
        let Some(mut document) = documents[step.piece].take() else {
            continue;
        };
        document.subsegments.sort_by_key(order);
        if let Some(parent) = step.parent.and_then(|parent| documents[parent].as_mut()) {
            document.trace_id = None;
            document.parent_id = None;
            parent.subsegments.push(document);
        } else {
            document.trace_id = Some(id);
            roots.push(document);
        }
    }
    roots
}

/// Makes a segment whose id a call in another segment has the callee of that call: both are one span for Zipkin, whose
/// sides share it.
pub(super) fn answer_calls_of_one_id(segments: &mut [Document<'_>]) {
    let ids: BTreeMap<SegmentId, usize> = segments
        .iter()
        .enumerate()
        .filter(|(_, segment)| !segment.is_subsegment)
        .map(|(index, segment)| (segment.id, index))
        .collect();
    if ids.len() < 2 {
        return;
    }
    let mut called: Vec<usize> = Vec::new();
    for (index, segment) in segments.iter().enumerate() {
        let mut stack = vec![segment];
        while let Some(call) = stack.pop() {
            stack.extend(&call.subsegments);
            called.extend(ids.get(&call.id).filter(|callee| **callee != index));
        }
    }
    for callee in called {
        segments[callee].parent_id = Some(segments[callee].id);
    }
}

fn take_apart<'a>(documents: impl IntoIterator<Item = Document<'a>>) -> Vec<Piece<'a>> {
    let mut pieces: Vec<Piece<'a>> = Vec::new();
    let mut index: BTreeMap<Key, usize> = BTreeMap::new();
    let mut stack = Vec::new();
    for document in documents {
        stack.push((document, None));
        while let Some((mut document, container)) = stack.pop() {
            let embedded = container.is_some();
            if embedded {
                document.is_subsegment = true;
                document.parent_id = container;
            }
            let children = std::mem::take(&mut document.subsegments);
            let container = Some(document.id);
            stack.extend(children.into_iter().rev().map(|child| (child, container)));
            let piece = Piece { document, embedded };
            match index.get(&piece.key()) {
                Some(known) if piece.rank() >= pieces[*known].rank() => pieces[*known] = piece,
                Some(_) => {}
                None => {
                    index.insert(piece.key(), pieces.len());
                    pieces.push(piece);
                }
            }
        }
    }
    pieces
}

impl Piece<'_> {
    fn key(&self) -> Key {
        (self.document.id, self.document.is_subsegment)
    }

    /// The version of a piece with the highest rank counts.
    fn rank(&self) -> (bool, Option<Time>, bool) {
        (
            !self.document.in_progress,
            self.document.end_time,
            self.embedded,
        )
    }
}

/// All pieces, parents before their children.
struct Levels {
    steps: Vec<Step>,
    seen: Vec<bool>,
}

#[derive(Clone, Copy)]
struct Step {
    piece: usize,
    parent: Option<usize>,
    depth: usize,
}

impl Levels {
    /// Takes sorted pieces.
    fn of(pieces: &[Piece<'_>]) -> Self {
        let children = children(pieces);
        let mut levels = Self {
            steps: Vec::with_capacity(pieces.len()),
            seen: vec![false; pieces.len()],
        };
        for root in children.roots {
            levels.add(root, &children.of);
        }
        // The remaining pieces form circles; the earliest piece becomes a root.
        for piece in 0..pieces.len() {
            levels.add(piece, &children.of);
        }
        levels
    }

    fn add(&mut self, root: usize, children: &[Vec<usize>]) {
        if std::mem::replace(&mut self.seen[root], true) {
            return;
        }
        let mut next = self.steps.len();
        self.steps.push(Step {
            piece: root,
            parent: None,
            depth: 0,
        });
        while let Some(step) = self.steps.get(next).copied() {
            next += 1;
            let parent = if step.depth < MAX_DEPTH {
                Some(step.piece)
            } else {
                step.parent
            };
            for &piece in &children[step.piece] {
                if !std::mem::replace(&mut self.seen[piece], true) {
                    let depth = (step.depth + 1).min(MAX_DEPTH);
                    self.steps.push(Step {
                        piece,
                        parent,
                        depth,
                    });
                }
            }
        }
    }
}

struct Children {
    roots: Vec<usize>,
    /// For each piece.
    of: Vec<Vec<usize>>,
}

fn children(pieces: &[Piece<'_>]) -> Children {
    let places: BTreeMap<Key, usize> = pieces
        .iter()
        .enumerate()
        .map(|(place, piece)| (piece.key(), place))
        .collect();
    let mut children = Children {
        roots: Vec::new(),
        of: vec![Vec::new(); pieces.len()],
    };
    for (place, piece) in pieces.iter().enumerate() {
        let document = &piece.document;
        let parent = document.parent_id.filter(|_| document.is_subsegment);
        let parent = parent.and_then(|id| places.get(&(id, false)).or(places.get(&(id, true))));
        match parent {
            Some(parent) => children.of[*parent].push(place),
            None => children.roots.push(place),
        }
    }
    children
}

/// The order of segments and subsegments.
pub(super) fn order(document: &Document<'_>) -> (Time, SegmentId, bool) {
    (document.start_time, document.id, document.is_subsegment)
}
