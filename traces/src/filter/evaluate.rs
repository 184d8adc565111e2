//! Evaluates an expression on a trace.

use super::{
    causes,
    expression::{AnnotationTest, Expression, Order, Reference, TextTest},
    subject::{Edge, Subject},
};
use crate::summary::{AnnotationValue, Call, Summary, Visit};

/// Whether a trace matches an expression.
pub(super) fn matches(expression: &Expression, trace: &Summary) -> bool {
    holds(expression, &Subject::Trace(trace))
}

/// Whether the subject matches the expression.
fn holds(expression: &Expression, subject: &Subject<'_>) -> bool {
    match expression {
        Expression::All(parts) => parts.iter().all(|part| holds(part, subject)),
        Expression::Any(parts) => parts.iter().any(|part| holds(part, subject)),
        Expression::Not(part) => !holds(part, subject),
        Expression::Group(group) => holds(group, subject),
        Expression::Everything => true,
        Expression::Flag(flag) => subject.flag(*flag),
        Expression::Number(key, test) => subject
            .number(*key)
            .is_some_and(|number| test.is_none_or(|(order, limit)| order.holds(&number, &limit))),
        Expression::Text(key, test) => subject.any_text(*key, |text| {
            test.as_ref().is_none_or(|test| test.takes(text))
        }),
        Expression::Annotation(key, test) => subject
            .trace()
            .is_some_and(|trace| annotated(trace, key, test)),
        Expression::Service(reference, inner) => subject
            .trace()
            .is_some_and(|trace| visited(trace, reference.as_ref(), inner.as_deref())),
        Expression::Edge(from, to, inner) => subject
            .trace()
            .is_some_and(|trace| called(trace, from.as_ref(), to.as_ref(), inner.as_deref())),
        Expression::Cause(kind, element, inner) => subject.trace().is_some_and(|trace| {
            causes::any_part(trace, *kind, *element, |part| {
                holds(inner, &Subject::Part(part))
            })
        }),
        Expression::CauseJson(wanted) => subject
            .trace()
            .is_some_and(|trace| causes::are_like(trace, wanted)),
    }
}

fn visited(trace: &Summary, reference: Option<&Reference>, inner: Option<&Expression>) -> bool {
    trace.visits.iter().any(|visit| {
        let is_meant = reference.is_none_or(|reference| {
            reference.takes(&visit.service)
                || visit.is_entry()
                    && reference.kind.is_some()
                    && reference.matches_clients_of(&visit.service)
        });
        is_meant && inner.is_none_or(|inner| holds(inner, &Subject::Visit(trace, visit)))
    })
}

fn called(
    trace: &Summary,
    from: Option<&Reference>,
    to: Option<&Reference>,
    inner: Option<&Expression>,
) -> bool {
    let fulfils = |edge: Edge<'_>| inner.is_none_or(|inner| holds(inner, &Subject::Edge(edge)));
    let service = |visit: usize| &*trace.visits[visit].service;
    let is_meant = |call: &&Call| {
        from.is_none_or(|from| from.takes(service(call.from)))
            && to.is_none_or(|to| to.takes(service(call.to)))
    };
    let is_from_outside = |visit: &&Visit| {
        from.is_none_or(|from| from.matches_callers_of(&visit.service))
            && to.is_none_or(|to| to.takes(&visit.service))
    };
    trace
        .calls
        .iter()
        .filter(is_meant)
        .any(|call| fulfils(Edge::of_call(trace, call)))
        || trace
            .entries()
            .filter(is_from_outside)
            .any(|visit| fulfils(Edge::of_entry(trace, visit)))
}

fn annotated(trace: &Summary, key: &str, test: &AnnotationTest) -> bool {
    let values = trace
        .annotations
        .iter()
        .filter(|annotation| &*annotation.key == key);
    values
        .map(|annotation| &annotation.value)
        .any(|value| match (test, value) {
            (AnnotationTest::Set, value) => *value != AnnotationValue::Bool(false),
            (AnnotationTest::Text(test), AnnotationValue::Text(value)) => test.takes(value),
            (AnnotationTest::Number(order, wanted), AnnotationValue::Number(number)) => {
                order.holds(number, wanted)
            }
            (AnnotationTest::Bool(order, wanted), AnnotationValue::Bool(bool)) => {
                order.holds(bool, wanted)
            }
            // Every string contains the empty one, so the annotation only has to exist.
            (AnnotationTest::Text(TextTest::Contains(part)), _) if part.is_empty() => true,
            // A value of another type is not equal to any value of this one.
            (AnnotationTest::Text(TextTest::Compared(Order::Different, _)), _) => true,
            (AnnotationTest::Number(order, _) | AnnotationTest::Bool(order, _), _) => {
                *order == Order::Different
            }
            (AnnotationTest::Text(_), _) => false,
        })
}
