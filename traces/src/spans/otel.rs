//! Maps a segment or subsegment back to a span.
//!
//! Names are those of OpenTelemetry's semantic conventions, from which `segment::mapping` makes the same documents;
//! members without a name there are named `aws.xray.…`.

use segment::{
    Document, SegmentId, TraceId, Value,
    document::{AWS, Aws, Cause, Exception, Http, Link, REMOTE, Service, Sql},
    tree::Trace,
};
use serde_json::{Map, Value as Json, json};

use super::{MAX_SPAN, Span};

/// Returns the spans, parents before their children.
pub(super) fn spans(trace: &Trace<'_>) -> Vec<Span> {
    let mut parents: Vec<SegmentId> = Vec::new();
    let mut spans = Vec::new();
    for place in trace.walk() {
        let document = place.document;
        parents.truncate(place.depth);
        let parent = parents.last().copied().or(document.parent_id);
        parents.push(document.id);
        let segment = &trace.segments[place.segment];
        if !segment.inferred {
            spans.push(span(trace.id, document, segment, parent));
        }
    }
    spans
}

fn span(
    trace: TraceId,
    document: &Document<'_>,
    segment: &Document<'_>,
    parent: Option<SegmentId>,
) -> Span {
    let mut attributes = Attributes(attributes(document));
    let mut text = json(trace, document, segment, parent, &attributes.0);
    if text.len() > MAX_SPAN {
        // Twice the length of the document, because JSON within JSON is escaped.
        attributes
            .0
            .retain(|key, _| !key.starts_with("aws.xray.metadata."));
        attributes.put("aws.xray.truncated", Some(true));
        text = json(trace, document, segment, parent, &attributes.0);
    }
    Span {
        id: document.id.to_string(),
        document: text,
    }
}

fn json(
    trace: TraceId,
    document: &Document<'_>,
    segment: &Document<'_>,
    parent: Option<SegmentId>,
    attributes: &Map<String, Json>,
) -> String {
    let end = document.end_time.unwrap_or(document.start_time);
    let mut span = json!({
        "resource": { "attributes": resource(segment) },
        "scope": { "name": "", "version": "" },
        "traceId": trace.to_hex(),
        "spanId": document.id.to_string(),
        // The sampled flag.
        "flags": 1,
        "name": document.name,
        "kind": kind(document),
        "startTimeUnixNano": document.start_time.as_nanos(),
        "endTimeUnixNano": end.as_nanos(),
        "durationNano": end.as_nanos().saturating_sub(document.start_time.as_nanos()),
        "attributes": attributes,
        "status": status(document),
    });
    if let Some(parent) = parent {
        span["parentSpanId"] = parent.to_string().into();
    }
    if let Some(Cause::Exceptions(cause)) = &document.cause {
        let events = cause
            .exceptions
            .iter()
            .map(|one| event(one, end.as_nanos()));
        span["events"] = events.collect();
    }
    if !document.links.is_empty() {
        span["links"] = document.links.iter().map(link).collect();
    }
    span.to_string()
}

