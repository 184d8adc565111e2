//! The filter expression for the traces with a value.

use super::{Facet, Failure, OUTCOMES, Value};
use crate::summary::Service;

impl Facet {
    /// Returns the filter expression for the traces with a value of this facet.
    pub fn expression(&self, value: &Value<'_>) -> String {
        match (self, value) {
            (Self::Annotation(key), Value::Range(range)) => range.expression(&annotation(key)),
            (Self::Annotation(key), Value::Text(text)) => {
                format!("{} = {}", annotation(key), quote(text))
            }
            (Self::Annotation(key), value) => format!("{} = {value}", annotation(key)),
            (facet, Value::Failure(failure)) => failure_is(failure, facet.cause()),
            (_, Value::Service(service)) => service_is(service, ""),
            (_, Value::Of(service, text)) => service_is(
                service,
                &format!(" {{ service.version = {} }}", quote(text)),
            ),
            (_, Value::Outcome(rank)) => OUTCOMES[*rank].to_owned(),
            (facet, Value::Text(text)) => format!("{} = {}", facet.keyword(), quote(text)),
            (facet, value) => format!("{} = {value}", facet.keyword()),
        }
    }
}

fn failure_is(failure: &Failure<'_>, cause: &str) -> String {
    let service = format!(
        "rootcause.{cause}.service {{ name = {} AND last }}",
        quote(failure.service)
    );
    let part = format!(
        "rootcause.{cause}.entity {{ name = {} AND last }}",
        quote(failure.part)
    );
    let Some((name, message)) = failure.exception else {
        return format!("{service} AND {part}");
    };
    format!(
        "{service} AND {part} AND rootcause.{cause}.exception {{ name = {} AND message = {} }}",
        quote(name),
        quote(message)
    )
}

fn service_is(service: &Service, braces: &str) -> String {
    format!("service({}){braces}", quote(&service.name))
}

fn annotation(key: &str) -> String {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    if key.chars().all(is_word) {
        format!("annotation.{key}")
    } else {
        format!("annotation[{key}]")
    }
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
