//! The picture in `ARCHITECTURE.md`: its arrows are those of the code.

use std::collections::BTreeSet;

/// Who uses whom.
pub(crate) type Arrows = BTreeSet<(String, String)>;

/// Returns the arrows of the diagram in a text: lines of the form `a --> b & c`.
pub(crate) fn arrows(text: &str) -> Arrows {
    let diagram = text.split("```mermaid").nth(1).unwrap_or_default();
    let diagram = diagram.split("```").next().unwrap_or_default();
    let lines = diagram.lines().filter_map(|line| line.split_once("-->"));
    let arrows = lines.flat_map(|(from, to)| {
        let to = to.split('&').map(str::trim);
        to.map(move |to| (from.trim().to_owned(), to.to_owned()))
    });
    arrows.collect()
}

/// Returns how the picture differs from the code.
pub(crate) fn check(drawn: &Arrows, real: &Arrows) -> Vec<String> {
    let missing = real
        .difference(drawn)
        .map(|(from, to)| format!("ARCHITECTURE.md: {from} --> {to} is missing"));
    let gone = drawn
        .difference(real)
        .map(|(from, to)| format!("ARCHITECTURE.md: {from} --> {to} is not so"));
    missing.chain(gone).collect()
}
