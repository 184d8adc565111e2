//! Secrets in queries, in messages and in statements.

use super::{super::secret::Kind, check};

#[test]
fn secrets_in_queries_are_hidden() {
    check(
        Kind::Text,
        &[
            ("/pay?token=hunter2", "/pay?token=***"),
            ("token=hunter2&page=2", "token=***&page=2"),
            (
                "https://h/?sv=1&sig=hunter2%3D&se=2",
                "https://h/?sv=1&sig=***&se=2",
            ),
            (
                "https://h/?AWSAccessKeyId=hunter2&Signature=hunter2&Expires=1",
                "https://h/?AWSAccessKeyId=***&Signature=***&Expires=1",
            ),
            (
                "https://h/?X-Amz-Credential=hunter2&X-Amz-Security-Token=hunter2&X-Amz-Signature=hunter2",
                "https://h/?X-Amz-Credential=***&X-Amz-Security-Token=***&X-Amz-Signature=***",
            ),
            ("/?X-Goog-Signature=hunter2#top", "/?X-Goog-Signature=***"),
            (
                "/cb#access_token=hunter2&state=1",
                "/cb#access_token=***&state=1",
            ),
            ("user[password]=hunter2&a=b", "user[password]=***&a=b"),
            ("user%5Bpassword%5D=hunter2", "user%5Bpassword%5D=***"),
            (
                "/?next=%2Fa%3Ftoken%3Dhunter2%26b%3D1",
                "/?next=%2Fa%3Ftoken%3D***%26b%3D1",
            ),
            ("/?key=AIzaSyhunter2hunter2hunter2", "/?key=***"),
            ("/cb?code=4%2Fhunter2&state=x", "/cb?code=***&state=x"),
            (
                "grant_type=authorization_code&code=123456",
                "grant_type=authorization_code&code=***",
            ),
            ("/a?session_id=7f3a9c", "/a?session_id=***"),
            ("/a;jsessionid=7F3A?b=1", "/a;jsessionid=***?b=1"),
            ("/verify?otp=123456", "/verify?otp=***"),
            ("password%3Dhunter2", "password%3D***"),
            (
                "SAMLResponse=PHNhbWxwOlJlc3BvbnNl%3D&RelayState=%2Fcart",
                "SAMLResponse=***&RelayState=%2Fcart",
            ),
            ("/acs?SAMLResponse=PHNhbWw%2B", "/acs?SAMLResponse=***"),
            ("SAMLRequest=fZFNT4Mw", "SAMLRequest=fZFNT4Mw"),
            (
                "/?key=size&code=7&session=on&auth=basic",
                "/?key=size&code=7&session=on&auth=basic",
            ),
            (
                "error for url (http://127.0.0.1:1/pay?token=hunter2)",
                "error for url (http://127.0.0.1:1/pay?token=***)",
            ),
            (
                "GET /pay?api_key=hunter2 HTTP/1.1",
                "GET /pay?api_key=*** HTTP/1.1",
            ),
            (
                "/a?client_secret=hunter2, then more",
                "/a?client_secret=***, then more",
            ),
        ],
    );
}

