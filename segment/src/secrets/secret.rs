//! A secret in a text, and the kinds of texts.

use std::borrow::Cow;

/// The replacement for a secret.
pub const HIDDEN: &str = "***";

/// The kind of a text, which decides what may be secret in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Anything.
    Text,
    /// A host or a connection string: what precedes an `@` are credentials, with or without a scheme.
    Address,
    /// A database statement: only literals are values.
    Statement,
}

impl Kind {
    /// Returns the kind of an attribute's text, by its key.
    pub(super) fn of(key: &str) -> Self {
        match key {
            "db.statement" | "db.query.text" | "sanitized_query" => Self::Statement,
            "db.connection_string"
            | "messaging.url"
            | "server.address"
            | "client.address"
            | "network.peer.address"
            | "network.local.address"
            | "net.peer.name"
            | "net.host.name"
            | "http.host"
            | "http.server_name"
            | "http.request.header.host" => Self::Address,
            _ if [
                "dsn",
                "connection_string",
                "connectionstring",
                "connectionString",
            ]
            .iter()
            .any(|end| key.ends_with(end)) =>
            {
                Self::Address
            }
            _ => Self::Text,
        }
    }
}

/// A part of a text that is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Secret {
    pub(super) start: usize,
    pub(super) end: usize,
    /// What takes its place: `***`, in quotes if the text is JSON-like and the value is not a string, or an object without
    /// its values.
    pub(super) instead: Cow<'static, str>,
}

impl Secret {
    pub(super) fn new(start: usize, end: usize) -> Self {
        Self {
            start,
            end,
            instead: Cow::Borrowed(HIDDEN),
        }
    }
}

/// Whether `text` continues at `at` with `word`, ignoring case.
pub(super) fn starts_with(text: &str, at: usize, word: &str) -> bool {
    let part = text.as_bytes().get(at..at + word.len());
    part.is_some_and(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}
