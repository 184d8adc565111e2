//! The `http` block.

use std::{borrow::Cow, net::IpAddr};

use super::{
    attributes::{Accepts, Attributes, Slot},
    text::{Text, fit, integer},
    trimmed::Trimmed,
    url::{UrlParts, without_port},
};
use crate::{
    Value,
    document::{Http, HttpRequest, HttpResponse},
    span::Event,
};

/// The attributes of an `http` block, by the old and the new conventions.
#[derive(Default)]
pub(super) struct HttpParts {
    pub(super) url: UrlParts,
    /// `http.request.method`, `http.method`
    pub(super) method: Slot,
    /// `user_agent.original`, `http.user_agent`
    user_agent: Slot,
    /// `http.status_code`
    old_status: Slot,
    /// `http.response.status_code`
    new_status: Slot,
    /// `http.client_ip`
    client_ip: Slot,
    /// `client.address`
    client_address: Slot,
    /// `client.port`
    client_port: Slot,
    /// `network.peer.address`
    peer_address: Slot,
    /// `net.sock.peer.addr`, its name in between
    socket_peer: Slot,
    /// `http.response.body.size`, `http.response_content_length`
    body_size: Slot,
    /// `http.response.header.content-length`
    length_header: Slot,
    /// `message.type` and `messaging.message_payload_size_bytes`, in which old instrumentations report the size of a
    /// response.
    message: Slot,
    message_size: Slot,
    /// `http.status_text`, used only for a failed span without a better reason.
    pub(super) status_text: Slot,
    /// `http.route`, which is also kept in the metadata.
    pub(super) route: Slot,
}

impl HttpParts {
    /// Returns the slot of an attribute that belongs to this block, and which values it accepts.
    pub(super) fn slot(&mut self, key: &str) -> Option<(&mut Slot, Accepts)> {
        let slot = match key.as_bytes().first()? {
            b'h' => match key {
                "http.request.method" | "http.method" => &mut self.method,
                "http.response.status_code" => {
                    return Some((&mut self.new_status, Accepts::Integer));
                }
                "http.status_code" => return Some((&mut self.old_status, Accepts::Integer)),
                "http.route" => &mut self.route,
                "http.user_agent" => &mut self.user_agent,
                "http.client_ip" => &mut self.client_ip,
                "http.status_text" => &mut self.status_text,
                "http.response.body.size" | "http.response_content_length" => {
                    return Some((&mut self.body_size, Accepts::Integer));
                }
                "http.response.header.content-length" | "http.response.header.content_length" => {
                    return Some((&mut self.length_header, Accepts::List));
                }
                key => return self.url.slot(key),
            },
            b'c' => match key {
                "client.address" => &mut self.client_address,
                "client.port" => return Some((&mut self.client_port, Accepts::Integer)),
                _ => return None,
            },
            b'm' => match key {
                "message.type" => &mut self.message,
                "messaging.message_payload_size_bytes" => {
                    return Some((&mut self.message_size, Accepts::Integer));
                }
                _ => return None,
            },
            _ => match key {
                "network.peer.address" => &mut self.peer_address,
                "net.sock.peer.addr" => &mut self.socket_peer,
                "user_agent.original" => &mut self.user_agent,
                key => return self.url.slot(key),
            },
        };
        Some((slot, Accepts::Text))
    }

    /// Whether there is an attribute that only HTTP has; addresses alone do not count.
    pub(super) fn is_http(&self) -> bool {
        let own = [
            self.method,
            self.user_agent,
            self.old_status,
            self.new_status,
            self.client_ip,
            self.body_size,
            self.length_header,
        ];
        own.into_iter().any(Slot::is_set) || self.url.is_set()
    }

    /// The status code of the response.
    pub(super) fn status(&self, attributes: &Attributes<'_>) -> Option<i64> {
        attributes.integer(self.old_status.or(self.new_status))
    }

