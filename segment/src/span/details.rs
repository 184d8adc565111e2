//! What a span is about, as parts that are known one by one.

use std::borrow::Cow;

use super::{AwsCall, Http, Query, SpanKind};
use crate::value::Members;

/// What a span is about, as whoever records it knows it. `T` is a text.
///
/// It stands for attributes of OpenTelemetry's conventions ([`Details::attributes`]) and gives the same document, but
/// nothing has to be found by its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Details<T> {
    /// An HTTP request, served or made.
    Http(Http<T>),
    /// A query of a database.
    Query(Query<T>),
    /// A call of AWS's API.
    Aws(AwsCall<T>),
}

impl<T> Details<T> {
    /// Returns the same with other texts.
    pub fn map<U>(&self, text: impl FnMut(&T) -> U) -> Details<U> {
        match self {
            Self::Http(http) => Details::Http(http.map(text)),
            Self::Query(query) => Details::Query(query.map(text)),
            Self::Aws(call) => Details::Aws(call.map(text)),
        }
    }

    /// Whether an attribute with this key may say again what is a part here.
    pub fn may_have(&self, key: &str) -> bool {
        let prefixes: &[&str] = match self {
            Self::Http(_) => &Http::<T>::PREFIXES,
            Self::Query(_) => &Query::<T>::PREFIXES,
            Self::Aws(_) => return AwsCall::<T>::has(key),
        };
        prefixes.iter().any(|prefix| key.starts_with(prefix))
    }
}

impl<'a> Details<&'a str> {
    /// Returns them as attributes of a span of this kind, no key twice.
    ///
    /// ```
    /// use segment::span::{AwsCall, Details, SpanKind};
    ///
    /// let call = AwsCall { service: "DynamoDB", operation: "GetItem", ..AwsCall::default() };
    /// let attributes = Details::Aws(call).attributes(SpanKind::Client);
    /// assert!(attributes.contains(&("rpc.method".into(), "GetItem".into())));
    /// ```
    pub fn attributes(&self, kind: SpanKind) -> Members<'a> {
        let mut attributes = Vec::new();
        self.join(kind, &mut attributes);
        attributes
    }

    /// Inserts them as attributes in front of a span's own.
    pub fn join(&self, kind: SpanKind, attributes: &mut Members<'a>) {
        let own = |(key, value)| (Cow::Borrowed(key), value);
        match self {
            Self::Http(http) => drop(attributes.splice(0..0, http.attributes(kind).map(own))),
            Self::Query(query) => drop(attributes.splice(0..0, query.attributes().map(own))),
            Self::Aws(call) => drop(attributes.splice(0..0, call.attributes().map(own))),
        }
    }
}
