//! The subject of a condition, and the values it has: flags, numbers and strings.

use std::sync::Arc;

use super::expression::{Flag, NumberKey, TextKey};
use crate::summary::{
    Call, CauseException, Http, Outcome, Place, PlaceKind, Service, Source, Summary, Visit,
};

/// What a condition applies to.
#[derive(Clone, Copy)]
pub(super) enum Subject<'s> {
    /// The whole trace.
    Trace(&'s Summary),
    /// One segment of it.
    Visit(&'s Summary, &'s Visit),
    /// One call in it.
    Edge(Edge<'s>),
    /// A part of a root cause.
    Part(Part<'s>),
}

/// A call, or a request from outside: its outcome for the caller, and the called service.
#[derive(Clone, Copy)]
pub(super) struct Edge<'s> {
    trace: &'s Summary,
    to: &'s Visit,
    outcome: Outcome,
    seconds: Option<f64>,
    http: Option<&'s Http>,
    is_root: bool,
}

/// A service, an entity or an exception of a root cause.
#[derive(Clone, Copy)]
pub(super) struct Part<'s> {
    pub(super) index: usize,
    pub(super) count: usize,
    pub(super) name: &'s str,
    pub(super) service: Option<&'s Service>,
    pub(super) is_inferred: bool,
    pub(super) is_remote: bool,
    pub(super) is_root: bool,
    pub(super) coverage: Option<f64>,
    pub(super) exceptions: &'s [CauseException],
}

impl<'s> Edge<'s> {
    pub(super) fn of_call(trace: &'s Summary, call: &'s Call) -> Self {
        let to = &trace.visits[call.to];
        Self {
            trace,
            to,
            outcome: call.outcome,
            seconds: call.end.map(|end| end.since(call.start).as_secs_f64()),
            http: call.http.as_deref().or(to.http.as_deref()),
            is_root: false,
        }
    }

    pub(super) fn of_entry(trace: &'s Summary, visit: &'s Visit) -> Self {
        Self {
            trace,
            to: visit,
            outcome: visit.outcome,
            seconds: visit.seconds(),
            http: visit.http.as_deref(),
            is_root: true,
        }
    }
}

