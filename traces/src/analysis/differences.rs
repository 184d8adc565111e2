//! Finds values that distinguish some traces from the others.

use std::{
    collections::{HashMap, HashSet},
    hash::{Hash, Hasher},
};

use serde::Serialize;

use super::{
    Facet, Failure, Value,
    facet::annotation,
    ranges::{MOST_SINGLE, Range},
    separation::{separation, share},
    value::Same,
};
use crate::{
    fast_map::FastMap,
    summary::{RootCause, Summary},
};

/// Properties that a trace has from its start, before anything fails.
const CIRCUMSTANCES: [Facet; 9] = [
    Facet::Route,
    Facet::Method,
    Facet::Node,
    Facet::User,
    Facet::Version,
    Facet::Instance,
    Facet::Pod,
    Facet::Container,
    Facet::Zone,
];
/// Properties of the result: often just another form of the choice of traces, so they are listed separately.
const CONSEQUENCES: [Facet; 4] = [Facet::Status, Facet::Fault, Facet::Error, Facet::Time];
/// Most values that are counted.
const MAX_VALUES: usize = 200_000;
/// Most values of each list.
const MAX_LISTED: usize = 30;

/// The values by which two sets of traces differ, those that separate them best first.
#[derive(Debug, Serialize)]
pub struct Differences {
    /// The number of traces in the set.
    pub set: usize,
    /// The number of traces in the rest.
    pub rest: usize,
    /// Properties from the start: services, versions, annotations, users.
    pub circumstances: Vec<Difference>,
    /// Properties of the result: status codes, root causes.
    pub consequences: Vec<Difference>,
    /// Whether there were more values than are counted.
    pub is_cut: bool,
}

/// A value that is more frequent in the set than in the rest.
#[derive(Debug, Serialize)]
pub struct Difference {
    /// The facet of the value.
    pub facet: String,
    /// The value as text.
    pub value: String,
    /// The filter expression for the traces with this value.
    pub expression: String,
    /// How many traces of the set have it.
    pub in_set: usize,
    /// How many of the rest have it.
    pub in_rest: usize,
    /// The share of the set that has it, minus the share of the rest; 1 if it separates them perfectly.
    pub delta: f64,
    /// How many times more frequent it is in the set; none if the rest does not have it.
    pub lift: Option<f64>,
    /// The difference that is statistically certain, given the number of traces; the list is sorted by it.
    pub separation: f64,
}

#[derive(Debug, Clone, Copy)]
enum Key<'s> {
    Circumstance(usize),
    Consequence(usize),
    Annotation(&'s str),
}

impl Key<'_> {
    /// Returns a number that no other one has: of the keys of annotations there is one copy each.
    fn number(self) -> usize {
        match self {
            Self::Circumstance(index) => index,
            Self::Consequence(index) => CIRCUMSTANCES.len() + index,
            Self::Annotation(key) => key.as_ptr().addr(),
        }
    }
}

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.number() == other.number()
    }
}

impl Eq for Key<'_> {}

impl Hash for Key<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.number());
    }
}

#[derive(Default)]
struct Counts {
    /// In the rest and in the set.
    traces: [usize; 2],
    /// The number of the trace that was counted last, from 1.
    last: usize,
}

#[derive(Default)]
struct Counter<'s> {
    traces: [usize; 2],
    values: FastMap<(Key<'s>, Same<'s>), Counts>,
    /// By the annotations that have them.
    numbers: FastMap<Key<'s>, Vec<(f64, bool)>>,
    /// For each service, at how many traces of the set it was the last one of a root cause.
    at_cause: HashMap<&'s str, usize>,
    is_cut: bool,
}

impl Differences {
    /// Compares traces; each comes with whether it is in the set.
    pub fn of<'s>(traces: impl IntoIterator<Item = (&'s Summary, bool)>) -> Self {
        let mut counter = Counter::default();
        for (trace, in_set) in traces {
            counter.add(trace, in_set);
        }
        counter.count_numbers();
        counter.finish()
    }
}

impl<'s> Counter<'s> {
    fn add(&mut self, trace: &'s Summary, in_set: bool) {
        self.traces[usize::from(in_set)] += 1;
        for (index, facet) in CIRCUMSTANCES.iter().enumerate() {
            facet.each(trace, |value| {
                self.count(Key::Circumstance(index), value, in_set);
            });
        }
        for (index, facet) in CONSEQUENCES.iter().enumerate() {
            facet.each(trace, |value| {
                self.count(Key::Consequence(index), value, in_set);
            });
        }
        for one in &trace.annotations {
            let key = Key::Annotation(&one.key);
            match annotation(&one.value) {
                Value::Range(range) => {
                    let numbers = self.numbers.entry(key).or_default();
                    numbers.extend(range.number().map(|number| (number, in_set)));
                }
                value => self.count(key, value, in_set),
            }
        }
        if in_set {
            self.note_causes(trace);
        }
    }

