//! Reading documents, which any SDK may have written.

use std::borrow::Cow;

use super::{Document, SUBSEGMENT, member::Member, rules::is_empty};
use crate::{
    RefusalCode, RefusedDocument, SegmentId, Time, Value,
    names::{clean_cow, clean_name},
    value::Members,
};

/// Largest document that X-Ray accepts, in bytes: <https://docs.aws.amazon.com/general/latest/gr/xray.html>
pub const MAX_DOCUMENT_BYTES: usize = 64 * 1024;
/// Longest name that X-Ray accepts, in characters.
const MAX_NAME_CHARACTERS: usize = 200;

impl<'a> Document<'a> {
    /// Reads one document: a segment or an independent subsegment.
    ///
    /// Whatever a document cannot do without must be there and well formed; anything else of a wrong
    /// type is kept as it is in `rest`. An embedded subsegment without `end_time` counts as in progress; a
    /// subsegment without a name is named as what it is; an empty `parent_id` or `trace_id` counts as none.
    /// The error is the first rule that the document breaks, with the value and what was expected.
    pub fn decode(text: &str) -> Result<Document<'static>, RefusedDocument> {
        Document::from_value(parse(text)?.into_owned())
    }

    /// Reads one document like [`Document::decode`]; strings without escapes are borrowed from `text`.
    pub fn decode_borrowed(text: &'a str) -> Result<Self, RefusedDocument> {
        Self::from_value(parse(text)?)
    }

    /// Reads a document from parsed JSON, by the rules of [`Document::decode`].
    pub fn from_value(value: Value<'a>) -> Result<Self, RefusedDocument> {
        let document = read(value, false)?;
        let refuse = |code, message: &str| {
            Err(RefusedDocument {
                code,
                message: message.to_owned(),
                id: Some(document.id),
            })
        };
        if document.trace_id.is_none() {
            return refuse(RefusalCode::MissingTraceId, "there is no trace_id");
        }
        if document.is_subsegment && document.parent_id.is_none() {
            return refuse(
                RefusalCode::MissingParentId,
                "Invalid subsegment. ErrorCode: MissingParentId. \
                 An independent subsegment needs a parent_id",
            );
        }
        if document.end_time.is_none() && !document.in_progress {
            return refuse(
                RefusalCode::MissingEndTime,
                "there is neither end_time nor in_progress",
            );
        }
        Ok(document)
    }
}

fn parse(text: &str) -> Result<Value<'_>, RefusedDocument> {
    if text.len() > MAX_DOCUMENT_BYTES {
        let message = format!(
            "the document has {} bytes; X-Ray accepts at most {MAX_DOCUMENT_BYTES}",
            text.len()
        );
        return Err(RefusedDocument::new(RefusalCode::DocumentTooLarge, message));
    }
    Value::parse_borrowed(text)
        .map_err(|error| RefusedDocument::new(RefusalCode::InvalidJson, error.to_string()))
}

/// What a member must be, and the code of the error otherwise.
struct Expected {
    member: &'static str,
    form: &'static str,
    code: RefusalCode,
}

const DOCUMENT: Expected = Expected {
    member: "the document",
    form: "an object",
    code: RefusalCode::InvalidDocument,
};
const SUBSEGMENTS: Expected = Expected {
    member: "subsegments",
    form: "a list of objects",
    code: RefusalCode::InvalidDocument,
};
const TYPE: Expected = Expected {
    member: "type",
    form: "subsegment",
    code: RefusalCode::InvalidType,
};
const NAME: Expected = Expected {
    member: "name",
    form: "a text of 1 to 200 characters",
    code: RefusalCode::InvalidName,
};
const ID: Expected = Expected {
    member: "id",
    form: "16 hex digits, not all zero",
    code: RefusalCode::InvalidId,
};
const TRACE_ID: Expected = Expected {
    member: "trace_id",
    form: "1-8 hex digits-24 hex digits",
    code: RefusalCode::InvalidTraceId,
};
const PARENT_ID: Expected = Expected {
    member: "parent_id",
    form: "16 hex digits, not all zero",
    code: RefusalCode::InvalidParentId,
};
const START_TIME: Expected = Expected {
    member: "start_time",
    form: "seconds since 1970",
    code: RefusalCode::InvalidStartTime,
};
const END_TIME: Expected = Expected {
    member: "end_time",
    form: "seconds since 1970",
    code: RefusalCode::InvalidEndTime,
};

