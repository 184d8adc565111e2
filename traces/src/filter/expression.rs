//! What an expression means.

use std::sync::Arc;

use serde_json::Value;

use crate::summary::Service;

/// An expression or a part of one.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    /// All of them.
    All(Vec<Expression>),
    /// One of them.
    Any(Vec<Expression>),
    /// Not that.
    Not(Box<Expression>),
    /// A flag is set.
    Flag(Flag),
    /// A number compares so. `None`: there is one.
    Number(NumberKey, Option<(Order, f64)>),
    /// A text compares so. `None`: there is one.
    Text(TextKey, Option<TextTest>),
    /// An annotation compares so.
    Annotation(String, AnnotationTest),
    /// A service was visited, by a visit that fulfils the rest.
    Service(Option<Reference>, Option<Box<Expression>>),
    /// One service called another, by a call that fulfils the rest.
    Edge(
        Option<Reference>,
        Option<Reference>,
        Option<Box<Expression>>,
    ),
    /// The expression of a group.
    Group(Arc<Expression>),
    /// Everything, as the group does that has no expression.
    Everything,
    /// A root cause of this kind has an element that fulfils the rest.
    Cause(CauseKind, Element, Box<Expression>),
    /// There are root causes like these.
    CauseJson(Vec<Value>),
}

/// What is on or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flag {
    Ok,
    Error,
    Throttle,
    Fault,
    Partial,
    Inferred,
    First,
    Last,
    Remote,
    Root,
}

/// What is a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberKey {
    ResponseTime,
    Duration,
    HttpStatus,
    Index,
    Coverage,
}

/// What is a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextKey {
    HttpUrl,
    HttpRoute,
    HttpMethod,
    HttpUserAgent,
    HttpClientIp,
    User,
    Name,
    Type,
    Message,
    Zone,
    Instance,
    Arn,
    Pod,
    Container,
    Version,
    Account,
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Equal,
    Different,
    Less,
    AtMost,
    More,
    AtLeast,
}

/// How a text must be.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum TextTest {
    Compared(Order, String),
    Contains(String),
    BeginsWith(String),
    EndsWith(String),
}

/// How an annotation must be.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum AnnotationTest {
    /// It is there; a boolean is true.
    Set,
    Text(TextTest),
    Number(Order, f64),
    Bool(Order, bool),
}

/// Which service is meant: what is given must be equal.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Reference {
    pub(super) name: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) account: Option<String>,
}

/// What a root cause is the cause of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CauseKind {
    Fault,
    Error,
    ResponseTime,
}

/// What of a root cause is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    Service,
    Entity,
    Exception,
}

impl Reference {
    /// The type of the nodes that stand for callers from outside.
    const CLIENT: &str = "client";

    /// Whether a service is meant.
    pub(super) fn takes(&self, service: &Service) -> bool {
        self.takes_as(service, service.kind.as_deref())
    }

    /// Whether the clients of a service are meant: they have its name.
    pub(super) fn takes_clients_of(&self, service: &Service) -> bool {
        self.takes_as(service, Some(Self::CLIENT))
    }

    /// Whether the callers of a service from outside are meant: their node, or any node of that name.
    pub(super) fn takes_callers_of(&self, service: &Service) -> bool {
        self.takes_clients_of(service) || self.kind.is_none() && self.takes(service)
    }

    fn takes_as(&self, service: &Service, kind: Option<&str>) -> bool {
        let is = |wanted: &Option<String>, value: Option<&str>| {
            wanted
                .as_deref()
                .is_none_or(|wanted| wanted == value.unwrap_or_default())
        };
        is(&self.name, Some(&service.name))
            && is(&self.kind, kind)
            && is(&self.account, service.account.as_deref())
    }
}

impl TextTest {
    /// Whether a text is so.
    pub(super) fn takes(&self, text: &str) -> bool {
        match self {
            Self::Compared(order, wanted) => order.holds(text, wanted.as_str()),
            Self::Contains(part) => text.contains(part.as_str()),
            Self::BeginsWith(part) => text.starts_with(part.as_str()),
            Self::EndsWith(part) => text.ends_with(part.as_str()),
        }
    }
}

impl Order {
    /// Whether two values stand in this order.
    pub(super) fn holds<T: PartialOrd + ?Sized>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Equal => left == right,
            Self::Different => left != right,
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::More => left > right,
            Self::AtLeast => left >= right,
        }
    }
}
