//! Passwords on command lines.

use super::{
    super::{hide, hide_attribute, secret::Kind},
    check,
};
use crate::Value;

#[test]
fn passwords_behind_flags_are_hidden() {
    check(
        Kind::Text,
        &[
            ("mysql -u root -phunter2 shop", "mysql -u root -p*** shop"),
            ("mysql -p hunter2", "mysql -p ***"),
            ("mysql -p 'hun ter2' shop", "mysql -p '***' shop"),
            (
                "['mysql', '-u', 'root', '-phunter2']",
                "['mysql', '-u', 'root', '-p***']",
            ),
            (
                "['/usr/bin/mysql', '-p', 'hunter2']",
                "['/usr/bin/mysql', '-p', '***']",
            ),
            (
                "exec [\"mysql\",\"--password\",\"hunter2\"]",
                "exec [\"mysql\",\"--password\",\"***\"]",
            ),
            (
                "curl -u app:hunter2 https://h/",
                "curl -u app:*** https://h/",
            ),
            ("curl -uapp:hunter2 https://h/", "curl -uapp:*** https://h/"),
            (
                "curl --user app:hunter2 https://h/",
                "curl --user app:*** https://h/",
            ),
            (
                "curl --user=app:hunter2 https://h/",
                "curl --user=app:*** https://h/",
            ),
            (
                "curl https://h/ -u app:hunter2",
                "curl https://h/ -u app:***",
            ),
            ("http -a app:hunter2 h/a", "http -a app:*** h/a"),
            (
                "sshpass -p hunter2 ssh -p 22 h",
                "sshpass -p *** ssh -p 22 h",
            ),
            ("docker login -p hunter2 h", "docker login -p *** h"),
            (
                "C:\\bin\\sqlcmd.exe -P hunter2",
                "C:\\bin\\sqlcmd.exe -P ***",
            ),
        ],
    );
}

#[test]
fn other_flags_stay_as_they_are() {
    for text in [
        "mkdir -p /srv/data && ls",
        "docker run --name mysql -p 3306:3306 mysql",
        "docker run -u app:app image",
        "docker run --user app:app image",
        "curl -u app https://h/",
        "curl -p -u 1000:1000 https://h/",
        "ssh -p 22 db.example",
        "cargo test -p xray --user",
        "nc -z -p 80 h",
        "mysql -P 3306 -h db",
        "mysql -h db; ssh -p 2222 h",
        "redis-cli -p 6379",
        "psql -U app -p 5432",
        "tar -a -w -P",
        "option '--token' is required",
        "GET https://h/ -a a:b",
        "a -p b",
        "x-axis -u",
        "-p",
        "-",
    ] {
        assert_eq!(hide(text.into()), text);
    }
}

#[test]
fn passwords_among_arguments_are_hidden() {
    for (arguments, expected) in [
        (r#"["mysql","-phunter2"]"#, r#"["mysql","-p***"]"#),
        (r#"["mysql","-p","hunter2"]"#, r#"["mysql","-p","***"]"#),
        (
            r#"["/usr/bin/curl","-u","app:hunter2","https://h/"]"#,
            r#"["/usr/bin/curl","-u","app:***","https://h/"]"#,
        ),
        (
            r#"["curl","--user=app:hunter2"]"#,
            r#"["curl","--user=app:***"]"#,
        ),
        (r#"["ssh","-p","22","h"]"#, r#"["ssh","-p","22","h"]"#),
        (
            r#"["docker","run","-u","app:app"]"#,
            r#"["docker","run","-u","app:app"]"#,
        ),
    ] {
        let mut value = Value::parse(arguments).unwrap();
        hide_attribute("process.command_args", &mut value);
        assert_eq!(value.to_string(), expected);
    }
}
