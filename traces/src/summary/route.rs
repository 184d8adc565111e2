//! The route of a request: its path without the parts that differ between requests of one kind.

use segment::{Document, Value};

/// OpenTelemetry's attribute for the route; X-Ray's exporters put it into the metadata.
/// <https://opentelemetry.io/docs/specs/semconv/http/http-spans/>
const ATTRIBUTE: &str = "http.route";
/// The placeholder for an id.
const ID: &str = "{id}";
/// From this length on, hexadecimal digits are an id.
const HEX: usize = 8;
/// From this length on, mixed letters and digits are an id.
const JUMBLE: usize = 16;
/// From this many digits on, the number after a `-` or `_` is a counter.
const COUNTER: usize = 3;

/// Returns the route in a document.
pub(super) fn stated<'d>(document: &'d Document<'_>) -> Option<&'d str> {
    let namespaces = document.metadata.iter();
    let members = namespaces.filter_map(|(_, value)| match value {
        Value::Object(members) => Some(members),
        _ => None,
    });
    members
        .flatten()
        .find(|(key, _)| *key == ATTRIBUTE)
        .and_then(|(_, value)| value.as_text())
}

/// Returns the path of a URL, without its query, with `{id}` for each part that looks like an id.
pub(super) fn folded(url: &str) -> String {
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => url,
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let parts: Vec<&str> = path
        .split('/')
        .map(|part| if is_id(part) { ID } else { part })
        .collect();
    parts.join("/")
}

fn is_id(part: &str) -> bool {
    is_number(part) || is_hex(part) || is_jumble(part) || is_counted(part)
}

fn is_number(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
}

/// UUIDs too. `facade` and `deadbeef` are words, and ids without a digit are rare.
fn is_hex(part: &str) -> bool {
    let hex = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
    part.len() >= HEX && part.bytes().all(hex) && digits(part) > 0
}

/// ULIDs, and ids in base 62. The digits of names are adjacent, as in `annual-report-2026`.
fn is_jumble(part: &str) -> bool {
    let groups = part
        .as_bytes()
        .chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit());
    let groups = groups.filter(|group| group[0].is_ascii_digit());
    part.len() >= JUMBLE
        && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && groups.count() > 1
}

/// `order-10021`.
fn is_counted(part: &str) -> bool {
    part.rsplit_once(['-', '_']).is_some_and(|(name, number)| {
        number.len() >= COUNTER
            && is_number(number)
            && name.bytes().all(|byte| byte.is_ascii_alphabetic())
    })
}

fn digits(part: &str) -> usize {
    part.bytes().filter(u8::is_ascii_digit).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_folded_and_words_are_not() {
        for (url, route) in [
            ("http://shop.local/products/1024", "/products/{id}"),
            (
                "https://shop.local/users/7/orders?page=2#top",
                "/users/{id}/orders",
            ),
            (
                "/carts/0b3a9c5e-8f7d-4a26-9b1d-2f6c1e8a7d40/items",
                "/carts/{id}/items",
            ),
            ("/traces/5f84c7a1e7d1852d", "/traces/{id}"),
            ("/u/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/u/{id}"),
            ("/orders/order-10021", "/orders/{id}"),
            ("http://shop.local", "/"),
            ("/v1/api2/deadbeef/facade", "/v1/api2/deadbeef/facade"),
            (
                "/utf-8/iso-8859-1/annual-report-2026",
                "/utf-8/iso-8859-1/annual-report-2026",
            ),
            ("/internationalization", "/internationalization"),
            ("/grüße/{id}", "/grüße/{id}"),
        ] {
            assert_eq!(folded(url), route, "{url}");
        }
    }

    #[test]
    fn a_stated_route_is_found_in_any_namespace() {
        let document = r#"{"trace_id":"1-5f84c7a1-e7d1852db8c4fd35d88bf49a","id":"000000000000000a","name":"a","start_time":1,
            "end_time":2,"metadata":{"text":"http.route","http":{"http.route":"/products/{sku}"}}}"#;
        let document = Document::decode(document).unwrap();
        assert_eq!(stated(&document), Some("/products/{sku}"));
    }
}
