//! Hides secrets in texts.
//!
//! Everyone with access to traces can read their URLs, messages and metadata, so these must not contain passwords,
//! tokens or keys. [`mapping`](crate::mapping) first passes all texts of a span, its events, its links and its
//! resource through [`hide_attribute`] and [`hide`]; everything that is copied, cut or assembled afterwards is free
//! of secrets. Each secret is replaced by `***`; the rest of the text is unchanged.
//!
//! # What is hidden
//!
//! - **Credentials in a URL**, of any scheme, anywhere in a text: the password of `//user:password@host`;
//!   for HTTP, web sockets and Redis also what stands there alone (`https://token@host`). In front of
//!   `@tcp(…)`, `@unix(…)`, `@/` or `@host:port` without a scheme too, as Go's drivers write it, and
//!   behind `jdbc:oracle:thin:` as `user/password@`, and so in front of `host:port/service` and in any text
//!   about Oracle.
//! - **`name=value` with a secret's name**: in queries, fragments and forms (percent-encoded too), in
//!   connection strings of JDBC, ODBC, ADO.NET, libpq, Redis, Kafka (JAAS) and Azure, in log-like texts.
//!   The value ends where its quotes or braces end, else at `&`, `;`, white space or the next `name=`.
//! - **`"name": value`** in JSON and in what Rust, Python and JavaScript print of an object, and
//!   **`name: value`** of headers and prompts (`Authorization: Bearer …`, `password: …`),
//!   `<name>value</name>` of XML. If the value is an object or a list, each text in it (`secrets/below.rs`).
//! - **`name is value`** and **`name was value`** of messages, if the value mixes letters and digits as no word does:
//!   `password is hunter2`.
//! - **`Bearer …` and `Basic …`**, JSON Web Tokens, and private keys in PEM, wherever they stand.
//! - **Tokens that are known by how they begin**, wherever they stand: of GitHub (`ghp_…`, `github_pat_…`), GitLab, Slack,
//!   Stripe, npm, PyPI, Shopify, DigitalOcean and Google, `sk-…` of OpenAI and Anthropic, and AWS's access key ids
//!   with the secret key behind them (`secrets/token.rs`).
//! - **Flags of command lines**, in a text or as a list: `--password …` of any program; `-p …`, `-a …`, `-u user:…`
//!   of the programs that take a password by it, such as `mysql`, `redis-cli` and `curl`
//!   (`secrets/command_line.rs`).
//! - **An attribute, or a member of one, whose own key is a secret's name**: `http.request.header.cookie`,
//!   `annotation.api_key`. Its texts are hidden whole. In a list by the name of headers, the value behind such a name:
//!   `rawHeaders: ["Cookie", "sid=…"]`.
//! - The literal behind **`PASSWORD` and `IDENTIFIED BY`** of SQL, also in a message that repeats the statement.
//! - In **statements** (`db.query.text`, `db.statement`) a literal that is compared with, or assigned to, a
//!   column by a secret's name, or inserted into one, and Redis' `AUTH`, which is hidden in a message too if letters and digits follow. All other literals stay: whether statements are recorded
//!   with their values is the choice of who records them.
//!
//! The name of a secret ends in `password`, `passwd`, `pwd`, `passphrase`, `secret`, `token`, `api_key`, `access_key`
//! (and some twenty more: `secrets/name.rs`), whatever its case and separators. `key`, `code`, `auth` and `session`
//! are everyday words: `key=…` is hidden only if the value looks like a key (20 letters and digits or more), a shorter
//! `code=…` only beside OAuth's other parameters, `session_id=…` only in a query, from six characters with a digit on.
//! `pin=…` is hidden from four digits on, `cvv=…` and `cvc=…` of three or four.
//!
//! # What is not hidden
//!
//! - Values that are joined to their name in another way: `<add key="Password" value="…"/>`,
//!   `"rawHeaders":["Cookie","sid=…"]` within a text.
//! - `password is swordfish`: nothing tells such a word from those of a sentence. `pin=13`, `"pin": 1234`.
//! - `-p …` and `-u …` of other programs, where they are a port, a folder or `user:group`.
//! - `code=…` and `session_id=…` of a message, which are what one looks for in a trace: `code=E1234`.
//! - Other secrets in a path (`/reset/2f9a…`, webhooks), or without any name or pattern.
//! - Prose: `Unexpected token: }`, `password: must be longer`, `KeyError: 'password'`.
//! - Placeholders: `$1`, `?`, `%s`, `${PASSWORD}`, `null`, values that are already hidden.
//! - User names: `https://user:***@host`.

