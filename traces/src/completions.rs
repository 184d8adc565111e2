//! Completions for filter expressions: names and values in the stored traces.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};

use crate::summary::{AnnotationValue, PlaceKind, Summary};

/// Most traces that are searched, the newest ones.
pub const MAX_TRACES: usize = 10_000;
/// Most values of one annotation.
const MAX_VALUES: usize = 20;
/// Most URLs, users and other strings, of each kind.
const MAX_TEXTS: usize = 50;
/// Most services and annotation keys, of each kind.
const MAX_NAMES: usize = 500;

/// The names and values, sorted.
#[derive(Debug, Default, Serialize)]
pub struct Completions<'s> {
    services: BTreeSet<ServiceName<'s>>,
    #[serde(serialize_with = "as_list")]
    annotations: BTreeMap<&'s str, Vec<&'s AnnotationValue>>,
    urls: BTreeSet<&'s str>,
    methods: BTreeSet<&'s str>,
    statuses: BTreeSet<i64>,
    users: BTreeSet<&'s str>,
    routes: BTreeSet<&'s str>,
    versions: BTreeSet<&'s str>,
    pods: BTreeSet<&'s str>,
    containers: BTreeSet<&'s str>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct ServiceName<'s> {
    name: &'s str,
    #[serde(rename = "type")]
    kind: Option<&'s str>,
}

impl<'s> Completions<'s> {
    /// Collects the names and values of the traces.
    pub fn of(traces: impl IntoIterator<Item = &'s Summary>) -> Self {
        let mut completions = Self::default();
        for trace in traces {
            completions.add(trace);
        }
        completions
    }

    fn add(&mut self, trace: &'s Summary) {
        for visit in &trace.visits {
            let name = ServiceName {
                name: &visit.service.name,
                kind: visit.service.kind.as_deref(),
            };
            put(&mut self.services, name, MAX_NAMES);
            let Some(http) = visit.http.as_deref() else {
                continue;
            };
            http.url
                .iter()
                .for_each(|url| put(&mut self.urls, url, MAX_TEXTS));
            http.method
                .iter()
                .for_each(|method| put(&mut self.methods, method, MAX_TEXTS));
            http.status
                .iter()
                .for_each(|status| put(&mut self.statuses, *status, MAX_TEXTS));
            http.route
                .iter()
                .for_each(|route| put(&mut self.routes, route, MAX_TEXTS));
        }
        for place in &trace.places {
            let set = match place.kind {
                PlaceKind::Version => &mut self.versions,
                PlaceKind::Pod => &mut self.pods,
                PlaceKind::Container => &mut self.containers,
                PlaceKind::Instance | PlaceKind::Zone | PlaceKind::Arn => continue,
            };
            put(set, &*place.name, MAX_TEXTS);
        }
        for user in &trace.users {
            put(&mut self.users, &*user.name, MAX_TEXTS);
        }
        for annotation in &trace.annotations {
            if self.annotations.len() < MAX_NAMES || self.annotations.contains_key(&*annotation.key)
            {
                let values = self.annotations.entry(&annotation.key).or_default();
                if values.len() < MAX_VALUES && !values.contains(&&annotation.value) {
                    values.push(&annotation.value);
                }
            }
        }
    }
}

fn put<T: Ord>(set: &mut BTreeSet<T>, value: T, most: usize) {
    if set.len() < most {
        set.insert(value);
    }
}

fn as_list<S: Serializer>(
    annotations: &BTreeMap<&str, Vec<&AnnotationValue>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Annotation<'s> {
        key: &'s str,
        values: Vec<Plain<'s>>,
    }
    #[derive(Serialize)]
    #[serde(untagged)]
    enum Plain<'s> {
        Text(&'s str),
        Number(f64),
        Bool(bool),
    }
    fn plain(value: &AnnotationValue) -> Plain<'_> {
        match value {
            AnnotationValue::Text(text) => Plain::Text(text),
            AnnotationValue::Number(number) => Plain::Number(*number),
            AnnotationValue::Bool(bool) => Plain::Bool(*bool),
        }
    }
    serializer.collect_seq(annotations.iter().map(|(key, values)| Annotation {
        key,
        values: values.iter().copied().map(plain).collect(),
    }))
}
