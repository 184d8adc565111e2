//! No circle of files: what uses what, as `uses.rs` says it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{source::Source, uses::Use};

/// The files of a circle that there still is, in the order of the alphabet.
pub(crate) type Tolerated = &'static [&'static str];

/// Circles that are about to go. An entry that is no circle any more fails the check.
pub(crate) const TOLERATED: &[Tolerated] = &[
    &[
        "segment/src/mapping/attributes.rs",
        "segment/src/mapping/name.rs",
    ],
    &[
        "segment/src/mapping/metadata.rs",
        "segment/src/mapping/resource.rs",
    ],
    &[
        "xray/src/client.rs",
        "xray/src/server.rs",
        "xray/src/subsegment.rs",
        "xray/src/tracing.rs",
    ],
    &["xray/src/config.rs", "xray/src/sampler.rs"],
    &["xray/src/sampling/rules.rs", "xray/src/sampling/targets.rs"],
];

type Files<'s> = BTreeSet<&'s str>;

/// Returns what is wrong with the files of some crates.
pub(crate) fn check(sources: &[Source], tolerated: &[Tolerated]) -> Vec<String> {
    let mut gone = tolerated.to_vec();
    let mut wrong = Vec::new();
    for source in sources {
        let uses = source.uses();
        for circle in circles(source, &uses) {
            let is_this = |files: &Tolerated| circle.iter().eq(*files);
            match gone.iter().position(is_this) {
                Some(position) => drop(gone.remove(position)),
                None => wrong.push(describe(&circle, &uses)),
            }
        }
    }
    wrong.extend(gone.iter().map(|files| {
        let files = files.join(", ");
        format!("{files} are no circle any more; take them from TOLERATED in circles.rs")
    }));
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
