//! A table of traces by a facet.

use std::{
    cmp::Ordering,
    collections::{HashMap, HashSet},
};

use serde::Serialize;

use super::{
    Facet, Times, Value, nanos,
    ranges::{MOST_SINGLE, Ranges},
    rank,
};
use crate::summary::{AnnotationValue, Summary};

/// Most values that are counted; further ones are counted in [`Groups::beyond`].
const MAX_GROUPS: usize = 100_000;

/// Traces grouped by the values of a facet.
#[derive(Debug, Serialize)]
pub struct Groups {
    /// The facet.
    pub by: String,
    /// The number of values.
    pub total: usize,
    /// How many values were not counted because the table was full.
    pub beyond: usize,
    /// The requested groups.
    pub groups: Vec<Group>,
}

/// The traces with one value.
#[derive(Debug, Serialize)]
pub struct Group {
    /// The value as text.
    pub value: String,
    /// The filter expression for these traces.
    pub expression: String,
    /// The number of traces.
    pub traces: usize,
    /// The number of traces by outcome, in the order of [`super::OUTCOMES`].
    pub outcomes: [usize; 4],
    /// Their durations, in microseconds.
    #[serde(flatten)]
    pub times: Times,
}

/// The sort order of groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupOrder {
    /// The number of traces.
    Traces,
    /// The value.
    Value,
    /// The average duration.
    Average,
    /// The median.
    P50,
    /// The 95th percentile.
    P95,
    /// The 99th percentile.
    P99,
    /// The number of traces that are not ok.
    Failed,
}

impl GroupOrder {
    /// Parses a name: `traces`, `value`, `average`, `p50`, `p95`, `p99`, `failed`.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "traces" => Self::Traces,
            "value" => Self::Value,
            "average" => Self::Average,
            "p50" => Self::P50,
            "p95" => Self::P95,
            "p99" => Self::P99,
            "failed" => Self::Failed,
            _ => return None,
        })
    }
}

#[derive(Default)]
struct Counted {
    nanos: Vec<u64>,
    outcomes: [usize; 4],
}

impl Groups {
    /// Counts traces, and returns up to `limit` groups from `offset` on.
    pub fn of(
        traces: &[&Summary],
        facet: &Facet,
        (order, is_down): (GroupOrder, bool),
        (offset, limit): (usize, usize),
    ) -> Self {
        let ranges = ranges(traces, facet);
        let mut counted: HashMap<Value<'_>, Counted> = HashMap::new();
        let mut beyond = 0;
        let mut values = HashSet::new();
        for trace in traces {
            values.clear();
            facet.each(trace, |value| {
                values.insert(in_range(value, ranges.as_ref()));
            });
            for value in &values {
                if counted.len() >= MAX_GROUPS && !counted.contains_key(value) {
                    beyond += 1;
                    continue;
                }
                let counted = counted.entry(*value).or_default();
                counted.nanos.push(nanos(trace));
                counted.outcomes[rank(trace.outcome())] += 1;
            }
        }
        let mut rows: Vec<_> = counted
            .into_iter()
            .map(|(value, mut counted)| (value, Times::of(&mut counted.nanos), counted))
            .collect();
        rows.sort_unstable_by(|a, b| {
            let by = compare(a, b, order);
            (if is_down { by.reverse() } else { by }).then(a.0.cmp(&b.0))
        });
        let total = rows.len();
        let page = rows.into_iter().skip(offset).take(limit);
        Self {
            by: facet.name(),
            total,
            beyond,
            groups: page
                .map(|(value, times, counted)| group(facet, value, times, &counted))
                .collect(),
        }
    }
}

fn group(facet: &Facet, value: Value<'_>, times: Times, counted: &Counted) -> Group {
    Group {
        value: value.to_string(),
        expression: facet.expression(&value),
        traces: counted.nanos.len(),
        outcomes: counted.outcomes,
        times,
    }
}

fn compare(
    (value, times, counted): &(Value<'_>, Times, Counted),
    (other_value, other_times, other): &(Value<'_>, Times, Counted),
    order: GroupOrder,
) -> Ordering {
    match order {
        GroupOrder::Traces => counted.nanos.len().cmp(&other.nanos.len()),
        GroupOrder::Value => value.cmp(other_value),
        GroupOrder::Average => times.average.total_cmp(&other_times.average),
        GroupOrder::P50 => times.p50.total_cmp(&other_times.p50),
        GroupOrder::P95 => times.p95.total_cmp(&other_times.p95),
        GroupOrder::P99 => times.p99.total_cmp(&other_times.p99),
        GroupOrder::Failed => failed(counted).cmp(&failed(other)),
    }
}

fn failed(counted: &Counted) -> usize {
    counted.outcomes[1..].iter().sum()
}

/// Returns ranges for an annotation with many different numbers.
fn ranges(traces: &[&Summary], facet: &Facet) -> Option<Ranges> {
    let Facet::Annotation(key) = facet else {
        return None;
    };
    let annotations = traces.iter().flat_map(|trace| &trace.annotations);
    let numbers = annotations.filter_map(|annotation| match annotation.value {
        AnnotationValue::Number(number) if *annotation.key == **key => Some(number),
        _ => None,
    });
    let mut distinct = HashSet::new();
    let is_many = numbers
        .clone()
        .any(|number| distinct.insert(number.to_bits()) && distinct.len() > MOST_SINGLE);
    is_many.then(|| Ranges::over(numbers)).flatten()
}

fn in_range<'s>(value: Value<'s>, ranges: Option<&Ranges>) -> Value<'s> {
    match (value, ranges) {
        (Value::Range(range), Some(ranges)) => range
            .number()
            .map_or(value, |number| Value::Range(ranges.of(number))),
        _ => value,
    }
}
