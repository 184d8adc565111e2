//! Texts with wildcards, compared without regard to case.
//!
//! AWS's SDKs and most of OpenTelemetry's samplers ignore the case of every matcher, so a rule written `/API/*` is for
//! `/api/x` in all services that share it. Letters beyond ASCII are compared as they are.

/// A pattern: `*` matches any run of characters, also an empty one, and `?` one character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    /// The part before the first wildcard: nearly every rule that does not match a request fails here.
    prefix: Box<[u8]>,
    rest: Rest,
}

/// What follows the prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Rest {
    Nothing,
    Anything,
    Wildcards(Box<[u8]>),
}

impl Pattern {
    pub(crate) fn new(text: &str) -> Self {
        let first = text.find(['*', '?']).unwrap_or(text.len());
        let (prefix, rest) = text.split_at(first);
        Self {
            prefix: prefix.as_bytes().into(),
            rest: match rest {
                "" => Rest::Nothing,
                "*" => Rest::Anything,
                _ => Rest::Wildcards(rest.as_bytes().into()),
            },
        }
    }

    /// Whether every value matches, and also an absent one.
    pub(crate) fn is_any(&self) -> bool {
        self.rest == Rest::Anything && self.prefix.is_empty()
    }

    /// Returns the part before the first wildcard.
    pub(super) fn prefix(&self) -> &[u8] {
        &self.prefix
    }

    /// Whether the whole of `value` matches.
    pub(crate) fn matches(&self, value: &str) -> bool {
        self.after_prefix(value)
            .is_some_and(|rest| self.matches_rest(rest))
    }

    /// Whether the whole of `host` matches, or all of it but its port.
    pub(crate) fn matches_host(&self, host: &str) -> bool {
        self.after_prefix(host).is_some_and(|rest| {
            let colon = || rest.iter().rposition(|byte| *byte == b':');
            self.matches_rest(rest)
                || !host.ends_with(']') && colon().is_some_and(|at| self.matches_rest(&rest[..at]))
        })
    }

    fn after_prefix<'v>(&self, value: &'v str) -> Option<&'v [u8]> {
        let (start, rest) = value.as_bytes().split_at_checked(self.prefix.len())?;
        // Paths and hosts often begin alike; where two differ, they seldom end alike.
        if let (Some(wanted), Some(found)) = (self.prefix.last(), start.last())
            && !wanted.eq_ignore_ascii_case(found)
        {
            return None;
        }
        start.eq_ignore_ascii_case(&self.prefix).then_some(rest)
    }

    fn matches_rest(&self, rest: &[u8]) -> bool {
        match &self.rest {
            Rest::Nothing => rest.is_empty(),
            Rest::Anything => true,
            Rest::Wildcards(pattern) => matches_wildcards(pattern, rest),
        }
    }
}

/// Takes at most the product of both lengths: after a mismatch only the last `*` is tried anew, for
/// what an earlier one could take, the last one can take as well.
fn matches_wildcards(pattern: &[u8], value: &[u8]) -> bool {
    let (mut at, mut read) = (0, 0);
    let mut last_star = None;
    while read < value.len() {
        match pattern.get(at) {
            Some(b'*') if at + 1 == pattern.len() => return true,
            Some(b'*') => {
                at += 1;
                last_star = Some((at, read));
            }
            Some(b'?') => {
                at += 1;
                read = end_of_character(value, read);
            }
            Some(wanted) if wanted.eq_ignore_ascii_case(&value[read]) => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((after_star, taken)) = last_star else {
                    return false;
                };
                (at, read) = (after_star, taken + 1);
                last_star = Some((at, read));
            }
        }
    }
    pattern[at..].iter().all(|rest| *rest == b'*')
}

fn end_of_character(text: &[u8], start: usize) -> usize {
    let is_continuation = |byte: &&u8| **byte & 0b1100_0000 == 0b1000_0000;
    start + 1 + text[start + 1..].iter().take_while(is_continuation).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stars_take_any_run_and_question_marks_one_character() {
        for (pattern, matching, other) in [
            ("*", &["", "a", "a/b"][..], &[][..]),
            ("", &[""], &["a"]),
            ("/api", &["/api", "/API"], &["/apis", "/ap", ""]),
            ("/api/*", &["/api/", "/api/1/2"], &["/api", "/apix"]),
            (
                "*.example.com",
                &["a.example.com", ".example.com"],
                &["example.com"],
            ),
            ("/a?c", &["/abc", "/aéc", "/a🦀c"], &["/ac", "/abbc"]),
            ("*a*b*", &["ab", "xaxbx", "aab"], &["ba", "a", ""]),
            ("a*a", &["aa", "aba", "aaa"], &["a", "ab"]),
            ("??", &["ab", "éé"], &["a", "é", "abc"]),
            ("*??", &["ab", "éa", "xyz"], &["a", "é"]),
            ("**", &["", "a"], &[]),
            ("é*", &["é", "éa"], &["e"]),
        ] {
            let compiled = Pattern::new(pattern);
            for value in matching {
                assert!(compiled.matches(value), "{pattern:?} {value:?}");
            }
            for value in other {
                assert!(!compiled.matches(value), "{pattern:?} {value:?}");
            }
        }
    }

    #[test]
    fn the_case_of_ascii_letters_is_ignored() {
        assert!(Pattern::new("*.Example.com").matches("SHOP.example.COM"));
        assert!(Pattern::new("get").matches("GET"));
        assert!(!Pattern::new("/é").matches("/É"));
        assert!(!Pattern::new("@[").matches("`{"));
    }

    #[test]
    fn the_worst_pattern_ends_soon() {
        let pattern = Pattern::new(&"*a".repeat(64));
        assert!(!pattern.matches(&format!("{}b", "a".repeat(16 * 1024))));
    }

    /// The definition of matching, for comparison.
    fn is_defined_to_match(pattern: &[char], value: &[char]) -> bool {
        match (pattern, value) {
            ([], value) => value.is_empty(),
            (['*', rest @ ..], value) => {
                (0..=value.len()).any(|taken| is_defined_to_match(rest, &value[taken..]))
            }
            (['?', rest @ ..], [_, others @ ..]) => is_defined_to_match(rest, others),
            ([wanted, rest @ ..], [found, others @ ..]) => {
                wanted.eq_ignore_ascii_case(found) && is_defined_to_match(rest, others)
            }
            (_, []) => false,
        }
    }

    proptest! {
        #[test]
        fn what_matches_is_what_the_definition_says(pattern in "[abA?*é]{0,6}", value in "[aBbéÉ🦀]{0,7}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(
                Pattern::new(&pattern).matches(&value),
                is_defined_to_match(&chars(&pattern), &chars(&value))
            );
        }
    }
}
