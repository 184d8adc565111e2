//! A table of traces by a facet.

use std::{cmp::Ordering, collections::HashSet, sync::Arc};

use serde::Serialize;

use super::{
    Facet, Times, Value,
    ranges::{MOST_SINGLE, Ranges},
    rank,
    value::Same,
};
use crate::{
    fast_map::FastMap,
    summary::{AnnotationValue, Service, Summary},
};

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
    /// The number of the trace that was counted last, from 1.
    last: usize,
}

/// A group before it is known whether it is on the page.
struct Candidate<'s> {
    value: Value<'s>,
    counted: Counted,
    /// Known if the groups are sorted by them.
    times: Times,
}

impl Groups {
    /// Counts traces, and returns up to `limit` groups from `offset` on.
    pub fn of(
        traces: &[&Summary],
        facet: &Facet,
        (order, is_down): (GroupOrder, bool),
        (offset, limit): (usize, usize),
    ) -> Self {
        let table = match facet {
            Facet::Node => Table::by_service(traces),
            facet => Table::by_value(traces, facet),
        };
        let (total, beyond) = (table.groups.len(), table.beyond);
        let mut groups: Vec<_> = table
            .groups
            .into_iter()
            .map(|(Same(value), counted)| Candidate::new(value, counted, order))
            .collect();
        groups.sort_unstable_by(|a, b| {
            let by = compare(a, b, order);
            (if is_down { by.reverse() } else { by }).then(a.value.cmp(&b.value))
        });
        let page = groups.into_iter().skip(offset).take(limit);
        Self {
            by: facet.name(),
            total,
            beyond,
            groups: page.map(|group| group.shown(facet)).collect(),
        }
    }
}

/// What is counted for each value.
#[derive(Default)]
struct Table<'s> {
    groups: FastMap<Same<'s>, Counted>,
    beyond: usize,
}

impl<'s> Table<'s> {
    fn by_value(traces: &[&'s Summary], facet: &Facet) -> Self {
        let ranges = ranges(traces, facet);
        let mut table = Self::default();
        for (number, trace) in (1..).zip(traces) {
            facet.each(trace, |value| {
                let value = in_range(value, ranges.as_ref());
                if let Some(counted) = table.group(value, 1) {
                    counted.count(number, trace);
                }
            });
        }
        table
    }

    /// Counts the lists of services first, which many traces share.
    fn by_service(traces: &[&'s Summary]) -> Self {
        let mut lists: FastMap<usize, (&[Arc<Service>], Counted)> = FastMap::default();
        for (number, trace) in (1..).zip(traces) {
            let list = lists.entry(trace.services.as_ptr().addr());
            let (_, counted) = list.or_insert_with(|| (&trace.services, Counted::default()));
            counted.count(number, trace);
        }
        let mut table = Self::default();
        for (services, of_list) in lists.into_values() {
            for service in services {
                if let Some(counted) = table.group(Value::Service(service), of_list.nanos.len()) {
                    counted.add(&of_list);
                }
            }
        }
        table
    }

    /// Finds a group, or makes it; without room for it, so many values are not counted.
    fn group(&mut self, value: Value<'s>, values: usize) -> Option<&mut Counted> {
        let value = Same(value);
        if self.groups.len() >= MAX_GROUPS && !self.groups.contains_key(&value) {
            self.beyond += values;
            return None;
        }
        Some(self.groups.entry(value).or_default())
    }
}

impl Counted {
    /// Counts a trace, by its number, unless it is the last one that was counted.
    fn count(&mut self, number: usize, trace: &Summary) {
        if self.last != number {
            self.last = number;
            self.nanos.push(trace.nanos);
            self.outcomes[rank(trace.outcome)] += 1;
        }
    }

    fn add(&mut self, other: &Self) {
        self.nanos.extend_from_slice(&other.nanos);
        for (count, more) in self.outcomes.iter_mut().zip(other.outcomes) {
            *count += more;
        }
    }
}

impl<'s> Candidate<'s> {
    fn new(value: Value<'s>, mut counted: Counted, order: GroupOrder) -> Self {
        let times = match order {
            GroupOrder::Traces | GroupOrder::Value | GroupOrder::Failed => Times::default(),
            GroupOrder::Average | GroupOrder::P50 | GroupOrder::P95 | GroupOrder::P99 => {
                Times::of(&mut counted.nanos)
            }
        };
        Self {
            value,
            counted,
            times,
        }
    }

    fn shown(mut self, facet: &Facet) -> Group {
        Group {
            value: self.value.to_string(),
            expression: facet.expression(&self.value),
            traces: self.counted.nanos.len(),
            outcomes: self.counted.outcomes,
            times: Times::of(&mut self.counted.nanos),
        }
    }
}

fn compare(a: &Candidate<'_>, b: &Candidate<'_>, order: GroupOrder) -> Ordering {
    let (counted, other) = (&a.counted, &b.counted);
    match order {
        GroupOrder::Traces => counted.nanos.len().cmp(&other.nanos.len()),
        GroupOrder::Value => a.value.cmp(&b.value),
        GroupOrder::Average => a.times.average.total_cmp(&b.times.average),
        GroupOrder::P50 => a.times.p50.total_cmp(&b.times.p50),
        GroupOrder::P95 => a.times.p95.total_cmp(&b.times.p95),
        GroupOrder::P99 => a.times.p99.total_cmp(&b.times.p99),
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
