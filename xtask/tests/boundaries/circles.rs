//! No circle of files: what uses what, as `uses.rs` says it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{source::Source, uses::Use};

type Files<'s> = BTreeSet<&'s str>;

/// Returns the circles in some crates, each described.
pub(crate) fn check(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for source in sources {
        let uses = source.uses();
        let circles = circles(source, &uses);
        wrong.extend(circles.iter().map(|circle| describe(circle, &uses)));
    }
    wrong
}

/// Returns the circles, each as its files.
fn circles<'s>(source: &'s Source, uses: &'s [Use]) -> Vec<Files<'s>> {
    let named = uses.iter();
    let named = named.map(|one| (one.from.as_str(), one.to.as_str()));
    let mut next: BTreeMap<&str, Files<'_>> = BTreeMap::new();
    for (from, to) in named.chain(source.declared()) {
        next.entry(from).or_default().insert(to);
    }
    let reached = |from: &&'s str| (*from, reach(from, &next));
    let reached: BTreeMap<&str, Files<'_>> = next.keys().map(reached).collect();
    let leads_to = |from: &str, to: &str| reached.get(from).is_some_and(|files| files.contains(to));
    let mut circles = BTreeSet::new();
    for (file, files) in &reached {
        if files.contains(file) {
            let leads_back = |other: &&str| leads_to(other, file);
            circles.insert(files.iter().copied().filter(leads_back).collect());
        }
    }
    circles.into_iter().collect()
}

fn reach<'s>(file: &str, next: &BTreeMap<&str, Files<'s>>) -> Files<'s> {
    let mut reached = Files::new();
    let mut open = vec![file];
    while let Some(file) = open.pop() {
        for to in next.get(file).into_iter().flatten() {
            if reached.insert(*to) {
                open.push(to);
            }
        }
    }
    reached
}

fn describe(circle: &Files<'_>, uses: &[Use]) -> String {
    let is_within = |file: &String| circle.contains(file.as_str());
    let within = uses
        .iter()
        .filter(|one| is_within(&one.from) && is_within(&one.to));
    let mut lines = vec![format!(
        "{} files use each other in a circle:",
        circle.len()
    )];
    lines.extend(within.map(|one| {
        let Use {
            from,
            line,
            path,
            to,
        } = one;
        format!("  {from}:{line}: {path} is in {to}")
    }));
    lines.join("\n")
}
