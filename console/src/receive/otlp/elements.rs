//! Limits the number of elements in a request.
//!
//! An empty element takes two bytes on the wire and up to hundreds in memory, so a limit on bytes does not limit
//! memory.

/// The most spans of a request. Senders batch 512, collectors 8,192.
const MAX_SPANS: usize = 20_000;
/// The most of everything else in it: resources, attributes, events, links, values of lists.
const MAX_OTHERS: usize = 400_000;
/// The most values in JSON, where an attribute is made of three.
const MAX_JSON_VALUES: usize = 1_500_000;

/// A request with too many elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct TooMany(pub(super) &'static str);

/// What has been read of a request.
#[derive(Debug, Default)]
pub(super) struct Elements {
    spans: usize,
    others: usize,
}

impl Elements {
    /// Counts a span.
    pub(super) fn span(&mut self) -> Result<(), TooMany> {
        self.spans += 1;
        if self.spans > MAX_SPANS {
            return Err(TooMany(
                "it has more than 20,000 spans; send them in several requests",
            ));
        }
        Ok(())
    }

    /// Counts anything else.
    pub(super) fn other(&mut self) -> Result<(), TooMany> {
        self.others += 1;
        if self.others > MAX_OTHERS {
            return Err(TooMany(
                "it has more than 400,000 attributes, events, links and values; send them in several requests",
            ));
        }
        Ok(())
    }
}

/// Counts the values of a JSON text before any of them is stored: each except the first of a list or an object
/// follows a comma.
pub(super) fn check_json(text: &str) -> Result<(), TooMany> {
    let (mut values, mut is_text, mut is_escaped) = (0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            b',' | b'[' | b'{' if !is_text => values += 1,
            _ => {}
        }
    }
    if values > MAX_JSON_VALUES {
        return Err(TooMany(
            "it has more than 1,500,000 values in JSON; send them in several requests",
        ));
    }
    Ok(())
}
