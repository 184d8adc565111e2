//! Tokens that are known by how they begin, as their issuers document it, wherever they stand.
//!
//! <https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/>,
//! <https://docs.gitlab.com/security/tokens/#token-prefixes>, <https://docs.slack.dev/authentication/tokens/>,
//! <https://docs.stripe.com/keys>, <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>

use super::secret::Secret;

/// No token is shorter.
pub(super) const SHORTEST: usize = 20;

/// What follows the first letters of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// At least so many letters and digits.
    Letters(usize),
    /// So many, and underscores.
    Word(usize),
    /// So many, and hyphens, with a digit among them.
    Hyphenated(usize),
    /// So many, with hyphens and with dots between its parts.
    Dotted(usize),
    /// Words with hyphens, of which one is no word: it is long and has a digit.
    Key,
    /// An AWS access key id, and its secret key if that follows.
    AccessKey,
}

/// Whether a token's first letters may end with this byte, or begin with it, for those that end with none of these.
#[inline]
pub(super) fn is_sign(byte: u8) -> bool {
    matches!(byte, b'_' | b'-' | b'A')
}

/// Returns the signs among eight bytes, each by the upper bit of its byte. Behind a sign another byte may be mistaken for one,
/// but never the reverse.
#[inline]
fn signs(eight: [u8; 8]) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = ONES * 0x80;
    let word = u64::from_le_bytes(eight);
    let is = |byte: u8| {
        let zero = word ^ (ONES * u64::from(byte));
        zero.wrapping_sub(ONES) & !zero
    };
    (is(b'_') | is(b'-') | is(b'A')) & HIGH
}

/// Whether a token's first letters end at `at`, or begin there.
#[inline]
pub(super) fn is_prefix(text: &[u8], at: usize) -> bool {
    prefix(text, at).is_some()
}

/// Whether there may be a token in a text.
pub(super) fn may_be_in(text: &[u8]) -> bool {
    if text.len() < SHORTEST {
        return false;
    }
    let (eights, rest) = text.as_chunks();
    for (eight, from) in eights.iter().zip((0..).step_by(8)) {
        let mut signs = signs(*eight);
        while signs != 0 {
            if is_prefix(text, from + signs.trailing_zeros() as usize / 8) {
                return true;
            }
            signs &= signs - 1;
        }
    }
    (text.len() - rest.len()..text.len()).any(|at| is_sign(text[at]) && is_prefix(text, at))
}

/// Returns the token whose first letters end at `at`, or begin there.
pub(super) fn at(text: &str, at: usize) -> Option<Secret> {
    let bytes = text.as_bytes();
    let (start, end, rest) = prefix(bytes, at)?;
    if bytes[..start]
        .last()
        .is_some_and(|last| is_hyphenated(*last))
    {
        return None;
    }
    let end = end + rest.length(&bytes[end..])?;
    let is_whole = !bytes.get(end).is_some_and(u8::is_ascii_alphanumeric);
    is_whole.then(|| Secret::new(start, end))
}

