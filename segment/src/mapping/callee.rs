//! The service that a span calls: the name of its subsegment, and its namespace.

use std::borrow::Cow;

use super::{
    parts::Parts,
    text::{Text, strip},
    url,
};
use crate::{document, span::SpanKind};

impl<'a> Parts<'a> {
    /// Returns the name of a subsegment: the called service, otherwise the operation.
    pub(super) fn called(&self, kind: SpanKind) -> Text<'a> {
        let names = &self.names;
        let copy = |slot| self.attributes.copy(slot);
        self.remote_service(kind)
            .or_else(|| copy(names.peer))
            .or_else(|| copy(names.aws))
            .or_else(|| self.sql.name(&self.attributes, &self.http.url))
            .or_else(|| copy(names.rpc))
            .or_else(|| self.aws.service(&self.attributes))
            .or_else(|| copy(self.http.url.http_host))
            .or_else(|| copy(self.http.url.peer_name))
            .or_else(|| self.called_host(kind))
    }

    /// `aws.remote.service` of a call; for AWS without the prefix that AWS's own instrumentations add.
    fn remote_service(&self, kind: SpanKind) -> Text<'a> {
        if matches!(kind, SpanKind::Internal | SpanKind::Server) {
            return None;
        }
        let name = self.attributes.copy(self.names.remote)?;
        let service = self.aws.is_aws_api.then(|| {
            strip(&name, "AWS.SDK.")
                .or_else(|| strip(&name, "AWS::"))
                .filter(|service| !service.is_empty())
        });
        Some(service.flatten().unwrap_or(name))
    }

    /// The called host without its port. For other spans these attributes name the service itself.
    fn called_host(&self, kind: SpanKind) -> Text<'a> {
        if !matches!(kind, SpanKind::Client | SpanKind::Producer) {
            return None;
        }
        let url = &self.http.url;
        if let Some(address) = self.attributes.copy(url.server_address) {
            return Some(match url::without_port(&address) {
                host if host.len() == address.len() => address,
                host => Cow::Owned(host.to_owned()),
            });
        }
        let host = self.attributes.text(url.full);
        let host = host.as_deref().and_then(url::host);
        let host = host.map(|host| Cow::Owned(host.to_owned()));
        // An address is a poor name, but unlike `GET` it tells called services apart.
        host.or_else(|| {
            let is_http = self.http.is_http();
            self.attributes.copy(url.peer_ip).filter(|_| is_http)
        })
    }

    /// Returns the namespace of a subsegment that is a call.
    pub(super) fn namespace(&self, kind: SpanKind) -> Option<Cow<'a, str>> {
        let is_named_by_aws = self.names.aws.is_set()
            && self.remote_service(kind).is_none()
            && !self.names.peer.is_set();
        let is_call = match kind {
            SpanKind::Client | SpanKind::Producer => true,
            SpanKind::Consumer => self.names.remote.is_set(),
            SpanKind::Internal | SpanKind::Server => false,
        };
        if self.aws.is_aws_api || is_named_by_aws {
            Some(Cow::Borrowed(document::AWS))
        } else {
            is_call.then_some(Cow::Borrowed(document::REMOTE))
        }
    }
}
