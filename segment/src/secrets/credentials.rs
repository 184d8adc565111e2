//! Passwords before an `@`.

use super::secret::{HIDDEN, Kind, Secret, starts_with};

/// Whether, in a URL with this scheme, a single value before the `@` is a token or password, not a user.
fn is_token_alone(scheme: &str) -> bool {
    ["http", "https", "ws", "wss", "valkey", "valkeys"]
        .iter()
        .any(|one| scheme.eq_ignore_ascii_case(one))
        || starts_with(scheme, 0, "redis")
}

/// Returns the credentials of the URL whose `://` begins at `colon`.
pub(super) fn of_url(text: &str, colon: usize) -> Option<Secret> {
    let before = &text[..colon];
    let is_in_scheme =
        |character: char| character.is_ascii_alphanumeric() || "+.-".contains(character);
    let start = before.rfind(|character| !is_in_scheme(character));
    let scheme = &before[start.map_or(0, |start| start + first(&before[start..]))..];
    of_authority(text, colon + 3, scheme)
}

/// Returns the password of a percent-encoded URL, `%3A%2F%2Fuser%3Apassword%40host`; `colon` is its first `%3A`.
pub(super) fn of_encoded_url(text: &str, colon: usize) -> Option<Secret> {
    let start = colon + "%3A%2F%2F".len();
    let url = &text[start..];
    let is_in_url = |byte: &u8| byte.is_ascii_alphanumeric() || b"%-._~+*".contains(byte);
    let length = url.bytes().take_while(is_in_url).count();
    let url = &url[..length];
    let path = find_encoded(url, "%2F").unwrap_or(url.len());
    let at = find_encoded(&url[..path], "%40")?;
    let password = find_encoded(&url[..at], "%3A")? + "%3A".len();
    visible(text, start + password, start + at)
}

fn find_encoded(text: &str, wanted: &str) -> Option<usize> {
    let is_wanted = |(at, _): &(usize, _)| starts_with(text, *at, wanted);
    text.match_indices('%').find(is_wanted).map(|(at, _)| at)
}

/// Returns the credentials of a URL whose `//` ends at `start`.
pub(super) fn of_authority(text: &str, start: usize, scheme: &str) -> Option<Secret> {
    let token = &text[start..start + word(&text[start..])];
    let user_info = user_info(token)?;
    let secret = |from: usize| Secret::new(start + from, start + user_info.len());
    let is_token_alone = is_token_alone(scheme);
    let secret = match user_info.split_once(':') {
        None => is_token_alone.then(|| secret(0)),
        // In HTTP's basic authentication the user may be a token, with no password or a fixed one.
        Some((user, "" | "x-oauth-basic")) => {
            (is_token_alone && !user.is_empty()).then(|| secret(0))
        }
        Some((user, _)) => Some(secret(user.len() + 1)),
    };
    secret.and_then(|secret| visible(text, secret.start, secret.end))
}

/// Returns the part before the `@` of `user:password@host/path`.
fn user_info(token: &str) -> Option<&str> {
    let end = token.find(['/', '?', '#']).unwrap_or(token.len());
    let authority = &token[..end];
    if let Some(at) = authority.rfind('@') {
        return Some(&token[..at]);
    }
    // A password with a slash that was not percent-encoded: a host's port has no letters.
    let (host, port) = authority.split_once(':')?;
    let is_port = port
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b',');
    if is_port || host.starts_with('[') || authority.contains(',') {
        return None;
    }
    let at = token[end..].find('@')?;
    Some(&token[..end + at])
}

/// `jdbc:oracle:thin:user/password@…`, where `colon` is the last one before the user.
pub(super) fn of_oracle(text: &str, colon: usize) -> Option<Secret> {
    let driver = text[..colon].rsplit(':').next()?;
    let is_driver = ["thin", "oci", "oci8", "kprb"].contains(&driver.to_ascii_lowercase().as_str());
    let scheme = text[..colon - driver.len()].strip_suffix(':')?;
    let is_oracle = scheme.len() >= 6 && starts_with(scheme, scheme.len() - 6, "oracle");
    if !(is_driver && is_oracle) {
        return None;
    }
    let token = &text[colon + 1..];
    let token = &token[..word_with_quotes(token)];
    // After the `@` there is a host, `//host`, or a description in parentheses.
    let at = token
        .rfind("@//")
        .or_else(|| token.find("@("))
        .or_else(|| token.rfind('@'))?;
    let slash = token[..at].find('/')?;
    visible(text, colon + 1 + slash + 1, colon + 1 + at)
}

