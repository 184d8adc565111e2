//! What is no expression.

use super::*;

#[track_caller]
fn check_error(expression: &str, position: usize, expected: &str) {
    let error = Filter::parse(expression).unwrap_err();
    assert_eq!(error.position, position, "{expression}: {error}");
    assert!(error.expected.contains(expected), "{expression}: {error}");
}

#[test]
fn mistakes_are_told_with_their_place_and_what_was_expected() {
    for (expression, position, expected) in [
        ("", 0, "a condition"),
        ("fualt", 0, "a condition"),
        ("fault AND", 9, "a condition"),
        ("fault )", 6, "AND, OR"),
        ("(fault", 6, ")"),
        ("responsetime > fast", 15, "a number"),
        ("responsetime CONTAINS 5", 13, "=, !="),
        ("http.url = shop", 11, "a text in quotation marks"),
        ("http.url > \"a\"", 9, "CONTAINS"),
        (r#"http.url = "shop"#, 16, "closing quotation mark"),
        (r#"user = "ü" AND §"#, 15, "a keyword"),
        (r#"service("a" fault)"#, 12, ")"),
        (
            r#"service("a") { annotation.x = 1 }"#,
            15,
            "service's segments",
        ),
        (r#"service("a") { fault"#, 20, "}"),
        (r#"edge("a")"#, 8, ","),
        (
            r#"edge("a", "b") { annotation.x }"#,
            17,
            "condition on calls",
        ),
        (r#"edge("a", "b") { index = 1 }"#, 17, "condition on calls"),
        (r#"service("a") { last }"#, 15, "service's segments"),
        (
            "annotation.a > (",
            15,
            "a text in quotation marks, a number, true or false",
        ),
        ("duration > .", 11, "a number"),
        (r#"service(id(nome: "a"))"#, 11, "name, type or account.id"),
        ("annotation.a = maybe", 15, "true or false"),
        ("annotation[a", 12, "]"),
        ("error = 1", 8, "true or false"),
        ("service(“a”)", 8, "straight quotation marks"),
        ("user = 'alice'", 7, "straight quotation marks"),
        ("annotation.order-id = 7", 16, "annotation[…]"),
        ("duration >= 100ms", 12, "in seconds"),
        ("12x", 0, "a number"),
        ("coverage > 1", 0, "rootcause"),
        ("rootcause.fault.service", 23, "{"),
        ("rootcause.fault.thing { name }", 0, "a condition"),
        ("rootcause.json = [1]", 17, "a keyword"),
        ("rootcause.json = #{}", 17, "a JSON list"),
        (r#"group.name = "g""#, 0, "names no group"),
    ] {
        check_error(expression, position, expected);
    }
}

#[test]
fn endless_expressions_are_refused() {
    check_error(&"(".repeat(9_999), MAX_NESTING, "nested conditions");
    check_error(&"!".repeat(9_999), MAX_NESTING, "nested conditions");
    check_error(&"service(){".repeat(900), 10, "service's segments");
    check_error(&"a".repeat(MAX_EXPRESSION + 1), MAX_EXPRESSION, "at most");
    let long = "fault ".repeat(1_500);
    assert!(Filter::parse(&long).is_ok());
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,80}") {
        let _ = Filter::parse(&text);
        let _ = Selector::parse(&text);
    }

    #[test]
    fn no_pile_of_words_makes_the_parser_or_a_filter_panic(
        words in proptest::collection::vec(proptest::sample::select(WORDS), 0..14)
    ) {
        if let Ok(filter) = Filter::parse(&words.join(" ")) {
            let _ = filter.matches(&summary(&DOCUMENTS));
            let _ = filter.matches(&summary(&[]));
        }
    }
}

const WORDS: &[&str] = &[
    "fault",
    "!",
    "(",
    ")",
    "{",
    "}",
    "AND",
    "OR",
    "=",
    "!=",
    "<",
    "CONTAINS",
    "\"a\"",
    "\"",
    "1",
    "-",
    "service(",
    "edge(",
    ",",
    "id(",
    "name:",
    "name",
    "annotation.a",
    "annotation[",
    "]",
    "responsetime",
    "rootcause.fault.entity",
    "#[1]",
    "true",
    "last",
    "index",
    "user",
    "\\",
    "ü",
];
