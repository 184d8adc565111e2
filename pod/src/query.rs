//! The sample's query parameters.

use std::borrow::Cow;

/// Whether the query parameter `name` is exactly `true`; the first counts if there are several. Any other value, such
/// as `True`, `1` or none, is false.
pub fn is_true(query: Option<&str>, name: &str) -> bool {
    parameter(query, name).is_some_and(|value| value == "true")
}

/// Returns the first parameter named `name`, decoded.
pub(crate) fn parameter<'q>(query: Option<&'q str>, name: &str) -> Option<Cow<'q, str>> {
    form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_text_true_counts() {
        for (query, expected) in [
            (None, false),
            (Some(""), false),
            (Some("slow=true"), true),
            (Some("repeat=true&slow=true"), true),
            (Some("slow=True"), false),
            (Some("slow=1"), false),
            (Some("slow"), false),
            (Some("slow=false&slow=true"), false),
            (Some("%zz=%&slow=true"), true),
            (Some("xslow=true"), false),
        ] {
            assert_eq!(is_true(query, "slow"), expected, "{query:?}");
        }
    }
}
