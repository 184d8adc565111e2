//! What is hidden, what is not, and that hiding is done once.

mod addresses;
mod attributes;
mod commands;
mod innocent;
mod messages;
mod tokens;

use proptest::prelude::*;

use super::*;

fn hidden_in(kind: Kind, text: &str) -> String {
    hide_as(Cow::Borrowed(text), kind).into_owned()
}

#[track_caller]
fn check(kind: Kind, cases: &[(&str, &str)]) {
    let wrong: Vec<_> = cases
        .iter()
        .map(|(text, expected)| (*text, *expected, hidden_in(kind, text)))
        .filter(|(_, expected, clean)| clean != expected || hidden_in(kind, clean) != *clean)
        .collect();
    assert!(wrong.is_empty(), "text, expected, got: {wrong:#?}");
}

/// Where a secret is planted, in place of `{}`.
const PLACES: [&str; 40] = [
    "mysql -u root -p{} -h db",
    "mysqldump -u root -p '{}' shop > all.sql",
    "Command '['mysql', '-u', 'root', '-p{}']' returned non-zero exit status 1.",
    "exec: [\"curl\",\"-u\",\"app:{}\",\"https://h.example/\"]",
    "curl -su app:{} https://h.example/",
    "curl --user app:{} https://h.example/",
    "curl --proxy-user=app:{} https://h.example/",
    "sshpass -p {} ssh -p 22 db.example",
    "sudo /usr/bin/mongosh -u app -p {} --host db",
    "docker login -u app -p {} registry.example",
    "redis-cli -h cache -a {} ping",
    "sqlcmd -S db -U sa -P {} -Q 'select 1'",
    "['mysql', '--password', '{}', '-h', 'db']",
    "WRONGPASS after AUTH {}",
    "redis: \"AUTH app {}\" failed",
    "1339518083.107412 [0 127.0.0.1:60866] \"auth\" \"default\" \"{}\"",
    "ORA-01017: invalid username/password; logon denied for scott/{}@orcl",
    "cannot connect as scott/{}@db.example:1521/ORCL",
    "sqlplus scott/{}@orcl @report.sql",
    "https://app.example/callback?code={}&state=af0ifjsldkj",
    "grant_type=authorization_code&code={}&redirect_uri=https%3A%2F%2Fapp.example",
    "/login?session_id={}",
    "/a/b;jsessionid={}?page=2",
    "GET /a?PHPSESSID={} HTTP/1.1",
    "/verify?otp={}",
    "password%3D{}",
    "a%26client_secret%3D{}%26b%3D1",
    "curl -u app:{}",
    "mysql --user=root --password={} shop",
    "Cookie: session={}",
    "ERR wrong arguments: CONFIG SET requirepass {}",
    "masterauth {}",
    "HELLO 3 AUTH default {}",
    "the password is 9x{}, said bob",
    "/login?pw={}",
    "{\"secret\":{\"value\":\"{}\"}}",
    "{ secret: { value: '{}' } }",
    "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----",
    "cannot read the key:\n-----BEGIN PRIVATE KEY-----\n{}",
    "{\"pem\":\"-----BEGIN EC PRIVATE KEY-----\\n{}\\n-----END EC PRIVATE KEY-----\\n\"}",
];

#[test]
fn a_name_that_only_ends_with_a_quote_may_stand_after_any_letter() {
    for text in ["épassword':", "é\"token\":x", "🦀password\"=x"] {
        hide(text.into());
    }
}

proptest! {
    #[test]
    fn a_planted_secret_is_nowhere(secret in "[a-z]{3,8}[0-9]{3,6}[A-Za-z]{0,6}") {
        for place in PLACES {
            let text = place.replace("{}", &secret);
            let clean = hide(text.as_str().into());
            prop_assert!(!clean.contains(&secret), "{} {}", text, clean);
            prop_assert_eq!(&hide(clean.clone()), &clean);
        }
    }

    #[test]
    fn hiding_only_takes_away(
        text in "([a-z]{0,3}(://|:|=|@|'|\"|;|&|%3D|/| |\\\\|\\{|\\(|,|é|\n|\\[|\\]|\\}|7| is |secret|password|token|auth|Bearer |jdbc:oracle:thin:)){0,12}",
    ) {
        for kind in [Kind::Text, Kind::Address, Kind::Statement] {
            let clean = hidden_in(kind, &text);
            let mut rest = text.as_str();
            for part in clean.split(HIDDEN) {
                // Quotes around what was none are the only thing that is added.
                let part = part.trim_matches('"');
                let at = rest.find(part);
                prop_assert!(at.is_some(), "{:?} {} {}", kind, text, clean);
                rest = &rest[at.unwrap() + part.len()..];
            }
        }
    }

    #[test]
    fn any_text_is_taken(text in "\\PC{0,200}") {
        hide(text.into());
    }

    #[test]
    fn what_is_plain_is_told_the_same_way_by_byte_and_by_eight(text in "[ -~é🦀]{0,40}") {
        let announces = text.bytes().any(|byte| matches!(byte, b' ' | b'%' | b':'..=b'@')) || text.starts_with("eyJ");
        // A byte beyond ASCII, `!` and `$` may be looked at in vain.
        if announces {
            prop_assert!(!scan::is_plain(text.as_bytes()));
        } else if text.is_ascii() && !text.contains(['!', '$']) {
            prop_assert!(scan::is_plain(text.as_bytes()));
        }
    }
}
