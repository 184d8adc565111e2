//! The `http` block.

use std::{borrow::Cow, net::IpAddr};

use super::{
    Trimmed,
    text::{Text, fit, fit_member, integer, put, put_integer},
    url::{UrlParts, put_port},
};
use crate::{
    Value,
    document::{Http, HttpRequest, HttpResponse},
    names,
    span::Event,
    value::Members,
};

/// The attributes that make an `http` block, of the old and of the new conventions.
#[derive(Default)]
pub(super) struct HttpParts<'a> {
    /// Whether anything was seen that only HTTP has: addresses alone are no sign of it.
    is_http: bool,
    method: Text<'a>,
    user_agent: Text<'a>,
    old_status: Option<i64>,
    new_status: Option<i64>,
    /// `http.client_ip`
    client_ip: Text<'a>,
    /// `client.address`
    client_address: Text<'a>,
    /// `network.peer.address`
    peer_address: Text<'a>,
    pub(super) url: UrlParts<'a>,
    content_length: Option<i64>,
    message: ReceivedMessage,
    /// `http.status_text`, which only a failed span without a better reason uses.
    pub(super) status_text: Text<'a>,
}

/// How old instrumentations report a response's size: `message.type` and
/// `messaging.message_payload_size_bytes`.
#[derive(Default)]
struct ReceivedMessage {
    is_received: bool,
    size: Option<i64>,
}

