//! The service's segment around a local root that is itself a call to another service.
//!
//! X-Ray draws services from segments and calls from subsegments, so such a call needs a segment around it; otherwise
//! the service is missing from the map.

use std::borrow::Cow;

use super::{annotations::Candidate, resource::borrow_aws};
use crate::{
    Document, SegmentId,
    document::{Aws, Cause, Encoded, Shared},
};

/// Annotations that describe the called service and would be wrong on this one.
const OF_THE_CALLEE: [&str; 4] = [
    "aws.remote.service",
    "aws.remote.operation",
    "remoteTarget",
    "K8s.RemoteNamespace",
];

/// Returns the id of the segment around the call `id`.
pub(super) fn segment_id(id: SegmentId) -> SegmentId {
    id.derive(0)
}

/// Makes the segment: what it shares with the call, without a parent, metadata and annotations.
pub(super) fn segment<'a>(call: &Document<'a>, name: Cow<'a, str>) -> Document<'a> {
    Document {
        trace_id: call.trace_id,
        end_time: call.end_time,
        in_progress: call.in_progress,
        error: call.error,
        throttle: call.throttle,
        fault: call.fault,
        user: call.user.clone(),
        sql: call.sql.clone(),
        cause: call.cause.clone().map(with_other_ids),
        ..Document::new(name, segment_id(call.id), call.start_time)
    }
}

/// The resource's block without the account.
pub(super) fn aws<'a>(aws: &'a Encoded<Aws<'static>>) -> Shared<'a, Aws<'a>> {
    if aws.account_id.is_none() {
        return Shared::Borrowed(aws);
    }
    Shared::from(Aws {
        account_id: None,
        ..borrow_aws(aws)
    })
}

/// Returns the annotations that the segment gets too.
pub(super) fn candidates<'a>(candidates: &[Candidate<'a>]) -> Vec<Candidate<'a>> {
    let is_ours = |candidate: &&Candidate<'_>| !OF_THE_CALLEE.contains(&candidate.key.as_ref());
    candidates.iter().filter(is_ours).cloned().collect()
}

/// Ids are unique in a trace, and the call has the same exceptions.
fn with_other_ids(cause: Cause<'_>) -> Cause<'_> {
    let Cause::Exceptions(mut exceptions) = cause else {
        return cause;
    };
    for exception in &mut exceptions.exceptions {
        exception.id = exception.id.map(|id| id.derive(0));
        exception.cause = exception.cause.map(|id| id.derive(0));
    }
    Cause::Exceptions(exceptions)
}
