//! How a call of gRPC's went, which HTTP's status does not say.

use super::attributes::{Attributes, Slot};

/// Names of gRPC's status codes, in their order.
/// <https://github.com/grpc/grpc/blob/master/doc/statuscodes.md>
const CODES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// The status, by the conventions of today and by older ones. It stays in the metadata.
#[derive(Default)]
pub(super) struct GrpcParts {
    /// `rpc.grpc.status_code`, a number
    code: Slot,
    /// `rpc.response.status_code`, `rpc.connect_rpc.error_code`: a name, of gRPC's if it is one of them
    name: Slot,
}

impl GrpcParts {
    /// Returns where to note an attribute that belongs here.
    pub(super) fn slot(&mut self, key: &str) -> Option<&mut Slot> {
        Some(match key {
            "rpc.grpc.status_code" => &mut self.code,
            "rpc.response.status_code" | "rpc.connect_rpc.error_code" => &mut self.name,
            _ => return None,
        })
    }

    /// Returns what HTTP would have said, if it is a failure:
    /// <https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto>.
    pub(super) fn status(&self, attributes: &Attributes<'_>) -> Option<i64> {
        let code = if let Some(code) = attributes.integer(self.code) {
            usize::try_from(code).ok()?
        } else {
            let text = attributes.text(self.name)?;
            let is_named = |name: &&str| name.eq_ignore_ascii_case(&text);
            CODES.iter().position(is_named)?
        };
        Some(match *CODES.get(code)? {
            "OK" => return None,
            "CANCELLED" => 499,
            "INVALID_ARGUMENT" | "FAILED_PRECONDITION" | "OUT_OF_RANGE" => 400,
            "DEADLINE_EXCEEDED" => 504,
            "NOT_FOUND" => 404,
            "ALREADY_EXISTS" | "ABORTED" => 409,
            "PERMISSION_DENIED" => 403,
            "RESOURCE_EXHAUSTED" => 429,
            "UNIMPLEMENTED" => 501,
            "UNAVAILABLE" => 503,
            "UNAUTHENTICATED" => 401,
            _ => 500,
        })
    }
}