impl<'s> Subject<'s> {
    /// The trace, if conditions on traces are allowed.
    pub(super) fn trace(&self) -> Option<&'s Summary> {
        match self {
            Self::Trace(trace) => Some(trace),
            Self::Visit(..) | Self::Edge(_) | Self::Part(_) => None,
        }
    }

    /// The segment of the subject: for a call, the called one.
    fn visit(&self) -> Option<(&'s Summary, &'s Visit)> {
        match self {
            Self::Visit(trace, visit) => Some((trace, visit)),
            Self::Edge(edge) => Some((edge.trace, edge.to)),
            Self::Trace(_) | Self::Part(_) => None,
        }
    }

    pub(super) fn flag(&self, flag: Flag) -> bool {
        match flag {
            Flag::Ok => self.is_ok(),
            Flag::Error => self.outcome().is_some_and(|outcome| outcome.error),
            Flag::Throttle => self.outcome().is_some_and(|outcome| outcome.throttle),
            Flag::Fault => self.outcome().is_some_and(|outcome| outcome.fault),
            Flag::Partial => self.is_partial(),
            Flag::Inferred => self.is_inferred(),
            Flag::Remote => self.is_remote(),
            Flag::Root => self.is_root(),
            Flag::First => matches!(self, Self::Part(part) if part.index == 0),
            Flag::Last => matches!(self, Self::Part(part) if part.index + 1 == part.count),
        }
    }

    fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Trace(trace) => Some(trace.outcome),
            Self::Visit(_, visit) => Some(visit.outcome),
            Self::Edge(edge) => Some(edge.outcome),
            Self::Part(_) => None,
        }
    }

    /// Whether it ended successfully; for a trace, whether its entries did.
    fn is_ok(&self) -> bool {
        match self {
            Self::Trace(trace) => {
                trace.root().is_some()
                    && trace
                        .entries()
                        .all(|entry| entry.end.is_some() && entry.outcome.is_ok())
            }
            Self::Visit(..) | Self::Edge(_) => {
                !self.is_partial() && self.outcome().is_some_and(Outcome::is_ok)
            }
            Self::Part(_) => false,
        }
    }

    fn is_partial(&self) -> bool {
        match self {
            Self::Trace(trace) => trace.is_partial,
            Self::Visit(_, visit) => visit.end.is_none(),
            Self::Edge(edge) => edge.seconds.is_none(),
            Self::Part(_) => false,
        }
    }

    fn is_inferred(&self) -> bool {
        match self {
            Self::Trace(trace) => trace
                .visits
                .iter()
                .any(|visit| visit.source == Source::Inferred),
            Self::Visit(_, visit) => visit.source == Source::Inferred,
            Self::Edge(edge) => edge.to.source == Source::Inferred,
            Self::Part(part) => part.is_inferred,
        }
    }

    fn is_remote(&self) -> bool {
        let is_remote = |service: &Service| service.kind.as_deref() == Some("remote");
        match self {
            Self::Trace(trace) => trace.visits.iter().any(|visit| is_remote(&visit.service)),
            Self::Visit(_, visit) => is_remote(&visit.service),
            Self::Edge(_) => true,
            Self::Part(part) => part.is_remote,
        }
    }

    fn is_root(&self) -> bool {
        match self {
            Self::Trace(trace) => trace.root().is_some(),
            Self::Visit(_, visit) => visit.is_entry(),
            Self::Edge(edge) => edge.is_root,
            Self::Part(part) => part.is_root,
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "status codes and indexes are small"
    )]
    pub(super) fn number(&self, key: NumberKey) -> Option<f64> {
        match (key, self) {
            (NumberKey::ResponseTime, Self::Trace(trace)) => trace.response_time(),
            (NumberKey::Duration, Self::Trace(trace)) => Some(trace.duration()),
            (NumberKey::ResponseTime | NumberKey::Duration, Self::Visit(_, visit)) => {
                visit.seconds()
            }
            (NumberKey::ResponseTime | NumberKey::Duration, Self::Edge(edge)) => edge.seconds,
            (NumberKey::HttpStatus, _) => self.http()?.status.map(|status| status as f64),
            (NumberKey::Index, Self::Part(part)) => Some(part.index as f64),
            (NumberKey::Coverage, Self::Part(part)) => part.coverage,
            (NumberKey::ResponseTime | NumberKey::Duration, Self::Part(_))
            | (NumberKey::Index | NumberKey::Coverage, _) => None,
        }
    }

    fn http(&self) -> Option<&'s Http> {
        match self {
            Self::Trace(trace) => trace.root()?.http.as_deref(),
            Self::Visit(_, visit) => visit.http.as_deref(),
            Self::Edge(edge) => edge.http,
            Self::Part(_) => None,
        }
    }

    /// Whether any of the strings of a keyword passes the test.
    pub(super) fn any_text(&self, key: TextKey, wanted: impl Fn(&str) -> bool) -> bool {
        let is_wanted = |text: Option<&Arc<str>>| text.is_some_and(|text| wanted(text));
        let http = || self.http();
        match key {
            TextKey::HttpUrl => is_wanted(http().and_then(|http| http.url.as_ref())),
            TextKey::HttpRoute => is_wanted(http().and_then(|http| http.route.as_ref())),
            TextKey::HttpMethod => is_wanted(http().and_then(|http| http.method.as_ref())),
            TextKey::HttpUserAgent => is_wanted(http().and_then(|http| http.user_agent.as_ref())),
            TextKey::HttpClientIp => is_wanted(http().and_then(|http| http.client_ip.as_ref())),
            TextKey::Zone => self.any_place(PlaceKind::Zone, wanted),
            TextKey::Instance => self.any_place(PlaceKind::Instance, wanted),
            TextKey::Arn => self.any_place(PlaceKind::Arn, wanted),
            TextKey::Pod => self.any_place(PlaceKind::Pod, wanted),
            TextKey::Container => self.any_place(PlaceKind::Container, wanted),
            TextKey::Version => self.any_place(PlaceKind::Version, wanted),
            TextKey::User => self.any_user(wanted),
            TextKey::Message => self.any_message(wanted),
            TextKey::Name => match self {
                Self::Part(part) => wanted(part.name),
                _ => self.any_service(|service| wanted(&service.name)),
            },
            TextKey::Type => {
                self.any_service(|service| service.kind.as_deref().is_some_and(&wanted))
            }
            TextKey::Account => {
                self.any_service(|service| service.account.as_deref().is_some_and(&wanted))
            }
        }
    }

    fn any_place(&self, kind: PlaceKind, wanted: impl Fn(&str) -> bool) -> bool {
        let is_wanted = |place: &&Place| place.kind == kind && wanted(&place.name);
        match (self.trace(), self.visit()) {
            (Some(trace), _) => trace.places.iter().any(|place| is_wanted(&place)),
            (None, Some((trace, visit))) => trace
                .places
                .iter()
                .filter(is_wanted)
                .filter_map(|place| place.service.as_ref())
                .any(|service| Arc::ptr_eq(service, &visit.service)),
            (None, None) => false,
        }
    }

    fn any_user(&self, wanted: impl Fn(&str) -> bool) -> bool {
        match (self.trace(), self.visit()) {
            (Some(trace), _) => trace.users.iter().any(|user| wanted(&user.name)),
            (None, Some((trace, visit))) => {
                let mut users = trace.users.iter();
                users.any(|user| Arc::ptr_eq(&user.service, &visit.service) && wanted(&user.name))
            }
            (None, None) => false,
        }
    }

    fn any_message(&self, wanted: impl Fn(&str) -> bool) -> bool {
        let any = |exceptions: &[CauseException]| {
            exceptions
                .iter()
                .any(|exception| wanted(&exception.message))
        };
        let any_of = |trace: &Summary, is_meant: &dyn Fn(&Arc<Service>) -> bool| {
            let services = trace.root_causes.all().flat_map(|cause| &cause.services);
            services
                .filter(|cause| is_meant(&cause.service))
                .flat_map(|cause| &cause.entities)
                .any(|entity| any(&entity.exceptions))
        };
        match (self, self.visit()) {
            (Self::Part(part), _) => any(part.exceptions),
            (Self::Trace(trace), _) => any_of(trace, &|_| true),
            (_, Some((trace, visit))) => {
                any_of(trace, &|service| Arc::ptr_eq(service, &visit.service))
            }
            (_, None) => false,
        }
    }

    fn any_service(&self, wanted: impl Fn(&Service) -> bool) -> bool {
        match (self, self.visit()) {
            (Self::Trace(trace), _) => trace.visits.iter().any(|visit| wanted(&visit.service)),
            (Self::Part(part), _) => part.service.is_some_and(wanted),
            (_, Some((_, visit))) => wanted(&visit.service),
            (_, None) => false,
        }
    }
}
