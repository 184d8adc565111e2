//! The segment document: one model, which services write and the console reads.
//!
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html>

mod blocks;
mod decode;
mod independent;
mod member;
mod refusal;
pub mod rules;
mod shared;
mod trim;

use std::borrow::Cow;

pub use blocks::{
    Aws, Cause, Ec2, Ecs, Eks, ElasticBeanstalk, Exception, Exceptions, Frame, Http, HttpRequest,
    HttpResponse, Link, LogGroup, Service, Sql, Xray,
};
pub use decode::MAX_DOCUMENT_BYTES;
pub use independent::write_independent;
pub use refusal::{RefusalCode, RefusedDocument};
pub use shared::{Encoded, Shared};

use crate::{SegmentId, Time, TraceId, Value, encode, value::Members};
use member::write_rest;
pub(crate) use member::{Member, write};

/// `namespace` of a call to another service.
pub const REMOTE: &str = "remote";
/// `namespace` of a call to AWS.
pub const AWS: &str = "aws";
/// `type` of an independent subsegment.
pub const SUBSEGMENT: &str = "subsegment";
/// The namespace of metadata without a namespace of its own.
pub const DEFAULT_METADATA: &str = "default";

/// A segment or a subsegment.
///
/// Written with [`Document::encode`], read with [`Document::decode`]. Reading keeps unknown members in `rest`, here
/// and in every block.
///
/// ```
/// use segment::{Document, Form, Time};
///
/// let mut segment = Document::new("shop".into(), "53995c3f42cd8ad8".parse()?, Time::from_nanos(1_500_000_000));
/// segment.trace_id = Some("1-5f84c7a1-e7d1852db8c4fd35d88bf49a".parse()?);
/// segment.end_time = Some(Time::from_nanos(2_250_000_000));
/// segment.fault = true;
///
/// let mut json = Vec::new();
/// segment.encode(Form::Independent, &mut json);
/// assert_eq!(Document::decode(std::str::from_utf8(&json)?)?, segment);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a member of X-Ray's document"
)]
pub struct Document<'a> {
    /// The service's name for a segment; the name of the called service or of the operation for a subsegment.
    pub name: Cow<'a, str>,
    /// The document's id, unique within the trace.
    pub id: SegmentId,
    /// The trace id; `None` for an embedded subsegment, which has that of its segment.
    pub trace_id: Option<TraceId>,
    /// For a segment, the subsegment that called it; for an independent subsegment, its parent.
    pub parent_id: Option<SegmentId>,
    /// Whether this is a subsegment (`"type": "subsegment"`), by itself or embedded.
    pub is_subsegment: bool,
    /// The start time; written as seconds since 1970 with nine decimals.
    pub start_time: Time,
    /// The end time; `None` while it is in progress.
    pub end_time: Option<Time>,
    /// Whether the document is in progress and will be replaced by a complete one.
    pub in_progress: bool,
    /// Whether the console inferred this segment from the subsegment that called it.
    pub inferred: bool,
    /// Whether the client caused an error (4xx).
    /// <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-errors>
    pub error: bool,
    /// Whether the client was throttled (429); set together with `error`.
    pub throttle: bool,
    /// Whether the server failed (5xx).
    pub fault: bool,
    /// [`REMOTE`] or [`AWS`] for a call to another service; none for local work.
    pub namespace: Option<Cow<'a, str>>,
    /// The type of resource that a segment ran on, for example `AWS::EKS::Container`; on the service map it chooses the
    /// node's icon.
    pub origin: Option<Cow<'a, str>>,
    /// The ARN of that resource.
    pub resource_arn: Option<Cow<'a, str>>,
    /// The user who made the request.
    pub user: Option<Cow<'a, str>>,
    /// The program that served a segment.
    pub service: Option<Shared<'a, Service<'a>>>,
    /// The request and its response.
    pub http: Option<Http<'a>>,
    /// Where a segment ran, or which AWS resource was called.
    pub aws: Option<Shared<'a, Aws<'a>>>,
    /// The SQL query.
    pub sql: Option<Box<Sql<'a>>>,
    /// Why it failed.
    pub cause: Option<Cause<'a>>,
    /// Links to other traces.
    pub links: Vec<Link<'a>>,
    /// Strings, numbers and booleans that filter expressions can search for, by key: at most 50 of a trace.
    pub annotations: Members<'a>,
    /// Other data: an object for each namespace, with any values by key; cannot be searched for.
    pub metadata: Members<'a>,
    /// Further members of the namespace [`DEFAULT_METADATA`], with names that `metadata` does not have there. Only
    /// used for writing; reading puts everything into `metadata`.
    pub shared_metadata: Option<&'a Encoded<Members<'a>>>,
    /// Subsegments with the same parent that finished before this one began.
    pub precursor_ids: Vec<Cow<'a, str>>,
    /// The embedded subsegments, in the order in which they are written.
    pub subsegments: Vec<Document<'a>>,
    /// Unknown members, and members of the wrong type.
    pub rest: Members<'a>,
}

