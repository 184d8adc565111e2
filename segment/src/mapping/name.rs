//! The name of a segment or subsegment, and its namespace.

use std::borrow::Cow;

use super::{
    attributes::Sorted,
    text::{Text, put, strip},
};
use crate::{Value, document, span::SpanKind};

/// The attributes that only names use; all of them stay in the metadata as well.
#[derive(Default)]
pub(super) struct NameParts<'a> {
    /// `aws.local.service`
    pub(super) local: Text<'a>,
    /// `aws.remote.service`
    pub(super) remote: Text<'a>,
    /// `peer.service`
    peer: Text<'a>,
    /// `aws.service`
    aws: Text<'a>,
    /// `rpc.service`
    rpc: Text<'a>,
}

impl<'a> NameParts<'a> {
    /// Notes an attribute that may give the name.
    pub(super) fn see(&mut self, key: &str, value: &Value<'a>) {
        let slot = match key {
            "aws.local.service" => &mut self.local,
            "aws.remote.service" => &mut self.remote,
            "peer.service" => &mut self.peer,
            "aws.service" => &mut self.aws,
            "rpc.service" => &mut self.rpc,
            _ => return,
        };
        // A copy of a borrowed text costs nothing; a list names nothing and stays where it is.
        put(slot, value.clone());
    }
}

impl<'a> Sorted<'a> {
    /// Returns the name of a subsegment: what it calls, else what it does.
    pub(super) fn called(&self, kind: SpanKind) -> Text<'a> {
        let names = &self.names;
        self.remote_service(kind)
            .or_else(|| names.peer.clone())
            .or_else(|| names.aws.clone())
            .or_else(|| self.sql.name(&self.http.url))
            .or_else(|| names.rpc.clone())
            .or_else(|| self.http.url.http_host.clone())
            .or_else(|| self.http.url.peer_name.clone())
            .or_else(|| self.server_address(kind))
    }

    /// `aws.remote.service` of a call, for AWS without the prefix of AWS's own instrumentations.
    fn remote_service(&self, kind: SpanKind) -> Text<'a> {
        if matches!(kind, SpanKind::Internal | SpanKind::Server) {
            return None;
        }
        let name = self.names.remote.as_ref()?;
        let service = self.aws.is_aws_api.then(|| {
            strip(name, "AWS.SDK.")
                .or_else(|| strip(name, "AWS::"))
                .filter(|service| !service.is_empty())
        });
        Some(service.flatten().unwrap_or_else(|| name.clone()))
    }

    /// The host that a call goes to; of anything else it is the service's own address.
    fn server_address(&self, kind: SpanKind) -> Text<'a> {
        match kind {
            SpanKind::Client | SpanKind::Producer => self.http.url.server_address.clone(),
            SpanKind::Internal | SpanKind::Server | SpanKind::Consumer => None,
        }
    }

    /// Returns the namespace of a subsegment: whom it calls, if anybody.
    pub(super) fn namespace(&self, kind: SpanKind) -> Option<Cow<'a, str>> {
        let is_named_by_aws = self.names.aws.is_some()
            && self.remote_service(kind).is_none()
            && self.names.peer.is_none();
        let is_call = match kind {
            SpanKind::Client | SpanKind::Producer => true,
            SpanKind::Consumer => self.names.remote.is_some(),
            SpanKind::Internal | SpanKind::Server => false,
        };
        if self.aws.is_aws_api || is_named_by_aws {
            Some(Cow::Borrowed(document::AWS))
        } else {
            is_call.then_some(Cow::Borrowed(document::REMOTE))
        }
    }
}
