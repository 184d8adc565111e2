//! Members of whole and of cut objects, compared with another reader.

use proptest::{collection::vec, prelude::*};
use serde_json::json;

use super::*;

fn read(body: &str) -> Vec<(String, String)> {
    let mut read = Vec::new();
    members(body.as_bytes(), |name, value| {
        read.push((name.to_owned(), value.text.to_owned()));
    });
    read
}

#[test]
fn members_are_read_as_far_as_they_go() {
    for (body, names) in [
        (r#"{"a":1,"b":{"c":"}\""},"d":[[],{}]}"#, "a b d"),
        (" {\n\t\"a\" : \"\\u00e4\" , \"\\u0062\" : null }", "a b"),
        (r#"{"a":1,"b":"endless"#, "a"),
        (r#"{"a":1,"b":[2"#, "a b"),
        (r#"{"a":1,"b":{"c":"#, "a b"),
        (r#"{"a":1,"b":2"#, "a"),
        (r#"{"a":1 "b":2}"#, "a"),
        (r#"{"a":1,b:2}"#, "a"),
        (r#"{"a":"\"#, ""),
        (r#"{"\x":1}"#, ""),
        (r#"{"a"}"#, ""),
        ("{}", ""),
        ("[1]", ""),
        ("}", ""),
        ("", ""),
    ] {
        let read: Vec<_> = read(body).into_iter().map(|(name, _)| name).collect();
        assert_eq!(read.join(" "), names, "{body}");
    }
}

#[test]
fn of_what_is_cut_off_there_is_what_is_whole() {
    for body in [
        r#"{"b":[{"c":1},"d",{"e":"#,
        r#"{"b":[{"c":1},"d",7"#,
        r#"{"b":[{"c":1},"d","e"#,
    ] {
        members(body.as_bytes(), |_, value| {
            let mut elements = Vec::new();
            value.elements(|element| elements.push(element.text.to_owned()));
            assert_eq!(elements, [r#"{"c":1}"#, r#""d""#]);
            assert!(value.count().is_none() && value.whole().is_none());
        });
    }
    for (body, expected) in [
        (r#"{"b":{"c":[1],"d\n":[2"#, "c d\n"),
        (r#"{"b":{"c":[1],"d"#, "c"),
        (r#"{"b":{"c":[1],"d""#, "c"),
        (r#"{"b":{"c":[1]}}"#, "c"),
        (r#"{"b":["c"]}"#, ""),
    ] {
        let mut names = Vec::new();
        members(body.as_bytes(), |_, value| {
            value.names(|name| names.push(name.to_owned()));
        });
        assert_eq!(names.join(" "), expected, "{body}");
    }
}

fn written_as(text: &str) -> Written<'_> {
    let is_escaped = text.contains('\\');
    Written {
        text,
        is_escaped,
        is_cut: false,
    }
}

#[test]
fn a_value_says_what_it_is() {
    for (written, scalar) in [
        ("true", Some(Scalar::Bool(true))),
        ("-7", Some(Scalar::Integer(-7))),
        (r#""a""#, Some(Scalar::Text("a".into()))),
        (r#""\u00e4\n""#, Some(Scalar::Text("ä\n".into()))),
        (r#""\x""#, None),
        ("7.5", None),
        ("null", None),
        ("[1]", None),
        ("99999999999999999999", None),
    ] {
        assert_eq!(written_as(written).scalar(), scalar, "{written}");
    }
    for (written, count) in [
        ("[]", Some(0)),
        (r#"[1, "a,b", [2, 3], {"a": 4}]"#, Some(4)),
        ("{}", None),
        ("7", None),
    ] {
        let counted = written_as(written).count();
        let counted = counted.map(|count| opentelemetry::Value::from(count).to_string());
        assert_eq!(
            counted,
            count.map(|count: i64| count.to_string()),
            "{written}"
        );
    }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,9}|[\"\\\\\n{}\\[\\],:]{0,5}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec(("[a-z\"\\\\]{0,4}", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_object_is_read_as_another_reader_does(members in vec(("\\PC{0,5}", value()), 0..5), is_pretty in any::<bool>()) {
        let object = Value::Object(members.into_iter().collect());
        let body = if is_pretty {
            format!("{object:#}")
        } else {
            object.to_string()
        };
        let mut again = json!({});
        super::members(body.as_bytes(), |name, value| {
            let list = value.whole().and_then(|value| Some(value.as_array()?.len()));
            assert_eq!(value.count().is_some(), list.is_some());
            let names = value.whole().map(|value| {
                let names = value.as_object().map(|members| members.keys().cloned());
                names.into_iter().flatten().collect::<Vec<_>>()
            });
            let mut read = Vec::new();
            value.names(|name| read.push(name.to_owned()));
            read.sort_unstable();
            read.dedup();
            assert_eq!(Some(read), names.map(|mut names| { names.sort_unstable(); names }));
            again[name] = value.whole().unwrap_or_default();
        });
        prop_assert_eq!(again, object);
    }

    #[test]
    fn any_text_is_taken(body in "[\\PC{}\\[\\]\",:\\\\]{0,40}", end in 0..40_usize) {
        let bytes = body.as_bytes();
        members(&bytes[..end.min(bytes.len())], |_, value| {
            value.scalar();
            value.count();
            value.whole();
            value.names(|_| {});
            value.elements(|_| {});
        });
    }
}