impl Expected {
    fn refuse(&self, value: &Value<'_>) -> RefusedDocument {
        let value = value.to_string();
        let shown = crate::names::cut_str(&value, 64);
        RefusedDocument::new(
            self.code,
            format!("{} is {shown}, not {}", self.member, self.form),
        )
    }

    /// Reads an optional member: `null` counts as absent.
    fn read<T>(
        &self,
        value: &Value<'_>,
        read: impl Fn(&Value<'_>) -> Option<T>,
    ) -> Result<Option<T>, RefusedDocument> {
        match value {
            Value::Null => Ok(None),
            value => read(value).map(Some).ok_or_else(|| self.refuse(value)),
        }
    }

    /// Reads an id that may be absent: whatever is empty counts as absent. natchez writes an empty object.
    fn read_id<T: std::str::FromStr>(
        &self,
        value: &Value<'_>,
    ) -> Result<Option<T>, RefusedDocument> {
        if is_empty(value) {
            Ok(None)
        } else {
            self.read(value, parsed)
        }
    }
}

/// The required members read so far.
#[derive(Default)]
struct Required<'a> {
    name: Option<Value<'a>>,
    id: Option<Value<'a>>,
    start_time: Option<Value<'a>>,
}

/// Reads a document of either form; only the outermost one is asked for its trace.
fn read(value: Value<'_>, is_embedded: bool) -> Result<Document<'_>, RefusedDocument> {
    let Value::Object(mut members) = value else {
        return Err(DOCUMENT.refuse(&value));
    };
    let required = Required::take(&mut members);
    let id = required.id()?;
    let with_id = |refused| RefusedDocument {
        id: Some(id),
        ..refused
    };
    let start_time = required.start_time().map_err(with_id)?;
    let mut document = Document::new(Cow::Borrowed(""), id, start_time);
    document.is_subsegment = is_embedded;
    for (key, value) in members {
        take(&mut document, key, value).map_err(with_id)?;
    }
    document.name = if document.is_subsegment && required.is_nameless() {
        what_it_is(&document)
    } else {
        required.name().map_err(with_id)?
    };
    match document.end_time {
        Some(end_time) if end_time < document.start_time => {
            let message = format!(
                "end_time {end_time:?} is before start_time {:?}",
                document.start_time
            );
            Err(with_id(RefusedDocument::new(
                RefusalCode::InvalidEndTime,
                message,
            )))
        }
        _ => Ok(document),
    }
}

impl<'a> Required<'a> {
    fn take(members: &mut Members<'a>) -> Self {
        let mut required = Self::default();
        members.retain_mut(|(key, value)| {
            let slot = match key.as_ref() {
                "name" => &mut required.name,
                "id" => &mut required.id,
                "start_time" => &mut required.start_time,
                _ => return true,
            };
            *slot = Some(std::mem::replace(value, Value::Null));
            false
        });
        required
    }

    fn id(&self) -> Result<SegmentId, RefusedDocument> {
        let Some(id) = &self.id else {
            return Err(RefusedDocument::new(
                RefusalCode::MissingId,
                "there is no id".to_owned(),
            ));
        };
        parsed(id).ok_or_else(|| ID.refuse(id))
    }

    fn is_nameless(&self) -> bool {
        self.name.as_ref().is_none_or(is_empty)
    }

    fn name(self) -> Result<Cow<'a, str>, RefusedDocument> {
        match self.name {
            None => Err(RefusedDocument::new(
                RefusalCode::MissingName,
                "there is no name".to_owned(),
            )),
            Some(Value::Text(name))
                if !name.is_empty() && name.chars().count() <= MAX_NAME_CHARACTERS =>
            {
                Ok(name)
            }
            Some(other) => Err(NAME.refuse(&other)),
        }
    }

    fn start_time(&self) -> Result<Time, RefusedDocument> {
        match &self.start_time {
            None => Err(RefusedDocument::new(
                RefusalCode::MissingStartTime,
                "there is no start_time".to_owned(),
            )),
            Some(value) => time(value).ok_or_else(|| START_TIME.refuse(value)),
        }
    }
}

/// Names a subsegment that has no name: by its database, by the host that it called, by AWS's operation, else by its
/// namespace. AWS's SDK for Python leaves the name of a query out where the database's URL has no host.
fn what_it_is<'a>(subsegment: &Document<'a>) -> Cow<'a, str> {
    let sql = subsegment.sql.as_ref();
    let http = subsegment
        .http
        .as_ref()
        .and_then(|http| http.request.as_ref());
    let host = http.and_then(|request| host(request.url.as_deref()?));
    let operation = subsegment
        .aws
        .as_ref()
        .and_then(|aws| aws.operation.clone());
    let name = sql.and_then(|sql| sql.database_type.clone());
    let name = name.or(host).or(operation).or(subsegment.namespace.clone());
    let name = name.filter(|name| !name.is_empty());
    clean_cow(name.unwrap_or(Cow::Borrowed(SUBSEGMENT)), clean_name)
}

