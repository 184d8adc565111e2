//! Attributes that are secret by their own key.

use super::super::{hidden, hide_attribute};
use crate::Value;

#[test]
fn attributes_with_the_name_of_a_secret_are_hidden_as_a_whole() {
    for (key, value, expected) in [
        (
            "http.request.header.authorization",
            r#"["Bearer a","b"]"#,
            r#"["***","***"]"#,
        ),
        ("http.request.header.x-api-key", r#""a""#, r#""***""#),
        ("http.request.header.set_cookie", r#"["a=b"]"#, r#"["***"]"#),
        ("annotation.password", "1234", r#""***""#),
        ("metadata.Api-Key", r#""a""#, r#""***""#),
        (
            "metadata.db",
            r#"{"user":"a","passWord":"b","n":[{"token":"c"}]}"#,
            r#"{"user":"a","passWord":"***","n":[{"token":"***"}]}"#,
        ),
        (
            "metadata",
            r#"{"secret":{"value":"a","at":7}}"#,
            r#"{"secret":{"value":"***","at":"***"}}"#,
        ),
        (
            "token",
            r#"{"access":["a"],"type":{"of":"b"}}"#,
            r#"{"access":["***"],"type":{"of":"***"}}"#,
        ),
        (
            "headers",
            r#"[{"name":"Cookie","value":"sid=a"},{"key":"Accept","value":"b"},{"Key":"X-Api-Key","Value":"c"}]"#,
            r#"[{"name":"Cookie","value":"***"},{"key":"Accept","value":"b"},{"Key":"X-Api-Key","Value":"***"}]"#,
        ),
        (
            "headers",
            r#"[["X-Api-Key","a"],["Accept","b"]]"#,
            r#"[["X-Api-Key","***"],["Accept","b"]]"#,
        ),
        (
            "rawHeaders",
            r#"["Host","shop:80","Cookie","sid=a","x-b3-flags","1","X-Api-Key","b"]"#,
            r#"["Host","shop:80","Cookie","***","x-b3-flags","1","X-Api-Key","***"]"#,
        ),
        (
            "request_headers",
            r#"["X-Api-Key","abc123"]"#,
            r#"["X-Api-Key","***"]"#,
        ),
        // Names alone, of which the second is no value.
        (
            "http.response.header.access-control-allow-headers",
            r#"["Authorization","Content-Type","X-Api-Key","Accept"]"#,
            r#"["Authorization","Content-Type","X-Api-Key","Accept"]"#,
        ),
        (
            "allowed_headers",
            r#"["Authorization","*"]"#,
            r#"["Authorization","*"]"#,
        ),
        ("db_pw", r#""a""#, r#""***""#),
        (
            "missing",
            r#"["password","email"]"#,
            r#"["password","email"]"#,
        ),
        (
            "process.command_args",
            r#"["mysql","--password","a","-h","--token=b"]"#,
            r#"["mysql","--password","***","-h","--token=***"]"#,
        ),
        ("gen_ai.usage.input_tokens", "512", "512"),
        ("token_count", r#""a""#, r#""a""#),
        ("max_token", "7", "7"),
        ("password", "true", "true"),
        ("password", r#""""#, r#""""#),
        ("auth", r#""ldap""#, r#""ldap""#),
        ("k8s.secret.name", r#""db""#, r#""db""#),
        ("session.id", r#""7f""#, r#""7f""#),
    ] {
        let mut value = Value::parse(value).unwrap();
        hide_attribute(key, &mut value);
        assert_eq!(value.to_string(), expected, "{key}");
    }
    assert_eq!(
        hidden("url.full", "http://h/?token=a").as_deref(),
        Some("http://h/?token=***")
    );
    assert_eq!(hidden("api_key", "a").as_deref(), Some("***"));
    assert_eq!(hidden("url.full", "http://h/"), None);
}
