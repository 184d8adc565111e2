//! Maps a segment or subsegment back to a span.
//!
//! Names are those of OpenTelemetry's semantic conventions, from which `segment::mapping` makes the same documents;
//! members without a name there are named `aws.xray.…`.

use std::borrow::Cow;

use segment::{
    Document, SegmentId, TraceId, Value,
    document::{AWS, Aws, Cause, Exception, Http, Link, REMOTE, Service, Sql},
    tree::Trace,
};
use serde::Serialize;
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
    let (start, end) = (
        document.start_time.as_nanos(),
        document.end_time.unwrap_or(document.start_time).as_nanos(),
    );
    let exceptions: &[Exception<'_>] = match &document.cause {
        Some(Cause::Exceptions(cause)) => &cause.exceptions,
        _ => &[],
    };
    let mut span = OtelSpan {
        resource: json!({ "attributes": resource(segment) }),
        scope: json!({ "name": "", "version": "" }),
        trace_id: trace.to_hex(),
        span_id: document.id.to_string(),
        parent_span_id: parent.map(|parent| parent.to_string()),
        flags: 1,
        name: &document.name,
        kind: kind(document),
        start_time_unix_nano: start,
        end_time_unix_nano: end,
        duration_nano: end.saturating_sub(start),
        attributes: attributes(document),
        status: status(document),
        events: exceptions.iter().map(|one| event(one, end)).collect(),
        links: document.links.iter().map(link).collect(),
    };
    let mut text = span.text();
    if text.len() > MAX_SPAN {
        // Twice the length of the document, because JSON within JSON is escaped.
        let is_metadata = |key: &str| key.starts_with("aws.xray.metadata.");
        let attributes = &mut span.attributes;
        attributes.0.retain(|key, _| !is_metadata(key));
        attributes.put("aws.xray.truncated", true);
        text = span.text();
    }
    Span {
        id: span.span_id,
        document: text,
    }
}

/// A span as CloudWatch Logs has it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OtelSpan<'d> {
    resource: Json,
    scope: Json,
    trace_id: String,
    span_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_span_id: Option<String>,
    /// The sampled flag.
    flags: u8,
    name: &'d str,
    kind: &'static str,
    start_time_unix_nano: u64,
    end_time_unix_nano: u64,
    duration_nano: u64,
    attributes: Attributes,
    status: Json,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    events: Vec<Json>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    links: Vec<Json>,
}

impl OtelSpan<'_> {
    fn text(&self) -> String {
        // Only a map whose keys are no texts could not be written.
        serde_json::to_string(self).unwrap_or_default()
    }
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
    attributes.texts(&[
        ("exception.type", &exception.kind),
        ("exception.message", &exception.message),
    ]);
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
        let stack: Vec<String> = stack.collect();
        attributes.put("exception.stacktrace", stack.join("\n"));
    }
    json!({ "name": "exception", "timeUnixNano": at, "attributes": attributes.0 })
}

fn link(link: &Link<'_>) -> Json {
    let mut attributes = Attributes::default();
    attributes.values(&link.attributes);
    json!({
        "traceId": link.trace_id.map(TraceId::to_hex),
        "spanId": link.id.map(|id| id.to_string()),
        "attributes": attributes,
    })
}

/// The resource's attributes.
fn resource(segment: &Document<'_>) -> Attributes {
    let mut attributes = Attributes::default();
    // A subsegment without a segment does not say which service it belongs to.
    if !segment.is_subsegment {
        attributes.put("service.name", &*segment.name);
    }
    if let Some(service) = &segment.service {
        let Service {
            version,
            runtime,
            runtime_version,
            ..
        } = &**service;
        attributes.texts(&[
            ("service.version", version),
            ("process.runtime.name", runtime),
            ("process.runtime.version", runtime_version),
        ]);
    }
    attributes.texts(&[
        ("aws.xray.origin", &segment.origin),
        ("cloud.resource_id", &segment.resource_arn),
    ]);
    if let Some(aws) = &segment.aws {
        attributes.machine(aws);
    }
    attributes
}

/// The span's attributes.
fn attributes(document: &Document<'_>) -> Attributes {
    let mut attributes = Attributes::default();
    attributes.texts(&[("enduser.id", &document.user)]);
    if let Some(http) = &document.http {
        attributes.http(http);
    }
    if let Some(sql) = &document.sql {
        attributes.sql(sql);
    }
    if let Some(aws) = &document.aws {
        attributes.call(aws);
    }
    for (key, flag) in [
        ("aws.xray.throttle", document.throttle),
        ("aws.xray.inprogress", document.in_progress),
    ] {
        if flag {
            attributes.put(key, true);
        }
    }
    let keys = document.annotations.iter().map(|(key, _)| &**key);
    attributes.list("aws.xray.annotations", keys);
    attributes.values(&document.annotations);
    for (namespace, value) in &document.metadata {
        let key = format!("aws.xray.metadata.{namespace}");
        attributes.put(&key, value.to_string());
    }
    attributes
}

