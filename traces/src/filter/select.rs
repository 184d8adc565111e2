//! Entity selectors: `service("a")`, `edge("a", "b")`, `id(name: "a")`.

use segment::Time;

use super::{
    FilterError,
    expression::{Expression, Reference},
    parse,
};
use crate::summary::{Outcome, Summary};

/// An entity selector of the X-Ray API.
///
/// <https://docs.aws.amazon.com/xray/latest/api/API_GetTimeSeriesServiceStatistics.html>
#[derive(Debug, Clone, PartialEq)]
pub struct Selector(Selected);

#[derive(Debug, Clone, PartialEq)]
enum Selected {
    /// Requests from outside.
    Entries,
    Service(Option<Reference>),
    Edge(Option<Reference>, Option<Reference>),
}

impl Selector {
    /// Selects the requests from outside, AWS's default.
    pub const ENTRIES: Self = Self(Selected::Entries);

    /// Parses a selector.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        if let Some(reference) = parse::reference(text)? {
            return Ok(Self(Selected::Service(Some(reference))));
        }
        match parse::parse(text, &[])? {
            Expression::Service(reference, None) => Ok(Self(Selected::Service(reference))),
            Expression::Edge(from, to, None) => Ok(Self(Selected::Edge(from, to))),
            _ => Err(FilterError {
                position: 0,
                expected: "service(…), edge(…, …) or id(…)".to_owned(),
                found: "another expression".to_owned(),
            }),
        }
    }

    /// Whether it selects calls.
    pub fn is_edge(&self) -> bool {
        !matches!(self.0, Selected::Service(_))
    }

    /// Whether it selects exactly one service.
    pub fn is_one_service(&self) -> bool {
        matches!(self.0, Selected::Service(Some(_)))
    }

    /// Passes start, end and outcome of everything in a trace that is selected to `hand`.
    pub fn each(&self, trace: &Summary, mut hand: impl FnMut(Time, Option<Time>, Outcome)) {
        let takes = |wanted: &Option<Reference>, visit: usize| {
            wanted
                .as_ref()
                .is_none_or(|wanted| wanted.takes(&trace.visits[visit].service))
        };
        match &self.0 {
            Selected::Entries => trace
                .entries()
                .for_each(|visit| hand(visit.start, visit.end, visit.outcome)),
            Selected::Service(wanted) => {
                let visits = trace
                    .visits
                    .iter()
                    .enumerate()
                    .filter(|(index, _)| takes(wanted, *index));
                visits.for_each(|(_, visit)| hand(visit.start, visit.end, visit.outcome));
            }
            Selected::Edge(from, to) => {
                let calls = trace
                    .calls
                    .iter()
                    .filter(|call| takes(from, call.from) && takes(to, call.to));
                calls.for_each(|call| hand(call.start, call.end, call.outcome));
                let from_outside = trace.entries().filter(|visit| {
                    let is_from = from
                        .as_ref()
                        .is_none_or(|from| from.matches_callers_of(&visit.service));
                    is_from && to.as_ref().is_none_or(|to| to.takes(&visit.service))
                });
                from_outside.for_each(|visit| hand(visit.start, visit.end, visit.outcome));
            }
        }
    }
}