/// The two forms of a subsegment: sent by itself, or within its segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A document of its own, with `trace_id`, `parent_id` and, for a subsegment, `type`.
    Independent,
    /// One of the `subsegments` of another document, without these members.
    Embedded,
}

impl<'a> Document<'a> {
    /// Makes a document with only the members that each document has; it is a segment unless `is_subsegment` is set, and
    /// lacks the `trace_id` and either `end_time` or `in_progress`, which X-Ray requires of a segment.
    pub fn new(name: Cow<'a, str>, id: SegmentId, start_time: Time) -> Self {
        Self {
            name,
            id,
            trace_id: None,
            parent_id: None,
            is_subsegment: false,
            start_time,
            end_time: None,
            in_progress: false,
            inferred: false,
            error: false,
            throttle: false,
            fault: false,
            namespace: None,
            origin: None,
            resource_arn: None,
            user: None,
            service: None,
            http: None,
            aws: None,
            sql: None,
            cause: None,
            links: Vec::new(),
            annotations: Vec::new(),
            metadata: Vec::new(),
            shared_metadata: None,
            precursor_ids: Vec::new(),
            subsegments: Vec::new(),
            rest: Vec::new(),
        }
    }

    /// Appends the document as JSON to `out`. Its subsegments are embedded. Nothing is cut: see [`Document::trim`].
    pub fn encode(&self, form: Form, out: &mut Vec<u8>) {
        self.encode_with(form, &[], out);
    }

    /// Appends the document as JSON, with further subsegments that are already encoded in [`Form::Embedded`] and
    /// separated by commas.
    pub fn encode_with(&self, form: Form, encoded_subsegments: &[u8], out: &mut Vec<u8>) {
        let mut object = encode::Object::begin(out);
        self.write_identity(form, &mut object);
        self.write_outcome(&mut object);
        self.write_blocks(&mut object);
        if !encoded_subsegments.is_empty() || !self.subsegments.is_empty() {
            write_subsegments(
                &self.subsegments,
                encoded_subsegments,
                object.member("subsegments"),
            );
        }
        write_rest(&mut object, &self.rest);
        object.end();
    }

    fn write_identity(&self, form: Form, object: &mut encode::Object<'_>) {
        encode::text(&self.name, object.member("name"));
        write(object, "id", &Some(self.id));
        if form == Form::Independent {
            write(object, "trace_id", &self.trace_id);
            write(object, "parent_id", &self.parent_id);
            if self.is_subsegment {
                encode::text(SUBSEGMENT, object.member("type"));
            }
        }
        self.start_time.write(object.member("start_time"));
        if let Some(end_time) = self.end_time {
            end_time.write(object.member("end_time"));
        }
        write(object, "in_progress", &self.in_progress);
        write(object, "inferred", &self.inferred);
    }

    fn write_outcome(&self, object: &mut encode::Object<'_>) {
        write(object, "error", &self.error);
        write(object, "throttle", &self.throttle);
        write(object, "fault", &self.fault);
        write(object, "cause", &self.cause);
    }

    fn write_blocks(&self, object: &mut encode::Object<'_>) {
        write(object, "namespace", &self.namespace);
        write(object, "origin", &self.origin);
        write(object, "resource_arn", &self.resource_arn);
        write(object, "user", &self.user);
        write(object, "http", &self.http);
        write(object, "sql", &self.sql);
        write(object, "service", &self.service);
        write(object, "aws", &self.aws);
        write(object, "links", &self.links);
        write(object, "annotations", &self.annotations);
        self.write_metadata(object);
        write(object, "precursor_ids", &self.precursor_ids);
    }

    fn write_metadata(&self, object: &mut encode::Object<'_>) {
        let Some(shared) = self.shared_metadata.map(Encoded::members) else {
            write(object, "metadata", &self.metadata);
            return;
        };
        let mut namespaces = encode::Object::begin(object.member("metadata"));
        let mut default = [].as_slice();
        for (namespace, value) in &self.metadata {
            match value {
                Value::Object(members) if namespace == DEFAULT_METADATA => default = members,
                value => value.write(namespaces.named(namespace)),
            }
        }
        let mut members = encode::Object::begin(namespaces.member(DEFAULT_METADATA));
        write_rest(&mut members, default);
        members.encoded(shared);
        members.end();
        namespaces.end();
    }
}

/// Appends subsegments, and further ones that are encoded already.
pub(crate) fn write_subsegments(subsegments: &[Document<'_>], encoded: &[u8], out: &mut Vec<u8>) {
    out.push(b'[');
    for (index, subsegment) in subsegments.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        subsegment.encode(Form::Embedded, out);
    }
    if !subsegments.is_empty() && !encoded.is_empty() {
        out.push(b',');
    }
    out.extend_from_slice(encoded);
    out.push(b']');
}