impl<'a> HttpParts<'a> {
    /// Takes an attribute if it belongs here, hands its value back if not.
    pub(super) fn take(&mut self, key: &str, value: Value<'a>) -> Option<Value<'a>> {
        match key.as_bytes().first() {
            Some(b'h') => self.take_http(key, value),
            Some(b'u') => self.take_url(key, value),
            Some(b's' | b'c') => self.take_end(key, value),
            Some(b'n') => self.take_network(key, value),
            Some(b'm') => {
                self.message.see(key, &value);
                Some(value)
            }
            _ => Some(value),
        }
    }

    fn take_http(&mut self, key: &str, value: Value<'a>) -> Option<Value<'a>> {
        let left = match key {
            "http.request.method" | "http.method" => put(&mut self.method, value),
            "http.response.status_code" => put_integer(&mut self.new_status, value),
            "http.status_code" => put_integer(&mut self.old_status, value),
            "http.user_agent" => put(&mut self.user_agent, value),
            "http.client_ip" => put(&mut self.client_ip, value),
            "http.url" => put(&mut self.url.full, value),
            "http.scheme" => put(&mut self.url.scheme, value),
            "http.host" => put(&mut self.url.http_host, value),
            "http.target" => put(&mut self.url.target, value),
            "http.server_name" => put(&mut self.url.server_name, value),
            "http.response.body.size" | "http.response_content_length" => match length_of(&value) {
                Some(length) => {
                    self.content_length = Some(length);
                    None
                }
                None => Some(value),
            },
            "http.response.header.content-length" => self.take_length_header(value),
            "host.name" => return put(&mut self.url.host_name, value),
            "http.status_text" => return put(&mut self.status_text, value),
            _ => return Some(value),
        };
        self.is_http |= left.is_none();
        left
    }

    /// A header is a list of its values.
    fn take_length_header(&mut self, value: Value<'a>) -> Option<Value<'a>> {
        let length = match &value {
            Value::Array(values) => values.first().and_then(length_of),
            other => length_of(other),
        };
        match length {
            Some(length) => {
                self.content_length.get_or_insert(length);
                None
            }
            None => Some(value),
        }
    }

    fn take_url(&mut self, key: &str, value: Value<'a>) -> Option<Value<'a>> {
        let slot = match key {
            "url.path" => &mut self.url.path,
            "url.scheme" => &mut self.url.scheme,
            "url.query" => &mut self.url.query,
            "url.full" => &mut self.url.full,
            "user_agent.original" => &mut self.user_agent,
            _ => return Some(value),
        };
        let left = put(slot, value);
        self.is_http |= left.is_none();
        left
    }

    /// Takes the two ends of a connection as new conventions name them.
    fn take_end(&mut self, key: &str, value: Value<'a>) -> Option<Value<'a>> {
        match key {
            "server.address" => put(&mut self.url.server_address, value),
            "server.port" => put_port(&mut self.url.server_port, value),
            "client.address" => put(&mut self.client_address, value),
            _ => Some(value),
        }
    }

    /// Takes the two ends of a connection as old conventions name them, and the new name of the peer.
    fn take_network(&mut self, key: &str, value: Value<'a>) -> Option<Value<'a>> {
        match key {
            "network.peer.address" => put(&mut self.peer_address, value),
            "net.peer.ip" => put(&mut self.url.peer_ip, value),
            "net.peer.name" => put(&mut self.url.peer_name, value),
            "net.peer.port" => put_port(&mut self.url.peer_port, value),
            "net.host.name" => put(&mut self.url.net_host_name, value),
            "net.host.port" => {
                let left = put_port(&mut self.url.host_port, value);
                self.is_http |= left.is_none();
                left
            }
            _ => Some(value),
        }
    }

    /// The status code of the response.
    pub(super) fn status(&self) -> Option<i64> {
        self.old_status.or(self.new_status)
    }

    /// Makes the block. A URL that had to be cut is kept in `whole`.
    pub(super) fn finish(
        &mut self,
        is_server: bool,
        events: &[Event<'a>],
        whole: &mut Members<'a>,
        trimmed: &mut Trimmed,
    ) -> Option<Http<'a>> {
        if !self.is_http {
            return None;
        }
        let (client_ip, x_forwarded_for) = self.client();
        let url = self.url.compose(is_server).map(|url| {
            if url.len() > names::MAX_TEXT {
                whole.push((Cow::Borrowed("url.full"), Value::Text(url.clone())));
            }
            fit(url, trimmed)
        });
        let request = HttpRequest {
            method: fit_member(self.method.take(), trimmed),
            url,
            user_agent: fit_member(self.user_agent.take(), trimmed),
            client_ip: fit_member(client_ip, trimmed),
            x_forwarded_for,
            ..HttpRequest::default()
        };
        let response = HttpResponse {
            status: self.status(),
            content_length: self.content_length(events),
            ..HttpResponse::default()
        };
        Some(Http {
            request: Some(request),
            response: Some(response),
            ..Http::default()
        })
    }

    /// Returns the client's address and whether it is only claimed: the peer is somebody else, or unknown.
    fn client(&mut self) -> (Text<'a>, bool) {
        let claimed = self
            .client_address
            .take()
            .filter(|address| is_ip(address))
            .or(self.client_ip.take());
        let peer = self.url.peer_ip.clone().or(self.peer_address.take());
        // Without a proxy in between the two are the same, and need not be read as addresses.
        let is_same = |claimed: &Cow<'_, str>| peer.as_ref() == Some(claimed);
        if claimed.as_ref().is_some_and(is_same) {
            return (claimed, false);
        }
        let is_peer_known = self.url.peer_ip.is_some() || peer.as_deref().is_some_and(is_ip);
        let peer = peer.filter(|_| is_peer_known);
        match (claimed, peer) {
            (Some(claimed), Some(peer)) => {
                let forwarded = !is_same_address(&claimed, &peer);
                (Some(claimed), forwarded)
            }
            (Some(claimed), None) => (Some(claimed), true),
            (None, peer) => (peer, false),
        }
    }

    fn content_length(&self, events: &[Event<'a>]) -> Option<i64> {
        self.content_length
            .or_else(|| self.message.size())
            .or_else(|| events.iter().find_map(received_size))
    }
}

impl ReceivedMessage {
    fn see(&mut self, key: &str, value: &Value<'_>) {
        match key {
            "message.type" => self.is_received = value.as_text() == Some("RECEIVED"),
            "messaging.message_payload_size_bytes" => self.size = length_of(value),
            _ => {}
        }
    }

    fn size(&self) -> Option<i64> {
        self.size.filter(|size| self.is_received && *size != 0)
    }
}

fn received_size(event: &Event<'_>) -> Option<i64> {
    let mut message = ReceivedMessage::default();
    for (key, value) in &event.attributes {
        message.see(key, value);
    }
    message.size()
}

/// Reads a length in bytes; a negative number is none.
fn length_of(value: &Value<'_>) -> Option<i64> {
    integer(value).filter(|length| *length >= 0)
}

fn is_ip(address: &str) -> bool {
    address.parse::<IpAddr>().is_ok()
}

/// Whether two spellings mean one address: `::ffff:10.0.0.1` is how a dual-stack socket spells `10.0.0.1`.
fn is_same_address(one: &str, other: &str) -> bool {
    let canonical = |text: &str| text.parse().ok().map(|ip: IpAddr| ip.to_canonical());
    canonical(one).is_some_and(|ip| Some(ip) == canonical(other))
}
