//! The details of an open span, and one buffer for all their texts.

use std::ops::Range;

use segment::span;

use super::attributes::AttributeValue;

/// Room that is kept for the next span.
const KEPT_BYTES: usize = 1024;

/// What the span is about, if that is known by its parts. To set it copies its texts and allocates nothing of its own.
#[derive(Debug, Default)]
pub(super) struct Details {
    texts: String,
    /// Where in the buffer each text stands.
    parts: Option<span::Details<Range<usize>>>,
}

impl Details {
    /// Sets what is known when the span begins.
    pub(super) fn set(&mut self, details: &span::Details<&str>) {
        self.parts = Some(details.map(|text| append(text, &mut self.texts)));
    }

    /// Sets the part that an attribute stands for, of those that are known later than the span begins; `false` if it stands
    /// for none.
    pub(super) fn take(&mut self, key: &str, value: &AttributeValue<'_>) -> bool {
        let number = value.as_integer();
        match &mut self.parts {
            Some(span::Details::Http(http)) => match key {
                "http.response.status_code" => put(&mut http.status, number),
                "http.response.body.size" => put(&mut http.body_size, number),
                _ => false,
            },
            Some(span::Details::Aws(call)) => match (key, value.as_text()) {
                ("http.response.status_code", _) => put(&mut call.status, number),
                ("aws.retries", _) => put(&mut call.retries, number),
                (key, Some(text)) if text.len() <= KEPT_BYTES => match call.text_mut(key) {
                    Some(part) => {
                        *part = Some(append(text, &mut self.texts));
                        true
                    }
                    None => false,
                },
                _ => false,
            },
            Some(span::Details::Query(_)) | None => false,
        }
    }

    /// Whether an attribute with this key may say again what is a part already.
    pub(super) fn may_have(&self, key: &str) -> bool {
        self.parts.as_ref().is_some_and(|parts| parts.may_have(key))
    }

    /// Returns them.
    pub(super) fn get(&self) -> Option<span::Details<&str>> {
        let text = |place: &Range<usize>| self.texts.get(place.clone()).unwrap_or_default();
        Some(self.parts.as_ref()?.map(text))
    }

    /// Returns how many bytes they hold.
    pub(super) fn bytes(&self) -> usize {
        self.texts.len()
    }

    /// Forgets them and keeps some room for others.
    pub(super) fn clear(&mut self) {
        self.parts = None;
        self.texts.clear();
        if self.texts.capacity() > KEPT_BYTES {
            self.texts.shrink_to(KEPT_BYTES);
        }
    }
}

/// Copies a text to the end of others, and returns where it stands.
fn append(text: &str, texts: &mut String) -> Range<usize> {
    let start = texts.len();
    texts.push_str(text);
    start..texts.len()
}

/// Sets a number, if it is one that fits.
fn put<N: TryFrom<i64>>(place: &mut Option<N>, number: Option<i64>) -> bool {
    match number.map(N::try_from) {
        Some(Ok(number)) => {
            *place = Some(number);
            true
        }
        Some(Err(_)) | None => false,
    }
}