/// `user:password@` without a scheme, where `at` is the `@`.
pub(super) fn before(text: &str, at: usize, from: usize, kind: Kind) -> Option<Secret> {
    let ends = |character: char| character.is_whitespace() || "\"'`<>,;(=".contains(character);
    let before = &text[from..at];
    let start = from
        + before
            .rfind(ends)
            .map_or(0, |end| end + first(&before[end..]));
    let token = &text[start..at];
    if token.is_empty() || token.contains("//") || token.contains("***") {
        return None;
    }
    let colon = token.find(':');
    if text[at + 1..].starts_with("//")
        && let Some(slash) = token.find('/')
    {
        // As in Oracle's tools: `user/password@//host`.
        return visible(text, start + slash + 1, at);
    }
    if kind == Kind::Text
        && let Some((user, password)) = token.split_once('/')
        && is_oracle_login(text, user, password, &text[at + 1..])
    {
        return visible(text, start + user.len() + 1, at);
    }
    if kind == Kind::Address && !token.contains("jdbc:") {
        let slash = token.find('/');
        let separator = colon.or(slash)?;
        return visible(text, start + separator + 1, at);
    }
    let colon = colon?;
    let is_name = ["arn", "urn", "mailto", "sip", "acct", "xmpp"]
        .iter()
        .any(|scheme| token[..colon].eq_ignore_ascii_case(scheme));
    let is_user = token[..colon].contains(|c: char| c.is_alphabetic());
    if is_name || !is_user || !is_address(&text[at + 1..]) {
        return None;
    }
    visible(text, start + colon + 1, at)
}

/// Whether `user/password@after` is a login of Oracle: before `host:port/service`, or in a text that is about Oracle.
/// Anything else may be a path, an image or a package (`actions/checkout@v4`).
fn is_oracle_login(text: &str, user: &str, password: &str, after: &str) -> bool {
    let is_in_user = |byte: u8| byte.is_ascii_alphanumeric() || b"_$#".contains(&byte);
    if user.is_empty()
        || !user.bytes().all(is_in_user)
        || password.is_empty()
        || password.contains('/')
    {
        return false;
    }
    let is_in_address = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_:/".contains(byte);
    let address = &after[..after.bytes().take_while(is_in_address).count()];
    let is_easy_connect = address
        .split_once('/')
        .is_some_and(|(host, service)| is_address(host) && !service.is_empty());
    is_easy_connect
        || [
            "ORA-", "sqlplus", "oracle", "Oracle", "expdp", "impdp", "rman ",
        ]
        .iter()
        .any(|word| text.contains(word))
}

/// Whether a text begins with an address as drivers write it after credentials: `tcp(…)`, `unix(…)`, `(…)`,
/// `/database` or `host:port`.
fn is_address(text: &str) -> bool {
    if ["tcp(", "tcp4(", "tcp6(", "unix(", "cloudsql(", "(", "/"]
        .iter()
        .any(|start| text.starts_with(start))
    {
        return true;
    }
    let is_in_host = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_".contains(byte);
    let host = text.bytes().take_while(|byte| is_in_host(byte)).count();
    let Some(port) = text[host..].strip_prefix(':') else {
        return false;
    };
    let digits = port.bytes().take_while(u8::is_ascii_digit).count();
    let ends = port[digits..]
        .chars()
        .next()
        .is_none_or(|next| !next.is_alphanumeric());
    host > 0 && (1..=5).contains(&digits) && ends
}

fn visible(text: &str, start: usize, end: usize) -> Option<Secret> {
    let is_hidden = start >= end || &text[start..end] == HIDDEN;
    (!is_hidden).then(|| Secret::new(start, end))
}

/// The length of the first word: URLs end at white space, quotes, and angle brackets.
fn word(text: &str) -> usize {
    text.find(|character: char| character.is_whitespace() || "\"'`<>\\".contains(character))
        .unwrap_or(text.len())
}

/// As [`word`]; Oracle's passwords may be quoted.
fn word_with_quotes(text: &str) -> usize {
    let mut is_quoted = false;
    let end = text.char_indices().find(|(_, character)| {
        is_quoted ^= *character == '"';
        !is_quoted && (character.is_whitespace() || "'`<>".contains(*character))
    });
    end.map_or(text.len(), |(end, _)| end)
}

fn first(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}