#[test]
fn secrets_in_messages_are_hidden() {
    check(
        Kind::Text,
        &[
            (
                "near \"CREATE USER x IDENTIFIED BY 'hunter2'\"",
                "near \"CREATE USER x IDENTIFIED BY '***'\"",
            ),
            (
                "cannot run ALTER USER x PASSWORD 'hunter2'",
                "cannot run ALTER USER x PASSWORD '***'",
            ),
            (
                "login failed (user=sa, password=hunter2) twice",
                "login failed (user=sa, password=***) twice",
            ),
            (
                "{\"user\":\"a\",\"password\":\"hun\\\"ter2\",\"n\":1}",
                "{\"user\":\"a\",\"password\":\"***\",\"n\":1}",
            ),
            (
                "{\"password\":1234567,\"n\":1}",
                "{\"password\":\"***\",\"n\":1}",
            ),
            ("{\"token\":\"hunter2\"}", "{\"token\":\"***\"}"),
            (
                "{\"tokens\":{\"access_token\": \"hunter2\"}}",
                "{\"tokens\":{\"access_token\": \"***\"}}",
            ),
            (
                "{'password': 'hunter2', 'n': 1}",
                "{'password': '***', 'n': 1}",
            ),
            (
                "Config { url: \"h\", password: \"hunter2\" }",
                "Config { url: \"h\", password: \"***\" }",
            ),
            ("Config { token: \"hunter2\" }", "Config { token: \"***\" }"),
            (
                "Config { token: Some(\"hunter2\") }",
                "Config { token: Some(\"***\") }",
            ),
            (
                "body: {\\\"password\\\":\\\"hunter2\\\"}",
                "body: {\\\"password\\\":\\\"***\\\"}",
            ),
            (
                "Authorization: Bearer hunter2.x\nHost: h",
                "Authorization: ***\nHost: h",
            ),
            (
                "{\"Authorization\": \"Basic aHVudGVyMg==\"}",
                "{\"Authorization\": \"***\"}",
            ),
            ("X-Api-Key: hunter2\r\nHost: h", "X-Api-Key: ***\r\nHost: h"),
            ("Cookie: a=hunter2; b=hunter2", "Cookie: ***"),
            ("refused: Bearer hunter2hunter2", "refused: Bearer ***"),
            ("refused token Bearer Hunter2", "refused token Bearer ***"),
            (
                "curl -H 'Authorization: Basic aHVudGVyMg==' h",
                "curl -H 'Authorization: ***' h",
            ),
            (
                "mysql --password hunter2 -h db",
                "mysql --password *** -h db",
            ),
            (
                "mysql --password=hunter2 -h db",
                "mysql --password=*** -h db",
            ),
            ("password: hunter2", "password: ***"),
            ("refused AUTH hunter2: no", "refused AUTH ***: no"),
            ("\"AUTH\" \"hunter2\"", "\"AUTH\" \"***\""),
            ("'AUTH app hunter2' failed", "'AUTH app ***' failed"),
            ("(password=hun)ter2)", "(password=***)"),
            (
                "{\"password\": [\"hunter2\",\"hunter2\"], \"x\": 1}",
                "{\"password\": [\"***\",\"***\"], \"x\": 1}",
            ),
            ("token: hunter2", "token: ***"),
            ("secret := \"hunter2\"", "secret := \"***\""),
            ("password => 'hunter2'", "password => '***'"),
            (
                "<s:Password>hunter2</s:Password>",
                "<s:Password>***</s:Password>",
            ),
            ("password:hunter2", "password:***"),
            (
                "AWS_SECRET_ACCESS_KEY=hunter2 AWS_REGION=eu",
                "AWS_SECRET_ACCESS_KEY=*** AWS_REGION=eu",
            ),
            (
                "bad jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl!",
                "bad jwt ***!",
            ),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "***"),
        ],
    );
}

#[test]
fn in_statements_only_literals_are_secret() {
    check(
        Kind::Statement,
        &[
            (
                "SELECT * FROM users WHERE name = 'bob' AND password = 'hunter2'",
                "SELECT * FROM users WHERE name = 'bob' AND password = '***'",
            ),
            (
                "UPDATE u SET token='hun''ter2', n=1",
                "UPDATE u SET token='***', n=1",
            ),
            (
                "UPDATE u SET token = $1, password = ?, secret = :s",
                "UPDATE u SET token = $1, password = ?, secret = :s",
            ),
            (
                "SELECT * FROM a JOIN b ON a.token = b.token",
                "SELECT * FROM a JOIN b ON a.token = b.token",
            ),
            (
                "ALTER USER app WITH PASSWORD 'hunter2'",
                "ALTER USER app WITH PASSWORD '***'",
            ),
            (
                "CREATE USER 'a'@'%' IDENTIFIED BY 'hunter2'",
                "CREATE USER 'a'@'%' IDENTIFIED BY '***'",
            ),
            (
                "SET PASSWORD = PASSWORD('hunter2')",
                "SET PASSWORD = PASSWORD('***')",
            ),
            (
                "CREATE SUBSCRIPTION s CONNECTION 'host=h password=hunter2 dbname=d' PUBLICATION p",
                "CREATE SUBSCRIPTION s CONNECTION 'host=h password=*** dbname=d' PUBLICATION p",
            ),
            (
                "UPDATE u SET token=EXCLUDED.token, pwd=md5(?), secret=:s",
                "UPDATE u SET token=EXCLUDED.token, pwd=md5(?), secret=:s",
            ),
            (
                "SET PASSWORD FOR 'app'@'%' = 'hunter2'",
                "SET PASSWORD FOR 'app'@'%' = '***'",
            ),
            ("AUTH hunter2", "AUTH ***"),
            ("MULTI\nAUTH hunter2\nPING", "MULTI\nAUTH ***\nPING"),
            ("AUTH app hunter2", "AUTH ***"),
            ("HELLO 3 AUTH app hunter2", "HELLO 3 AUTH ***"),
            ("AUTH ?", "AUTH ?"),
            (
                "{\"createUser\":\"a\",\"pwd\":\"hunter2\"}",
                "{\"createUser\":\"a\",\"pwd\":\"***\"}",
            ),
            ("SELECT password FROM users", "SELECT password FROM users"),
        ],
    );
}