/// Returns where a token's first letters are that end or begin at `at`, and what has to follow them.
fn prefix(text: &[u8], at: usize) -> Option<(usize, usize, Rest)> {
    if text[at] == b'A' {
        return name(text, at);
    }
    let before = &text[..=at];
    let (length, rest) = match before {
        // GitHub, npm, Stripe, Shopify and DigitalOcean.
        [.., b'g', b'h', b'p' | b'o' | b'u' | b's' | b'r', b'_'] => (4, Rest::Word(36)),
        [.., b'_', b'p', b'a', b't', b'_'] if before.ends_with(b"github_pat_") => {
            (11, Rest::Word(82))
        }
        [.., b'n', b'p', b'm', b'_'] => (4, Rest::Letters(36)),
        [.., b's' | b'r', b'k', b'_', b'l', b'i', b'v', b'e', b'_']
        | [.., b's' | b'r', b'k', b'_', b't', b'e', b's', b't', b'_'] => (8, Rest::Letters(24)),
        [.., b's', b'h', b'p', b'a', b't', b'_'] => (6, Rest::Letters(32)),
        [.., b'd', b'o', b'p', b'_', b'v', b'1', b'_'] => (7, Rest::Letters(64)),
        // GitLab: personal, deploy, runner, trigger and job tokens.
        [.., b'g', b'l', b'p', b'a', b't', b'-'] => (6, Rest::Dotted(20)),
        [.., b'g', b'l', b'd' | b'r', b't', b'-'] => (5, Rest::Dotted(20)),
        [.., b'g', b'l', b'p', b't', b't', b'-'] | [.., b'g', b'l', b'c', b'b', b't', b'-'] => {
            (6, Rest::Dotted(20))
        }
        // Slack, PyPI, OpenAI and Anthropic.
        [
            ..,
            b'x',
            b'o',
            b'x',
            b'a' | b'b' | b'e' | b'p' | b'r' | b's',
            b'-',
        ]
        | [.., b'x', b'a', b'p', b'p', b'-'] => (5, Rest::Hyphenated(20)),
        [.., b'p', b'y', b'p', b'i', b'-'] => (5, Rest::Hyphenated(85)),
        [.., b's', b'k', b'-'] => (3, Rest::Key),
        _ => return None,
    };
    Some((at + 1 - length, at + 1, rest))
}

/// Returns the first letters that begin at `at`, of AWS or of Google.
#[inline]
fn name(text: &[u8], at: usize) -> Option<(usize, usize, Rest)> {
    let rest = match text[at..].first_chunk()? {
        b"AKIA" | b"ASIA" => Rest::AccessKey,
        b"AIza" => Rest::Hyphenated(35),
        _ => return None,
    };
    Some((at, at + 4, rest))
}

impl Rest {
    /// Returns the length of what follows the first letters; `None` if that makes no token.
    fn length(self, rest: &[u8]) -> Option<usize> {
        let count = |is: fn(&u8) -> bool| rest.iter().take_while(|byte| is(byte)).count();
        let has_digit = |length: usize| rest[..length].iter().any(u8::is_ascii_digit);
        match self {
            Self::Letters(least) => {
                let length = count(u8::is_ascii_alphanumeric);
                (length >= least).then_some(length)
            }
            Self::Word(least) => {
                let length = count(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
                (length >= least).then_some(length)
            }
            Self::Hyphenated(least) => {
                let length = count(|byte| is_hyphenated(*byte));
                (length >= least && has_digit(length)).then_some(length)
            }
            Self::Dotted(least) => {
                let length = count(|byte| is_hyphenated(*byte) || *byte == b'.');
                // A full stop after the token belongs to the sentence.
                let dots = rest[..length]
                    .iter()
                    .rev()
                    .take_while(|byte| **byte == b'.');
                let length = length - dots.count();
                (length >= least).then_some(length)
            }
            Self::Key => {
                let length = count(|byte| is_hyphenated(*byte));
                let mut words = rest[..length].split(|byte| matches!(byte, b'_' | b'-'));
                words
                    .any(|word| word.len() >= 20 && word.iter().any(u8::is_ascii_digit))
                    .then_some(length)
            }
            Self::AccessKey => {
                let length = count(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'));
                (length == 16).then(|| length + secret_key(&rest[length..]).unwrap_or_default())
            }
        }
    }
}

fn is_hyphenated(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// Returns the length of an AWS secret key with what separates it from its id.
fn secret_key(rest: &[u8]) -> Option<usize> {
    const LENGTH: usize = 40;
    let is_between = |byte: &&u8| b" \t:,;|=\"'".contains(byte);
    let is_in_key = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+');
    let gap = rest.iter().take_while(is_between).count();
    let length = rest[gap..].iter().take_while(is_in_key).count();
    ((1..=4).contains(&gap) && length == LENGTH).then_some(gap + LENGTH)
}
