//! The commands in a document, for tests that run them.

use std::fs;

use crate::root;

/// A document of the repository, in Markdown.
#[derive(Debug)]
pub struct Markdown {
    /// Its path from the root, with dashes and slashes as Git has them.
    pub path: &'static str,
    /// All of it.
    pub text: String,
}

impl Markdown {
    /// Reads it.
    ///
    /// # Panics
    ///
    /// Panics if it does not exist.
    pub fn read(path: &'static str) -> Self {
        let text = fs::read_to_string(root().join(path));
        Self {
            path,
            text: text.unwrap_or_else(|error| panic!("{path}: {error}")),
        }
    }

    /// Returns its blocks of one language: `sh` is what a reader pastes, `text` the output.
    pub fn blocks(&self, language: &str) -> Vec<&str> {
        let fence = format!("```{language}\n");
        let rest = self.text.split(&fence).skip(1);
        rest.map(|rest| rest.split("```").next().unwrap_or_default())
            .collect()
    }

    /// Returns the only block of shell commands that contains a text.
    ///
    /// # Panics
    ///
    /// Panics if there is none, or more than one.
    pub fn commands_with(&self, text: &str) -> &str {
        let blocks = self.blocks("sh");
        let mut found = blocks.into_iter().filter(|block| block.contains(text));
        match (found.next(), found.next()) {
            (Some(block), None) => block,
            _ => panic!("{} has not one block with {text}", self.path),
        }
    }
}
