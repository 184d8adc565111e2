//! `make boundaries`: which crate may depend on which, which room of the console and which module of its page may use which,
//! that no files use each other in a circle, and that the documents name what there is.
//!
//! The tables stand in `crates.rs` and `rooms.rs`; `uses.rs` says what counts as a use.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod circles;
mod crates;
mod made_up;
mod page;
mod paths;
mod picture;
mod rooms;
mod source;
mod uses;

use std::path::Path;

use crates::Metadata;
use picture::Arrows;
use source::{Source, from_disk};

const CONSOLE: &str = "console/src/lib.rs";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Fails with everything that is wrong.
#[track_caller]
fn nothing_is(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n\n{}\n", wrong.join("\n"));
}

#[test]
fn crates_depend_in_one_direction() {
    nothing_is(&Metadata::read(root()).check());
}

#[test]
fn rooms_of_the_console_use_only_those_below() {
    nothing_is(&rooms::check(
        &Source::read(CONSOLE, &from_disk(root())).unwrap(),
    ));
}

#[test]
fn folders_of_the_page_import_only_those_below() {
    page::check().unwrap();
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let roots = Metadata::read(root()).roots(root());
    let sources = roots
        .iter()
        .map(|file| Source::read(file, &from_disk(root())).unwrap());
    let sources: Vec<Source> = sources.collect();
    nothing_is(&circles::check(&sources));
}

#[test]
fn the_picture_has_the_arrows_of_the_code() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let is_drawn =
        |name: &str| !["console", "end-to-end", "segment-schema", "xtask"].contains(&name);
    let crates = Metadata::read(root()).arrows();
    let console = Source::read(CONSOLE, &from_disk(root())).unwrap();
    // A crate is written with an underscore where it is used.
    let arrows = rooms::arrows(&console).map(|(from, to)| (from, to.replace('_', "-")));
    let rooms = arrows.filter(|(_, to)| {
        rooms::ROOMS.iter().any(|room| room.name == to)
            || crates.contains(&("console".to_owned(), to.clone()))
    });
    let mut real: Arrows = rooms.collect();
    real.extend(
        crates
            .iter()
            .filter(|(from, to)| is_drawn(from) && is_drawn(to))
            .cloned(),
    );
    nothing_is(&picture::check(&picture::arrows(&text), &real));
}

#[test]
fn every_path_that_the_documents_name_exists() {
    let existing = paths::from_disk(root()).unwrap();
    let missing = paths::DOCUMENTS.into_iter().flat_map(|document| {
        let text = std::fs::read_to_string(root().join(document)).unwrap();
        paths::check(document, &text, &existing)
    });
    nothing_is(&missing.collect::<Vec<_>>());
}
