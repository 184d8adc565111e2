//! Decides who may send requests: programs on this machine and this console's own page, but no other web page.
//!
//! A page of another site can send requests to 127.0.0.1, and with a host name that it controls it could even read
//! the answers (DNS rebinding). Browsers say where a request comes from, so such requests are refused.

use std::net::IpAddr;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderName, Request, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::error::ApiError;

/// The host names, besides localhost, by which the console may be called.
#[derive(Debug, Clone, Default)]
pub struct AllowedHosts(pub std::sync::Arc<[String]>);

/// Answers 403 to what a page of another site may have sent.
pub(super) async fn guard(
    State(allowed): State<AllowedHosts>,
    request: Request<Body>,
    next: Next,
) -> Response {
    match check(request.headers(), request.uri().host(), &allowed) {
        Ok(()) => next.run(request).await,
        Err(message) => {
            ApiError::new(StatusCode::FORBIDDEN, "AccessDeniedException", message).into_response()
        }
    }
}

fn check(
    headers: &HeaderMap,
    uri_host: Option<&str>,
    allowed: &AllowedHosts,
) -> Result<(), String> {
    let text = |name| {
        headers
            .get(name)
            .map(|value: &header::HeaderValue| String::from_utf8_lossy(value.as_bytes()))
    };
    if headers.get_all(header::HOST).iter().nth(1).is_some() {
        return Err("the request has two Host headers".to_owned());
    }
    let host = text(header::HOST).or_else(|| uri_host.map(Into::into));
    let host = host.ok_or("the request has no Host header")?;
    if !is_allowed(name_of(&host), allowed) {
        return Err(format!(
            "this console does not accept the host name {host}; to allow it, start the console with --allow-host {}",
            name_of(&host)
        ));
    }
    // Images and scripts are loaded without an Origin. A link may be followed from any site.
    let site = text(HeaderName::from_static("sec-fetch-site"));
    let mode = text(HeaderName::from_static("sec-fetch-mode"));
    if matches!(site.as_deref(), Some("cross-site" | "same-site"))
        && mode.as_deref() != Some("navigate")
    {
        return Err(format!(
            "pages of other sites may not load anything from the console at {host}"
        ));
    }
    let Some(origin) = text(header::ORIGIN) else {
        return Ok(());
    };
    let authority = origin
        .strip_prefix("http://")
        .or(origin.strip_prefix("https://"));
    if authority.is_some_and(|authority| authority.eq_ignore_ascii_case(&host)) {
        return Ok(());
    }
    Err(format!(
        "pages of {origin} may not send requests to the console at {host}"
    ))
}

/// Returns a host without its port and without the brackets of an IPv6 address.
fn name_of(host: &str) -> &str {
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    let name = match host.rsplit_once(':') {
        Some((name, port)) if is_port(port) && (host.starts_with('[') || !name.contains(':')) => {
            name
        }
        _ => host,
    };
    name.strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'))
        .unwrap_or(name)
}

fn is_allowed(name: &str, allowed: &AllowedHosts) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    name == "localhost"
        || (name.ends_with(".localhost") && name.bytes().all(is_name))
        || name.parse::<IpAddr>().is_ok()
        || allowed.0.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(host: &str, origin: Option<&str>) -> Result<(), String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        check(
            &headers,
            None,
            &AllowedHosts(["console.xray".to_owned()].into()),
        )
    }

    #[test]
    fn loopback_addresses_and_allowed_names_may_be_asked() {
        for host in [
            "127.0.0.1:2000",
            "localhost:2000",
            "LOCALHOST",
            "[::1]:2000",
            "192.168.1.7",
            "console.xray:2000",
            "Console.XRay",
        ] {
            assert_eq!(answer(host, None), Ok(()), "{host}");
        }
    }

    #[test]
    fn other_names_are_refused_with_the_flag_that_allows_them() {
        for host in [
            "evil.example:2000",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "evil.example/.localhost",
            "evil.example#.localhost",
            "evil.example@a.localhost",
            "",
            "[::1",
        ] {
            let message = answer(host, None).unwrap_err();
            assert!(message.contains("--allow-host"), "{host}: {message}");
        }
    }

    #[test]
    fn only_the_own_page_may_ask() {
        assert_eq!(
            answer("127.0.0.1:2000", Some("http://127.0.0.1:2000")),
            Ok(())
        );
        assert_eq!(answer("console.xray", Some("https://console.xray")), Ok(()));
        for origin in [
            "http://127.0.0.1:8080",
            "http://localhost:2000",
            "http://127.0.0.1:2000.evil.example",
            "null",
            "",
            "file://",
        ] {
            assert!(answer("127.0.0.1:2000", Some(origin)).is_err(), "{origin}");
        }
    }

    #[test]
    fn another_site_may_lead_here_but_load_nothing() {
        let ask = |site: &'static str, mode: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, "localhost:2000".parse().unwrap());
            headers.insert("sec-fetch-site", site.parse().unwrap());
            headers.insert("sec-fetch-mode", mode.parse().unwrap());
            check(&headers, None, &AllowedHosts::default()).is_ok()
        };
        for (site, mode, is_allowed) in [
            ("none", "navigate", true),
            ("same-origin", "cors", true),
            ("cross-site", "navigate", true),
            ("cross-site", "no-cors", false),
            ("same-site", "no-cors", false),
        ] {
            assert_eq!(ask(site, mode), is_allowed, "{site}, {mode}");
        }
    }

    #[test]
    fn of_two_hosts_none_counts() {
        let mut headers = HeaderMap::new();
        headers.append(header::HOST, "localhost".parse().unwrap());
        headers.append(header::HOST, "evil.example".parse().unwrap());
        let message = check(&headers, None, &AllowedHosts::default()).unwrap_err();
        assert!(message.contains("two Host"), "{message}");
    }
}
