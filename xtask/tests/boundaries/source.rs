//! The files of a crate as modules, each with the paths that it names.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::{Attribute, Item, UseTree, visit::Visit};

/// A path as it stands in a file: its segments without arguments.
type Segments = Vec<String>;

/// A path that a file names.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    /// Where it stands.
    pub(crate) line: usize,
    /// The module in which it stands: the file's, or one inside the file.
    pub(crate) within: Segments,
    pub(crate) path: Segments,
}

/// A module: a file, or a part of one.
#[derive(Debug, Default)]
pub(crate) struct Module {
    /// The file in which it is, from the workspace's root.
    pub(crate) file: String,
    /// The modules that it declares.
    pub(crate) children: BTreeSet<String>,
    /// The names that its `use` items bring, and what each stands for.
    pub(crate) imports: BTreeMap<String, Segments>,
}

/// A crate's files, without its tests.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// By path, without `crate`.
    pub(crate) modules: BTreeMap<Segments, Module>,
    /// By file.
    pub(crate) names: BTreeMap<String, Vec<Named>>,
}

impl Source {
    /// Reads the crate whose first file is `root`. `read` returns the text of a file, by its path from the workspace's
    /// root.
    pub(crate) fn read(root: &str, read: &impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let mut source = Self::default();
        let folder = root.rsplit_once('/').map_or("", |(folder, _)| folder);
        source.file(root, folder, &[], read)?;
        Ok(source)
    }

    /// Reads one file, and those of the modules that it declares, which are in `folder`.
    fn file(
        &mut self,
        file: &str,
        folder: &str,
        module: &[String],
        read: &impl Fn(&str) -> Option<String>,
    ) -> Result<(), String> {
        let text = read(file).ok_or_else(|| format!("{file} cannot be read"))?;
        let parsed = syn::parse_file(&text).map_err(|error| {
            let line = error.span().start().line;
            format!("{file}:{line}: {error}")
        })?;
        let mut reader = Reader {
            source: self,
            file,
            within: module.to_vec(),
            declared: Vec::new(),
        };
        reader.enter();
        reader.visit_file(&parsed);
        for name in reader.declared {
            let child = [module, std::slice::from_ref(&name)].concat();
            let file = format!("{folder}/{name}.rs");
            self.file(&file, &format!("{folder}/{name}"), &child, read)?;
        }
        Ok(())
    }
}

/// Takes down what one file declares, imports and names.
struct Reader<'s> {
    source: &'s mut Source,
    file: &'s str,
    within: Segments,
    /// Modules with a file of their own.
    declared: Vec<String>,
}

impl Reader<'_> {
    /// Makes the module in which the reader is.
    fn enter(&mut self) {
        let module = self.source.modules.entry(self.within.clone()).or_default();
        self.file.clone_into(&mut module.file);
    }

    fn module(&mut self) -> &mut Module {
        self.source.modules.entry(self.within.clone()).or_default()
    }

    fn name(&mut self, path: Segments, line: usize) {
        let within = self.within.clone();
        let names = self.source.names.entry(self.file.to_owned()).or_default();
        names.push(Named { line, within, path });
    }

    /// Takes every leaf of a `use` tree: a name, or a whole module for `*`.
    fn import(&mut self, tree: &UseTree, mut before: Segments) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.import(&path.tree, before);
            }
            UseTree::Name(name) => self.bind(before, &name.ident, None),
            UseTree::Rename(rename) => self.bind(before, &rename.ident, Some(&rename.rename)),
            UseTree::Glob(glob) => self.name(before, glob.star_token.span.start().line),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(tree, before.clone());
                }
            }
        }
    }

    fn bind(&mut self, mut path: Segments, last: &Ident, as_name: Option<&Ident>) {
        if last != "self" {
            path.push(last.to_string());
        }
        let name = as_name.map(ToString::to_string).or(path.last().cloned());
        self.name(path.clone(), last.span().start().line);
        self.module().imports.insert(name.unwrap_or_default(), path);
    }

    /// Takes the paths in what a macro is given, which is not parsed.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path = Segments::new();
        let mut colons = 0;
        let mut line = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.end(&mut path, line);
                    }
                    line = ident.span().start().line;
                    path.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                other => {
                    self.end(&mut path, line);
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.tokens(group.stream());
                    }
                }
            }
        }
        self.end(&mut path, line);
    }

    fn end(&mut self, path: &mut Segments, line: usize) {
        let path = std::mem::take(path);
        if path.len() > 1 {
            self.name(path, line);
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Mod(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            _ => &Vec::new(),
        };
        if !attributes.iter().any(is_for_tests) {
            syn::visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let name = item.ident.to_string();
        self.module().children.insert(name.clone());
        if item.content.is_none() {
            self.declared.push(name);
            return;
        }
        self.within.push(name);
        self.enter();
        syn::visit::visit_item_mod(self, item);
        self.within.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.import(&item.tree, Vec::new());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let idents: Vec<&Ident> = path.segments.iter().map(|segment| &segment.ident).collect();
        if let [first, _, ..] = idents[..] {
            let segments = idents.iter().map(ToString::to_string).collect();
            self.name(segments, first.span().start().line);
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.visit_path(&item.path);
        self.tokens(item.tokens.clone());
    }

    /// `pub(in crate::a)` uses nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_attribute(&mut self, _: &'ast Attribute) {}
}

fn is_for_tests(attribute: &Attribute) -> bool {
    let is_test = |token: TokenTree| matches!(token, TokenTree::Ident(ident) if ident == "test");
    attribute.path().is_ident("cfg")
        && attribute
            .meta
            .require_list()
            .is_ok_and(|list| list.tokens.clone().into_iter().any(is_test))
}

/// Reads files below a folder.
pub(crate) fn from_disk(root: &Path) -> impl Fn(&str) -> Option<String> {
    move |file| fs::read_to_string(root.join(file)).ok()
}
