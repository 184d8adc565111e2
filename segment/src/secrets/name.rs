//! Which names are those of secrets.

/// Names whose values are secret in any position, without case and separators; a name may go on in front
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

/// Names that are secrets' as the last of several words, or alone.
const SECRET_WORDS: [&str; 1] = ["pass"];

/// Names whose values are secret where `=` stands between them: in queries and connection strings.
const SECRET_IN_PAIRS: [&str; 4] = ["signature", "sig", "sas", "hmac"];

/// Everyday words: secret where `=` stands between, if the value looks like a key.
const PERHAPS: [&str; 9] = [
    "key",
    "code",
    "auth",
    "session",
    "sessionid",
    "sid",
    "jsessionid",
    "otp",
    "ticket",
];

/// How sure a name is that of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Secrecy {
    /// Everywhere.
    Always,
    /// Everywhere; the value goes on to the end of its line, as that of a header does.
    Header,
    /// `token` and `pass`: everywhere but in prose (`Unexpected token: }`).
    Token,
    /// In `name=value` alone.
    InPairs,
    /// In `name=value` if the value looks like a key.
    Perhaps,
}

/// The letters and digits of a name's end, in small letters: enough for the longest name above.
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

/// The last three letters of a name, small. Nearly no name ends like one of those above, so that only few are
/// looked at as a whole.
#[inline]
fn end(name: &str) -> [u8; 3] {
    match name.as_bytes() {
        // Small letters are capitals with this bit.
        [.., third, second, last] => [third | 0x20, second | 0x20, last | 0x20],
        // The shortest of them have three letters.
        _ => [0; 3],
    }
}

/// Whether an end is that of a name in [`SECRET`] or of `pass`.
#[inline]
fn is_secret_end(end: [u8; 3]) -> bool {
    matches!(
        &end,
        b"ord"
            | b"swd"
            | b"pwd"
            | b"ase"
            | b"ass"
            | b"ret"
            | b"ken"
            | b"key"
            | b"yid"
            | b"ion"
            | b"ial"
            | b"als"
            | b"kie"
            | b"jwt"
    )
}

/// Whether an end is that of one of the other names.
fn is_end_in_pairs(end: [u8; 3]) -> bool {
    matches!(
        &end,
        b"ure" | b"sig" | b"sas" | b"mac" | b"ode" | b"uth" | b"nid" | b"sid" | b"otp" | b"ket"
    )
}

/// How sure `name` is that of a secret; `None` if it is not.
pub(super) fn secrecy(name: &str) -> Option<Secrecy> {
    let end = end(name);
    if !(is_secret_end(end) || is_end_in_pairs(end)) {
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
        || SECRET_WORDS.contains(&last_word(name).to_ascii_lowercase().as_str());
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

/// Whether an attribute of this key is secret as a whole.
#[inline]
pub(super) fn is_secret_key(key: &str) -> bool {
    is_secret_end(end(key))
        && matches!(
            secrecy(key),
            Some(Secrecy::Always | Secrecy::Header | Secrecy::Token)
        )
}

/// Whether an attribute of this key is a password, even if it is a number.
pub(super) fn is_password(key: &str) -> bool {
    is_secret_key(key) && {
        let plain = Plain::new(key);
        ["password", "passwd", "pwd", "passphrase", "secret", "pass"]
            .iter()
            .any(|end| plain.ends_with(end))
    }
}

fn last_word(name: &str) -> &str {
    let last = name.rsplit(|character: char| !character.is_ascii_alphanumeric());
    last.into_iter().next().unwrap_or(name)
}
