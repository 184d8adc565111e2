//! Private keys in PEM, of any algorithm: `-----BEGIN RSA PRIVATE KEY-----`.
//! <https://www.rfc-editor.org/rfc/rfc7468#section-10>

use super::secret::{HIDDEN, Secret};

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";

/// Returns what stands between the lines of the key that begins at `at`; all that follows if it was cut.
pub(super) fn block(text: &str, at: usize) -> Option<Secret> {
    let label = text[at..].strip_prefix(BEGIN)?;
    let (label, _) = label.split_once("-----")?;
    if !label.ends_with("PRIVATE KEY") {
        return None;
    }
    let start = at + BEGIN.len() + label.len() + "-----".len();
    let end = text[start..]
        .find(END)
        .map_or(text.len(), |end| start + end);
    let key = text[start..end].trim_matches(|character: char| {
        character.is_whitespace() || character == '\\' || character == 'n'
    });
    let is_hidden = key.is_empty() || key == HIDDEN;
    (!is_hidden).then(|| Secret::new(start, end))
}
