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

/// Most values that are told apart; the traces of further ones are counted in [`Groups::beyond`].
const MAX_GROUPS: usize = 100_000;

/// Traces by the values of a facet.
#[derive(Debug, Serialize)]
pub struct Groups {
    /// What they are counted by.
    pub by: String,
    /// How many values there are.
    pub total: usize,
    /// How many values of traces are not in the table, because it was full.
    pub beyond: usize,
    /// Those that were asked for.
    pub groups: Vec<Group>,
}

/// The traces with one value.
#[derive(Debug, Serialize)]
pub struct Group {
    /// How the value reads.
    pub value: String,
    /// The filter that takes them.
    pub expression: String,
    /// How many there are.
    pub traces: usize,
    /// How many went how, in the order of [`super::OUTCOMES`].
    pub outcomes: [usize; 4],
    /// How long they took, in microseconds.
    #[serde(flatten)]
    pub times: Times,
}

/// By what the groups are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupOrder {
    /// The number of traces.
    Traces,
    /// The value.
    Value,
    /// The average.
    Average,
    /// The median.
    P50,
    /// The 95th percentile.
    P95,
    /// The 99th percentile.
    P99,
    /// How many did not go well.
    Failed,
}

impl GroupOrder {
    /// Reads one: `traces`, `value`, `average`, `p50`, `p95`, `p99`, `failed`.
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
    /// Counts traces; of the groups in their order it returns `limit` from `offset` on.
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

/// Returns ranges for an annotation with many numbers.
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
