//! Which file of a crate uses which.
//!
//! A file uses another one if it names something that stands there: in a `use`, or in a path like
//! `crate::store::Store::new`, also inside a macro. If the path leads through a re-export, as `crate::api::ApiError` with
//! `pub use error::ApiError` in `api.rs`, the file uses both: the one that the path names, and the one where the thing is.
//! A file also uses the files of the modules that it declares, since nobody can have it without them.
//!
//! One thing is no use: a file may name what stands in the file of a module around it, as `super::Error`. It is a part of that
//! module, and a parent that declares `mod child;` would otherwise be a circle with nearly every child. What a parent
//! only re-exports from a *sibling* is a use of the sibling all the same, so that two siblings cannot meet through their
//! parent unseen.

use std::collections::BTreeMap;

use crate::source::{Named, Source};

/// Longest chain of re-exports that is followed.
const MAX_REEXPORTS: usize = 16;

/// One file uses another one.
#[derive(Debug, Clone)]
pub(crate) struct Use {
    pub(crate) from: String,
    pub(crate) line: usize,
    /// The path, as it is written.
    pub(crate) path: String,
    pub(crate) to: String,
}

impl Source {
    /// Returns which files use which, each pair with the first place where that shows.
    pub(crate) fn uses(&self) -> Vec<Use> {
        let mut uses = BTreeMap::new();
        for (from, named) in self.all_names() {
            for module in self.modules_of(named) {
                let to = &self.modules[&module].file;
                if to != from && !self.is_around(&module, from) {
                    uses.entry((from, to)).or_insert_with(|| Use {
                        from: from.to_owned(),
                        line: named.line,
                        path: named.path.join("::"),
                        to: to.clone(),
                    });
                }
            }
        }
        uses.into_values().collect()
    }

    /// Returns the paths that begin with another crate, or with something of the language.
    pub(crate) fn foreign(&self) -> impl Iterator<Item = (&str, &Named)> {
        self.all_names()
            .filter(|(_, named)| self.absolute(&named.within, &named.path).is_none())
    }

    /// Returns which file declares which.
    pub(crate) fn declared(&self) -> impl Iterator<Item = (&str, &str)> {
        self.modules.iter().flat_map(move |(path, module)| {
            module.children.iter().filter_map(move |child| {
                let child = self
                    .modules
                    .get(&[path.as_slice(), std::slice::from_ref(child)].concat())?;
                (child.file != module.file).then_some((module.file.as_str(), child.file.as_str()))
            })
        })
    }

    fn all_names(&self) -> impl Iterator<Item = (&str, &Named)> {
        let files = self.names.iter();
        files.flat_map(|(file, names)| names.iter().map(move |named| (file.as_str(), named)))
    }

    /// Whether a file belongs to a module below this one.
    fn is_around(&self, module: &[String], file: &str) -> bool {
        let inner = self.modules.iter().find(|(_, module)| module.file == file);
        inner.is_some_and(|(inner, _)| inner.starts_with(module))
    }

    /// Returns the modules in which what is named stands: the one that the path says, and those that re-exports lead to.
    fn modules_of(&self, named: &Named) -> Vec<Vec<String>> {
        let mut found = Vec::new();
        let mut next = self.absolute(&named.within, &named.path);
        for _ in 0..MAX_REEXPORTS {
            let Some(path) = next else { break };
            let depth = (0..=path.len())
                .rev()
                .find(|depth| self.modules.contains_key(&path[..*depth]))
                .unwrap_or_default();
            let (module, rest) = path.split_at(depth);
            found.push(module.to_vec());
            next = rest.split_first().and_then(|(first, rest)| {
                let import = self.modules[module].imports.get(first)?;
                let import = self.absolute(module, import)?;
                Some([import, rest.to_vec()].concat())
            });
        }
        found
    }

    /// Returns a path from the crate's root; `None` if it leads out of the crate.
    fn absolute(&self, within: &[String], path: &[String]) -> Option<Vec<String>> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([within, rest].concat()),
            "super" => {
                let (_, parent) = within.split_last()?;
                let path = [&["self".to_owned()], rest].concat();
                match rest.first().map(String::as_str) {
                    Some("super") => self.absolute(parent, rest),
                    _ => self.absolute(parent, &path),
                }
            }
            name => {
                let module = self.modules.get(within)?;
                if module.children.contains(name) {
                    return Some([within, path].concat());
                }
                // A name that stands for itself comes from another crate.
                let import = module
                    .imports
                    .get(name)
                    .filter(|import| import[0] != *name)?;
                let import = self.absolute(within, import)?;
                Some([import, rest.to_vec()].concat())
            }
        }
    }
}