#[test]
fn a_headers_quoted_parameters_are_hidden_with_it() {
    check(
        Kind::Text,
        &[
            (
                r#"Authorization: Digest username="a", nonce="", response="hunter2", qop=auth"#,
                "Authorization: ***",
            ),
            (
                r#"authorization: OAuth oauth_token="hunter2", oauth_signature="hunter2%3D""#,
                "authorization: ***",
            ),
            (r#"Cookie: theme="dark"; sid=hunter2"#, "Cookie: ***"),
            // The quotes around a header are not its own.
            (
                r#"curl -H "Authorization: Basic aHVudGVyMg==" -H "Accept: text/html""#,
                r#"curl -H "Authorization: ***" -H "Accept: text/html""#,
            ),
            (
                "curl -H 'Authorization: Basic aHVudGVyMg=' 'https://h/'",
                "curl -H 'Authorization: ***' 'https://h/'",
            ),
        ],
    );
}

#[test]
fn what_stands_below_a_secrets_name_is_hidden() {
    check(
        Kind::Text,
        &[
            (
                r#"{"secret": {"value": "hunter2", "at": 7}, "n": 1}"#,
                r#"{"secret": {"value": "***", "at": "***"}, "n": 1}"#,
            ),
            (
                r#"failed: {"credentials":{"user":{"first":"a\"b}"},"list":["c","d"],"n":3}} at 3"#,
                r#"failed: {"credentials":{"user":{"first":"***"},"list":["***","***"],"n":3}} at 3"#,
            ),
            (
                r#"body: {\"secret\":{\"value\":\"hunter2\"},\"n\":\"x\"}"#,
                r#"body: {\"secret\":{\"value\":\"***\"},\"n\":\"x\"}"#,
            ),
            (
                "{'secret': {'value': 'hunter2', 'is_set': True}}",
                "{'secret': {'value': '***', 'is_set': True}}",
            ),
            (
                "Config { secret: Secret { value: \"hunter2\" }, name: \"shop\" }",
                "Config { secret: Secret { value: \"***\" }, name: \"shop\" }",
            ),
            (
                "{ db: { secret: { value: 'hunter2' } }, name: 'shop' }",
                "{ db: { secret: { value: '***' } }, name: 'shop' }",
            ),
            (
                r#"{"passwords":1,"password":[["hunter2"],["hunter3"]],"name":"x"}"#,
                r#"{"passwords":1,"password":[["***"],["***"]],"name":"x"}"#,
            ),
            // A text that was cut.
            (
                r#"{"token": {"access": "hunter2", "refresh": "hun"#,
                r#"{"token": {"access": "***", "refresh": "***"#,
            ),
            (
                r#"{"token": [hunter2, hunter3], "n": 1}"#,
                r#"{"token": ["***"], "n": 1}"#,
            ),
            (
                r#"{"secret": {}, "token": []}"#,
                r#"{"secret": {}, "token": []}"#,
            ),
            (
                r#"{"token": {"line": 3, "is": null}, "password": {"min": null}}"#,
                r#"{"token": {"line": 3, "is": null}, "password": {"min": null}}"#,
            ),
        ],
    );
}

#[test]
fn a_text_of_brackets_alone_takes_no_time() {
    let text = r#"{"secret":"#.repeat(20_000);
    assert_eq!(super::super::hide(text.as_str().into()), text);
    let cut = format!(r#"{text}{{"value":"hunter2"}}"#);
    assert!(!super::super::hide(cut.into()).contains("hunter2"));
}

#[test]
fn what_a_message_says_to_be_a_secret_is_hidden() {
    check(
        Kind::Text,
        &[
            ("password is hunter2", "password is ***"),
            ("the password was hunter2.", "the password was ***."),
            (
                "his db_password is 'hunter2', he said",
                "his db_password is '***', he said",
            ),
            ("api-key is 2f9a1c3e-7d10-4b6a", "api-key is ***"),
            ("the new passwd is P@ssw0rd!", "the new passwd is ***"),
            ("the password is 123456", "the password is ***"),
            ("login?pw=hunter2&n=1", "login?pw=***&n=1"),
            ("db_pw: hunter2", "db_pw: ***"),
            ("/unlock?pin=1234", "/unlock?pin=***"),
            ("card=4111 cvv=123, ok", "card=4111 cvv=***, ok"),
        ],
    );
}
