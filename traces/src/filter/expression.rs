//! The syntax tree of an expression.

use std::sync::Arc;

use serde_json::Value;

use crate::summary::Service;

/// An expression or a part of one.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    /// All of them match.
    All(Vec<Expression>),
    /// At least one of them matches.
    Any(Vec<Expression>),
    /// It does not match.
    Not(Box<Expression>),
    /// A flag is set.
    Flag(Flag),
    /// Compares a number. `None`: it exists.
    Number(NumberKey, Option<(Order, f64)>),
    /// Compares a string. `None`: it exists.
    Text(TextKey, Option<TextTest>),
    /// Tests an annotation.
    Annotation(String, AnnotationTest),
    /// A visit to a service matches the rest.
    Service(Option<Reference>, Option<Box<Expression>>),
    /// A call from one service to another matches the rest.
    Edge(
        Option<Reference>,
        Option<Reference>,
        Option<Box<Expression>>,
    ),
    /// The expression of a group.
    Group(Arc<Expression>),
    /// Matches every trace, as does a group without an expression.
    Everything,
    /// An element of a root cause of this kind matches the rest.
    Cause(CauseKind, Element, Box<Expression>),
    /// There are root causes with these members.
    CauseJson(Vec<Value>),
}

/// A boolean property.
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

/// A numeric property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberKey {
    ResponseTime,
    Duration,
    HttpStatus,
    Index,
    Coverage,
}

/// A string property.
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

/// A comparison of two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Equal,
    Different,
    Less,
    AtMost,
    More,
    AtLeast,
}

/// A test of a string.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum TextTest {
    Compared(Order, String),
    Contains(String),
    BeginsWith(String),
    EndsWith(String),
}

/// A test of an annotation.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum AnnotationTest {
    /// It exists; a boolean must be true.
    Set,
    Text(TextTest),
    Number(Order, f64),
    Bool(Order, bool),
}

/// A reference to a service; the given members must be equal.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Reference {
    pub(super) name: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) account: Option<String>,
}

/// The kind of a root cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CauseKind {
    Fault,
    Error,
    ResponseTime,
}

/// The element of a root cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    Service,
    Entity,
    Exception,
}

impl Reference {
    /// The type of the nodes for callers from outside.
    const CLIENT: &str = "client";

    /// Whether it refers to this service.
    pub(super) fn takes(&self, service: &Service) -> bool {
        self.takes_as(service, service.kind.as_deref())
    }

    /// Whether it refers to the clients of a service, which have its name.
    pub(super) fn matches_clients_of(&self, service: &Service) -> bool {
        self.takes_as(service, Some(Self::CLIENT))
    }

    /// Whether it refers to a service's callers from outside: by the type of their node, or by any node of that name.
    pub(super) fn matches_callers_of(&self, service: &Service) -> bool {
        self.matches_clients_of(service) || self.kind.is_none() && self.takes(service)
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
    /// Whether a string passes the test.
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
    /// Whether two values are in this order.
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
