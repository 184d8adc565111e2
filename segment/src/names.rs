//! Makes names, annotation keys and other strings fit X-Ray's rules.
//!
//! X-Ray refuses a whole document because of one invalid name, long after the sender could correct it. So every
//! string is cleaned and cut here, never refused.
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html>

use std::borrow::Cow;

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// Longest name of a segment or subsegment, in bytes. X-Ray's limit is 200 characters; a name within the limit in
/// bytes is valid however the service counts.
pub const MAX_NAME: usize = 200;
/// Longest annotation key, in bytes.
pub const MAX_ANNOTATION_KEY: usize = 500;
/// Longest annotation value, in bytes.
pub const MAX_ANNOTATION_VALUE: usize = 1_000;
/// Most annotations that X-Ray indexes for one trace.
pub const MAX_ANNOTATIONS: usize = 50;
/// Longest string of any other member (URL, user agent, user, origin, …), in bytes.
pub const MAX_TEXT: usize = 250;

/// The name of a segment or subsegment if cleaning leaves nothing of it.
pub const NAMELESS: &str = "span";

/// Cleans the name of a segment or subsegment: keeps letters and numbers of any script, spaces and `_ . : / % & # = +
/// \ - @`, replaces other white space by a space, and deletes the rest. Returns at most [`MAX_NAME`] bytes, never cut
/// inside a character; [`NAMELESS`] if nothing is left.
///
/// ```
/// # use segment::names::clean_name;
/// assert_eq!(clean_name("GET /items/{id}"), "GET /items/id");
/// assert_eq!(clean_name("*!?"), "span");
/// ```
pub fn clean_name(name: &str) -> Cow<'_, str> {
    let clean = if name.bytes().all(|byte| IS_IN_NAMES[usize::from(byte)]) {
        cut(name, MAX_NAME)
    } else {
        Cow::Owned(keep_allowed(name))
    };
    if clean.trim().is_empty() {
        Cow::Borrowed(NAMELESS)
    } else {
        clean
    }
}

/// Whether [`clean_name`] leaves a name, which comes in pieces, as it is. A name with other letters than ASCII's may be
/// clean all the same.
pub(crate) fn is_clean(name: &[&str]) -> bool {
    let all = |is_so: fn(u8) -> bool| name.iter().all(|piece| piece.bytes().all(is_so));
    let length: usize = name.iter().map(|piece| piece.len()).sum();
    length <= MAX_NAME && !all(|byte| byte == b' ') && all(|byte| IS_IN_NAMES[usize::from(byte)])
}

/// Returns the first character that X-Ray does not allow in a name, if there is one.
pub fn illegal_in_name(name: &str) -> Option<char> {
    name.chars().find(|character| keep(*character).is_none())
}

/// Cleans the key of an annotation: keeps ASCII letters, digits, `_` and `.`, and replaces any other character by
/// `_`; at most [`MAX_ANNOTATION_KEY`] bytes.
pub fn clean_annotation_key(key: &str) -> Cow<'_, str> {
    if key.bytes().all(is_in_annotation_keys) {
        return cut(key, MAX_ANNOTATION_KEY);
    }
    let clean = key.chars().map(|character| match u8::try_from(character) {
        Ok(byte) if is_in_annotation_keys(byte) => character,
        _ => '_',
    });
    Cow::Owned(clean.take(MAX_ANNOTATION_KEY).collect())
}

/// Whether X-Ray indexes annotations with this key: 1 to [`MAX_ANNOTATION_KEY`] ASCII letters, digits, `_` and `.`.
pub fn is_annotation_key(key: &str) -> bool {
    (1..=MAX_ANNOTATION_KEY).contains(&key.len()) && key.bytes().all(is_in_annotation_keys)
}

/// Whether X-Ray indexes annotations with this value: at most [`MAX_ANNOTATION_VALUE`] characters.
pub fn is_annotation_text(text: &str) -> bool {
    text.len() <= MAX_ANNOTATION_VALUE || text.chars().count() <= MAX_ANNOTATION_VALUE
}