    fn count(&mut self, key: Key<'s>, value: Value<'s>, in_set: bool) {
        let place = (key, Same(value));
        if self.values.len() >= MAX_VALUES && !self.values.contains_key(&place) {
            self.is_cut = true;
            return;
        }
        let number = self.traces[0] + self.traces[1];
        let counts = self.values.entry(place).or_default();
        if counts.last != number {
            counts.last = number;
            counts.traces[usize::from(in_set)] += 1;
        }
    }

    /// If all traces of the set passed two services, the one where the root cause ends tells more.
    fn note_causes(&mut self, trace: &'s Summary) {
        let causes = &trace.root_causes;
        let of: &[RootCause] = match (&*causes.fault, &*causes.error) {
            ([], []) => &causes.response_time,
            ([], error) => error,
            (fault, _) => fault,
        };
        let ends: HashSet<&str> = of
            .iter()
            .filter_map(Failure::of)
            .map(|end| end.service)
            .collect();
        for end in ends {
            *self.at_cause.entry(end).or_default() += 1;
        }
    }

    /// A few different numbers are counted as values; of many, the threshold that separates best is used.
    fn count_numbers(&mut self) {
        for (key, mut numbers) in std::mem::take(&mut self.numbers) {
            numbers.sort_unstable_by(|(a, _), (b, _)| a.total_cmp(b));
            let runs: Vec<(f64, [usize; 2])> = numbers
                .chunk_by(|(a, _), (b, _)| a.total_cmp(b).is_eq())
                .map(|run| (run[0].0, both(run)))
                .collect();
            let counted: Vec<(Range, [usize; 2])> = if runs.len() <= MOST_SINGLE {
                let single = |(number, traces): (f64, _)| (Range::single(number), traces);
                runs.into_iter().map(single).collect()
            } else {
                thresholds(&runs, both(&numbers)).into()
            };
            for (range, traces) in counted {
                let counts = Counts { traces, last: 0 };
                let place = (key, Same(Value::Range(range)));
                self.values.insert(place, counts);
            }
        }
    }

    fn finish(self) -> Differences {
        let (mut circumstances, mut consequences) = (Vec::new(), Vec::new());
        for ((key, Same(value)), counts) in &self.values {
            let (facet, list) = match *key {
                Key::Circumstance(index) => (CIRCUMSTANCES[index].clone(), &mut circumstances),
                Key::Consequence(index) => (CONSEQUENCES[index].clone(), &mut consequences),
                Key::Annotation(key) => (Facet::Annotation(key.to_owned()), &mut circumstances),
            };
            // Most values separate nothing, so their text is not computed.
            let Some(separation) = separation(counts.traces, self.traces) else {
                continue;
            };
            let at_cause = match value {
                Value::Service(service) => self.at_cause.get(&*service.name).copied(),
                _ => None,
            };
            list.push((
                separation,
                at_cause.unwrap_or(0),
                facet,
                *value,
                counts.traces,
            ));
        }
        let [rest, set] = self.traces;
        let listed = |list| listed(list, self.traces);
        Differences {
            set,
            rest,
            circumstances: listed(circumstances),
            consequences: listed(consequences),
            is_cut: self.is_cut,
        }
    }
}

type Candidate<'s> = (f64, usize, Facet, Value<'s>, [usize; 2]);

fn listed(mut candidates: Vec<Candidate<'_>>, of: [usize; 2]) -> Vec<Difference> {
    candidates.sort_by(|a, b| {
        let separation = b.0.total_cmp(&a.0);
        separation
            .then_with(|| b.1.cmp(&a.1))
            .then_with(|| (&a.2, a.3).cmp(&(&b.2, b.3)))
    });
    candidates.truncate(MAX_LISTED);
    let candidates = candidates.into_iter();
    candidates
        .map(|(separation, _, facet, value, [in_rest, in_set])| {
            let [rest, set] = [share(in_rest, of[0]), share(in_set, of[1])];
            Difference {
                value: value.to_string(),
                expression: facet.expression(&value),
                facet: facet.name(),
                in_set,
                in_rest,
                delta: set - rest,
                lift: (in_rest > 0).then(|| set / rest),
                separation,
            }
        })
        .collect()
}

/// Returns the range above the best threshold, and the range below the best one.
fn thresholds(runs: &[(f64, [usize; 2])], all: [usize; 2]) -> [(Range, [usize; 2]); 2] {
    let mut below = [0, 0];
    let mut best = [
        (Range::from(runs[0].0), all),
        (Range::below(runs[0].0), [0, 0]),
    ];
    let delta = |traces: [usize; 2]| share(traces[1], all[1]) - share(traces[0], all[0]);
    for (number, counts) in runs {
        let above = [all[0] - below[0], all[1] - below[1]];
        if delta(above) > delta(best[0].1) {
            best[0] = (Range::from(*number), above);
        }
        if delta(below) > delta(best[1].1) {
            best[1] = (Range::below(*number), below);
        }
        below = [below[0] + counts[0], below[1] + counts[1]];
    }
    best
}

fn both(run: &[(f64, bool)]) -> [usize; 2] {
    let set = run.iter().filter(|(_, in_set)| *in_set).count();
    [run.len() - set, set]
}
