//! The service that a span calls: the name of its subsegment, and its namespace.

use std::borrow::Cow;

use super::{
    attributes::Slot,
    parts::Parts,
    text::{Text, strip},
    url,
};
use crate::{Value, document, span::SpanKind};

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
            .or_else(|| copy(self.aws.invoked_name).filter(|_| is_call(kind)))
            .or_else(|| self.host_of(self.http.url.http_host))
            .or_else(|| copy(self.http.url.peer_name))
            .or_else(|| self.called_host(kind))
            .or_else(|| self.destination(kind))
            .or_else(|| copy(names.provider.or(names.old_provider)).filter(|_| is_call(kind)))
            .or_else(|| self.sql.system(&self.attributes).filter(|_| is_call(kind)))
    }

    /// An address without its port.
    fn host_of(&self, slot: Slot) -> Text<'a> {
        let address = self.attributes.copy(slot)?;
        Some(match url::without_port(&address) {
            host if host.len() == address.len() => address,
            host => Cow::Owned(host.to_owned()),
        })
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
        if !is_call(kind) {
            return None;
        }
        let url = &self.http.url;
        if url.server_address.is_set() {
            return self.host_of(url.server_address);
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

    /// The queue or topic of a message whose broker is not known: the span's name has it too, but by the old conventions
    /// as `orders publish` and by the new ones as `publish orders`. Queues made for one client or one reply would be a
    /// node each.
    fn destination(&self, kind: SpanKind) -> Text<'a> {
        if !is_call(kind) {
            return None;
        }
        if let Some(host) = self
            .attributes
            .text(self.aws.messaging_url)
            .as_deref()
            .and_then(url::host)
        {
            return Some(Cow::Owned(host.to_owned()));
        }
        let names = &self.names;
        let is_true = |slot| self.attributes.value(slot) == Some(&Value::Bool(true));
        let name = if is_true(names.temporary) || is_true(names.anonymous) {
            names.messaging
        } else {
            names.destination
        };
        self.attributes.copy(names.template.or(name))
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

fn is_call(kind: SpanKind) -> bool {
    matches!(kind, SpanKind::Client | SpanKind::Producer)
}
