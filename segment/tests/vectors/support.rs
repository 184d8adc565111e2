//! Reads vectors and reports failures.

use std::{fmt::Debug, path::Path};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::Value;

/// Collects what failed, so that one run shows every failing case.
pub(crate) struct Report {
    what: &'static str,
    cases: std::collections::BTreeSet<String>,
    failures: Vec<String>,
}

impl Report {
    /// Begins a report on `what`.
    pub(crate) fn new(what: &'static str) -> Self {
        Self {
            what,
            cases: std::collections::BTreeSet::new(),
            failures: Vec::new(),
        }
    }

    /// Compares one thing of the case `id`.
    pub(crate) fn check<T: PartialEq + Debug>(&mut self, id: &str, actual: &T, expected: &T) {
        self.cases.insert(id.to_owned());
        if actual != expected {
            self.failures
                .push(format!("{id}: is {actual:?}, should be {expected:?}"));
        }
    }

    /// Prints how many cases ran and fails with all that failed.
    pub(crate) fn finish(self) {
        println!("{}: {} cases", self.what, self.cases.len());
        assert!(
            self.failures.is_empty(),
            "{}:\n{}",
            self.what,
            self.failures.join("\n")
        );
    }
}

/// Reads the list `member` of a file in `vectors/`; a file may hold none.
pub(crate) fn read_vectors(file: &str, member: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../vectors")
        .join(file);
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let vectors: Value =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    vectors[member].as_array().cloned().unwrap_or_default()
}

/// Returns the bytes that `text` spells in `encoding`.
pub(crate) fn bytes(text: &str, encoding: &str) -> Vec<u8> {
    match encoding {
        "utf8" => text.as_bytes().to_vec(),
        "base64" => BASE64_STANDARD.decode(text).unwrap(),
        "hex" => text
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect(),
        "latin1" => text
            .chars()
            .map(|character| u8::try_from(u32::from(character)).unwrap())
            .collect(),
        other => panic!("{other} is no encoding that this test knows"),
    }
}