fn is_in_annotation_keys(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.'
}

/// Applies [`clean_name`] or [`clean_annotation_key`] to a text that may be owned; one that is clean stays
/// as it is.
pub fn clean_cow(text: Cow<'_, str>, clean: impl Fn(&str) -> Cow<'_, str>) -> Cow<'_, str> {
    let length = match clean(&text) {
        Cow::Owned(clean) => return Cow::Owned(clean),
        // A result without a copy is the start of the text, or a constant.
        Cow::Borrowed(clean) if text.starts_with(clean) => clean.len(),
        Cow::Borrowed(clean) => return Cow::Owned(clean.to_owned()),
    };
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[..length]),
        Cow::Owned(mut text) => {
            text.truncate(length);
            Cow::Owned(text)
        }
    }
}

/// Cuts `text` to at most `limit` bytes without splitting a character.
pub fn cut(text: &str, limit: usize) -> Cow<'_, str> {
    Cow::Borrowed(cut_str(text, limit))
}

/// Cuts `text` to at most `limit` bytes without splitting a character.
pub fn cut_str(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    let end = (0..=limit)
        .rev()
        .find(|end| text.is_char_boundary(*end))
        .unwrap_or(0);
    &text[..end]
}

/// Which ASCII characters X-Ray allows in names, by their codes.
const IS_IN_NAMES: [bool; 256] = {
    let allowed = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _.:/%&#=+\\-@";
    let mut table = [false; 256];
    let mut index = 0;
    while index < allowed.len() {
        table[allowed[index] as usize] = true;
        index += 1;
    }
    table
};

fn keep_allowed(name: &str) -> String {
    let mut kept = String::with_capacity(name.len().min(MAX_NAME));
    for character in name.chars().filter_map(keep) {
        if kept.len() + character.len_utf8() > MAX_NAME {
            break;
        }
        kept.push(character);
    }
    kept
}

fn keep(character: char) -> Option<char> {
    if character.is_whitespace() {
        Some(' ')
    } else {
        is_allowed(character).then_some(character)
    }
}

fn is_allowed(character: char) -> bool {
    if character.is_ascii() {
        return IS_IN_NAMES[character as usize];
    }
    // `char::is_alphabetic` would also keep combining marks and circled letters, which X-Ray refuses.
    matches!(
        character.general_category_group(),
        GeneralCategoryGroup::Letter | GeneralCategoryGroup::Number
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_what_x_ray_allows_and_lose_the_rest() {
        for (name, clean) in [
            ("x-ray-sample-back-k8s-gen", "x-ray-sample-back-k8s-gen"),
            ("shop (prod)", "shop prod"),
            ("Vec<u8>::parse()", "Vecu8::parse"),
            ("a\tb\nc", "a b c"),
            ("C:\\jobs", "C:\\jobs"),
            ("注文を処理 №7", "注文を処理 7"),
            ("Ⓐ e\u{301} ٣", " e ٣"),
            ("", "span"),
            ("   ", "span"),
            ("🦀🦀", "span"),
        ] {
            assert_eq!(clean_name(name), clean, "{name:?}");
        }
    }

    #[test]
    fn the_first_character_that_names_may_not_have_is_found() {
        for (name, illegal) in [
            ("GET /users/{id}", Some('{')),
            ("größe 7\ttab \\ a@b", None),
            ("a*?", Some('*')),
            ("", None),
        ] {
            assert_eq!(illegal_in_name(name), illegal, "{name}");
        }
    }

    #[test]
    fn names_are_cut_between_characters() {
        assert_eq!(clean_name(&"n".repeat(300)).len(), 200);
        let cut = clean_name(&"注".repeat(300)).into_owned();
        assert_eq!(cut, "注".repeat(66));
    }

    #[test]
    fn annotation_keys_are_mended_instead_of_vanishing() {
        assert_eq!(clean_annotation_key("customer.tier"), "customer.tier");
        assert_eq!(clean_annotation_key("user-id/é"), "user_id__");
        assert_eq!(clean_annotation_key(&"ü".repeat(600)).len(), 500);
    }
}
