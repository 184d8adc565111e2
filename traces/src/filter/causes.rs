//! Conditions on root causes.

use serde_json::Value;

use super::{
    expression::{CauseKind, Element},
    subject::Part,
};
use crate::summary::{CauseEntity, CauseService, Detail, RootCause, Summary};

/// Whether any part of a root cause of this kind matches.
pub(super) fn any_part(
    trace: &Summary,
    kind: CauseKind,
    element: Element,
    is_wanted: impl Fn(Part<'_>) -> bool,
) -> bool {
    let causes = match kind {
        CauseKind::Fault => &trace.root_causes.fault,
        CauseKind::Error => &trace.root_causes.error,
        CauseKind::ResponseTime => &trace.root_causes.response_time,
    };
    causes.iter().any(|cause| match element {
        Element::Service => services(cause).any(&is_wanted),
        Element::Entity => entities(cause).any(&is_wanted),
        Element::Exception => exceptions(cause).any(&is_wanted),
    })
}

fn services(cause: &RootCause) -> impl Iterator<Item = Part<'_>> {
    let count = cause.services.len();
    cause
        .services
        .iter()
        .enumerate()
        .map(move |(index, service)| Part {
            index,
            count,
            name: &service.service.name,
            service: Some(&service.service),
            is_inferred: service.inferred,
            is_remote: service.service.kind.as_deref() == Some("remote"),
            is_root: index == 0,
            coverage: service.entities.first().map(|entity| entity.coverage),
            exceptions: service
                .entities
                .last()
                .map_or(&[], |entity| &entity.exceptions),
        })
}

fn entities(cause: &RootCause) -> impl Iterator<Item = Part<'_>> {
    let all: Vec<(&CauseService, &CauseEntity)> = cause
        .services
        .iter()
        .flat_map(|service| service.entities.iter().map(move |entity| (service, entity)))
        .collect();
    let count = all.len();
    all.into_iter()
        .enumerate()
        .map(move |(index, (service, entity))| Part {
            index,
            count,
            name: &entity.name,
            service: Some(&service.service),
            is_inferred: service.inferred,
            is_remote: entity.remote,
            is_root: index == 0,
            coverage: Some(entity.coverage),
            exceptions: &entity.exceptions,
        })
}

fn exceptions(cause: &RootCause) -> impl Iterator<Item = Part<'_>> {
    let entities = cause.services.iter().flat_map(|service| &service.entities);
    let all: Vec<_> = entities.flat_map(|entity| &entity.exceptions).collect();
    let count = all.len();
    all.into_iter()
        .enumerate()
        .map(move |(index, exception)| Part {
            index,
            count,
            name: &exception.name,
            service: None,
            is_inferred: false,
            is_remote: false,
            is_root: false,
            coverage: None,
            exceptions: std::slice::from_ref(exception),
        })
}

/// Whether, for each of these root causes, the trace has one with the same members, and perhaps more.
pub(super) fn are_like(trace: &Summary, wanted: &[Value]) -> bool {
    let causes: Vec<Value> = trace
        .root_causes
        .all()
        .filter_map(|cause| serde_json::to_value(cause.with(Detail::Both)).ok())
        .collect();
    wanted
        .iter()
        .all(|wanted| causes.iter().any(|cause| is_like(cause, wanted)))
}

/// Whether a value has all members of another one; lists must have the same length.
fn is_like(value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::Object(members), Value::Object(wanted)) => wanted
            .iter()
            .all(|(key, wanted)| members.get(key).is_some_and(|value| is_like(value, wanted))),
        (Value::Array(values), Value::Array(wanted)) => {
            values.len() == wanted.len()
                && values
                    .iter()
                    .zip(wanted)
                    .all(|(value, wanted)| is_like(value, wanted))
        }
        (value, wanted) => value == wanted,
    }
}