fn kind(document: &Document<'_>) -> &'static str {
    match document.namespace.as_deref() {
        _ if !document.is_subsegment => "SERVER",
        Some(AWS | REMOTE) => "CLIENT",
        _ => "INTERNAL",
    }
}

fn status(document: &Document<'_>) -> Json {
    if !document.fault && !document.error {
        return json!({ "code": "UNSET" });
    }
    let message = match &document.cause {
        Some(Cause::Exceptions(cause)) => cause
            .exceptions
            .first()
            .and_then(|exception| exception.message.as_deref()),
        _ => None,
    };
    json!({ "code": "ERROR", "message": message.unwrap_or_default() })
}

fn event(exception: &Exception<'_>, at: u64) -> Json {
    let mut attributes = Attributes::default();
    attributes.put("exception.type", exception.kind.as_deref());
    attributes.put("exception.message", exception.message.as_deref());
    if !exception.stack.is_empty() {
        let frames = exception.stack.iter().map(|frame| {
            let label = frame.label.as_deref().unwrap_or_default();
            let path = frame.path.as_deref().unwrap_or_default();
            let line = frame.line.unwrap_or_default();
            format!("\tat {label} ({path}:{line})")
        });
        let kind = exception.kind.as_deref().unwrap_or_default();
        let message = exception.message.as_deref().unwrap_or_default();
        let stack = std::iter::once(format!("{kind}: {message}")).chain(frames);
        attributes.put(
            "exception.stacktrace",
            Some(stack.collect::<Vec<_>>().join("\n")),
        );
    }
    json!({ "name": "exception", "timeUnixNano": at, "attributes": attributes.0 })
}

fn link(link: &Link<'_>) -> Json {
    let attributes: Map<String, Json> = link
        .attributes
        .iter()
        .map(|(key, value)| (key.to_string(), plain(value)))
        .collect();
    json!({
        "traceId": link.trace_id.map(TraceId::to_hex),
        "spanId": link.id.map(|id| id.to_string()),
        "attributes": attributes,
    })
}

/// The resource's attributes.
fn resource(segment: &Document<'_>) -> Map<String, Json> {
    let mut attributes = Attributes::default();
    // A subsegment without a segment does not say which service it belongs to.
    if !segment.is_subsegment {
        attributes.put("service.name", Some(&*segment.name));
    }
    if let Some(service) = &segment.service {
        let Service {
            version,
            runtime,
            runtime_version,
            ..
        } = &**service;
        attributes.put("service.version", version.as_deref());
        attributes.put("process.runtime.name", runtime.as_deref());
        attributes.put("process.runtime.version", runtime_version.as_deref());
    }
    attributes.put("aws.xray.origin", segment.origin.as_deref());
    attributes.put("cloud.resource_id", segment.resource_arn.as_deref());
    if let Some(aws) = &segment.aws {
        attributes.machine(aws);
    }
    attributes.0
}

/// The span's attributes.
fn attributes(document: &Document<'_>) -> Map<String, Json> {
    let mut attributes = Attributes::default();
    attributes.put("enduser.id", document.user.as_deref());
    if let Some(http) = &document.http {
        attributes.http(http);
    }
    if let Some(sql) = &document.sql {
        attributes.sql(sql);
    }
    if let Some(aws) = &document.aws {
        attributes.call(aws);
    }
    attributes.put("aws.xray.throttle", document.throttle.then_some(true));
    attributes.put("aws.xray.inprogress", document.in_progress.then_some(true));
    if !document.annotations.is_empty() {
        let keys: Vec<_> = document.annotations.iter().map(|(key, _)| &**key).collect();
        attributes.put("aws.xray.annotations", Some(keys));
        for (key, value) in &document.annotations {
            attributes.put(key, Some(plain(value)));
        }
    }
    for (namespace, value) in &document.metadata {
        let key = format!("aws.xray.metadata.{namespace}");
        attributes.put(&key, Some(value.to_string()));
    }
    attributes.0
}

#[derive(Default)]
struct Attributes(Map<String, Json>);

impl Attributes {
    fn put(&mut self, key: &str, value: Option<impl Into<Json>>) {
        if let Some(value) = value {
            self.0.insert(key.to_owned(), value.into());
        }
    }

    fn http(&mut self, http: &Http<'_>) {
        if let Some(request) = &http.request {
            self.put("http.request.method", request.method.as_deref());
            self.put("url.full", request.url.as_deref());
            self.put("user_agent.original", request.user_agent.as_deref());
            self.put("client.address", request.client_ip.as_deref());
        }
        if let Some(response) = &http.response {
            self.put("http.response.status_code", response.status);
            self.put("http.response.body.size", response.content_length);
        }
    }

    fn sql(&mut self, sql: &Sql<'_>) {
        self.put("db.system.name", sql.database_type.as_deref());
        self.put("db.query.text", sql.sanitized_query.as_deref());
        self.put(
            "db.connection_string",
            sql.url.as_deref().or(sql.connection_string.as_deref()),
        );
        self.put("db.user", sql.user.as_deref());
    }

    /// A call to one of AWS's services.
    fn call(&mut self, aws: &Aws<'_>) {
        self.put("aws.operation", aws.operation.as_deref());
        self.put("cloud.region", aws.region.as_deref());
        self.put("aws.request_id", aws.request_id.as_deref());
        self.put("aws.sqs.queue.url", aws.queue_url.as_deref());
        self.put("aws.sns.topic.arn", aws.topic_arn.as_deref());
        self.put("aws.s3.bucket", aws.bucket_name.as_deref());
        let one = aws.table_name.as_deref().into_iter();
        let tables: Vec<&str> = one
            .chain(aws.table_names.iter().map(|name| &**name))
            .collect();
        self.put(
            "aws.dynamodb.table_names",
            (!tables.is_empty()).then_some(tables),
        );
    }

    /// The machine that it ran on.
    fn machine(&mut self, aws: &Aws<'_>) {
        self.put("cloud.account.id", aws.account_id.as_deref());
        if let Some(ec2) = &aws.ec2 {
            self.put("host.id", ec2.instance_id.as_deref());
            self.put("host.type", ec2.instance_size.as_deref());
            self.put("host.image.id", ec2.ami_id.as_deref());
            self.put("cloud.availability_zone", ec2.availability_zone.as_deref());
        }
        if let Some(ecs) = &aws.ecs {
            self.put("container.name", ecs.container.as_deref());
            self.put("container.id", ecs.container_id.as_deref());
            self.put("aws.ecs.container.arn", ecs.container_arn.as_deref());
            self.put("aws.ecs.task.arn", ecs.task_arn.as_deref());
            self.put("aws.ecs.task.family", ecs.task_family.as_deref());
            self.put("aws.ecs.cluster.arn", ecs.cluster_arn.as_deref());
            self.put("aws.ecs.launchtype", ecs.launch_type.as_deref());
        }
        if let Some(eks) = &aws.eks {
            self.put("k8s.cluster.name", eks.cluster_name.as_deref());
            self.put("k8s.pod.name", eks.pod.as_deref());
            self.put("container.id", eks.container_id.as_deref());
        }
        let groups = aws.cloudwatch_logs.iter();
        let names: Vec<&str> = groups
            .filter_map(|group| group.log_group.as_deref())
            .collect();
        self.put("aws.log.group.names", (!names.is_empty()).then_some(names));
        if let Some(xray) = &aws.xray {
            self.put("telemetry.sdk.name", xray.sdk.as_deref());
            self.put("telemetry.sdk.version", xray.sdk_version.as_deref());
        }
    }
}

fn plain(value: &Value<'_>) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => (*value).into(),
        Value::Integer(value) => (*value).into(),
        Value::Number(value) => (*value).into(),
        Value::Text(value) => (&**value).into(),
        Value::Array(values) => values.iter().map(plain).collect(),
        Value::Object(members) => {
            let members = members.iter();
            members
                .map(|(key, value)| (key.to_string(), plain(value)))
                .collect()
        }
    }
}
