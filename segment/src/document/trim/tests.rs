//! What is cut first, and how much.

use super::*;
use crate::{
    Form, Time,
    document::{Encoded, Shared},
};

fn document(values: &[(&'static str, usize)]) -> Document<'static> {
    let mut document = Document::new(
        "shop".into(),
        "df6d4ea37eb22ed0".parse().unwrap(),
        Time::from_nanos(1),
    );
    document.trace_id = Some("1-5f84c7a1-e7d1852db8c4fd35d88bf49a".parse().unwrap());
    document.end_time = Some(Time::from_nanos(2));
    let members = values
        .iter()
        .map(|(key, length)| (Cow::Borrowed(*key), Value::from("x".repeat(*length))))
        .collect();
    document.metadata = vec![("default".into(), Value::Object(members))];
    document
}

fn encoded(document: &Document<'_>) -> String {
    let mut out = Vec::new();
    document.encode(Form::Independent, &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn lent_metadata_is_written_with_the_rest_and_cut_as_well() {
    let ready = |length| Encoded::new(vec![("lent".into(), Value::from("x".repeat(length)))]);
    let (short, long) = (ready(3), ready(70_000));
    let mut document = document(&[("a", 2)]);
    document.shared_metadata = Some(&short);
    let metadata = r#""metadata":{"default":{"a":"xx","lent":"xxx"}}"#;
    assert!(encoded(&document).contains(metadata));

    document.shared_metadata = Some(&long);
    assert!(document.trim(5_000));
    let metadata = r#""metadata":{"default":{"a":"xx","lent":"[cut 70002 bytes]"}}"#;
    assert!(encoded(&document).contains(metadata));
}

#[test]
fn the_largest_values_go_first_and_say_how_long_they_were() {
    let mut document = document(&[("a", 1_000), ("b", 70_000), ("c", 10)]);
    let before = encoded(&document).len();
    assert!(document.trim(5_000));
    let after = encoded(&document);
    assert!(before - after.len() >= 5_000);
    assert!(
        after.contains("\"b\":\"[cut 70002 bytes]\"") && after.contains(&"x".repeat(1_000)),
        "{after}"
    );
}

/// Trims to `limit` bytes and returns what is left.
#[track_caller]
fn trimmed_to(limit: usize, mut document: Document<'_>) -> Document<'static> {
    let before = encoded(&document).len();
    assert!(document.trim(before - limit), "{before} bytes");
    let after = encoded(&document);
    assert!(after.len() <= limit, "{} bytes: {after}", after.len());
    Document::decode(&after).unwrap()
}

fn marks(document: &Document<'_>) -> Vec<(String, i64)> {
    let Some((_, Value::Object(default))) = document.metadata.first() else {
        panic!("{document:#?}")
    };
    let marks = default.iter().filter(|(key, _)| key.starts_with("cut."));
    marks
        .map(|(key, value)| (key.to_string(), value.as_integer().unwrap()))
        .collect()
}

#[test]
fn ten_thousand_small_values_are_left_out_and_their_number_is_told() {
    let mut document = document(&[]);
    let members = (0..10_000).map(|number| (format!("key {number}").into(), number.into()));
    document.metadata = vec![("default".into(), Value::Object(members.collect()))];
    let document = trimmed_to(60_000, document);
    let Value::Object(left) = &document.metadata[0].1 else {
        panic!("{document:#?}")
    };
    let [(key, number)] = marks(&document).try_into().unwrap();
    assert_eq!(key, "cut.metadata");
    assert_eq!(usize::try_from(number).unwrap() + left.len() - 1, 10_000);
    assert!(left.len() > 2_000, "no more than needed: {}", left.len());
}

#[test]
fn keys_of_ten_kilobytes_are_left_out() {
    let mut document = document(&[]);
    let members = (0..128).map(|number| (format!("{number:0>10000}").into(), 1.into()));
    document.metadata = vec![("default".into(), Value::Object(members.collect()))];
    trimmed_to(60_000, document);
}

#[test]
fn a_document_of_the_longest_texts_everywhere_fits_at_last() {
    use crate::document::{Aws, Exception, Exceptions, LogGroup};

    let text = |length: usize| Some(Cow::Owned("x".repeat(length)));
    let mut document = document(&[("a", 20_000), ("b", 60)]);
    let annotation = |number| {
        let key = format!("{number:0>500}").into();
        (key, Value::from("y".repeat(1_000)))
    };
    document.annotations = (0..50).map(annotation).collect();
    document.links = (0..20)
        .map(|_| super::super::Link {
            trace_id: Some("1-5f84c7a1-e7d1852db8c4fd35d88bf49a".parse().unwrap()),
            id: Some(document.id),
            attributes: vec![("z".into(), Value::from("z".repeat(10_000)))],
            ..Default::default()
        })
        .collect();
    let exceptions = (0..50).map(|_| Exception {
        id: Some(document.id),
        message: text(250),
        kind: text(250),
        ..Exception::default()
    });
    document.cause = Some(Cause::Exceptions(Exceptions {
        exceptions: exceptions.collect(),
        ..Exceptions::default()
    }));
    let group = LogGroup {
        arn: text(250),
        ..LogGroup::default()
    };
    document.aws = Some(Shared::from(Aws {
        cloudwatch_logs: vec![group; 100],
        table_names: vec!["t".repeat(250).into(); 100],
        ..Aws::default()
    }));
    let document = trimmed_to(9_000, document);
    assert_eq!(document.name, "shop");
    let keys: Vec<_> = marks(&document).into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, MARKS);
}

#[test]
fn no_more_annotations_go_than_must() {
    let mut document = document(&[]);
    let annotation = |number: usize| (format!("a{number}").into(), Value::from("y".repeat(100)));
    document.annotations = (0..50).map(annotation).collect();
    let document = trimmed_to(3_000, document);
    assert!(
        (15..25).contains(&document.annotations.len()),
        "{document:#?}"
    );
}

#[test]
fn what_a_document_must_have_is_left_alone() {
    let mut document = document(&[("a", 10)]);
    let all = encoded(&document).len();
    assert!(!document.trim(all));
    assert_eq!(document.name, "shop");
    assert!(Document::decode(&encoded(&document)).is_ok());
}
