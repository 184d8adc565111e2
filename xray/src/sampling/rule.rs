//! One rule: which requests it matches, and how many of them it samples.

use std::{borrow::Cow, cell::OnceCell, sync::Arc};

use super::pattern::Pattern;

/// A request, or a span without one, as input for sampling rules. Each method is called only if a rule needs the
/// value.
pub trait Subject {
    /// Returns the HTTP method, as `GET`; `None` without a request.
    fn method(&self) -> Option<&str>;
    /// Returns the host that the client asked for, as written, with the port if there is one; `None` if it is unknown.
    fn host(&self) -> Option<&str>;
    /// Returns the path, without the query; `None` without a request.
    fn path(&self) -> Option<&str>;
    /// Returns an attribute that the segment has at its start, by OpenTelemetry's name.
    fn attribute(&self, key: &str) -> Option<Cow<'_, str>>;
}

/// A request that is read once for all rules. Its host, which must be searched for among its headers, is read only if a
/// rule needs it.
pub(super) struct ReadOnce<'s, S> {
    subject: &'s S,
    method: Option<&'s str>,
    path: Option<&'s str>,
    host: OnceCell<Option<&'s str>>,
}

impl<'s, S: Subject> ReadOnce<'s, S> {
    pub(super) fn new(subject: &'s S) -> Self {
        Self {
            subject,
            method: subject.method(),
            path: subject.path(),
            host: OnceCell::new(),
        }
    }
}

impl<S: Subject> Subject for ReadOnce<'_, S> {
    fn method(&self) -> Option<&str> {
        self.method
    }

    fn host(&self) -> Option<&str> {
        *self.host.get_or_init(|| self.subject.host())
    }

    fn path(&self) -> Option<&str> {
        self.path
    }

    fn attribute(&self, key: &str) -> Option<Cow<'_, str>> {
        self.subject.attribute(key)
    }
}

/// A sampling rule, of X-Ray or of a file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rule {
    /// The rule's name in X-Ray; for a rule of a file, its description, if any.
    pub(super) name: Arc<str>,
    /// Rules with a lower priority are tried first.
    pub(super) priority: u32,
    /// Which share of the requests beyond the reservoir is sampled, from 0 to 1.
    pub(super) fixed_rate: f64,
    /// How many requests a second are sampled in any case. For an X-Ray rule, by all services together.
    pub(super) reservoir_size: u32,
    /// Which requests the rule matches.
    pub(super) criteria: Criteria,
}

/// What a request must match.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Criteria {
    pub(super) method: Pattern,
    pub(super) host: Pattern,
    pub(super) path: Pattern,
    pub(super) attributes: Vec<(String, Pattern)>,
    pub(super) unknown: Unknown,
}

/// How to match a value of a request that is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    /// Only `*` matches it. For X-Ray's rules.
    OnlyStarMatches,
    /// Every pattern matches it, and matches an empty value. For rules of a file.
    EveryPatternMatches,
}

impl Criteria {
    /// Whether the rule matches the request.
    pub(super) fn match_request(&self, subject: &impl Subject) -> bool {
        self.matches(&self.method, || subject.method())
            && self.matches(&self.path, || subject.path())
            && self.match_host(subject)
            && self.attributes.iter().all(|(key, pattern)| {
                let value = subject.attribute(key);
                value.is_some_and(|value| pattern.matches(&value))
            })
    }

    /// Matches the pattern against the host with its port, and against the host alone.
    fn match_host(&self, subject: &impl Subject) -> bool {
        self.host.is_any() || self.known(subject.host(), |host| self.host.matches_host(host))
    }

    fn matches<'s>(&self, pattern: &Pattern, value: impl FnOnce() -> Option<&'s str>) -> bool {
        pattern.is_any() || self.known(value(), |value| pattern.matches(value))
    }

    fn known(&self, value: Option<&str>, matches: impl FnOnce(&str) -> bool) -> bool {
        match (self.unknown, value) {
            (Unknown::EveryPatternMatches, None | Some("")) => true,
            (Unknown::OnlyStarMatches, None) => false,
            (_, Some(value)) => matches(value),
        }
    }
}
