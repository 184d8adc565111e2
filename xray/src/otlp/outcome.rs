//! How a collector may answer a request, over whichever protocol.

use std::{error::Error, io, sync::atomic::AtomicU64, time::Duration};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use segment::HostPort;

use crate::delivery::Counters;

/// Longest pause for which a collector may ask.
pub(super) const LONGEST_WISH: Duration = Duration::from_secs(30);
/// How many bytes of an answer are read.
pub(super) const MAX_ANSWER: usize = 64 * 1024;

/// The result of a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The collector accepted it, except for `rejected` spans.
    Accepted { rejected: u64 },
    /// The collector rejected it; there is no retry.
    Rejected,
    /// A retry may succeed, after the pause that the collector asks for.
    Retry(Failure, Option<Duration>),
}

/// Why a request failed that may be retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// The collector's name does not resolve.
    Unresolved,
    /// The connection was refused.
    Refused,
    /// The collector is busy.
    Busy,
    /// The request timed out, the connection broke, or the shutdown began.
    Broken,
}

/// The collector's name did not resolve.
#[derive(Debug, thiserror::Error)]
#[error("{0} does not resolve")]
pub(super) struct NotResolved(pub(super) HostPort);

impl Outcome {
    /// Reads the message of an accepted request; what cannot be read rejects nothing.
    pub(super) fn accepted(answer: &[u8]) -> Self {
        let answer = ExportTraceServiceResponse::decode(answer).ok();
        let partial = answer.and_then(|answer| answer.partial_success);
        let rejected = partial.and_then(|partial| u64::try_from(partial.rejected_spans).ok());
        Self::Accepted {
            rejected: rejected.unwrap_or_default(),
        }
    }
}

impl Failure {
    pub(super) fn of(error: &reqwest::Error) -> Self {
        let mut source = error.source();
        while let Some(error) = source {
            if error.is::<NotResolved>() {
                return Self::Unresolved;
            }
            let refused = error
                .downcast_ref::<io::Error>()
                .is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
            if refused {
                return Self::Refused;
            }
            source = error.source();
        }
        Self::Broken
    }

    pub(super) fn counter(self, counters: &Counters) -> &AtomicU64 {
        match self {
            Self::Unresolved => &counters.unresolved,
            Self::Refused => &counters.refused,
            Self::Busy => &counters.rejected,
            Self::Broken => &counters.failed,
        }
    }
}
