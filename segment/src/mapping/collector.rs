//! Prepares a span's attributes for the OpenTelemetry collector's X-Ray exporter, so that it makes the same document
//! as [`Mapping`](super::Mapping).

use std::borrow::Cow;

use super::annotations::{ANNOTATION_PREFIX, METADATA_PREFIX, is_scalar};
use crate::{Value, secrets, value::Members};

/// The attribute that lists the keys of the attributes that the exporter turns into annotations.
const LISTED: &str = "aws.xray.annotations";
/// The status code's attribute in the current conventions, and in those before 2023.
const STATUS: &str = "http.response.status_code";
const OLD_STATUS: &str = "http.status_code";

/// Returns the attributes to send by OTLP.
///
/// - Secrets are hidden ([`secrets`]).
/// - `annotation.<key>` becomes `<key>` and is listed in `aws.xray.annotations`, the one list from which every
///   version of the exporter takes annotations; `metadata.<key>` becomes `<key>`. If another attribute has that key,
///   the prefix is kept, and the key is listed with it.
/// - `http.response.status_code` is sent as `http.status_code` as well: older exporters (0.103 is in the CloudWatch
///   agent 1.300052) read only this attribute, and would report a call with status 400 as a fault.
///
/// Events, links, names and the status description only need [`secrets`].
/// <https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/exporter/awsxrayexporter>
///
/// ```
/// let sent = segment::mapping::for_collector(vec![("annotation.tier".into(), "gold".into())]);
/// assert_eq!((&*sent[0].0, sent[0].1.as_text()), ("tier", Some("gold")));
/// assert_eq!(&*sent[1].0, "aws.xray.annotations");
/// ```
pub fn for_collector(mut attributes: Members<'_>) -> Members<'_> {
    for (key, value) in &mut attributes {
        secrets::hide_attribute(key, value);
    }
    let mut listed = Vec::new();
    for index in 0..attributes.len() {
        let (key, value) = &attributes[index];
        let is_annotation = key.starts_with(ANNOTATION_PREFIX) && is_scalar(value);
        if let Some(short) = unprefixed(key, is_annotation, &attributes) {
            attributes[index].0 = Cow::Owned(short);
        }
        if is_annotation {
            listed.push(Value::Text(attributes[index].0.clone()));
        }
    }
    if !listed.is_empty() {
        list(listed, &mut attributes);
    }
    let has_old_status = attributes.iter().any(|(key, _)| key == OLD_STATUS);
    let status = attributes.iter().rev().find(|(key, _)| key == STATUS);
    if let Some((_, status)) = status.filter(|_| !has_old_status) {
        let status = status.clone();
        attributes.push((Cow::Borrowed(OLD_STATUS), status));
    }
    attributes
}

/// Returns the key without its prefix, if no other attribute has that key.
fn unprefixed(key: &str, is_annotation: bool, attributes: &Members<'_>) -> Option<String> {
    let short = if is_annotation {
        key.strip_prefix(ANNOTATION_PREFIX)?
    } else {
        key.strip_prefix(METADATA_PREFIX)?
    };
    let is_taken = |(other, _): &(Cow<'_, str>, _)| {
        other == short || other.strip_prefix(ANNOTATION_PREFIX) == Some(short) && !is_annotation
    };
    (!short.is_empty() && !attributes.iter().any(is_taken)).then(|| short.to_owned())
}

/// Adds keys to the list that the span may have already.
fn list<'a>(mut listed: Vec<Value<'a>>, attributes: &mut Members<'a>) {
    let own = attributes.iter_mut().rev().find(|(key, _)| key == LISTED);
    match own {
        Some((_, Value::Array(own))) => own.append(&mut listed),
        _ => attributes.push((Cow::Borrowed(LISTED), Value::Array(listed))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(attributes: &str, sent: &str) {
        let Ok(Value::Object(attributes)) = Value::parse(attributes) else {
            panic!("{attributes} is no object")
        };
        assert_eq!(Value::Object(for_collector(attributes)).to_string(), sent);
    }

    #[test]
    fn annotations_are_listed_and_prefixes_go_where_the_key_is_free() {
        check(
            r#"{"annotation.tier":"gold","metadata.cart":{"n":1},"n":2}"#,
            r#"{"tier":"gold","cart":{"n":1},"n":2,"aws.xray.annotations":["tier"]}"#,
        );
        check(
            r#"{"tier":1,"annotation.tier":2,"annotation.list":[1],"annotation.":3,"metadata.tier":4}"#,
            r#"{"tier":1,"annotation.tier":2,"annotation.list":[1],"annotation.":3,"metadata.tier":4,"aws.xray.annotations":["annotation.tier","annotation."]}"#,
        );
        check(
            r#"{"aws.xray.annotations":["n"],"n":1,"annotation.m":2,"metadata.m":3}"#,
            r#"{"aws.xray.annotations":["n","m"],"n":1,"m":2,"metadata.m":3}"#,
        );
    }

    #[test]
    fn the_status_is_said_in_both_ways() {
        check(
            r#"{"http.response.status_code":404}"#,
            r#"{"http.response.status_code":404,"http.status_code":404}"#,
        );
        check(
            r#"{"http.response.status_code":404,"http.status_code":500}"#,
            r#"{"http.response.status_code":404,"http.status_code":500}"#,
        );
    }

    #[test]
    fn what_is_secret_stays_here() {
        check(
            r#"{"url.full":"https://a:hunter2@h/?token=hunter2","annotation.password":"hunter2"}"#,
            r#"{"url.full":"https://a:***@h/?token=***","password":"***","aws.xray.annotations":["password"]}"#,
        );
    }
}