mod below;
mod command_line;
mod credentials;
mod insert;
mod key;
mod literal;
mod name;
mod pair;
mod private_key;
mod scan;
mod secret;
mod token;
mod value;
mod word;

use std::{borrow::Cow, thread::LocalKey};

use crate::{Seen, Value};
use command_line::Arguments;
use secret::Kind;

pub use secret::HIDDEN;

/// Returns `text` with every secret replaced by `***`, by the rules of this module.
///
/// A text without any of `% : ; < = > ? @`, without a space and without a token's first letters is returned after a fast
/// check.
///
/// ```
/// # use segment::secrets::hide;
/// assert_eq!(hide("GET https://app:hunter2@shop.example/?sig=4f&page=2".into()),
///     "GET https://app:***@shop.example/?sig=***&page=2");
/// assert_eq!(hide("Unexpected token: }".into()), "Unexpected token: }");
/// ```
pub fn hide(text: Cow<'_, str>) -> Cow<'_, str> {
    hide_as(text, Kind::Text)
}

/// Hides secrets in the attribute `key`, and in members of an object.
///
/// Strings keep what is not secret. If `key` is the name of a secret, the whole string becomes `***`; for a password,
/// a number too. Lists and objects are searched at any depth, and so is what is below a secret's name; `{"name": …,
/// "value": …}` and lists of pairs are read as members.
///
/// ```
/// use segment::{Value, secrets::hide_attribute};
///
/// let mut cookie = Value::from("sid=8d1f");
/// hide_attribute("http.request.header.cookie", &mut cookie);
/// assert_eq!(cookie.as_text(), Some("***"));
/// ```
pub fn hide_attribute(key: &str, value: &mut Value<'_>) {
    match value {
        Value::Text(text) => hide_text(key, text),
        Value::Array(values) => hide_list(key, values),
        Value::Object(members) => hide_members(key, members),
        Value::Integer(_) | Value::Number(_) if name::is_password(key) => {
            *value = Value::Text(Cow::Borrowed(HIDDEN));
        }
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Number(_) => {}
    }
}

/// Returns the text of the attribute `key` without its secrets; `None` if it has none.
///
/// For attributes that are passed on in a form other than [`Value`].
#[inline]
pub fn hidden(key: &str, text: &str) -> Option<String> {
    clean(key, text).map(Cow::into_owned)
}

/// Whether a text has no secrets whatever its attribute is, unless that is itself a secret's; `false` if that takes a closer
/// look.
#[inline]
pub(crate) fn is_plain(text: &str) -> bool {
    scan::is_plain(text.as_bytes())
}

/// Whether a URL without user, query and fragment has no secrets, by its host and its path; `false` if that takes a closer
/// look.
pub(crate) fn is_plain_url(host: &str, path: &str) -> bool {
    [host, path].iter().all(|part| {
        // A JSON Web Token may begin anywhere, with `eyJ`.
        scan::is_plain(part.as_bytes()) && !part.as_bytes().contains(&b'J')
    })
}

/// Whether a statement has no secrets. Those of which that was found out are remembered.
pub(crate) fn is_clean_statement(text: &str) -> bool {
    thread_local! {
        static CLEAN: Seen = const { Seen::new() };
    }
    is_clean_or_seen(text, Kind::Statement, &CLEAN)
}

/// Whether the name of a resource, its URL say, has no secrets. Those of which that was found out are remembered.
pub(crate) fn is_clean_name(text: &str) -> bool {
    thread_local! {
        static CLEAN: Seen = const { Seen::new() };
    }
    is_plain(text) || is_clean_or_seen(text, Kind::Text, &CLEAN)
}

fn is_clean_or_seen(text: &str, kind: Kind, seen: &'static LocalKey<Seen>) -> bool {
    // While the thread is being destroyed, nothing is remembered.
    if seen.try_with(|seen| seen.contains(text)).unwrap_or(false) {
        return true;
    }
    let is_clean = is_plain(text) || scan::without_secrets(text, kind).is_none();
    if is_clean {
        let _ = seen.try_with(|seen| seen.insert(text));
    }
    is_clean
}

#[inline]
fn hide_text(key: &str, text: &mut Cow<'_, str>) {
    if let Some(clean) = clean(key, text) {
        *text = clean;
    }
}

/// Returns what replaces the text of the attribute `key`; `None` if it has no secrets.
#[inline]
fn clean(key: &str, text: &str) -> Option<Cow<'static, str>> {
    if name::is_secret_key(key) {
        (!literal::is_placeholder(text)).then_some(Cow::Borrowed(HIDDEN))
    } else if scan::is_plain(text.as_bytes()) {
        None
    } else {
        scan::without_secrets(text, Kind::of(key)).map(Cow::Owned)
    }
}

