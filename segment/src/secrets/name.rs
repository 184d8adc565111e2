//! The names of secrets.

/// Names whose values are always secret, ignoring case and separators; the name may have more before it
/// (`client_secret`, `X-Amz-Security-Token`).
const SECRET: [&str; 26] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "requirepass",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "accesskeyid",
    "secretkey",
    "secretaccesskeyid",
    "privatekey",
    "accountkey",
    "sharedkey",
    "signingkey",
    "encryptionkey",
    "masterkey",
    "authkey",
    "subscriptionkey",
    "functionskey",
    "authorization",
    "credential",
    "credentials",
    "cookie",
    "jwt",
];

/// Names of secrets if they are the last of several words, or alone.
const SECRET_WORDS: [&str; 1] = ["pass"];

/// Names whose values are secret after `=`: in queries and connection strings.
const SECRET_IN_PAIRS: [&str; 9] = [
    // What SAML's bindings for HTTP log a user in with.
    "samlresponse",
    "signature",
    "sig",
    "sas",
    "hmac",
    // The session cookies of Java, PHP, ASP.NET and Express, which stand in URLs too.
    "jsessionid",
    "phpsessid",
    "aspnetsessionid",
    "connectsid",
];

/// Common words: secret after `=` if the value looks like a key, or by where it stands (`pair.rs`).
const PERHAPS: [&str; 11] = [
    "key",
    "code",
    "auth",
    "session",
    "sessionid",
    "sid",
    "otp",
    "pin",
    "cvc",
    "cvv",
    "ticket",
];

/// In which positions a name is that of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Secrecy {
    /// Everywhere.
    Always,
    /// Everywhere; the value extends to the end of its line, as in a header.
    Header,
    /// `token` and `pass`: everywhere except in prose (`Unexpected token: }`).
    Token,
    /// Only in `name=value`.
    InPairs,
    /// In `name=value`, if the value looks like a key, or by where it stands.
    Perhaps,
}

/// The letters and digits at the end of a name, in lower case: enough for the longest name above.
struct Plain {
    letters: [u8; 24],
    length: usize,
}

impl Plain {
    fn new(name: &str) -> Self {
        let mut plain = Self {
            letters: [0; 24],
            length: 0,
        };
        let letters = name.bytes().rev().filter(u8::is_ascii_alphanumeric);
        for letter in letters.take(plain.letters.len()) {
            plain.length += 1;
            plain.letters[24 - plain.length] = letter.to_ascii_lowercase();
        }
        plain
    }

    fn ends_with(&self, end: &str) -> bool {
        self.as_bytes().ends_with(end.as_bytes())
    }

    fn is(&self, name: &str) -> bool {
        self.as_bytes() == name.as_bytes()
    }

    fn as_bytes(&self) -> &[u8] {
        &self.letters[24 - self.length..]
    }
}

/// Returns the last three letters of a name in lower case, as one number. Few names end like one of those above, so
/// few are compared as a whole.
#[inline]
fn end(name: &str) -> u32 {
    match name.as_bytes() {
        // This bit turns capital letters into small ones.
        [.., third, second, last] => number([*third, *second, *last]) | 0x0020_2020,
        // The shortest names have three letters.
        _ => 0,
    }
}

const fn number(end: [u8; 3]) -> u32 {
    u32::from_le_bytes([end[0], end[1], end[2], 0])
}

/// Declares the endings of names, to be compared as numbers.
macro_rules! ends {
    ($function:ident: $($name:ident $end:literal)*) => {
        #[inline]
        fn $function(end: u32) -> bool {
            $(const $name: u32 = number(*$end);)*
            matches!(end, $($name)|*)
        }
    };
}

ends!(is_secret_end: ORD b"ord" SWD b"swd" PWD b"pwd" ASE b"ase" ASS b"ass" RET b"ret" KEN b"ken"
    KEY b"key" YID b"yid" ION b"ion" IAL b"ial" ALS b"als" KIE b"kie" JWT b"jwt");
ends!(is_end_in_pairs: URE b"ure" SIG b"sig" SAS b"sas" MAC b"mac" ODE b"ode" UTH b"uth"
    NSE b"nse" NID b"nid" SID b"sid" OTP b"otp" PIN b"pin" CVC b"cvc" CVV b"cvv" KET b"ket");

/// Whether a name at the end of `text` may be that of a secret.
#[inline]
pub(super) fn may_end(text: &str) -> bool {
    let end = end(text);
    is_secret_end(end) || is_end_in_pairs(end) || ends_with_session_id(text) || ends_with_pw(text)
}

/// Whether the last word of a text is `pw`. `shop.pw` is a host.
#[inline]
fn ends_with_pw(text: &str) -> bool {
    match text.as_bytes() {
        [before @ .., b'p' | b'P', b'w' | b'W'] => before
            .last()
            .is_none_or(|last| !last.is_ascii_alphanumeric() && *last != b'.'),
        _ => false,
    }
}

/// Whether a text ends with `session_id` or `session-id`: most names that end with `_id` are no secrets.
#[inline]
fn ends_with_session_id(text: &str) -> bool {
    match text.as_bytes() {
        [before @ .., b'_' | b'-', b'i' | b'I', b'd' | b'D'] => before
            .last_chunk::<7>()
            .is_some_and(|last| last.eq_ignore_ascii_case(b"session")),
        _ => false,
    }
}

/// Returns in which positions `name` is that of a secret; `None` if in none.
pub(super) fn secrecy(name: &str) -> Option<Secrecy> {
    if !may_end(name) {
        return None;
    }
    let plain = Plain::new(name);
    if plain.is("token") || plain.is("pass") {
        return Some(Secrecy::Token);
    }
    if plain.ends_with("authorization") || plain.ends_with("cookie") {
        return Some(Secrecy::Header);
    }
    let is_secret = SECRET.iter().any(|end| plain.ends_with(end))
        || SECRET_WORDS.contains(&last_word(name).to_ascii_lowercase().as_str())
        || ends_with_pw(name);
    if is_secret {
        return Some(Secrecy::Always);
    }
    if SECRET_IN_PAIRS.iter().any(|end| match *end {
        "signature" => plain.ends_with(end),
        short => plain.is(short),
    }) {
        return Some(Secrecy::InPairs);
    }
    PERHAPS
        .iter()
        .any(|name| plain.is(name))
        .then_some(Secrecy::Perhaps)
}

/// Whether the whole attribute with this key is secret.
#[inline]
pub(super) fn is_secret_key(key: &str) -> bool {
    (is_secret_end(end(key)) || ends_with_pw(key))
        && matches!(
            secrecy(key),
            Some(Secrecy::Always | Secrecy::Header | Secrecy::Token)
        )
}

/// Whether the attribute with this key is a password, even if it is a number.
pub(crate) fn is_password(key: &str) -> bool {
    is_secret_key(key) && {
        let plain = Plain::new(key);
        ["password", "passwd", "pwd", "passphrase", "secret", "pass"]
            .iter()
            .any(|end| plain.ends_with(end))
    }
}

/// Whether the attribute with this key lists headers: `headers`, `rawHeaders`, `response.trailers`.
pub(super) fn is_of_headers(key: &str) -> bool {
    let plain = Plain::new(key);
    plain.ends_with("headers") || plain.ends_with("trailers")
}

fn last_word(name: &str) -> &str {
    let last = name.rsplit(|character: char| !character.is_ascii_alphanumeric());
    last.into_iter().next().unwrap_or(name)
}
