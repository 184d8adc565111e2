//! The sample's query parameters.

/// Whether the query has the parameter `name` with exactly the text `true`; of two with one name the first
/// counts. Anything else, `True`, `1` or nothing, is false.
pub fn is_true(query: Option<&str>, name: &str) -> bool {
    let query = query.unwrap_or_default().as_bytes();
    form_urlencoded::parse(query)
        .find(|(key, _)| key == name)
        .is_some_and(|(_, value)| value == "true")
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
