//! Cuts a document that is too large for one datagram.

use std::borrow::Cow;

use super::{Cause, DEFAULT_METADATA, Document};
use crate::{Value, value::Members};

/// Shorter values are not cut: the text that replaces them is as long.
const WORTH_CUTTING: usize = 64;
/// The metadata keys that record how many annotations, links, metadata and exceptions were dropped; each with its
/// number takes at most this many bytes.
const MARKS: [&str; 4] = [
    "cut.metadata",
    "cut.annotations",
    "cut.links",
    "cut.exceptions",
];
const MARK: usize = 50;
/// Bytes for the namespace of these keys, if the document does not have it yet.
const NAMESPACE: usize = 40;

impl<'a> Document<'a> {
    /// Cuts at least `excess` bytes from the encoded document; returns whether that was possible.
    ///
    /// Cuts no more than needed, in this order:
    ///
    /// 1. the largest metadata values, each replaced by a text with its length;
    /// 2. the stacks of exceptions, counted in `truncated`;
    /// 3. the query of `sql`;
    /// 4. metadata and annotations, the largest first; links and exceptions, the last first: the metadata records how
    ///    many of each, for example in `cut.annotations`;
    /// 5. the lists of an `aws` block.
    ///
    /// The document's name, ids, times and result are never cut; together with the other members, whose strings the
    /// mapping has cut, they take less than 8 kB. Subsegments are not cut.
    pub fn trim(&mut self, excess: usize) -> bool {
        self.own_shared_metadata();
        let mut excess = Excess(excess);
        self.cut_values(&mut excess);
        self.cut_stacks(&mut excess);
        self.cut_query(&mut excess);
        if excess.is_left() {
            excess.0 += MARKS.len() * MARK + NAMESPACE;
            let cut = [
                self.drop_metadata(&mut excess),
                drop_largest(&mut self.annotations, &mut excess),
                drop_last(&mut self.links, &mut excess, link_size),
                self.drop_exceptions(&mut excess),
            ];
            self.cut_lists(&mut excess);
            self.mark(cut);
        }
        !excess.is_left()
    }

    /// Replaces the largest metadata values.
    fn cut_values(&mut self, excess: &mut Excess) {
        let namespaces = self.metadata.iter_mut().map(|(_, namespace)| namespace);
        let values = namespaces.flat_map(|namespace| match namespace {
            Value::Object(members) => members.iter_mut().map(|(_, value)| value).collect(),
            other => vec![other],
        });
        let mut values: Vec<_> = values
            .map(|value| (size(value), value))
            .filter(|(size, _)| *size >= WORTH_CUTTING)
            .collect();
        values.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
        for (length, value) in values {
            if !excess.is_left() {
                return;
            }
            *value = Value::Text(Cow::Owned(format!("[cut {length} bytes]")));
            excess.less(length - size(value));
        }
    }

