//! A trace as text.

use std::time::Duration;

use segment::{Document, Time, tree::Trace};

use super::{
    bars,
    rows::{Kind, Node, Outcome, Row, rows},
};
use crate::command::{
    terminal::{Colour, Style, cut, pad, plain, width},
    utc::utc,
};

/// From this width on there are bars; from the other, the status of responses.
const BARS_FROM: usize = 60;
const STATUS_FROM: usize = 34;
/// The share of the names' column, and its bounds.
const NAMES_SHARE: usize = 3;
const NAMES: (usize, usize) = (24, 48);
const STATUS: usize = 4;
const IN_PROGRESS: &str = "in progress";
/// The same for few columns.
const IN_PROGRESS_SHORT: &str = "…";

/// The columns of a timeline; 0 for those that do not fit.
#[derive(Debug, Clone, Copy)]
struct Layout {
    name: usize,
    status: usize,
    duration: usize,
    bar: usize,
}

/// The trace's time and how to write.
struct Canvas {
    layout: Layout,
    style: Style,
    start: Time,
    whole: Duration,
}

/// Returns the timeline of a trace; no line is wider than `style.columns`.
pub(super) fn draw(trace: &Trace<'static>, style: Style) -> String {
    let rows = rows(trace);
    let start = trace.start().unwrap_or_default();
    let canvas = Canvas {
        layout: Layout::of(&rows, style.columns),
        style,
        start,
        whole: trace.duration(),
    };
    let mut lines = head(trace, style);
    lines.push(canvas.axis());
    lines.extend(rows.iter().map(|row| canvas.line(row)));
    lines.extend(legend(&rows, style));
    lines.join("\n") + "\n"
}

/// The head: the request, the response, the duration, and the start time.
fn head(trace: &Trace<'static>, style: Style) -> Vec<String> {
    let mut facts = Vec::new();
    if let Some(entry) = trace.entries().next().or(trace.segments.first()) {
        facts.push(request(entry));
        facts.push(answer(entry));
    }
    facts.push(bars::words(trace.duration()));
    if trace.is_partial() {
        facts.push(IN_PROGRESS.to_owned());
    }
    facts.push(utc(trace.start().unwrap_or_default()));
    facts.retain(|fact| !fact.is_empty());
    let id = trace.id.to_string();
    vec![
        style.paint(Colour::Bold, &cut(&id, style.columns)),
        cut(&plain(&facts.join(" · ")), style.columns).into_owned(),
        String::new(),
    ]
}

fn request(entry: &Document<'_>) -> String {
    let request = entry.http.as_ref().and_then(|http| http.request.as_ref());
    let parts = request.map(|request| [request.method.as_deref(), request.url.as_deref()]);
    let parts: Vec<_> = parts.into_iter().flatten().flatten().collect();
    if parts.is_empty() {
        return entry.name.to_string();
    }
    parts.join(" ")
}

fn answer(entry: &Document<'_>) -> String {
    let response = entry.http.as_ref().and_then(|http| http.response.as_ref());
    let status = response.and_then(|response| response.status);
    status.map_or_else(String::new, |status| status.to_string())
}

impl Layout {
    fn of(rows: &[Row<'_>], columns: usize) -> Self {
        let durations = rows.iter().filter_map(|row| match row {
            Row::Node(node) => Some(width(&duration(node, columns))),
            _ => None,
        });
        let duration = durations.max().unwrap_or(0);
        let status = if columns < STATUS_FROM { 0 } else { STATUS };
        // The sign before it, and a space between columns.
        let taken = 2 + status + 1 + duration;
        let free = columns.saturating_sub(taken);
        if columns < BARS_FROM {
            return Self {
                name: free,
                status,
                duration,
                bar: 0,
            };
        }
        let name = (columns / NAMES_SHARE).clamp(NAMES.0, NAMES.1);
        Self {
            name,
            status,
            duration,
            bar: free.saturating_sub(name + 2),
        }
    }
}

impl Canvas {
    fn axis(&self) -> String {
        let Layout {
            name,
            status,
            duration,
            bar,
        } = self.layout;
        if bar == 0 {
            return String::new();
        }
        let indent = " ".repeat(2 + name + status + 1 + duration + 2);
        let axis = indent + &bars::axis(self.whole, bar);
        self.style.paint(Colour::Dim, axis.trim_end())
    }

