//! JSON encoding of what documents are made of, appended to a buffer.
//!
//! Written by hand because a document is encoded in every traced request: `serde_json` took a microsecond longer for
//! the same bytes (`docs/measurements.md`).

/// Appends a string with its quotes.
pub(crate) fn text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    escaped(text.as_bytes(), out);
    out.push(b'"');
}

/// Appends a string of the program, which needs no escaping, with its quotes.
#[inline]
pub(crate) fn plain(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

/// Appends the string that the pieces are together, with its quotes.
pub(crate) fn texts(pieces: &[&str], out: &mut Vec<u8>) {
    out.push(b'"');
    let start = out.len();
    for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
        out.extend_from_slice(piece.as_bytes());
    }
    // At once, because pieces are short.
    if !is_plain(&out[start..]) {
        let whole = out.split_off(start);
        escaped(&whole, out);
    }
    out.push(b'"');
}

fn escaped(mut rest: &[u8], out: &mut Vec<u8>) {
    // Nearly every string has nothing to escape and is copied at once.
    while let Some(special) = first_special(rest) {
        out.extend_from_slice(&rest[..special]);
        escape(rest[special], out);
        rest = &rest[special + 1..];
    }
    out.extend_from_slice(rest);
}

/// Appends an integer.
pub(crate) fn integer(integer: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(integer).as_bytes());
}

/// Appends a number, or its name as a string if JSON cannot represent it.
pub(crate) fn number(number: f64, out: &mut Vec<u8>) {
    if number.is_finite() {
        // Writing a number into a `Vec` cannot fail.
        let _ = serde_json::to_writer(out, &number);
    } else {
        text(&number.to_string(), out);
    }
}

/// Appends `true` or `false`.
pub(crate) fn bool(bool: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(if bool { b"true" } else { b"false" });
}

/// Appends a list; `write` appends one element.
pub(crate) fn list<T>(values: &[T], out: &mut Vec<u8>, mut write: impl FnMut(&T, &mut Vec<u8>)) {
    out.push(b'[');
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(value, out);
    }
    out.push(b']');
}

/// Appends an object, member by member; [`Object::end`] appends the closing brace.
pub(crate) struct Object<'b> {
    out: &'b mut Vec<u8>,
    start: usize,
}

impl<'b> Object<'b> {
    /// Opens an object.
    pub(crate) fn begin(out: &'b mut Vec<u8>) -> Self {
        let start = out.len();
        Self { out, start }
    }

    /// Appends a name that needs no escaping, and returns the buffer for its value.
    // Inlined, so that the name's length is known and it is copied without a call.
    #[inline]
    pub(crate) fn member(&mut self, name: &'static str) -> &mut Vec<u8> {
        self.out.extend_from_slice(b",\"");
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.out
    }

    /// Returns the buffer, for [`member`].
    #[inline]
    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        self.out
    }

    /// Appends any name, and returns the buffer for its value.
    pub(crate) fn named(&mut self, name: &str) -> &mut Vec<u8> {
        self.out.push(b',');
        text(name, self.out);
        self.out.push(b':');
        self.out
    }

    /// Appends encoded members, separated by commas.
    pub(crate) fn encoded(&mut self, members: &[u8]) {
        if !members.is_empty() {
            self.out.push(b',');
            self.out.extend_from_slice(members);
        }
    }

    /// Closes the object. The comma that precedes its first member becomes the opening brace.
    pub(crate) fn end(self) {
        match self.out.get_mut(self.start) {
            Some(comma) => *comma = b'{',
            None => self.out.push(b'{'),
        }
        self.out.push(b'}');
    }
}

/// As [`Object::member`], by one copy of a known length: for documents that are written in every request.
macro_rules! member {
    ($object:expr, $name:literal) => {{
        let out = $object.buffer();
        out.extend_from_slice(concat!(",\"", $name, "\":").as_bytes());
        out
    }};
}
pub(crate) use member;

/// Finds the first byte that needs an escape.
fn first_special(bytes: &[u8]) -> Option<usize> {
    if is_plain(bytes) {
        return None;
    }
    bytes.iter().position(|byte| needs_escape(*byte))
}

/// Whether nothing needs an escape. Checks eight bytes at a time: byte by byte, this took longer than all the rest of
/// encoding a document.
fn is_plain(bytes: &[u8]) -> bool {
    let (eights, _) = bytes.as_chunks();
    match bytes.last_chunk() {
        // The last eight bytes may overlap the ones before.
        Some(last) => is_plain_word(*last) && eights.iter().all(|eight| is_plain_word(*eight)),
        None => match (bytes.first_chunk(), bytes.last_chunk()) {
            (Some(first), Some(last)) => is_plain_word(eight(*first, *last)),
            _ => !bytes.iter().any(|byte| needs_escape(*byte)),
        },
    }
}

/// Whether none of eight bytes is below 0x20, a quote or a backslash, computed by subtraction with borrow. May reject
/// eight plain bytes, but never accepts others.
#[inline]
fn is_plain_word(eight: [u8; 8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let word = u64::from_le_bytes(eight);
    let quote = word ^ (ONES * 0x22);
    let backslash = word ^ (ONES * 0x5c);
    let below = word.wrapping_sub(ONES * 0x20) & !word;
    let is_quote = quote.wrapping_sub(ONES) & !quote;
    let is_backslash = backslash.wrapping_sub(ONES) & !backslash;
    (below | is_quote | is_backslash) & HIGH == 0
}

/// Joins the first four bytes of a short text with its last four, which may overlap them.
#[inline]
pub(crate) fn eight(first: [u8; 4], last: [u8; 4]) -> [u8; 8] {
    let [low, high] = [first, last].map(u32::from_le_bytes).map(u64::from);
    (low | high << 32).to_le_bytes()
}

fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

fn escape(byte: u8, out: &mut Vec<u8>) {
    let short = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        _ => {
            let mut digits = [0; 2];
            crate::hex::write(&[byte], &mut digits);
            out.extend_from_slice(b"\\u00");
            out.extend_from_slice(&digits);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_escaped_at_any_position() {
        for special in (0..0x20).chain([b'"', b'\\']) {
            for position in 0..20 {
                let mut plain = "é2345678901234567890é".to_owned();
                plain.insert(
                    plain.char_indices().nth(position).unwrap().0,
                    char::from(special),
                );
                let mut json = Vec::new();
                text(&plain, &mut json);
                let read: String = serde_json::from_slice(&json).unwrap();
                assert_eq!(read, plain);
            }
        }
    }
}
