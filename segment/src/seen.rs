//! Texts that were looked at before.

use std::cell::RefCell;

/// How many texts are remembered at most.
const PLACES: usize = 64;
/// Longer texts are not remembered, so that all together take at most 128 kB.
const MAX_BYTES: usize = 2 * 1024;

/// Remembers some texts of which something was found out, to spare finding it out again: a service asks its databases the
/// same statements all the time.
///
/// A text that is not remembered may have been seen all the same. To be kept for each thread.
#[derive(Debug)]
pub struct Seen(RefCell<Vec<String>>);

impl Seen {
    /// Makes an empty one.
    pub const fn new() -> Self {
        Self(RefCell::new(Vec::new()))
    }

    /// Whether exactly this text was seen.
    pub fn contains(&self, text: &str) -> bool {
        let texts = self.0.borrow();
        texts.get(place(text)).is_some_and(|seen| seen == text)
    }

    /// Remembers a text, if it is not empty and not too long, and forgets the one in whose place it is.
    pub fn insert(&self, text: &str) {
        if text.is_empty() || text.len() > MAX_BYTES {
            return;
        }
        let mut texts = self.0.borrow_mut();
        texts.resize(PLACES, String::new());
        let seen = &mut texts[place(text)];
        seen.clear();
        seen.push_str(text);
    }
}

impl Default for Seen {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns the place of a text, in which all of its bytes have a part.
fn place(text: &str) -> usize {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |hash: u64, eight: [u8; 8]| {
        (hash.rotate_left(5) ^ u64::from_le_bytes(eight)).wrapping_mul(ODD)
    };
    let (eights, rest) = text.as_bytes().as_chunks();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let hash = eights
        .iter()
        .fold(text.len() as u64, |hash, eight| mix(hash, *eight));
    // The upper bits are the best mixed ones.
    (mix(hash, last) >> 58) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_known_again_and_no_other_is() {
        let seen = Seen::new();
        for length in 0..100 {
            let text = "x".repeat(length);
            assert!(!seen.contains(&text), "{length}");
            seen.insert(&text);
            assert_eq!(seen.contains(&text), length > 0, "{length}");
            assert!(!seen.contains(&format!("{text}y")), "{length}");
        }
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let seen = Seen::new();
        for number in 0..10_000 {
            seen.insert(&number.to_string());
        }
        let known = (0..10_000).filter(|number| seen.contains(&number.to_string()));
        assert_eq!(known.count(), PLACES);
        let long = "x".repeat(MAX_BYTES + 1);
        seen.insert(&long);
        assert!(!seen.contains(&long));
    }
}