    /// Empties the stacks of exceptions, the longest first.
    fn cut_stacks(&mut self, excess: &mut Excess) {
        let Some(Cause::Exceptions(exceptions)) = &mut self.cause else {
            return;
        };
        let mut exceptions: Vec<_> = exceptions.exceptions.iter_mut().collect();
        exceptions.sort_by_key(|exception| std::cmp::Reverse(exception.stack.len()));
        for exception in exceptions {
            if !excess.is_left() || exception.stack.is_empty() {
                return;
            }
            let frames = i64::try_from(exception.stack.len()).unwrap_or(i64::MAX);
            let texts = |frame: &super::Frame<'_>| {
                length(frame.path.as_ref()) + length(frame.label.as_ref())
            };
            excess.less(exception.stack.iter().map(texts).sum());
            exception.stack.clear();
            exception.truncated = Some(exception.truncated.unwrap_or_default() + frames);
        }
    }

    fn cut_query(&mut self, excess: &mut Excess) {
        if let Some(sql) = self.sql.as_mut().filter(|_| excess.is_left()) {
            excess.less(length(sql.sanitized_query.take().as_ref()));
        }
    }

    fn drop_metadata(&mut self, excess: &mut Excess) -> usize {
        let mut dropped = 0;
        for (_, namespace) in &mut self.metadata {
            if let Value::Object(members) = namespace {
                dropped += drop_largest(members, excess);
            }
        }
        dropped + drop_largest(&mut self.metadata, excess)
    }

    /// Drops all exceptions but the first, and references to dropped ones.
    fn drop_exceptions(&mut self, excess: &mut Excess) -> usize {
        let Some(Cause::Exceptions(cause)) = &mut self.cause else {
            return 0;
        };
        if cause.exceptions.is_empty() {
            return 0;
        }
        let mut others = cause.exceptions.split_off(1);
        let dropped = drop_last(&mut others, excess, |exception| {
            length(exception.message.as_ref()) + length(exception.kind.as_ref())
        });
        cause.exceptions.append(&mut others);
        let ids: Vec<_> = cause.exceptions.iter().map(|one| one.id).collect();
        for exception in &mut cause.exceptions {
            exception
                .cause
                .take_if(|cause| !ids.contains(&Some(*cause)));
        }
        dropped
    }

    fn cut_lists(&mut self, excess: &mut Excess) {
        if let Some(aws) = self.aws.take_if(|_| excess.is_left()) {
            let mut aws = aws.own();
            drop_last(&mut aws.table_names, excess, |name| name.len());
            drop_last(&mut aws.cloudwatch_logs, excess, |group| {
                length(group.arn.as_ref()) + length(group.log_group.as_ref())
            });
            self.aws = Some(aws.into());
        }
    }

    /// Records in the metadata how many items were dropped.
    fn mark(&mut self, cut: [usize; MARKS.len()]) {
        let marks: Members<'a> = MARKS
            .into_iter()
            .zip(cut)
            .filter(|(_, cut)| *cut > 0)
            .map(|(key, cut)| (key.into(), i64::try_from(cut).unwrap_or(i64::MAX).into()))
            .collect();
        if !marks.is_empty() {
            self.extend_metadata(marks);
        }
    }

    /// Copies shared metadata, which cannot be cut in place.
    fn own_shared_metadata(&mut self) {
        if let Some(shared) = self.shared_metadata.take() {
            let lent = shared.iter();
            let lent = lent.map(|(key, value)| (Cow::Borrowed(key.as_ref()), value.borrowed()));
            self.extend_metadata(lent.collect());
        }
    }

    fn extend_metadata(&mut self, added: Members<'a>) {
        let default = self
            .metadata
            .iter_mut()
            .find_map(|(key, value)| match value {
                Value::Object(members) if key == DEFAULT_METADATA => Some(members),
                _ => None,
            });
        match default {
            Some(members) => members.extend(added),
            None => self
                .metadata
                .push((DEFAULT_METADATA.into(), Value::Object(added))),
        }
    }
}

/// How many bytes are still to be cut.
struct Excess(usize);

impl Excess {
    fn is_left(&self) -> bool {
        self.0 > 0
    }

    fn less(&mut self, bytes: usize) {
        self.0 = self.0.saturating_sub(bytes);
    }
}

/// The characters that JSON adds to a key and its value.
const PUNCTUATION: usize = ",\"\":".len();

/// Drops the largest members and returns their number.
fn drop_largest(members: &mut Members<'_>, excess: &mut Excess) -> usize {
    if !excess.is_left() {
        return 0;
    }
    let mut sizes: Vec<(usize, usize)> = members
        .iter()
        .map(|(key, value)| key.len() + size(value) + PUNCTUATION)
        .zip(0..)
        .collect();
    sizes.sort_unstable_by_key(|(size, _)| std::cmp::Reverse(*size));
    let mut is_dropped = vec![false; members.len()];
    for (size, index) in sizes {
        if !excess.is_left() {
            break;
        }
        excess.less(size);
        is_dropped[index] = true;
    }
    let before = members.len();
    let mut is_dropped = is_dropped.into_iter();
    members.retain(|_| !is_dropped.next().unwrap_or_default());
    before - members.len()
}

/// Drops the last elements and returns their number.
fn drop_last<T>(list: &mut Vec<T>, excess: &mut Excess, size: impl Fn(&T) -> usize) -> usize {
    let before = list.len();
    while excess.is_left()
        && let Some(last) = list.pop()
    {
        excess.less(size(&last));
    }
    before - list.len()
}

fn link_size(link: &super::Link<'_>) -> usize {
    let attributes = link.attributes.iter();
    attributes
        .map(|(key, value)| key.len() + size(value))
        .sum::<usize>()
        + "\"trace_id\":\"1-5f84c7a1-e7d1852db8c4fd35d88bf49a\"".len()
}

fn size(value: &Value<'_>) -> usize {
    let mut out = Vec::new();
    value.write(&mut out);
    out.len()
}

fn length(text: Option<&Cow<'_, str>>) -> usize {
    text.map_or(0, |text| text.len())
}

#[cfg(test)]
mod tests;
