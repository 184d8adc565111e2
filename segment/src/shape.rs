//! The shape of traces: who called whom and how it went, without ids and times.

use std::{collections::BTreeMap, fmt};

use crate::{Document, TraceId, tree::Trace};

/// The trees of some traces, written one segment or subsegment a line, each indented below what it belongs to:
///
/// ```text
/// shop
///   work
///   bank (remote, fault)
///     bank
/// ```
///
/// In brackets stands what is not as usual, in this order: the namespace (`remote`, `aws`), `in progress`,
/// `error`, `throttle`, `fault`, and `orphan` for a subsegment whose parent is missing. Siblings are in no
/// order: two shapes are equal if the same lines belong below the same lines.
///
/// ```
/// use segment::shape::Shape;
///
/// let shape = Shape::parse("shop\n  work\n  bank (remote, fault)");
/// assert_eq!(shape, Shape::parse("shop\n    bank (remote, fault)\n    work"));
/// assert_eq!(shape.to_string(), "shop\n  bank (remote, fault)\n  work\n");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Shape {
    lines: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    text: String,
    below: Shape,
}

impl Shape {
    /// Returns the shape of documents of any number of traces, in any order.
    pub fn of(documents: &[Document<'static>]) -> Self {
        let mut traces: BTreeMap<TraceId, Vec<_>> = BTreeMap::new();
        for document in documents {
            let trace_id = document.trace_id.into_iter();
            trace_id.for_each(|id| traces.entry(id).or_default().push(document.clone()));
        }
        let shapes = traces.into_iter().map(|(id, documents)| {
            let trace = Trace::compile(id, documents);
            let is_root = |segment: &&Document<'static>| {
                segment.parent_id.is_none() || trace.misses_parent(segment)
            };
            let roots = trace.segments.iter().filter(is_root);
            let line = |root| line(&trace, root, root.is_subsegment);
            roots.map(line).collect::<Vec<_>>()
        });
        Self::sorted(shapes.flatten().collect())
    }

    /// Reads what [`Shape`] writes; any deeper indentation than that of the line above is one level deeper.
    pub fn parse(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let mut lines = lines
            .map(|line| (line.len() - line.trim_start().len(), line.trim()))
            .peekable();
        let mut all = Vec::new();
        while let Some((indent, _)) = lines.peek().copied() {
            all.extend(parse(&mut lines, indent));
        }
        Self::sorted(all)
    }

    fn sorted(mut lines: Vec<Line>) -> Self {
        lines.sort();
        Self { lines }
    }

    fn write(&self, depth: usize, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.lines {
            writeln!(formatter, "{:1$}{2}", "", depth * 2, line.text)?;
            line.below.write(depth + 1, formatter)?;
        }
        Ok(())
    }
}

impl fmt::Display for Shape {
    /// Writes one line for each segment and subsegment, siblings by name.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(0, formatter)
    }
}

/// Reads the lines that are indented by at least `indent`.
fn parse<'t>(
    lines: &mut std::iter::Peekable<impl Iterator<Item = (usize, &'t str)>>,
    indent: usize,
) -> Vec<Line> {
    let mut siblings = Vec::new();
    while let Some((_, text)) = lines.next_if(|(at, _)| *at >= indent) {
        let deeper = lines.peek().map(|(at, _)| *at).filter(|at| *at > indent);
        let below = deeper
            .map(|deeper| parse(lines, deeper))
            .unwrap_or_default();
        siblings.push(Line {
            text: text.to_owned(),
            below: Shape::sorted(below),
        });
    }
    siblings
}

fn line(trace: &Trace<'static>, document: &Document<'static>, is_orphan: bool) -> Line {
    let called = trace.callees(document.id).filter(|callee| !callee.inferred);
    let below = document.subsegments.iter().chain(called);
    Line {
        text: text(document, is_orphan),
        below: Shape::sorted(below.map(|document| line(trace, document, false)).collect()),
    }
}

fn text(document: &Document<'_>, is_orphan: bool) -> String {
    let flags = [
        (document.in_progress, "in progress"),
        (document.error, "error"),
        (document.throttle, "throttle"),
        (document.fault, "fault"),
        (is_orphan, "orphan"),
    ];
    let flags = flags.iter().filter(|(is_set, _)| *is_set);
    let words: Vec<_> = document
        .namespace
        .as_deref()
        .into_iter()
        .chain(flags.map(|(_, word)| *word))
        .collect();
    match words.as_slice() {
        [] => document.name.to_string(),
        words => format!("{} ({})", document.name, words.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(json: &str) -> Document<'static> {
        Document::decode(json).unwrap()
    }

    #[test]
    fn documents_in_any_order_have_one_shape() {
        let shop = r#"{"trace_id":"1-5f84c7a1-e7d1852db8c4fd35d88bf49a","id":"0000000000000001","name":"shop","start_time":1,"end_time":9,
            "fault":true,"subsegments":[
                {"id":"0000000000000002","name":"bank","namespace":"remote","start_time":2,"end_time":3,"error":true,"throttle":true},
                {"id":"0000000000000003","name":"bank.example","namespace":"remote","start_time":2,"end_time":3}]}"#;
        let bank = r#"{"trace_id":"1-5f84c7a1-e7d1852db8c4fd35d88bf49a","id":"0000000000000004","parent_id":"0000000000000003","name":"bank","start_time":2,"end_time":3}"#;
        let late = r#"{"trace_id":"1-5f84c7a1-e7d1852db8c4fd35d88bf49a","id":"0000000000000005","parent_id":"0000000000000001","type":"subsegment","name":"late","start_time":2,"in_progress":true}"#;
        let lost = r#"{"trace_id":"1-5f84c7a1-e7d1852db8c4fd35d88bf49b","id":"0000000000000006","parent_id":"0000000000000007","type":"subsegment","name":"lost","start_time":2,"end_time":3}"#;
        let mut documents = [shop, bank, late, lost].map(document);
        let expected = "
            lost (orphan)
            shop (fault)
               late (in progress)
               bank.example (remote)
                 bank
               bank (remote, error, throttle)";
        assert_eq!(Shape::of(&documents), Shape::parse(expected));
        documents.reverse();
        let written = Shape::of(&documents).to_string();
        assert_eq!(
            written,
            "lost (orphan)\nshop (fault)\n  bank (remote, error, throttle)\n  bank.example (remote)\n    bank\n  late (in progress)\n"
        );
        assert_eq!(Shape::parse(&written).to_string(), written);
    }

    #[test]
    fn the_depth_of_a_line_counts() {
        for (left, right) in [
            ("a\n b\n c", "a\n b\n  c"),
            ("a\nb", "a\n b"),
            ("a\n b\nc", "a\nc"),
        ] {
            assert_ne!(Shape::parse(left), Shape::parse(right));
        }
        assert_eq!(
            Shape::parse("a\n c\n b\n"),
            Shape::parse("  a\n\n      b\n      c")
        );
    }
}
