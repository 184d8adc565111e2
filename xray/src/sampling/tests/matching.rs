//! Which rule a request is for.

use super::*;

#[test]
fn a_rule_is_for_requests_that_match_in_every_respect() {
    for (criteria, is_for) in [
        ("{}", true),
        (r#"{"HTTPMethod":"get"}"#, true),
        (r#"{"HTTPMethod":"POST"}"#, false),
        (r#"{"URLPath":"/items/*"}"#, true),
        (r#"{"URLPath":"/ITEMS/*"}"#, true),
        (r#"{"URLPath":"/items/?"}"#, true),
        (r#"{"URLPath":"/items/??"}"#, false),
        (r#"{"Host":"Shop.Example"}"#, true),
        (r#"{"Host":"shop.example:8080"}"#, true),
        (r#"{"Host":"shop.example:80"}"#, false),
        (r#"{"Host":"*.example"}"#, true),
        (r#"{"Host":"example"}"#, false),
        (r#"{"ServiceName":"sh*"}"#, true),
        (r#"{"ServiceName":"SHOP"}"#, true),
        (r#"{"ServiceType":"aws::eks::*"}"#, true),
        (r#"{"ServiceType":"AWS::EC2::Instance"}"#, false),
        (r#"{"ResourceARN":"arn:*"}"#, false),
        (r#"{"Attributes":{"tier":"go*"}}"#, true),
        (r#"{"Attributes":{"tier":"*"}}"#, true),
        (r#"{"Attributes":{"tier":"Gold"}}"#, true),
        (r#"{"Attributes":{"tier":"silver"}}"#, false),
        (r#"{"Attributes":{"none":"*"}}"#, false),
        (r#"{"Attributes":{"tier":"gold","none":"x"}}"#, false),
        (r#"{"Attributes":null}"#, true),
        (r#"{"URLPath":"/items/*","HTTPMethod":"POST"}"#, false),
    ] {
        let asked = Asked {
            attributes: vec![("tier", "gold")],
            ..get("/items/7")
        };
        let verdict = rules(&[criteria]);
        assert_eq!(
            verdict.decide(&asked, at(1.0), || 0.5).is_some(),
            is_for,
            "{criteria}"
        );
    }
}

#[test]
fn what_is_not_known_of_a_request_matches_only_what_everything_matches() {
    let nothing = Asked::default();
    for criteria in [
        r#"{"HTTPMethod":"?*"}"#,
        r#"{"URLPath":"**"}"#,
        r#"{"Host":"?*"}"#,
    ] {
        assert!(
            rules(&[criteria])
                .decide(&nothing, at(1.0), || 0.5)
                .is_none(),
            "{criteria}"
        );
    }
    assert!(rules(&["{}"]).decide(&nothing, at(1.0), || 0.5).is_some());
    // Of X-Ray's rules one that names a host is not for a request without.
    let empty = Asked {
        host: Some(""),
        ..Asked::default()
    };
    let decides = |criteria| rules(&[criteria]).decide(&empty, at(1.0), || 0.5).is_some();
    assert!(!decides(r#"{"Host":"shop"}"#));
    assert!(decides(r#"{"Host":""}"#));
}

#[test]
fn rules_are_tried_by_priority_then_by_name_and_default_last() {
    let rules = rules(&[
        r#"{"Priority":1}"#,
        r#"{"RuleName":"b","Priority":5}"#,
        r#"{"RuleName":"a","Priority":5,"URLPath":"/a"}"#,
        r#"{"RuleName":"first","Priority":2,"URLPath":"/f*"}"#,
        r#"{"RuleName":"elsewhere","Priority":1,"ServiceName":"other"}"#,
    ]);
    assert_eq!(rules.count(), 4, "the other service's rule is not kept");
    for (path, rule) in [("/f", "first"), ("/a", "a"), ("/", "b")] {
        let verdict = rules.decide(&get(path), at(1.0), || 0.5).unwrap();
        assert_eq!(&**verdict.rule(), rule);
    }
}
