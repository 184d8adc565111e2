//! One change of one file.

use std::{fmt, fs, ops::Range, path::PathBuf};

use end_to_end::{Result, root};
use tokio::signal::ctrl_c;

/// A piece of a file and what is written instead of it.
#[derive(Debug)]
pub(crate) struct Mutant {
    /// From the root.
    pub(crate) file: PathBuf,
    pub(crate) place: Range<usize>,
    pub(crate) line: usize,
    pub(crate) before: String,
    pub(crate) after: String,
}

/// What became of it.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// These tests failed.
    Noticed(Vec<String>),
    /// None did.
    Survived,
}

/// Puts a file back when it is dropped.
struct PutBack {
    path: PathBuf,
    text: String,
}

impl Mutant {
    /// Makes one of a piece of a text.
    pub(crate) fn new(file: PathBuf, text: &str, place: Range<usize>, after: String) -> Self {
        Self {
            line: text[..place.start].lines().count().max(1),
            before: text[place.clone()].to_owned(),
            file,
            place,
            after,
        }
    }

    /// Changes the file, runs the tests, which return the names of those that fail, and puts the file back, also on Ctrl-C.
    pub(crate) async fn attempt(
        &self,
        tests: impl Future<Output = Result<Vec<String>>>,
    ) -> Result<Verdict> {
        let path = root().join(&self.file);
        let text = fs::read_to_string(&path)?;
        let mut changed = text.clone();
        changed.replace_range(self.place.clone(), &self.after);
        let _put_back = PutBack {
            path: path.clone(),
            text,
        };
        fs::write(&path, changed)?;
        let failing = tokio::select! {
            failing = tests => failing?,
            _ = ctrl_c() => return Err("stopped; the file is as it was".into()),
        };
        Ok(if failing.is_empty() {
            Verdict::Survived
        } else {
            Verdict::Noticed(failing)
        })
    }
}

impl Drop for PutBack {
    fn drop(&mut self) {
        if let Err(error) = fs::write(&self.path, &self.text) {
            println!(
                "{} stays changed: {error}; git checkout it",
                self.path.display()
            );
        }
    }
}

impl fmt::Display for Mutant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}:{}: {} for {}",
            self.file.display(),
            self.line,
            self.after,
            self.before
        )
    }
}
