//! One trace: each service writes a document, the deepest first.

use serde_json::{Value, json};

use super::{
    Culprit, Kind,
    random::Random,
    shop::{INSTANCES, Remote, Route, TENANTS, calls, instance, remote},
};

/// The end of a call and its result.
struct Ended {
    at: f64,
    status: u16,
}

/// The documents of a trace while they are made.
pub(super) struct Visits<'i> {
    pub(super) documents: Vec<String>,
    culprit: &'i Culprit,
    /// Whether the change has happened.
    is_late: bool,
    random: &'i mut Random,
    trace: String,
    tenant: &'static str,
}

/// The work inside a segment: from the start time to the subsegments and the result.
type Inside<'v, 'i> = dyn Fn(&mut Visits<'i>, f64) -> (Vec<Value>, Ended) + 'v;

impl<'i> Visits<'i> {
    pub(super) fn new(culprit: &'i Culprit, is_late: bool, random: &'i mut Random) -> Self {
        Self {
            documents: Vec::new(),
            culprit,
            is_late,
            tenant: random.one::<&str>(&TENANTS),
            trace: String::new(),
            random,
        }
    }

    /// Handles a request of a route.
    pub(super) fn request(&mut self, number: usize, start: f64, route: &Route) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "seconds"
        )]
        let second = start as u32;
        let id = self.random.bits();
        self.trace = format!("1-{second:08x}-{number:08x}{id:016x}");
        let path = route
            .path
            .replace('*', &(self.random.below(900) + 100).to_string());
        let url = format!("https://shop.example.com{path}");
        let user = format!("user-{}", self.random.below(200));
        let value = (self.random.share() * 50_000.0).round() / 100.0;
        let entry = json!({ "http": { "request": { "method": route.method, "url": url, "client_ip": "192.0.2.7" } }, "user": user,
            "annotations": { "tenant": self.tenant, "order_value": value } });
        self.segment("gateway", None, start, &entry, &|visits, at| {
            let call = visits.call("web", at, &|visits, mut at| {
                let mut calls = Vec::new();
                let mut status = 200;
                for service in route.calls {
                    let (call, ended) = visits.call_of(service, at);
                    calls.push(call);
                    at = ended.at;
                    status = status.max(ended.status);
                }
                (calls, Ended { at, status })
            });
            (vec![call.0], call.1)
        });
    }

    /// Calls a service, which calls what it needs.
    fn call_of(&mut self, service: &'static str, start: f64) -> (Value, Ended) {
        if let Some(kind) = remote(service) {
            return self.call_remote(service, kind, start);
        }
        self.call(service, start, &|visits, mut at| {
            let (mut made, mut status) = (Vec::new(), 200);
            for (callee, chance) in calls(service) {
                if status >= 500 || visits.random.share() >= *chance {
                    continue;
                }
                let (call, ended) = visits.call_of(callee, at);
                made.push(call);
                at = ended.at;
                status = status.max(ended.status);
            }
            (made, Ended { at, status })
        })
    }

    /// Calls a service that has segments: the subsegment of the caller.
    fn call(
        &mut self,
        service: &'static str,
        start: f64,
        inside: &Inside<'_, 'i>,
    ) -> (Value, Ended) {
        let id = self.id();
        let url = format!("http://{service}.internal/");
        let http = json!({ "http": { "request": { "method": "GET", "url": url } } });
        let ended = self.segment(service, Some(&id), start + 0.000_2, &http, inside);
        let at = ended.at + 0.000_2;
        let mut call = json!({ "id": id, "name": service, "namespace": "remote", "start_time": start, "end_time": at,
            "http": { "request": { "method": "GET", "url": url } } });
        mark(&mut call, ended.status);
        (call, Ended { at, ..ended })
    }

    /// Writes a segment around work; returns its result.
    fn segment(
        &mut self,
        service: &'static str,
        parent: Option<&str>,
        start: f64,
        more: &Value,
        inside: &Inside<'_, 'i>,
    ) -> Ended {
        let id = self.id();
        let number = self.random.below(INSTANCES);
        let on = instance(service, number);
        let version = self.version(service);
        let trouble = self.trouble(service, version, &on);
        let own = 0.000_3 + self.random.share() * 0.004;
        let (calls, mut ended) = inside(
            self,
            start + own + trouble.map_or(0.0, |(seconds, _)| seconds),
        );
        let mut document = json!({ "trace_id": self.trace, "id": id, "name": service, "start_time": start,
            "service": { "version": version }, "origin": "AWS::EC2::Instance",
            "aws": { "ec2": { "instance_id": on, "availability_zone": format!("eu-central-1{}", ["a", "b"][number % 2]) } } });
        for (key, value) in more.as_object().into_iter().flatten() {
            document[key] = value.clone();
        }
        document["annotations"]["version"] = version.into();
        if let (Some((_, true)), Some(reason)) = (trouble, self.culprit.reason) {
            ended.status = 500;
            document["cause"] = cause(reason, &self.id());
        }
        ended.at += 0.000_1;
        document["end_time"] = ended.at.into();
        if let Some(parent) = parent {
            document["parent_id"] = parent.into();
        }
        if !calls.is_empty() {
            document["subsegments"] = calls.into();
        }
        mark(&mut document, ended.status);
        self.documents.push(document.to_string());
        ended
    }

    fn version(&mut self, service: &str) -> &'static str {
        let is_new =
            self.culprit.kind == Kind::Release && self.culprit.place == service && self.is_late;
        if is_new && self.random.share() < 0.7 {
            "2.15.0"
        } else {
            "2.14.0"
        }
    }

    /// Returns by how many seconds a service is slower than usual, and whether it fails.
    fn trouble(&mut self, service: &str, version: &str, instance: &str) -> Option<(f64, bool)> {
        let Culprit {
            kind, place, value, ..
        } = self.culprit;
        if !self.is_late || *place != service {
            return None;
        }
        let draw = self.random.share();
        match kind {
            Kind::Release if version == value => Some((2.0, draw < 0.25)),
            Kind::Tenant if self.tenant == value => Some((0.0, draw < 0.6)),
            Kind::Instance if instance == value => Some((1.0, draw < 0.5)),
            _ => None,
        }
    }

    /// Calls a dependency without segments of its own.
    fn call_remote(&mut self, name: &'static str, kind: Remote, start: f64) -> (Value, Ended) {
        let is_culprit = self.is_late && self.culprit.place == name;
        let is_slow = is_culprit && self.culprit.kind == Kind::Dependency;
        let is_throttled =
            is_culprit && self.culprit.kind == Kind::Table && self.random.share() < 0.6;
        let seconds = 0.000_4
            + self.random.share() * 0.003
            + if is_slow {
                3.0 + self.random.share()
            } else {
                0.0
            };
        let at = start + seconds;
        let mut call = json!({ "id": self.id(), "name": name, "start_time": start, "end_time": at, "namespace": "remote" });
        match kind {
            Remote::Sql => {
                call["sql"] = json!({ "database_type": "PostgreSQL", "url": format!("postgresql://{name}:5432/shop"),
                    "sanitized_query": "SELECT * FROM stock WHERE sku = ? FOR UPDATE" });
            }
            Remote::Table => {
                call["namespace"] = "aws".into();
                call["name"] = "DynamoDB".into();
                call["aws"] =
                    json!({ "operation": "GetItem", "table_name": name, "region": "eu-central-1" });
            }
            Remote::Queue => {
                call["namespace"] = "aws".into();
                call["name"] = "SQS".into();
                let queue = format!("https://sqs.eu-central-1.amazonaws.com/123456789012/{name}");
                call["aws"] = json!({ "operation": "SendMessage", "queue_url": queue, "region": "eu-central-1" });
            }
            Remote::Http => {
                let url = format!("https://{name}/charges");
                call["http"] = json!({ "request": { "method": "POST", "url": url }, "response": { "status": 200 } });
            }
        }
        let status = if is_throttled { 429 } else { 200 };
        if let (true, Some(reason)) = (is_throttled, self.culprit.reason) {
            call["cause"] = cause(reason, &self.id());
        }
        mark(&mut call, status);
        (call, Ended { at, status })
    }

    fn id(&mut self) -> String {
        format!("{:016x}", self.random.bits() | 1)
    }
}

/// Sets the flags and the status of a response.
fn mark(part: &mut Value, status: u16) {
    match status {
        429 => {
            part["error"] = true.into();
            part["throttle"] = true.into();
        }
        500.. => part["fault"] = true.into(),
        _ => {}
    }
    if part["http"].is_object() || part["aws"]["operation"].is_string() {
        part["http"]["response"] = json!({ "status": status });
    }
}

/// Makes the exception for `Type: message`.
fn cause(reason: &str, id: &str) -> Value {
    let (kind, message) = reason.split_once(": ").unwrap_or(("Error", reason));
    let stack = [json!({ "path": "stock.rs", "line": 88, "label": "reserve" })];
    json!({ "working_directory": "/srv", "exceptions": [{ "id": id, "type": kind, "message": message, "stack": stack }] })
}
