//! Spans as protobuf, piece by piece: a message's encoding is that of its parts one after another, so each
//! span is encoded when it ends, and a request is the resource with the spans behind it.
//! <https://protobuf.dev/programming-guides/encoding/#last-one-wins>

use opentelemetry_proto::{
    tonic::{
        resource::v1::Resource as ResourceMessage,
        trace::v1::{ResourceSpans, ScopeSpans},
    },
    transform::common::tonic::ResourceAttributesWithSchema,
};
use opentelemetry_sdk::{Resource, trace::SpanData};
use prost::Message;

/// Field 1 of `ExportTraceServiceRequest`, a message: `ResourceSpans`.
const RESOURCE_SPANS: u8 = 1 << 3 | 2;

/// Appends a span as a part of `ResourceSpans`: a `ScopeSpans` with this one span.
pub(crate) fn encode(span: SpanData, out: &mut Vec<u8>) {
    let scope = &span.instrumentation_scope;
    let scope_spans = ScopeSpans {
        schema_url: scope.schema_url().unwrap_or_default().to_owned(),
        scope: Some((scope, None).into()),
        spans: vec![span.into()],
    };
    append(
        &ResourceSpans {
            scope_spans: vec![scope_spans],
            ..ResourceSpans::default()
        },
        out,
    );
}

/// Returns the part of `ResourceSpans` that all spans have in common.
pub(super) fn resource(resource: &Resource) -> Vec<u8> {
    let ResourceAttributesWithSchema {
        attributes,
        schema_url,
    } = resource.into();
    let mut out = Vec::new();
    append(
        &ResourceSpans {
            resource: Some(ResourceMessage {
                attributes: attributes.0,
                ..ResourceMessage::default()
            }),
            schema_url: schema_url.unwrap_or_default(),
            ..ResourceSpans::default()
        },
        &mut out,
    );
    out
}

/// Returns an `ExportTraceServiceRequest` of one resource and some spans.
pub(super) fn request(resource: &[u8], spans: &[u8]) -> Vec<u8> {
    let length = resource.len() + spans.len();
    let mut out = Vec::with_capacity(length + 11);
    out.push(RESOURCE_SPANS);
    prost::encode_length_delimiter(length, &mut out).expect("a vector grows");
    out.extend_from_slice(resource);
    out.extend_from_slice(spans);
    out
}

fn append(message: &impl Message, out: &mut Vec<u8>) {
    message.encode(out).expect("a vector grows");
}
