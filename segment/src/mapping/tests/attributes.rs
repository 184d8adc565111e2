//! What becomes of attributes: annotations, metadata, and texts that are cut.

use super::*;

/// What a call leaves in annotations and metadata, and how many attributes had to move.
#[track_caller]
fn check_data(attributes: &str, annotations: &str, metadata: &str, moved: u32) {
    let shop = shop();
    let mapped = map(&shop, local(attributes));
    assert_eq!(json(&mapped.document.annotations), annotations);
    assert_eq!(json(&mapped.document.metadata), metadata);
    assert_eq!(mapped.trimmed.annotations, moved);
}

#[test]
fn prefixes_say_what_becomes_of_an_attribute() {
    check_data(
        r#"{"annotation.tier":"gold","annotation.count":3,"metadata.cart":{"n":1},"other":true}"#,
        r#"{"tier":"gold","count":3}"#,
        r#"{"default":{"other":true,"cart":{"n":1}}}"#,
        0,
    );
}

#[test]
fn annotations_whose_keys_collide_after_cleaning_move_to_the_metadata() {
    check_data(
        r#"{"annotation.user-id":1,"annotation.user_id":2,"annotation.":3,"annotation.list":[4]}"#,
        r#"{"user_id":1}"#,
        r#"{"default":{"annotation.list":[4],"annotation.user_id":2,"annotation.":3}}"#,
        2,
    );
}

#[test]
fn an_attribute_that_is_recorded_again_has_its_last_value() {
    check_data(
        r#"{"annotation.n":1,"annotation.n":2,"x":1,"x":2,"metadata.y":1,"metadata.y":2}"#,
        r#"{"n":2}"#,
        r#"{"default":{"x":2,"y":2}}"#,
        0,
    );
}

#[test]
fn the_fifty_first_annotation_becomes_metadata() {
    let attributes: Vec<_> = (0..53)
        .map(|n| format!(r#""annotation.k{n}":{n}"#))
        .collect();
    let shop = shop();
    let mapped = map(&shop, local(&format!("{{{}}}", attributes.join(","))));
    assert_eq!(mapped.document.annotations.len(), 50);
    assert_eq!(mapped.trimmed.annotations, 3);
    assert_eq!(
        json(&mapped.document.metadata),
        r#"{"default":{"annotation.k50":50,"annotation.k51":51,"annotation.k52":52}}"#
    );
}

#[test]
fn what_is_no_number_is_annotated_by_its_name() {
    let mut span = local("{}");
    span.attributes = vec![("annotation.ratio".into(), Value::Number(f64::NAN))];
    let shop = shop();
    let mapped = map(&shop, span);
    assert_eq!(json(&mapped.document.annotations), r#"{"ratio":"NaN"}"#);
}

#[test]
fn a_text_that_is_cut_stays_whole_in_the_metadata() {
    let long = "p".repeat(400);
    let shop = shop();
    let server = span(
        SpanKind::Server,
        Parent::None,
        &format!(
            r#"{{"http.method":"GET","http.host":"h","http.target":"/{long}","annotation.a":"{long}{long}{long}"}}"#
        ),
    );
    let mapped = map(&shop, server);
    let request = mapped.document.http.unwrap().request.unwrap();
    assert_eq!(request.url.unwrap().len(), 250);
    let metadata = json(&mapped.document.metadata);
    assert!(metadata.contains(&format!(r#""http.target":"/{long}""#)));
    assert!(metadata.contains(&format!(r#""annotation.a":"{long}{long}{long}""#)));
    assert_eq!(mapped.trimmed.texts, 2);
}
