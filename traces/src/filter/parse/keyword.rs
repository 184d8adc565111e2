//! The keywords, and where each is allowed.

use super::Scope;
use crate::filter::expression::{CauseKind, Element, Flag, NumberKey, TextKey};

/// The meaning of a keyword.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Keyword {
    Flag(Flag),
    Number(NumberKey),
    Text(TextKey),
    Annotation(String),
    Service,
    Edge,
    GroupName,
    GroupArn,
    Cause(CauseKind, Element),
    CauseJson,
}

/// Parses a keyword, ignoring case.
pub(super) fn keyword(word: &str) -> Option<Keyword> {
    let word = word.to_ascii_lowercase();
    let flag = |flag| Some(Keyword::Flag(flag));
    let number = |key| Some(Keyword::Number(key));
    let text = |key| Some(Keyword::Text(key));
    match word.as_str() {
        "ok" => flag(Flag::Ok),
        "error" => flag(Flag::Error),
        "throttle" => flag(Flag::Throttle),
        "fault" => flag(Flag::Fault),
        "partial" => flag(Flag::Partial),
        "inferred" => flag(Flag::Inferred),
        "first" => flag(Flag::First),
        "last" => flag(Flag::Last),
        "remote" => flag(Flag::Remote),
        "root" => flag(Flag::Root),
        "responsetime" => number(NumberKey::ResponseTime),
        "duration" => number(NumberKey::Duration),
        "http.status" => number(NumberKey::HttpStatus),
        "index" => number(NumberKey::Index),
        "coverage" => number(NumberKey::Coverage),
        "http.url" => text(TextKey::HttpUrl),
        // X-Ray does not have the next four; the page groups by them.
        "http.route" => text(TextKey::HttpRoute),
        "service.version" => text(TextKey::Version),
        "eks.pod" => text(TextKey::Pod),
        "ecs.container" => text(TextKey::Container),
        "http.method" => text(TextKey::HttpMethod),
        "http.useragent" => text(TextKey::HttpUserAgent),
        "http.clientip" => text(TextKey::HttpClientIp),
        "user" => text(TextKey::User),
        "name" => text(TextKey::Name),
        "type" => text(TextKey::Type),
        "message" => text(TextKey::Message),
        "availabilityzone" => text(TextKey::Zone),
        "instance.id" => text(TextKey::Instance),
        "resource.arn" => text(TextKey::Arn),
        "account.id" => text(TextKey::Account),
        "service" => Some(Keyword::Service),
        "edge" => Some(Keyword::Edge),
        "group.name" => Some(Keyword::GroupName),
        "group.arn" => Some(Keyword::GroupArn),
        "rootcause.json" => Some(Keyword::CauseJson),
        word => cause(word.strip_prefix("rootcause.")?),
    }
}

fn cause(word: &str) -> Option<Keyword> {
    let (kind, element) = word.split_once('.')?;
    let kind = match kind {
        "fault" => CauseKind::Fault,
        "error" => CauseKind::Error,
        "responsetime" => CauseKind::ResponseTime,
        _ => return None,
    };
    let element = match element {
        "service" => Element::Service,
        "entity" => Element::Entity,
        "exception" => Element::Exception,
        _ => return None,
    };
    Some(Keyword::Cause(kind, element))
}

impl Scope {
    /// Whether a keyword is allowed here; the error says what is.
    pub(super) fn allows(self, keyword: &Keyword) -> Result<(), &'static str> {
        let allowed = match self {
            Self::Trace => !matches!(
                keyword,
                Keyword::Flag(Flag::First | Flag::Last)
                    | Keyword::Number(NumberKey::Index | NumberKey::Coverage)
            ),
            Self::Service | Self::Edge => match keyword {
                Keyword::Flag(flag) => !matches!(flag, Flag::First | Flag::Last),
                Keyword::Number(key) => !matches!(key, NumberKey::Index | NumberKey::Coverage),
                Keyword::Text(_) => true,
                _ => false,
            },
            Self::Cause(Element::Exception) => {
                matches!(
                    keyword,
                    Keyword::Text(TextKey::Name | TextKey::Message)
                        | Keyword::Flag(Flag::First | Flag::Last)
                        | Keyword::Number(NumberKey::Index)
                )
            }
            Self::Cause(Element::Service | Element::Entity) => matches!(
                keyword,
                Keyword::Flag(
                    Flag::First | Flag::Last | Flag::Inferred | Flag::Remote | Flag::Root
                ) | Keyword::Number(NumberKey::Index | NumberKey::Coverage)
                    | Keyword::Text(
                        TextKey::Name | TextKey::Type | TextKey::Account | TextKey::Message
                    )
            ),
        };
        if allowed {
            Ok(())
        } else {
            Err(self.expected())
        }
    }

    fn expected(self) -> &'static str {
        match self {
            Self::Trace => {
                "a condition on traces (this one is allowed only in the braces of rootcause)"
            }
            Self::Service => {
                "a condition on a service's segments: an outcome, responsetime, duration, http.…, user, name, type, message and the like"
            }
            Self::Edge => {
                "a condition on calls: an outcome, responsetime, duration, http.…, or a property of the called service"
            }
            Self::Cause(Element::Exception) => {
                "a condition on exceptions: name, message, first, last or index"
            }
            Self::Cause(_) => {
                "a condition on parts of a root cause: name, type, account.id, message, first, last, index, coverage, inferred, remote or root"
            }
        }
    }
}
