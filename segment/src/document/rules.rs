//! X-Ray's rules for a document that can be read: what X-Ray would refuse, and what it would take and not index.
//!
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html>

mod shape;

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use super::{AWS, Document, REMOTE};
use crate::{SegmentId, Time, Value, names, value::Members};

pub use shape::{DOCUMENT, Shape, of};

/// How many breaches of a rule are named; the others are counted.
const NAMED: usize = 3;
/// How long X-Ray keeps a trace: 30 days. Nothing lasts longer.
pub const RETENTION: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How far the clocks of a sender and its receiver may be apart: what AWS allows in the signature of a request.
const APART: Duration = Duration::from_secs(5 * 60);
/// Seconds since 1970 have ten digits until the year 2286.
const ANOTHER_AGE: Time = Time::from_nanos(10_000_000_000 * 1_000_000_000);
/// What `namespace` of a subsegment may be; AWS's SDK for Python writes the third for local work.
pub const NAMESPACES: [&str; 3] = [AWS, REMOTE, "local"];

/// A rule that a document breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// A name has only white space.
    BlankName,
    /// An id is there twice.
    DuplicateId,
    /// A part lasts longer than X-Ray keeps traces, begins in another age, or begins after it arrived.
    ImplausibleTime,
    /// The key or the value of an annotation is none that X-Ray indexes.
    InvalidAnnotation,
    /// A name has characters that X-Ray does not allow.
    InvalidName,
    /// `namespace` of a segment, or one that is neither `aws` nor `remote`.
    InvalidNamespace,
    /// `parent_id` is there and empty.
    InvalidParentId,
    /// A subsegment without a name.
    MissingName,
    /// A text is longer than AWS documents.
    TextTooLong,
    /// More annotations than X-Ray indexes of a trace.
    TooManyAnnotations,
    /// More links than X-Ray takes of a segment.
    TooManyLinks,
    /// A member has another type than it should.
    WrongType,
}

impl Rule {
    /// Returns the rule as X-Ray writes its codes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BlankName => "BlankName",
            Self::DuplicateId => "DuplicateId",
            Self::ImplausibleTime => "ImplausibleTime",
            Self::InvalidAnnotation => "InvalidAnnotation",
            Self::InvalidName => "InvalidName",
            Self::InvalidNamespace => "InvalidNamespace",
            Self::InvalidParentId => "InvalidParentId",
            Self::MissingName => "MissingName",
            Self::TextTooLong => "TextTooLong",
            Self::TooManyAnnotations => "TooManyAnnotations",
            Self::TooManyLinks => "TooManyLinks",
            Self::WrongType => "WrongType",
        }
    }

    /// Whether X-Ray refuses the document for it. Whatever else breaks a rule is taken: emitters have sent it for years.
    pub fn refuses(self) -> bool {
        matches!(
            self,
            Self::InvalidName | Self::MissingName | Self::WrongType
        )
    }
}

/// What breaks rules, by rule.
///
/// ```
/// use segment::{Document, document::rules::{Breaches, Rule}};
///
/// let text = r#"{"name": "shop", "id": "53995c3f42cd8ad8", "trace_id": "1-5f84c7a1-e7d1852db8c4fd35d88bf49a",
///     "start_time": 1, "end_time": 2, "http": {"response": {"status": "ok"}}}"#;
/// let breaches = Breaches::of(text, &Document::decode(text)?);
/// assert_eq!(breaches.rules().collect::<Vec<_>>(), [Rule::WrongType]);
/// assert!(breaches.words().unwrap().contains("http.response.status"));
/// # Ok::<(), segment::RefusedDocument>(())
/// ```
#[derive(Debug, Default, PartialEq)]
pub struct Breaches(BTreeMap<Rule, Kind>);

#[derive(Debug, Default, PartialEq)]
struct Kind {
    named: Vec<String>,
    others: usize,
}

impl Breaches {
    /// Looks at `document`, which was read from `text`, and at its subsegments.
    pub fn of(text: &str, document: &Document<'_>) -> Self {
        let mut breaches = Self::default();
        if let Ok(Value::Object(members)) = Value::parse_borrowed(text) {
            breaches.look_at_members("", &members, document.is_subsegment);
        }
        let mut ids = HashSet::new();
        let mut stack = vec![document];
        while let Some(part) = stack.pop() {
            breaches.look_at_identity(part, &mut ids);
            stack.extend(part.subsegments.iter().rev());
        }
        breaches
    }

    /// Looks at a document that arrived `at` a time by the receiver's clock.
    pub fn look_at_arrival(&mut self, document: &Document<'_>, at: Time) {
        let start = document.start_time;
        if is_ahead(start, at) {
            let ahead = start.since(at).as_secs();
            let words = format!(
                "start_time is {ahead} s after it arrived, so no list shows it before then: is the clock of the sender right, and this one?"
            );
            self.add(Rule::ImplausibleTime, words);
        }
    }

    /// Returns each rule that is broken, once.
    pub fn rules(&self) -> impl Iterator<Item = Rule> {
        self.0.keys().copied()
    }

