//! Cutting a document that is too large for one datagram.

use std::borrow::Cow;

use super::{Cause, Document};
use crate::Value;

/// Below this a value is not worth cutting: the mark that replaces it is as long.
const WORTH_CUTTING: usize = 64;

impl Document<'_> {
    /// Cuts at least `excess` bytes from the encoded document and returns whether that was possible.
    ///
    /// The largest metadata values go first, each replaced by a text that says how long it was; then the
    /// stacks of exceptions, counted in `truncated`; then the query of `sql`. What names the document,
    /// joins it to its trace and says how it ended is never touched. Subsegments are not looked at.
    pub fn trim(&mut self, excess: usize) -> bool {
        let mut cut = 0;
        while cut < excess {
            match self
                .cut_metadata()
                .or_else(|| self.cut_stack())
                .or_else(|| self.cut_query())
            {
                Some(bytes) => cut += bytes,
                None => return false,
            }
        }
        true
    }

    /// Replaces the largest metadata value and returns how many bytes that saved.
    fn cut_metadata(&mut self) -> Option<usize> {
        let values = self
            .metadata
            .iter_mut()
            .flat_map(|(_, namespace)| match namespace {
                Value::Object(members) => members.iter_mut().map(|(_, value)| value).collect(),
                other => vec![other],
            });
        let (length, value) = values
            .map(|value| (length(value), value))
            .max_by_key(|(length, _)| *length)?;
        if length < WORTH_CUTTING {
            return None;
        }
        *value = Value::Text(Cow::Owned(format!("[cut {length} bytes]")));
        Some(length - self::length(value))
    }

    /// Empties the longest stack of an exception.
    fn cut_stack(&mut self) -> Option<usize> {
        let Some(Cause::Exceptions(exceptions)) = &mut self.cause else {
            return None;
        };
        let exception = exceptions
            .exceptions
            .iter_mut()
            .max_by_key(|exception| exception.stack.len())?;
        let frames = i64::try_from(exception.stack.len())
            .ok()
            .filter(|frames| *frames > 0)?;
        let texts = |frame: &super::Frame<'_>| {
            let length = |text: &Option<Cow<'_, str>>| text.as_ref().map_or(0, |text| text.len());
            length(&frame.path) + length(&frame.label)
        };
        let bytes = exception.stack.iter().map(texts).sum();
        exception.stack.clear();
        exception.truncated = Some(exception.truncated.unwrap_or_default() + frames);
        Some(bytes)
    }

    fn cut_query(&mut self) -> Option<usize> {
        let query = self.sql.as_mut()?.sanitized_query.take()?;
        Some(query.len())
    }
}

fn length(value: &Value<'_>) -> usize {
    let mut out = Vec::new();
    value.write(&mut out);
    out.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Form, Time};

    fn document(values: &[(&'static str, usize)]) -> Document<'static> {
        let mut document = Document::new(
            "shop".into(),
            "df6d4ea37eb22ed0".parse().unwrap(),
            Time::from_nanos(1),
        );
        let members = values
            .iter()
            .map(|(key, length)| (Cow::Borrowed(*key), Value::from("x".repeat(*length))))
            .collect();
        document.metadata = vec![("default".into(), Value::Object(members))];
        document
    }

    fn encoded(document: &Document<'_>) -> String {
        let mut out = Vec::new();
        document.encode(Form::Independent, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_largest_values_go_first_and_say_how_long_they_were() {
        let mut document = document(&[("a", 1_000), ("b", 70_000), ("c", 10)]);
        let before = encoded(&document).len();
        assert!(document.trim(5_000));
        let after = encoded(&document);
        assert!(before - after.len() >= 5_000);
        assert!(
            after.contains("\"b\":\"[cut 70002 bytes]\"") && after.contains(&"x".repeat(1_000)),
            "{after}"
        );
    }

    #[test]
    fn what_cannot_be_cut_is_left_alone() {
        let mut document = document(&[("a", 10)]);
        assert!(!document.trim(1));
        assert!(encoded(&document).contains("xxxxxxxxxx"));
    }
}