fn host<'a>(url: &str) -> Option<Cow<'a, str>> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    Some(Cow::Owned(host.to_owned()))
}

/// Puts one member where it belongs.
fn take<'a>(
    document: &mut Document<'a>,
    key: Cow<'a, str>,
    value: Value<'a>,
) -> Result<(), RefusedDocument> {
    match key.as_ref() {
        "trace_id" => document.trace_id = TRACE_ID.read_id(&value)?,
        "parent_id" => document.parent_id = PARENT_ID.read_id(&value)?,
        "end_time" => document.end_time = END_TIME.read(&value, time)?,
        "type" => document.is_subsegment |= is_subsegment(&value)?,
        "subsegments" => document.subsegments = subsegments(value)?,
        _ => take_other(document, key, value),
    }
    Ok(())
}

/// Sets an optional member, or keeps it in `rest`.
fn take_other<'a>(document: &mut Document<'a>, key: Cow<'a, str>, value: Value<'a>) {
    let left = match key.as_ref() {
        "in_progress" => put(&mut document.in_progress, value),
        "inferred" => put(&mut document.inferred, value),
        "error" => put(&mut document.error, value),
        "throttle" => put(&mut document.throttle, value),
        "fault" => put(&mut document.fault, value),
        "namespace" => put(&mut document.namespace, value),
        "origin" => put(&mut document.origin, value),
        "resource_arn" => put(&mut document.resource_arn, value),
        "user" => put(&mut document.user, value),
        "service" => put(&mut document.service, value),
        "http" => put(&mut document.http, value),
        "aws" => put(&mut document.aws, value),
        "sql" => put(&mut document.sql, value),
        "cause" => put(&mut document.cause, value),
        "links" => put(&mut document.links, value),
        "annotations" => put(&mut document.annotations, value),
        "metadata" => put(&mut document.metadata, value),
        "precursor_ids" => put(&mut document.precursor_ids, value),
        _ => Some(value),
    };
    if let Some(value) = left {
        document.rest.push((key, value));
    }
}

fn put<'a, M: Member<'a>>(slot: &mut M, value: Value<'a>) -> Option<Value<'a>> {
    match M::read(value) {
        Ok(member) => {
            *slot = member;
            None
        }
        Err(value) => Some(value),
    }
}

fn parsed<T: std::str::FromStr>(value: &Value<'_>) -> Option<T> {
    value.as_text()?.parse().ok()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "whole seconds of any date fit a double"
)]
fn time(value: &Value<'_>) -> Option<Time> {
    match value {
        Value::Integer(seconds) => Time::from_seconds(*seconds as f64),
        Value::Number(seconds) => Time::from_seconds(*seconds),
        _ => None,
    }
}

fn is_subsegment(value: &Value<'_>) -> Result<bool, RefusedDocument> {
    match value {
        Value::Null => Ok(false),
        Value::Text(text) if text == SUBSEGMENT => Ok(true),
        // Some SDKs name what needs no name.
        Value::Text(text) if text.is_empty() || text == "segment" => Ok(false),
        other => Err(TYPE.refuse(other)),
    }
}

fn subsegments(value: Value<'_>) -> Result<Vec<Document<'_>>, RefusedDocument> {
    let values = match value {
        Value::Array(values) => values,
        empty if is_empty(&empty) => return Ok(Vec::new()),
        other => {
            return Err(SUBSEGMENTS.refuse(&other));
        }
    };
    let embedded = |(index, value)| {
        let mut subsegment = read(value, true).map_err(|refused| within(index, refused))?;
        subsegment.in_progress |= subsegment.end_time.is_none();
        Ok(subsegment)
    };
    values.into_iter().enumerate().map(embedded).collect()
}

/// Says in which subsegment something is wrong.
fn within(index: usize, refused: RefusedDocument) -> RefusedDocument {
    let message = refused.message;
    let separator = if message.starts_with("subsegments[") {
        "."
    } else {
        ": "
    };
    RefusedDocument {
        message: format!("subsegments[{index}]{separator}{message}"),
        ..refused
    }
}