    /// Makes the block. `received` is the length of the response if the span does not have it.
    pub(super) fn finish<'a>(
        &self,
        is_server: bool,
        attributes: &mut Attributes<'a>,
        received: Option<i64>,
        trimmed: &mut Trimmed,
    ) -> Option<Http<'a>> {
        if !self.is_http() {
            return None;
        }
        let called = attributes.copy(self.url.peer_ip).filter(|_| !is_server);
        let (client_ip, x_forwarded_for) = self.client(is_server, attributes, trimmed);
        // The address that a client called is a part of its URL.
        if let Some(called) = called {
            attributes.put_back(self.url.peer_ip, called);
        }
        let url = self.url.take(is_server, attributes, trimmed);
        if let Some(client) = &client_ip {
            attributes.forget_if_in(self.url.peer_ip, client);
        }
        let request = HttpRequest {
            method: attributes.take_fitting(self.method, trimmed),
            url,
            user_agent: attributes.take_fitting(self.user_agent, trimmed),
            client_ip,
            x_forwarded_for,
            ..HttpRequest::default()
        };
        let response = HttpResponse {
            status: self.take_status(attributes),
            content_length: self.content_length(attributes, received),
            ..HttpResponse::default()
        };
        Some(Http {
            request: Some(request),
            response: Some(response),
            ..Http::default()
        })
    }

    fn take_status(&self, attributes: &mut Attributes<'_>) -> Option<i64> {
        let status = self.status(attributes)?;
        for slot in [self.old_status, self.new_status] {
            if attributes.integer(slot) == Some(status) {
                attributes.forget(slot);
            }
        }
        Some(status)
    }

    /// Returns the client's address, and whether it is only claimed: the peer has another address, or an unknown one.
    /// Other addresses of either end are kept.
    fn client<'a>(
        &self,
        is_server: bool,
        attributes: &mut Attributes<'a>,
        trimmed: &mut Trimmed,
    ) -> (Text<'a>, bool) {
        if self.is_client_hidden(attributes) {
            return (None, false);
        }
        let is_claimed = self.client_address.is_set() || self.client_ip.is_set();
        let only_peer = self.socket_peer.only_if(is_server && !is_claimed);
        let slots = [
            self.client_address,
            self.client_ip,
            self.url.peer_ip,
            self.peer_address.or(only_peer),
        ];
        let ips = slots.map(|slot| attributes.value(slot)?.as_text().and_then(ip_of));
        let [address, old_address, old_peer, peer] = ips;
        let claimed = address.or(old_address).map(|(ip, _)| ip);
        let peer = old_peer.or(peer).map(|(ip, _)| ip);
        let Some(client) = claimed.or(peer) else {
            // A value that is not an address is still what was recorded about the client.
            let client = attributes.take_fitting(self.client_ip, trimmed);
            let is_claimed = client.is_some();
            return (client, is_claimed);
        };
        let is_client = |ip: IpAddr| ip.to_canonical() == client.to_canonical();
        let is_claimed = match (claimed, peer) {
            (Some(_), Some(peer)) => !is_client(peer),
            // A proxy passes on the client's address but not its port.
            (Some(_), None) => !self.client_port.is_set(),
            (None, _) => false,
        };
        let mut address = None;
        for (slot, ip) in slots.into_iter().zip(ips) {
            // A value that also has a port is kept.
            if let Some((ip, is_all)) = ip
                && is_all
                && is_client(ip)
            {
                let text = attributes.take(slot);
                address = address.or(text);
            }
        }
        let address = address.unwrap_or_else(|| Cow::Owned(client.to_string()));
        (Some(fit(address, trimmed)), is_claimed)
    }

    /// Whether a proxy does not say who the client is: then the peer, which is the proxy, is not the client.
    /// <https://www.rfc-editor.org/rfc/rfc7239#section-6>
    fn is_client_hidden(&self, attributes: &Attributes<'_>) -> bool {
        let said = attributes
            .value(self.client_address)
            .and_then(Value::as_text);
        said.is_some_and(|said| said.eq_ignore_ascii_case("unknown") || said.starts_with('_'))
    }

    fn content_length(
        &self,
        attributes: &mut Attributes<'_>,
        received: Option<i64>,
    ) -> Option<i64> {
        let length = |slot| attributes.value(slot).and_then(length_of);
        let own = length(self.body_size).or_else(|| length(self.length_header));
        if let Some(own) = own {
            for slot in [self.body_size, self.length_header] {
                if attributes.value(slot).and_then(only_length_of) == Some(own) {
                    attributes.forget(slot);
                }
            }
            return Some(own);
        }
        let is_received = attributes.text(self.message).as_deref() == Some(RECEIVED);
        let size = attributes.value(self.message_size).and_then(length_of);
        size.filter(|size| is_received && *size != 0).or(received)
    }
}

/// `message.type` of a received message.
const RECEIVED: &str = "RECEIVED";

/// Returns the size of a response that an event of old instrumentations contains.
pub(super) fn received_size(event: &Event<'_>) -> Option<i64> {
    let get = |name: &str| {
        let attribute = event.attributes.iter().rev().find(|(key, _)| key == name);
        attribute.map(|(_, value)| value)
    };
    let is_received = get("message.type").and_then(Value::as_text) == Some(RECEIVED);
    let size = get("messaging.message_payload_size_bytes").and_then(length_of);
    size.filter(|size| is_received && *size != 0)
}

/// Reads a length in bytes; a header is a list of its values. A negative number counts as absent.
fn length_of(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Array(values) => values.first().and_then(length_of),
        other => integer(other).filter(|length| *length >= 0),
    }
}

/// As [`length_of`], if the value has no other content.
fn only_length_of(value: &Value<'_>) -> Option<i64> {
    let says_more = matches!(value, Value::Array(values) if values.len() > 1);
    length_of(value).filter(|_| !says_more)
}

/// Reads an address, which may have a port or quotes as in `Forwarded`, and the first of those in a whole
/// `X-Forwarded-For`; also returns whether the text has no other content.
fn ip_of(text: &str) -> Option<(IpAddr, bool)> {
    if let Ok(ip) = text.parse() {
        return Some((ip, true));
    }
    let first = text.split(',').find_map(|said| {
        let host = without_port(said.trim().trim_matches('"'));
        let host = host.strip_prefix('[').unwrap_or(host);
        host.strip_suffix(']').unwrap_or(host).parse().ok()
    });
    Some((first?, false))
}