#[derive(Default, Serialize)]
struct Attributes(Map<String, Json>);

impl Attributes {
    fn put(&mut self, key: &str, value: impl Into<Json>) {
        self.0.insert(key.to_owned(), value.into());
    }

    fn values(&mut self, values: &[(Cow<'_, str>, Value<'_>)]) {
        for (key, value) in values {
            self.put(key, plain(value));
        }
    }

    /// Puts those texts that are there.
    fn texts(&mut self, texts: &[(&str, &Option<Cow<'_, str>>)]) {
        for (key, text) in texts {
            if let Some(text) = text {
                self.put(key, &**text);
            }
        }
    }

    /// Puts a list, unless it is empty.
    fn list<'t>(&mut self, key: &str, texts: impl Iterator<Item = &'t str>) {
        let texts: Vec<Json> = texts.map(Json::from).collect();
        if !texts.is_empty() {
            self.put(key, texts);
        }
    }

    fn http(&mut self, http: &Http<'_>) {
        if let Some(request) = &http.request {
            self.texts(&[
                ("http.request.method", &request.method),
                ("url.full", &request.url),
                ("user_agent.original", &request.user_agent),
                ("client.address", &request.client_ip),
            ]);
        }
        if let Some(response) = &http.response {
            for (key, number) in [
                ("http.response.status_code", response.status),
                ("http.response.body.size", response.content_length),
            ] {
                if let Some(number) = number {
                    self.put(key, number);
                }
            }
        }
    }

    fn sql(&mut self, sql: &Sql<'_>) {
        let connection = if sql.url.is_some() {
            &sql.url
        } else {
            &sql.connection_string
        };
        self.texts(&[
            ("db.system.name", &sql.database_type),
            ("db.query.text", &sql.sanitized_query),
            ("db.connection_string", connection),
            ("db.user", &sql.user),
        ]);
    }

    /// A call to one of AWS's services.
    fn call(&mut self, aws: &Aws<'_>) {
        self.texts(&[
            ("aws.operation", &aws.operation),
            ("cloud.region", &aws.region),
            ("aws.request_id", &aws.request_id),
            ("aws.sqs.queue.url", &aws.queue_url),
            ("aws.sns.topic.arn", &aws.topic_arn),
            ("aws.s3.bucket", &aws.bucket_name),
        ]);
        let tables = aws.table_name.iter().chain(&aws.table_names);
        self.list("aws.dynamodb.table_names", tables.map(|name| &**name));
    }

    /// The machine that it ran on.
    fn machine(&mut self, aws: &Aws<'_>) {
        self.texts(&[("cloud.account.id", &aws.account_id)]);
        if let Some(ec2) = &aws.ec2 {
            self.texts(&[
                ("host.id", &ec2.instance_id),
                ("host.type", &ec2.instance_size),
                ("host.image.id", &ec2.ami_id),
                ("cloud.availability_zone", &ec2.availability_zone),
            ]);
        }
        if let Some(ecs) = &aws.ecs {
            self.texts(&[
                ("container.name", &ecs.container),
                ("container.id", &ecs.container_id),
                ("aws.ecs.container.arn", &ecs.container_arn),
                ("aws.ecs.task.arn", &ecs.task_arn),
                ("aws.ecs.task.family", &ecs.task_family),
                ("aws.ecs.cluster.arn", &ecs.cluster_arn),
                ("aws.ecs.launchtype", &ecs.launch_type),
            ]);
        }
        if let Some(eks) = &aws.eks {
            self.texts(&[
                ("k8s.cluster.name", &eks.cluster_name),
                ("k8s.pod.name", &eks.pod),
                ("container.id", &eks.container_id),
            ]);
        }
        let groups = aws.cloudwatch_logs.iter();
        let names = groups.filter_map(|group| group.log_group.as_deref());
        self.list("aws.log.group.names", names);
        if let Some(xray) = &aws.xray {
            self.texts(&[
                ("telemetry.sdk.name", &xray.sdk),
                ("telemetry.sdk.version", &xray.sdk_version),
            ]);
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
            let mut object = Attributes::default();
            object.values(members);
            object.0.into()
        }
    }
}
