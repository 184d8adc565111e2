//! Passes over rules by one byte of each: nearly every rule that does not match a request fails there.

use super::{
    pattern::Pattern,
    rule::{Criteria, Subject},
};

/// Where the beginnings of a request's path, host and method stand among each other, and how much of them is kept.
const PATH: (usize, usize) = (0, 72);
const HOST: (usize, usize) = (72, 47);
const METHOD: (usize, usize) = (119, 8);
/// What all requests have in common.
const NOTHING: usize = 127;
const LENGTH: usize = 128;

/// The bit by which capital and small letters differ.
const CASE: u8 = 0x20;

/// One byte of each rule, in the order of the rules.
#[derive(Debug, Default)]
pub(super) struct Prefilters {
    signs: Vec<Sign>,
    /// Whether a byte is of a host, which has to be searched for.
    has_host: bool,
}

/// The last byte before the first wildcard of a rule's path, host or method, and its place: two paths or hosts often begin
/// alike, and seldom have the same byte there.
#[derive(Debug, Clone, Copy)]
struct Sign {
    at: u8,
    byte: u8,
}

/// The places of the rules that may match a request.
pub(super) struct Fitting<'p> {
    signs: &'p [Sign],
    beginnings: Option<[u8; LENGTH]>,
    next: usize,
}

impl Prefilters {
    pub(super) fn new<'c>(rules: impl Iterator<Item = &'c Criteria>) -> Self {
        let signs: Vec<_> = rules.map(Sign::of).collect();
        let is_of_host = |sign: &Sign| (HOST.0..HOST.0 + HOST.1).contains(&usize::from(sign.at));
        Self {
            has_host: signs.iter().any(is_of_host),
            signs,
        }
    }

    /// Returns the places of the rules that may match the request.
    pub(super) fn fitting(&self, subject: &impl Subject) -> Fitting<'_> {
        Fitting {
            signs: &self.signs,
            beginnings: self.beginnings(subject),
            next: 0,
        }
    }

    /// Returns the beginnings of what rules look at, in small letters; `None` if some of it is not known, which may match any
    /// pattern.
    fn beginnings(&self, subject: &impl Subject) -> Option<[u8; LENGTH]> {
        let mut beginnings = [0; LENGTH];
        let mut put = |(start, room): (usize, usize), text: Option<&str>| {
            let text = text.filter(|text| !text.is_empty())?.as_bytes();
            let length = text.len().min(room);
            beginnings[start..start + length].copy_from_slice(&text[..length]);
            Some(())
        };
        put(PATH, subject.path())?;
        put(METHOD, subject.method())?;
        if self.has_host {
            put(HOST, subject.host())?;
        }
        Some(beginnings.map(|byte| byte | CASE))
    }
}

impl Iterator for Fitting<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let rest = self.signs.get(self.next..)?;
        let passed = match &self.beginnings {
            Some(beginnings) => rest.iter().position(|sign| sign.is_in(beginnings))?,
            None if rest.is_empty() => return None,
            None => 0,
        };
        let place = self.next + passed;
        self.next = place + 1;
        Some(place)
    }
}

impl Sign {
    #[inline]
    fn is_in(self, beginnings: &[u8; LENGTH]) -> bool {
        beginnings[usize::from(self.at) % LENGTH] == self.byte
    }

    fn of(criteria: &Criteria) -> Self {
        let parts = [
            (PATH, &criteria.path),
            (HOST, &criteria.host),
            (METHOD, &criteria.method),
        ];
        let sign = parts
            .into_iter()
            .find_map(|(place, pattern)| Self::in_pattern(place, pattern));
        sign.unwrap_or(Self::new(NOTHING, 0))
    }

    /// `None` where the byte tells little, because nearly every value begins with it.
    fn in_pattern((start, room): (usize, usize), pattern: &Pattern) -> Option<Self> {
        let prefix = pattern.prefix();
        let last = prefix
            .len()
            .min(room)
            .checked_sub(1)
            .filter(|last| *last > 0)?;
        Some(Self::new(start + last, prefix[last]))
    }

    fn new(at: usize, byte: u8) -> Self {
        Self {
            at: u8::try_from(at).unwrap_or_default(),
            byte: byte | CASE,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::{option, prelude::*};

    use super::*;
    use crate::sampling::rule::Unknown;

    #[derive(Debug)]
    struct Asked {
        method: Option<String>,
        host: Option<String>,
        path: Option<String>,
    }

    impl Subject for Asked {
        fn method(&self) -> Option<&str> {
            self.method.as_deref()
        }

        fn host(&self) -> Option<&str> {
            self.host.as_deref()
        }

        fn path(&self) -> Option<&str> {
            self.path.as_deref()
        }

        fn attribute(&self, _: &str) -> Option<Cow<'_, str>> {
            None
        }
    }

    fn pattern() -> impl Strategy<Value = Pattern> {
        prop_oneof!["[abB/ é*?]{0,4}", "a{70,75}[bB*]?"].prop_map(|text| Pattern::new(&text))
    }

    fn value() -> impl Strategy<Value = Option<String>> {
        option::of(prop_oneof!["[abB/ é]{0,4}(:1)?", "A{70,75}b?"])
    }

    fn criteria() -> impl Strategy<Value = Criteria> {
        let unknown = prop_oneof![
            Just(Unknown::OnlyStarMatches),
            Just(Unknown::EveryPatternMatches)
        ];
        (pattern(), pattern(), pattern(), unknown).prop_map(|(method, host, path, unknown)| {
            let attributes = Vec::new();
            Criteria {
                method,
                host,
                path,
                attributes,
                unknown,
            }
        })
    }

    proptest! {
        #[test]
        fn no_rule_is_passed_over_that_is_for_the_request(
            rules in proptest::collection::vec(criteria(), 0..6),
            (method, host, path) in (value(), value(), value()),
        ) {
            let asked = Asked { method, host, path };
            let prefilters = Prefilters::new(rules.iter());
            let fitting: Vec<_> = prefilters.fitting(&asked).collect();
            for (place, rule) in rules.iter().enumerate() {
                prop_assert!(!rule.match_request(&asked) || fitting.contains(&place), "{rule:?}");
            }
        }
    }

    #[test]
    fn most_rules_for_other_requests_are_passed_over() {
        let rule = |method: &str, host: &str, path: &str| Criteria {
            method: Pattern::new(method),
            host: Pattern::new(host),
            path: Pattern::new(path),
            attributes: Vec::new(),
            unknown: Unknown::OnlyStarMatches,
        };
        let rules = [
            rule("POST", "*", "*"),
            rule("*", "cart.example:8080", "/*"),
            rule("GET", "*", "/items/7"),
            rule("*", "*", "*"),
            rule("get", "Shop.*", "/ITEMS/*"),
        ];
        let asked = Asked {
            method: Some("GET".to_owned()),
            host: Some("shop.example".to_owned()),
            path: Some("/items/8".to_owned()),
        };
        let prefilters = Prefilters::new(rules.iter());
        assert_eq!(prefilters.fitting(&asked).collect::<Vec<_>>(), [3, 4]);
    }
}