    /// Says what is wrong, and with which values; `None` if nothing is. Of each kind the first few are named, the others
    /// counted.
    pub fn words(&self) -> Option<String> {
        let kinds: Vec<_> = self
            .0
            .iter()
            .map(|(rule, kind)| kind.words(*rule))
            .collect();
        (!kinds.is_empty()).then(|| kinds.join("; "))
    }

    /// Returns the first rule for which X-Ray refuses the document, and what breaks it.
    pub fn refusal(&self) -> Option<(Rule, String)> {
        let mut refusing = self.0.iter().filter(|(rule, _)| rule.refuses());
        refusing
            .next()
            .map(|(rule, kind)| (*rule, kind.named.join(", ")))
    }

    fn look_at_identity(&mut self, part: &Document<'_>, ids: &mut HashSet<SegmentId>) {
        if let Some(character) = names::illegal_in_name(&part.name) {
            let name = names::cut_str(&part.name, 64);
            let words = format!("the name {name} has {character:?}, which X-Ray refuses");
            self.add(Rule::InvalidName, words);
        }
        if is_blank(&part.name) {
            let words = format!("the name {:?} has only white space", part.name);
            self.add(Rule::BlankName, words);
        }
        if !are_plausible(part.start_time, part.end_time) {
            self.add(Rule::ImplausibleTime, words_of_times(part));
        }
        if !ids.insert(part.id) {
            self.add(Rule::DuplicateId, format!("{} is there twice", part.id));
        }
        let namespace = part.namespace.as_deref();
        match namespace.filter(|name| !part.is_subsegment || !NAMESPACES.contains(name)) {
            Some(name) if part.is_subsegment => {
                let name = names::cut_str(name, 64);
                let words = format!("the namespace {name} is none of aws and remote");
                self.add(Rule::InvalidNamespace, words);
            }
            Some(_) => {
                let words = "only a subsegment has a namespace".to_owned();
                self.add(Rule::InvalidNamespace, words);
            }
            None => {}
        }
    }

    fn look_at_members(&mut self, path: &str, members: &Members<'_>, is_subsegment: bool) {
        if is_subsegment && is_nameless(members) {
            let id = members.iter().find(|(name, _)| name == "id");
            let id = id.and_then(|(_, id)| id.as_text()).unwrap_or_default();
            self.add(
                Rule::MissingName,
                format!("the subsegment {id} has no name"),
            );
        }
        for (name, value) in members {
            let path = format!("{path}{name}");
            match (name.as_ref(), value) {
                ("subsegments", Value::Array(subsegments)) => {
                    for subsegment in subsegments {
                        if let Value::Object(members) = subsegment {
                            self.look_at_members(&format!("{path}."), members, true);
                        }
                    }
                }
                ("parent_id", value) if *value != Value::Null && is_empty(value) => {
                    let words = format!("{path} is {value}, which counts as none");
                    self.add(Rule::InvalidParentId, words);
                }
                _ => {
                    let shape = shape::of(DOCUMENT, name);
                    shape.misfits(&path, value, &mut |rule, words| self.add(rule, words));
                }
            }
        }
    }

    fn add(&mut self, rule: Rule, words: String) {
        let kind = self.0.entry(rule).or_default();
        if kind.named.len() < NAMED {
            kind.named.push(words);
        } else {
            kind.others += 1;
        }
    }
}

impl Kind {
    fn words(&self, rule: Rule) -> String {
        let more = match self.others {
            0 => String::new(),
            others => format!(" and {others} more"),
        };
        format!("{}: {}{more}", rule.as_str(), self.named.join(", "))
    }
}

fn is_nameless(members: &Members<'_>) -> bool {
    let name = members.iter().rev().find(|(name, _)| name == "name");
    name.is_none_or(|(_, name)| is_empty(name))
}

/// Whether a name is there and says nothing.
pub fn is_blank(name: &str) -> bool {
    !name.is_empty() && name.trim().is_empty()
}

/// Whether a part may have begun and ended then: it lasted at most as long as X-Ray keeps a trace (30 days), in our time.
pub fn are_plausible(start: Time, end: Option<Time>) -> bool {
    start < ANOTHER_AGE && end.is_none_or(|end| end.since(start) <= RETENTION)
}

/// Whether what arrived `at` a time begins so long after it that a clock must be wrong: more than five minutes.
pub fn is_ahead(start: Time, at: Time) -> bool {
    start.since(at) > APART
}

fn words_of_times(part: &Document<'_>) -> String {
    let start = part.start_time.as_seconds();
    match part.end_time {
        Some(end) => format!(
            "from start_time {start} to end_time {} (seconds since 1970) is more than the 30 days for which X-Ray keeps a trace, or begins after the year 2286",
            end.as_seconds()
        ),
        None => format!("start_time {start} (seconds since 1970) is after the year 2286"),
    }
}

/// Whether a value says nothing: some emitters write an empty object, list or text for what is absent.
pub(super) fn is_empty(value: &Value<'_>) -> bool {
    match value {
        Value::Null => true,
        Value::Text(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Integer(_) | Value::Number(_) => false,
    }
}
