//! A span that begins without a request, as input for sampling rules.

use std::borrow::Cow;

use opentelemetry::{KeyValue, Value};

use crate::sampling::Subject;

/// The attributes of a span that begins without a request.
pub(crate) struct SpanSubject<'a>(pub(crate) &'a [KeyValue]);

impl SpanSubject<'_> {
    fn text(&self, keys: &[&str]) -> Option<&str> {
        let found = keys.iter().find_map(|key| {
            let mut attributes = self.0.iter();
            attributes.find(|attribute| attribute.key.as_str() == *key)
        })?;
        match &found.value {
            Value::String(text) => Some(text.as_str()),
            _ => None,
        }
    }
}

impl Subject for SpanSubject<'_> {
    fn method(&self) -> Option<&str> {
        self.text(&["http.request.method", "http.method"])
    }

    fn host(&self) -> Option<&str> {
        self.text(&["server.address", "http.host"])
    }

    fn path(&self) -> Option<&str> {
        let target = self.text(&["url.path", "http.target"]);
        let target = target.or_else(|| self.text(&["url.full", "http.url"]).map(path_and_query))?;
        match target.split(['?', '#']).next() {
            Some("") => Some("/"),
            path => path,
        }
    }

    fn attribute(&self, key: &str) -> Option<Cow<'_, str>> {
        let mut attributes = self.0.iter();
        let found = attributes.find(|attribute| attribute.key.as_str() == key)?;
        Some(found.value.as_str())
    }
}

/// Returns the part of a URL that begins with the path.
fn path_and_query(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find(['/', '?', '#']).map_or("", |at| &rest[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_that_of_whichever_attribute_has_one() {
        for (attributes, path) in [
            (&[("url.path", "/a")][..], Some("/a")),
            (&[("http.target", "/a/b?c=/d")], Some("/a/b")),
            (
                &[("url.full", "http://x/full"), ("url.path", "/a")],
                Some("/a"),
            ),
            (&[("url.full", "https://shop:8080/a/b?c#d")], Some("/a/b")),
            (&[("http.url", "http://shop/a#b")], Some("/a")),
            (&[("http.url", "http://shop")], Some("/")),
            (&[("http.url", "http://shop?a=/b")], Some("/")),
            (&[("url.path", "")], Some("/")),
            (&[("http.method", "GET")], None),
        ] {
            let attributes: Vec<_> = attributes
                .iter()
                .map(|(key, value)| KeyValue::new(*key, *value))
                .collect();
            assert_eq!(SpanSubject(&attributes).path(), path, "{attributes:?}");
        }
    }
}
