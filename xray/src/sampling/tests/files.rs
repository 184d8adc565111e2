//! Rules of a file.

use super::*;

#[test]
fn files_of_both_versions_are_read_and_tried_in_their_order() {
    for (version, host) in [(1, "service_name"), (2, "host")] {
        let text = format!(
            r#"{{"version":{version},"default":{{"fixed_target":1,"rate":0}},"rules":[
                {{"description":"health","{host}":"*","http_method":"*","url_path":"/Health","fixed_target":0,"rate":0,"id":7}},
                {{"{host}":"shop.*","http_method":"get","url_path":"/h*","fixed_target":2,"rate":1.0}}]}}"#
        );
        let rules = Rules::of_file(&text.parse().unwrap());
        let decide = |asked: &Asked| {
            let verdict = rules.decide(asked, at(1.0), || 0.5).unwrap();
            (verdict.rule().to_string(), verdict.outcome)
        };
        assert_eq!(
            decide(&get("/health")),
            ("health".to_owned(), Outcome::Dropped)
        );
        assert_eq!(
            decide(&get("/hello")),
            ("rule 2".to_owned(), Outcome::Reservoir)
        );
        assert_eq!(decide(&get("/hello")).1, Outcome::Reservoir);
        assert_eq!(decide(&get("/hello")).1, Outcome::Rate);
        assert_eq!(
            decide(&get("/")),
            ("default".to_owned(), Outcome::Reservoir)
        );
        assert_eq!(decide(&get("/")).1, Outcome::Dropped);
        // What is not known of a request matches, and so does what is empty.
        assert_eq!(decide(&Asked::default()).0, "health");
        let empty = Asked {
            host: Some(""),
            method: Some(""),
            ..get("/h")
        };
        assert_eq!(decide(&empty).0, "rule 2");
    }
}

#[test]
fn a_file_that_cannot_be_used_says_what_is_wrong() {
    let with_rule = |rule: &str| {
        format!(r#"{{"version":2,"default":{{"fixed_target":1,"rate":0.1}},"rules":[{rule}]}}"#)
    };
    for (text, problem) in [
        ("{".to_owned(), "not JSON"),
        ("{}".to_owned(), "version is missing"),
        (r#"{"version":3,"default":{}}"#.to_owned(), "version is 3"),
        (r#"{"version":2}"#.to_owned(), "default is missing"),
        (
            r#"{"version":2,"default":{"rate":1}}"#.to_owned(),
            "default: its fixed_target is missing",
        ),
        (
            r#"{"version":2,"default":{"fixed_target":1,"rate":1,"url_path":"/"}}"#.to_owned(),
            "default: it must have no url_path",
        ),
        (
            r#"{"version":2,"default":{"fixed_target":1,"rate":1},"rules":{}}"#.to_owned(),
            "rules are not a list",
        ),
        (
            with_rule(r#"{"host":"*","http_method":"*","fixed_target":1,"rate":1}"#),
            "rule 1: its url_path is missing",
        ),
        (
            with_rule(r#"{"host":"*","http_method":"*","url_path":"","fixed_target":1,"rate":1}"#),
            "rule 1: its url_path is empty; write * for all",
        ),
        (
            with_rule(r#"{"host":"","http_method":"*","url_path":"*","fixed_target":1,"rate":1}"#),
            "rule 1: its host is empty",
        ),
        (
            with_rule(
                r#"{"service_name":"*","http_method":"*","url_path":"*","fixed_target":1,"rate":1}"#,
            ),
            "rule 1: service_name belongs to the other version",
        ),
        (
            with_rule(
                r#"{"host":"*","http_method":"*","url_path":"*","fixed_target":-1,"rate":1}"#,
            ),
            "rule 1: its fixed_target is -1",
        ),
        (
            with_rule(r#"{"host":"*","http_method":"*","url_path":"*","fixed_target":1,"rate":7}"#),
            "rule 1: its rate is 7",
        ),
    ] {
        let error = text.parse::<FileRules>().unwrap_err().to_string();
        assert!(error.contains(problem), "{text}\n{error}");
    }
}
