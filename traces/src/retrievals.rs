//! Jobs that search for traces by id within a time range.
//!
//! A job keeps the ids of the traces that it found; listing them returns the traces as they are then.
//! <https://docs.aws.amazon.com/xray/latest/api/API_StartTraceRetrieval.html>

use std::{collections::VecDeque, time::Duration};

use segment::{Time, TraceId};
use serde::Serialize;

use crate::{
    graph::{Graph, ServiceNode},
    summary::Summary,
};

/// How long a job exists: as in X-Ray.
pub const LIFETIME: Duration = Duration::from_secs(3600);
/// Most jobs; the oldest is dropped for a new one.
pub const MAX_RETRIEVALS: usize = 1_000;
/// Most links of one service: X-Ray's limit.
const MAX_LINKS: usize = 100;

/// The jobs, the oldest first.
#[derive(Debug, Default)]
pub struct Retrievals(VecDeque<Retrieval>);

/// A job.
#[derive(Debug, Clone, PartialEq)]
pub struct Retrieval {
    /// Its token, by which it is requested.
    pub token: String,
    /// Its status.
    pub status: RetrievalStatus,
    /// The ids that it found, once it is complete.
    pub found: Vec<TraceId>,
    started: Time,
}

/// X-Ray's `RetrievalStatus`, as far as used here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RetrievalStatus {
    /// It is running.
    Running,
    /// It is complete.
    Complete,
    /// It was cancelled.
    Cancelled,
}

impl Retrievals {
    /// Starts a job.
    pub fn start(&mut self, token: String, now: Time) {
        self.0.retain(|job| now.since(job.started) < LIFETIME);
        if self.0.len() >= MAX_RETRIEVALS {
            self.0.pop_front();
        }
        self.0.push_back(Retrieval {
            token,
            status: RetrievalStatus::Running,
            found: Vec::new(),
            started: now,
        });
    }

    /// Stores the result of a job, unless it was cancelled.
    pub fn complete(&mut self, token: &str, found: Vec<TraceId>) {
        let mut jobs = self.0.iter_mut();
        let job = jobs.find(|job| job.token == token);
        if let Some(job) = job.filter(|job| job.status == RetrievalStatus::Running) {
            job.found = found;
            job.status = RetrievalStatus::Complete;
        }
    }

    /// Returns a job that began less than [`LIFETIME`] ago.
    pub fn get(&self, token: &str, now: Time) -> Option<&Retrieval> {
        let mut jobs = self.0.iter();
        jobs.find(|job| job.token == token && now.since(job.started) < LIFETIME)
    }

    /// Cancels a job, even if it is complete; returns whether it exists.
    pub fn cancel(&mut self, token: &str, now: Time) -> bool {
        let mut jobs = self.0.iter_mut();
        let job = jobs.find(|job| job.token == token && now.since(job.started) < LIFETIME);
        job.map(|job| {
            job.status = RetrievalStatus::Cancelled;
            job.found = Vec::new();
        })
        .is_some()
    }
}

/// X-Ray's `RetrievedService`: a node of the map of the traces that a job found.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RetrievedService<'g> {
    service: ServiceNode<'g>,
    links: Vec<GraphLink>,
}

/// X-Ray's `GraphLink`: a segment of this service continues one trace in others.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct GraphLink {
    reference_type: &'static str,
    source_trace_id: String,
    destination_trace_ids: Vec<String>,
}

impl<'g> RetrievedService<'g> {
    /// Returns the nodes of a map of these traces, each with the links of traces that continue from it.
    pub fn all<T: AsRef<Summary>>(graph: &'g Graph, traces: &[T]) -> Vec<Self> {
        let services = graph.services().into_iter();
        services
            .map(|service| Self {
                links: links(&service, traces),
                service,
            })
            .collect()
    }
}

fn links<T: AsRef<Summary>>(service: &ServiceNode<'_>, traces: &[T]) -> Vec<GraphLink> {
    let mut links: Vec<GraphLink> = Vec::new();
    for trace in traces.iter().map(AsRef::as_ref) {
        for link in &trace.links {
            if service.is(&trace.visits[link.visit].service) {
                add(&mut links, link.trace.to_string(), trace.id.to_string());
            }
        }
    }
    links
}

/// Adds a link in the order of the ids, once, unless there are enough.
fn add(links: &mut Vec<GraphLink>, source: String, destination: String) {
    let place = match links.binary_search_by(|link| link.source_trace_id.cmp(&source)) {
        Ok(place) => place,
        Err(_) if links.len() == MAX_LINKS => return,
        Err(place) => {
            let link = GraphLink {
                reference_type: "parent",
                source_trace_id: source,
                destination_trace_ids: Vec::new(),
            };
            links.insert(place, link);
            place
        }
    };
    let destinations = &mut links[place].destination_trace_ids;
    if let Err(place) = destinations.binary_search(&destination) {
        destinations.insert(place, destination);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u64) -> Time {
        Time::from_nanos(second * 1_000_000_000)
    }

    fn ids() -> Vec<TraceId> {
        vec!["1-5f84c7a1-e7d1852db8c4fd35d88bf49a".parse().unwrap()]
    }

    #[test]
    fn a_job_runs_is_complete_is_cancelled_and_forgotten() {
        let mut jobs = Retrievals::default();
        jobs.start("a".to_owned(), at(0));
        let status = |jobs: &Retrievals, second| jobs.get("a", at(second)).map(|job| job.status);
        assert_eq!(status(&jobs, 1), Some(RetrievalStatus::Running));
        jobs.complete("a", ids());
        jobs.complete("gone", ids());
        assert_eq!(jobs.get("a", at(3_599)).unwrap().found, ids());
        assert_eq!(status(&jobs, 3_600), None);
        assert!(!jobs.cancel("a", at(3_600)));
        assert!(jobs.cancel("a", at(2)));
        assert_eq!(status(&jobs, 3), Some(RetrievalStatus::Cancelled));
        assert_eq!(jobs.get("a", at(3)).unwrap().found, []);
        // A late result does not restore it.
        jobs.complete("a", ids());
        assert_eq!(status(&jobs, 4), Some(RetrievalStatus::Cancelled));
    }

    #[test]
    fn the_oldest_job_makes_room() {
        let mut jobs = Retrievals::default();
        for number in 0..=MAX_RETRIEVALS {
            jobs.start(number.to_string(), at(1));
        }
        assert!(jobs.get("0", at(1)).is_none());
        assert!(jobs.get("1", at(1)).is_some());
    }
}
