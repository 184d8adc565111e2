//! The proof that a request comes from the service's own page.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// The name of the header and of the cookie that carry the page's token.
pub const TOKEN_HEADER: &str = "x-sample-token";

/// The error for a request without a token.
pub(super) const REMEDY: &str = "fault= needs a token: send the header x-sample-token and a cookie of \
     the same name with the same value, of at least 8 characters";

const MIN_LENGTH: usize = 8;

/// Whether the header is present and equals the cookie. A page of another site can set neither: for a custom header
/// it needs this server's permission (CORS), which the server never gives.
pub(super) fn is_valid(headers: &HeaderMap) -> bool {
    let Some(token) = headers
        .get(TOKEN_HEADER)
        .and_then(|token| token.to_str().ok())
    else {
        return false;
    };
    token.len() >= MIN_LENGTH && cookies(headers).any(|cookie| cookie == (TOKEN_HEADER, token))
}

/// The token of a caller other than the page.
pub(super) fn headers() -> HeaderMap {
    HeaderMap::from_iter([
        (
            HeaderName::from_static(TOKEN_HEADER),
            HeaderValue::from_static("front-end"),
        ),
        (
            header::COOKIE,
            HeaderValue::from_static("x-sample-token=front-end"),
        ),
    ])
}

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
}
