//! A summary in the form of the X-Ray API.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use traces::summary::{
    AnnotationValue, Detail, DetailedCause, Http, PlaceKind, RootCause, Service, Summary,
};

/// One `TraceSummary`, for serialization as JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a member of X-Ray's answer"
)]
pub(super) struct SummaryAnswer<'s> {
    id: String,
    start_time: f64,
    duration: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_time: Option<f64>,
    has_fault: bool,
    has_error: bool,
    has_throttle: bool,
    is_partial: bool,
    /// Always present: Grafana's list fails if it is absent.
    http: HttpAnswer<'s>,
    annotations: BTreeMap<&'s str, Vec<ValueAnswer<'s>>>,
    users: Vec<UserAnswer<'s>>,
    service_ids: Vec<&'s Service>,
    #[serde(rename = "ResourceARNs")]
    resource_arns: Vec<Arn<'s>>,
    instance_ids: Vec<Instance<'s>>,
    availability_zones: Vec<Zone<'s>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry_point: Option<&'s Service>,
    fault_root_causes: Vec<DetailedCause<'s>>,
    error_root_causes: Vec<DetailedCause<'s>>,
    response_time_root_causes: Vec<DetailedCause<'s>>,
    revision: usize,
    /// The last member: another time range may have another one.
    matched_event_time: f64,
}

#[derive(Debug, Serialize, Default)]
#[serde(rename_all = "PascalCase")]
struct HttpAnswer<'s> {
    #[serde(rename = "HttpURL", skip_serializing_if = "Option::is_none")]
    url: Option<&'s str>,
    #[serde(rename = "HttpStatus", skip_serializing_if = "Option::is_none")]
    status: Option<i64>,
    #[serde(rename = "HttpMethod", skip_serializing_if = "Option::is_none")]
    method: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_ip: Option<&'s str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ValueAnswer<'s> {
    annotation_value: &'s AnnotationValue,
    service_ids: Vec<&'s Service>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct UserAnswer<'s> {
    user_name: &'s str,
    service_ids: Vec<&'s Service>,
}

#[derive(Debug, Serialize)]
struct Arn<'s> {
    #[serde(rename = "ARN")]
    arn: &'s str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Instance<'s> {
    id: &'s str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Zone<'s> {
    name: &'s str,
}

impl<'s> SummaryAnswer<'s> {
    /// Describes a trace in a time range that it begins in.
    pub(super) fn of(trace: &'s Summary) -> Self {
        let outcome = trace.outcome;
        let root = trace.root();
        let places = |kind| {
            let of_kind = trace.places.iter().filter(move |place| place.kind == kind);
            // Several services may have the same place.
            let names: BTreeSet<&str> = of_kind.map(|place| &*place.name).collect();
            names.into_iter()
        };
        Self {
            id: trace.id.to_string(),
            start_time: trace.start.as_seconds(),
            duration: trace.duration(),
            response_time: trace.response_time(),
            has_fault: outcome.fault,
            has_error: outcome.error,
            has_throttle: outcome.throttle,
            is_partial: trace.is_partial,
            http: root
                .and_then(|root| root.http.as_deref())
                .map(HttpAnswer::of)
                .unwrap_or_default(),
            annotations: annotations(trace),
            users: users(trace),
            service_ids: trace.services.iter().map(AsRef::as_ref).collect(),
            resource_arns: places(PlaceKind::Arn).map(|arn| Arn { arn }).collect(),
            instance_ids: places(PlaceKind::Instance)
                .map(|id| Instance { id })
                .collect(),
            availability_zones: places(PlaceKind::Zone).map(|name| Zone { name }).collect(),
            entry_point: root.map(|root| &*root.service),
            fault_root_causes: causes(&trace.root_causes.fault, Detail::Exceptions),
            error_root_causes: causes(&trace.root_causes.error, Detail::Exceptions),
            response_time_root_causes: causes(&trace.root_causes.response_time, Detail::Coverage),
            revision: trace.documents,
            matched_event_time: trace.start.as_seconds(),
        }
    }
}

impl<'s> HttpAnswer<'s> {
    fn of(http: &'s Http) -> Self {
        Self {
            url: http.url.as_deref(),
            status: http.status,
            method: http.method.as_deref(),
            user_agent: http.user_agent.as_deref(),
            client_ip: http.client_ip.as_deref(),
        }
    }
}

fn causes(causes: &[RootCause], detail: Detail) -> Vec<DetailedCause<'_>> {
    causes.iter().map(|cause| cause.with(detail)).collect()
}

fn annotations(trace: &Summary) -> BTreeMap<&str, Vec<ValueAnswer<'_>>> {
    let mut annotations: BTreeMap<&str, Vec<ValueAnswer<'_>>> = BTreeMap::new();
    for annotation in &trace.annotations {
        let values = annotations.entry(&annotation.key).or_default();
        let value = &annotation.value;
        let known = values
            .iter_mut()
            .find(|known| known.annotation_value == value);
        let service = annotation.service.as_deref();
        match known {
            Some(known) => known.service_ids.extend(service),
            None => values.push(ValueAnswer {
                annotation_value: value,
                service_ids: service.into_iter().collect(),
            }),
        }
    }
    annotations
}

fn users(trace: &Summary) -> Vec<UserAnswer<'_>> {
    let mut users: Vec<UserAnswer<'_>> = Vec::new();
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for user in &trace.users {
        let place = *known.entry(&*user.name).or_insert(users.len());
        if place == users.len() {
            users.push(UserAnswer {
                user_name: &user.name,
                service_ids: Vec::new(),
            });
        }
        users[place].service_ids.push(&user.service);
    }
    users
}