/// Hides secrets in each member; below a secret's name whatever has no such name itself.
fn hide_members(key: &str, members: &mut [(Cow<'_, str>, Value<'_>)]) {
    let is_below_secret = name::is_secret_key(key);
    // `{"name": "Cookie", "value": …}`, as headers are listed in HAR and by many loggers.
    let is_name = |name: &str| {
        ["name", "key", "header"]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
    };
    let secret_name = members.iter().find_map(|(name, value)| {
        let text = value.as_text().filter(|_| is_name(name))?;
        name::is_secret_key(text).then(|| text.to_owned())
    });
    for (name, value) in members {
        match &secret_name {
            Some(secret) if name.eq_ignore_ascii_case("value") => hide_attribute(secret, value),
            _ if is_below_secret && !name::is_secret_key(name) => hide_attribute(key, value),
            _ => hide_attribute(name, value),
        }
    }
}

/// Hides secrets in each value, the values of headers, and the passwords of a command's arguments.
fn hide_list(key: &str, values: &mut [Value<'_>]) {
    if name::is_of_headers(key) && are_headers_in_turn(values) {
        for header in values.chunks_exact_mut(2) {
            if let [Value::Text(name), value] = header
                && name::is_secret_key(name)
            {
                hide_attribute(name, value);
            }
        }
    }
    let mut arguments = Arguments::default();
    for value in values {
        match value {
            Value::Text(text) => match arguments.hide(text) {
                Some(clean) => *text = Cow::Owned(clean),
                None => hide_text(key, text),
            },
            Value::Array(pair) => match pair.as_mut_slice() {
                [Value::Text(name), value] if name::is_secret_key(name) => {
                    hide_attribute(name, value);
                }
                _ => hide_list(key, pair),
            },
            _ => hide_attribute(key, value),
        }
    }
}

/// Whether a list has names and values in turn, as Node.js's `rawHeaders`. A list of names alone, as of
/// `Access-Control-Allow-Headers`, has letters and hyphens alone.
fn are_headers_in_turn(values: &[Value<'_>]) -> bool {
    let has_only = |value: &Value<'_>, is: fn(u8) -> bool| {
        value
            .as_text()
            .is_some_and(|text| text.bytes().all(|byte| byte == b'-' || is(byte)))
    };
    let is_word = |value| has_only(value, |byte| byte.is_ascii_alphabetic());
    let is_name = |value| has_only(value, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
    values.len().is_multiple_of(2)
        && values.iter().step_by(2).all(is_name)
        && !values.iter().all(is_word)
}

fn hide_as(text: Cow<'_, str>, kind: Kind) -> Cow<'_, str> {
    if scan::is_plain(text.as_bytes()) {
        return text;
    }
    match scan::without_secrets(&text, kind) {
        Some(clean) => Cow::Owned(clean),
        None => text,
    }
}

#[cfg(test)]
mod tests;
