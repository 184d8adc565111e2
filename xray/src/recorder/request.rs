//! The HTTP request of an open span: its parts, and one buffer for all their texts.

use std::ops::Range;

use segment::span::Http;

use super::attributes::Said;

/// Room that is kept for the next span.
const KEPT_BYTES: usize = 1024;

/// A request, if the span has one. To set it copies its texts and allocates nothing of its own.
#[derive(Debug, Default)]
pub(super) struct Request {
    texts: String,
    parts: Option<Parts>,
}

/// Where in the buffer each text stands.
#[derive(Debug)]
struct Parts {
    method: Range<usize>,
    scheme: Range<usize>,
    host: Option<Range<usize>>,
    port: Option<u16>,
    path: Range<usize>,
    route: Option<Range<usize>>,
    client: Option<Range<usize>>,
    peer: Option<Range<usize>>,
    user_agent: Option<Range<usize>>,
    status: Option<u16>,
    body_size: Option<u64>,
}

impl Request {
    /// Sets what is known of the request when the span begins.
    pub(super) fn say(&mut self, http: &Http<'_>) {
        let texts = &mut self.texts;
        let mut copy = |text: &str| {
            let start = texts.len();
            texts.push_str(text);
            start..texts.len()
        };
        self.parts = Some(Parts {
            method: copy(http.method),
            scheme: copy(http.scheme),
            host: http.host.map(&mut copy),
            port: http.port,
            path: copy(http.path),
            route: http.route.map(&mut copy),
            client: http.client.map(&mut copy),
            peer: http.peer.map(&mut copy),
            user_agent: http.user_agent.map(&mut copy),
            status: http.status,
            body_size: http.body_size,
        });
    }

    /// Sets the part of the response that an attribute stands for; `false` if it stands for none.
    pub(super) fn take(&mut self, key: &str, value: &Said<'_>) -> bool {
        let (Some(parts), Some(number)) = (&mut self.parts, value.as_integer()) else {
            return false;
        };
        match key {
            "http.response.status_code" => match u16::try_from(number) {
                Ok(status) => parts.status = Some(status),
                Err(_) => return false,
            },
            "http.response.body.size" => match u64::try_from(number) {
                Ok(size) => parts.body_size = Some(size),
                Err(_) => return false,
            },
            _ => return false,
        }
        true
    }

    /// Whether an attribute with this key may stand for a part of the request.
    pub(super) fn may_say(&self, key: &str) -> bool {
        const PREFIXES: [&str; 6] = [
            "http.",
            "url.",
            "server.",
            "client.",
            "network.",
            "user_agent.",
        ];
        self.parts.is_some() && PREFIXES.iter().any(|prefix| key.starts_with(prefix))
    }

    /// Returns the request.
    pub(super) fn get(&self) -> Option<Http<'_>> {
        let parts = self.parts.as_ref()?;
        let text = |place: &Range<usize>| self.texts.get(place.clone()).unwrap_or_default();
        let option = |place: &Option<Range<usize>>| place.as_ref().map(text);
        Some(Http {
            method: text(&parts.method),
            scheme: text(&parts.scheme),
            host: option(&parts.host),
            port: parts.port,
            path: text(&parts.path),
            route: option(&parts.route),
            client: option(&parts.client),
            peer: option(&parts.peer),
            user_agent: option(&parts.user_agent),
            status: parts.status,
            body_size: parts.body_size,
        })
    }

    /// Returns how many bytes it holds.
    pub(super) fn bytes(&self) -> usize {
        self.texts.len()
    }

    /// Forgets the request and keeps some room for another one.
    pub(super) fn clear(&mut self) {
        self.parts = None;
        self.texts.clear();
        if self.texts.capacity() > KEPT_BYTES {
            self.texts.shrink_to(KEPT_BYTES);
        }
    }
}
