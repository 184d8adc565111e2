//! The segment document: one model, which services write and the console reads.
//!
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html>

mod blocks;
mod decode;
mod independent;
mod member;
mod plain;
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
pub(crate) use plain::write_plain;
pub use refusal::{RefusalCode, RefusedDocument};
pub use shared::{Ready, Shared};

use crate::{SegmentId, Time, TraceId, Value, encode, value::Members};
use member::{write, write_rest};

/// `namespace` of a call to another service.
pub const REMOTE: &str = "remote";
/// `namespace` of a call to AWS.
pub const AWS: &str = "aws";
/// `type` of an independent subsegment.
pub const SUBSEGMENT: &str = "subsegment";
/// The namespace of metadata that names none.
pub const DEFAULT_METADATA: &str = "default";

/// A segment or a subsegment.
///
/// Written with [`Document::encode`], read with [`Document::decode`]. What is read keeps members that
/// this model does not know in `rest`, here and in every block.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a member of X-Ray's document"
)]
pub struct Document<'a> {
    /// The service's name for a segment, the callee's or the operation's for a subsegment.
    pub name: Cow<'a, str>,
    /// Unique within the trace.
    pub id: SegmentId,
    /// The trace; embedded subsegments take it from their segment.
    pub trace_id: Option<TraceId>,
    /// For a segment the subsegment that called it, for an independent subsegment what it belongs to.
    pub parent_id: Option<SegmentId>,
    /// Whether this is a subsegment (`type`).
    pub is_subsegment: bool,
    /// When it began.
    pub start_time: Time,
    /// When it ended; `None` while it is in progress.
    pub end_time: Option<Time>,
    /// Whether this only announces the document; the complete one will replace it.
    pub in_progress: bool,
    /// Whether the console deduced this segment from the subsegment that called it.
    pub inferred: bool,
    /// Whether the client was at fault (4xx).
    pub error: bool,
    /// Whether the client was told to slow down (429); set together with `error`.
    pub throttle: bool,
    /// Whether the server was at fault (5xx).
    pub fault: bool,
    /// [`REMOTE`] or [`AWS`] for a call to something else; none for local work.
    pub namespace: Option<Cow<'a, str>>,
    /// What kind of resource the segment ran on, `AWS::EKS::Container`.
    pub origin: Option<Cow<'a, str>>,
    /// The resource itself.
    pub resource_arn: Option<Cow<'a, str>>,
    /// Who made the request.
    pub user: Option<Cow<'a, str>>,
    /// The program that served a segment.
    pub service: Option<Shared<'a, Service<'a>>>,
    /// The request and its response.
    pub http: Option<Http<'a>>,
    /// Where a segment ran, or which AWS resource was called.
    pub aws: Option<Shared<'a, Aws<'a>>>,
    /// The query that was made.
    pub sql: Option<Box<Sql<'a>>>,
    /// Why it failed.
    pub cause: Option<Cause<'a>>,
    /// Other traces that it has to do with.
    pub links: Vec<Link<'a>>,
    /// Texts, numbers and booleans by which traces are found.
    pub annotations: Members<'a>,
    /// Anything else, by namespace and key; not indexed.
    pub metadata: Members<'a>,
    /// Further members of the namespace [`DEFAULT_METADATA`], with names that `metadata` does not have
    /// there. Only written; what is read is all in `metadata`.
    pub shared_metadata: Option<&'a Ready<Members<'a>>>,
    /// Subsegments with the same parent that finished before this one began.
    pub precursor_ids: Vec<Cow<'a, str>>,
    /// The subsegments.
    pub subsegments: Vec<Document<'a>>,
    /// Members that this model does not know, or that have another type than they should.
    pub rest: Members<'a>,
}

/// The two forms of a subsegment: sent by itself, or within its segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A document of its own, with `trace_id`, `parent_id` and, for a subsegment, `type`.
    Independent,
    /// One of the `subsegments` of another document, which says all that.
    Embedded,
}

impl<'a> Document<'a> {
    /// Makes a document that holds only what every document must.
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

    /// Appends the document as JSON. Its subsegments are embedded.
    pub fn encode(&self, form: Form, out: &mut Vec<u8>) {
        self.encode_with(form, &[], out);
    }

    /// Appends the document as JSON with further subsegments that were encoded before, in
    /// [`Form::Embedded`] and with commas between them.
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
        let Some(shared) = self.shared_metadata.map(Ready::members) else {
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

fn write_subsegments(subsegments: &[Document<'_>], encoded: &[u8], out: &mut Vec<u8>) {
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
