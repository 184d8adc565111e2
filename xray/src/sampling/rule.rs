//! One rule: which requests it is for, and how many of them it samples.

use std::{borrow::Cow, cell::OnceCell, sync::Arc};

use super::pattern::{Hint, Pattern};

/// A request, as far as rules look at it. Asked only for what a rule wants to know.
pub trait Subject {
    /// Returns the method.
    fn method(&self) -> Option<&str>;
    /// Returns whom the client asked, as it wrote it: with the port, if it wrote one.
    fn host(&self) -> Option<&str>;
    /// Returns the path, without the query.
    fn path(&self) -> Option<&str>;
    /// Returns an attribute that the segment would have at its start, by OpenTelemetry's name.
    fn attribute(&self, key: &str) -> Option<Cow<'_, str>>;
}

/// A request that is asked for its host, which it has to look up among its headers, once for all rules.
pub(super) struct AskedOnce<'s, S> {
    subject: &'s S,
    host: OnceCell<Option<&'s str>>,
}

impl<'s, S: Subject> AskedOnce<'s, S> {
    pub(super) fn new(subject: &'s S) -> Self {
        Self {
            subject,
            host: OnceCell::new(),
        }
    }
}

impl<S: Subject> Subject for AskedOnce<'_, S> {
    fn method(&self) -> Option<&str> {
        self.subject.method()
    }

    fn host(&self) -> Option<&str> {
        *self.host.get_or_init(|| self.subject.host())
    }

    fn path(&self) -> Option<&str> {
        self.subject.path()
    }

    fn attribute(&self, key: &str) -> Option<Cow<'_, str>> {
        self.subject.attribute(key)
    }
}

/// A sampling rule, of X-Ray or of a file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rule {
    /// X-Ray's name for it; rules of a file have a description at most.
    pub(super) name: Arc<str>,
    /// Rules with a lower one are tried first.
    pub(super) priority: u32,
    /// Which part of the requests is sampled beside the reservoir: 0 to 1.
    pub(super) fixed_rate: f64,
    /// How many requests a second are sampled in any case: by all services together if the rule is X-Ray's.
    pub(super) reservoir_size: u32,
    /// Which requests it is for.
    pub(super) criteria: Criteria,
}

/// What a request must look like.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Criteria {
    pub(super) method: Pattern,
    pub(super) host: Pattern,
    pub(super) path: Pattern,
    pub(super) attributes: Vec<(String, Pattern)>,
    pub(super) unknown: Unknown,
}

/// What becomes of a request of which something is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    /// It matches only what everything matches. X-Ray's rules.
    MatchesAny,
    /// It matches everything, and so does what is empty. Rules of a file.
    MatchesAll,
}

/// What of a rule's criteria is looked at first: nearly every rule that is not for a request fails here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Glance {
    method: Hint,
    path: Hint,
    host: Hint,
}

impl Glance {
    pub(super) fn of(criteria: &Criteria) -> Self {
        Self {
            method: criteria.method.hint(),
            path: criteria.path.hint(),
            host: criteria.host.hint(),
        }
    }

    /// Whether the rule may be for this request.
    #[inline]
    pub(super) fn fits(&self, subject: &impl Subject) -> bool {
        self.method.fits(|| subject.method())
            && self.path.fits(|| subject.path())
            && self.host.fits(|| subject.host())
    }
}

impl Criteria {
    /// Whether the rule is for this request.
    pub(super) fn match_request(&self, subject: &impl Subject) -> bool {
        self.matches(&self.method, || subject.method())
            && self.matches(&self.path, || subject.path())
            && self.match_host(subject)
            && self.attributes.iter().all(|(key, pattern)| {
                let value = subject.attribute(key);
                value.is_some_and(|value| pattern.matches(&value))
            })
    }

    /// A pattern may be written for the host alone or for the host with its port.
    fn match_host(&self, subject: &impl Subject) -> bool {
        self.host.is_any() || self.known(subject.host(), |host| self.host.matches_host(host))
    }

    fn matches<'s>(&self, pattern: &Pattern, value: impl FnOnce() -> Option<&'s str>) -> bool {
        pattern.is_any() || self.known(value(), |value| pattern.matches(value))
    }

    fn known(&self, value: Option<&str>, matches: impl FnOnce(&str) -> bool) -> bool {
        match (self.unknown, value) {
            (Unknown::MatchesAll, None | Some("")) => true,
            (Unknown::MatchesAny, None) => false,
            (_, Some(value)) => matches(value),
        }
    }
}