    fn line(&self, row: &Row<'_>) -> String {
        let columns = self.style.columns;
        match row {
            Row::Service(name, kind) => {
                let name = cut(&plain(name), columns).into_owned();
                let room = columns.saturating_sub(width(&name) + 2);
                let kind = cut(&plain(kind), room).into_owned();
                let line = self.style.paint(Colour::Bold, &name);
                if kind.is_empty() {
                    return line;
                }
                format!("{line}  {}", self.style.paint(Colour::Dim, &kind))
            }
            Row::MissingParent => {
                let words = "missing parent: the caller's part has not arrived";
                self.style.paint(Colour::Yellow, &cut(words, columns))
            }
            Row::Cause(depth, words) => {
                let indent = " ".repeat((2 + 2 * depth).min(columns / 2));
                let words = format!("{indent}{}", plain(words));
                self.style.paint(Colour::Red, &cut(&words, columns))
            }
            Row::Node(node) => self.node(node),
        }
    }

    fn node(&self, node: &Node<'_>) -> String {
        let (sign, colour) = sign(node.outcome);
        let Layout {
            name,
            status,
            duration: room,
            bar,
        } = self.layout;
        let mut line = self.style.paint(colour, sign) + " ";
        let tree = tree(node, name);
        line += &pad(&(tree + &plain(&node.document.name)), name);
        if status > 0 {
            let text = node
                .status()
                .map_or_else(|| "–".to_owned(), |status| status.to_string());
            line += &right(&text, status);
        }
        line += " ";
        line += &right(&duration(node, self.style.columns), room);
        if bar > 0 {
            line += "  ";
            line += &self.bar(node, bar);
        }
        line.trim_end().to_owned()
    }

    fn bar(&self, node: &Node<'_>, columns: usize) -> String {
        let from = node.document.start_time.since(self.start);
        let to = node.end().map_or(self.whole, |end| end.since(self.start));
        let span = bars::span(from, to, self.whole, columns);
        let (letter, colour) = match node.kind {
            Kind::Segment => ("█", Colour::Blue),
            Kind::Local => ("▓", Colour::Cyan),
            Kind::Remote => ("▒", Colour::Blue),
            Kind::Inferred => ("░", Colour::Blue),
        };
        let mut bar = letter.repeat(span.len());
        if node.end().is_none() {
            bar.pop();
            bar.push('›');
        }
        " ".repeat(span.start) + &self.style.paint(colour, &bar)
    }
}

/// The legend of signs and bars, without the usual ones.
fn legend(rows: &[Row<'_>], style: Style) -> Option<String> {
    let has = |wanted: &dyn Fn(&Node<'_>) -> bool| {
        rows.iter()
            .any(|row| matches!(row, Row::Node(node) if wanted(node)))
    };
    let parts = [
        (has(&|node| node.outcome == Outcome::Error), "! error"),
        (has(&|node| node.outcome == Outcome::Throttle), "‖ throttle"),
        (has(&|node| node.outcome == Outcome::Fault), "✕ fault"),
        (has(&|node| node.end().is_none()), "› in progress"),
        (
            has(&|node| node.kind == Kind::Inferred),
            "░ inferred from its caller",
        ),
    ];
    let parts: Vec<_> = parts.iter().filter(|(is_there, _)| *is_there).collect();
    let words: Vec<_> = parts.iter().map(|(_, words)| *words).collect();
    let line = cut(&words.join("   "), style.columns).into_owned();
    (!line.is_empty()).then(|| format!("\n{}", style.paint(Colour::Dim, &line)))
}

fn sign(outcome: Outcome) -> (&'static str, Colour) {
    match outcome {
        Outcome::Ok => ("✓", Colour::Green),
        Outcome::Error => ("!", Colour::Yellow),
        Outcome::Throttle => ("‖", Colour::Magenta),
        Outcome::Fault => ("✕", Colour::Red),
    }
}

/// The lines of the tree before a name. At most half of the column, because the name is more important.
fn tree(node: &Node<'_>, room: usize) -> String {
    let Some((last, above)) = node.goes_on.split_last() else {
        return String::new();
    };
    let above = above
        .iter()
        .map(|goes_on| if *goes_on { "│ " } else { "  " });
    let lines: String = above.chain([if *last { "├ " } else { "└ " }]).collect();
    let depth = lines.chars().count();
    let most = (room / 2).max(2);
    if depth <= most {
        return lines;
    }
    lines.chars().skip(depth - most).collect()
}

fn duration(node: &Node<'_>, columns: usize) -> String {
    match node.end() {
        Some(end) => bars::words(end.since(node.document.start_time)),
        None if columns < BARS_FROM => IN_PROGRESS_SHORT.to_owned(),
        None => IN_PROGRESS.to_owned(),
    }
}

fn right(text: &str, columns: usize) -> String {
    let missing = columns.saturating_sub(width(text));
    " ".repeat(missing) + text
}

#[cfg(test)]
mod tests;
