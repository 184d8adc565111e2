//! Which room of the console may use which.
//!
//! A room is a module of the console's crate root with all that is below it. The root itself may use them all.

use crate::source::Source;

/// A room, what of the console it may use, and which crates it must not use.
pub(crate) struct Room {
    pub(crate) name: &'static str,
    may_use: &'static [&'static str],
    not: &'static [&'static str],
    reason: &'static str,
}

/// From the top down.
pub(crate) const ROOMS: [Room; 5] = [
    Room {
        name: "run",
        may_use: &["command", "serve", "receive", "disk"],
        not: &["reqwest", "redb"],
        reason: "it puts the console together, and is no client",
    },
    Room {
        name: "command",
        may_use: &[],
        not: &["axum", "tower_http", "redb"],
        reason: "what is typed asks a console like any other client",
    },
    Room {
        name: "serve",
        may_use: &["receive", "disk"],
        not: &["clap", "reqwest", "redb"],
        reason: "handlers know neither the command line nor other servers",
    },
    Room {
        name: "receive",
        may_use: &["disk"],
        not: &["axum", "clap", "reqwest", "tower_http", "tonic", "redb"],
        reason: "documents come by more ways than HTTP",
    },
    Room {
        name: "disk",
        may_use: &[],
        not: &["axum", "clap", "reqwest", "tower_http", "tokio"],
        reason: "it keeps bytes, whatever they say and however they came",
    },
];

/// Returns what is wrong with the rooms of the console.
pub(crate) fn check(source: &Source) -> Vec<String> {
    let mut wrong = Vec::new();
    for (path, module) in &source.modules {
        if path.len() == 1 && room(path).is_none() {
            wrong.push(format!(
                "{}: no room is named {}; add it to rooms.rs, with what it may use",
                module.file, path[0]
            ));
        }
    }
    for used in source.uses() {
        let (Some(from), Some(to)) = (room_of(source, &used.from), room_of(source, &used.to))
        else {
            continue;
        };
        if from.name != to.name && !from.may_use.contains(&to.name) {
            let place = format!("{}:{}", used.from, used.line);
            wrong.push(format!(
                "{place}: {} must not use {}, as in {}: {}",
                from.name, to.name, used.path, from.reason
            ));
        }
    }
    for (file, named) in source.foreign() {
        let Some(from) = room_of(source, file) else {
            continue;
        };
        if from.not.contains(&named.path[0].as_str()) {
            let path = named.path.join("::");
            wrong.push(format!(
                "{file}:{}: {} must not use {path}: {}",
                named.line, from.name, from.reason
            ));
        }
    }
    wrong
}

/// Returns which room uses which room or crate, as it is.
pub(crate) fn arrows(source: &Source) -> impl Iterator<Item = (String, String)> {
    let rooms = source.uses().into_iter().filter_map(|used| {
        let (from, to) = (room_of(source, &used.from)?, room_of(source, &used.to)?);
        (from.name != to.name).then(|| (from.name.to_owned(), to.name.to_owned()))
    });
    let crates = source.foreign().filter_map(|(file, named)| {
        Some((
            room_of(source, file)?.name.to_owned(),
            named.path[0].clone(),
        ))
    });
    rooms.chain(crates)
}

fn room_of(source: &Source, file: &str) -> Option<&'static Room> {
    let (path, _) = source
        .modules
        .iter()
        .find(|(_, module)| module.file == file)?;
    room(path)
}

fn room(path: &[String]) -> Option<&'static Room> {
    ROOMS
        .iter()
        .find(|room| path.first().is_some_and(|first| first == room.name))
}
