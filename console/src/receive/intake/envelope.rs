//! Reads what the intake needs of a document without building the document.
//!
//! Building it takes several times as long, and most documents are replaced or evicted before anybody asks for them.
//! Parsing is strict: if anything is unusual, there is no envelope, and [`segment::Document::decode`] decides.

use std::{borrow::Cow, fmt, ops::RangeInclusive};

use segment::{
    Document, SegmentId, Time, TraceId,
    document::{
        MAX_DOCUMENT_BYTES, SUBSEGMENT,
        rules::{self, NAMESPACES, Shape},
    },
    names,
};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};
use traces::store::Key as StoreKey;

/// Longest name, in bytes: what is longer may still have few enough characters.
const MAX_NAME: usize = 200;

/// The parts of a document that the intake needs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Envelope<'a> {
    pub(crate) trace_id: TraceId,
    pub(crate) id: SegmentId,
    pub(crate) name: Cow<'a, str>,
    pub(crate) is_subsegment: bool,
    pub(crate) is_complete: bool,
    /// From its start to its end, or only the start.
    pub(crate) happened: RangeInclusive<Time>,
}

impl<'a> Envelope<'a> {
    /// Reads the envelope of a document that [`segment::Document::decode`] certainly accepts and that needs no
    /// warning.
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        if text.len() > MAX_DOCUMENT_BYTES {
            return None;
        }
        let mut ids = Vec::new();
        let mut reader = serde_json::Deserializer::from_str(text);
        let head = HeadSeed(&mut ids).deserialize(&mut reader).ok()?;
        reader.end().ok()?;
        ids.sort_unstable();
        if ids.windows(2).any(|pair| pair[0] == pair[1]) {
            return None;
        }
        let is_complete = match (head.end_time.is_some(), head.in_progress) {
            (true, in_progress) => !in_progress,
            (false, true) => false,
            (false, false) => return None,
        };
        let may_be = if head.is_subsegment {
            head.parent_id.is_some()
        } else {
            !head.has_namespace
        };
        if !may_be {
            return None;
        }
        Some(Self {
            trace_id: head.trace_id?,
            id: head.id,
            name: head.name,
            is_subsegment: head.is_subsegment,
            is_complete,
            happened: from_to(head.start_time, head.end_time),
        })
    }
}

impl Envelope<'_> {
    /// Returns the key by which the document replaces another one.
    pub(crate) fn key(&self) -> StoreKey {
        StoreKey {
            id: self.id,
            is_subsegment: self.is_subsegment,
            is_complete: self.is_complete,
        }
    }
}

/// Reads what has to be known of a document that was taken before: its key, and from when to when it was.
pub(crate) fn known(text: &str) -> Option<(StoreKey, RangeInclusive<Time>)> {
    if let Some(envelope) = Envelope::read(text) {
        return Some((envelope.key(), envelope.happened));
    }
    let document = Document::decode(text).ok()?;
    Some((StoreKey::of(&document), happened(&document)))
}

/// Returns from when to when a document was.
pub(crate) fn happened(document: &Document<'_>) -> RangeInclusive<Time> {
    from_to(document.start_time, document.end_time)
}

fn from_to(start: Time, end: Option<Time>) -> RangeInclusive<Time> {
    start..=end.map_or(start, |end| end.max(start))
}

/// The members of a document that are checked, of one that may be embedded.
struct Head<'a> {
    name: Cow<'a, str>,
    id: SegmentId,
    trace_id: Option<TraceId>,
    parent_id: Option<SegmentId>,
    is_subsegment: bool,
    has_namespace: bool,
    in_progress: bool,
    start_time: Time,
    end_time: Option<Time>,
}

/// Reads a head and notes its id and those of what is embedded.
struct HeadSeed<'s>(&'s mut Vec<SegmentId>);

impl<'de> DeserializeSeed<'de> for HeadSeed<'_> {
    type Value = Head<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Head<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for HeadSeed<'_> {
    type Value = Head<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a document")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut name, mut id, mut start) = (None, None, None);
        let (mut trace_id, mut parent_id, mut end_time) = (None, None, None);
        let (mut is_subsegment, mut has_namespace, mut in_progress) = (false, false, false);
        while let Some(key) = map.next_key::<Key>()? {
            match key {
                Key::Name => name = Some(map.next_value::<Text<'de>>()?.name()?),
                Key::Id => id = Some(map.next_value::<Text<'de>>()?.parsed()?),
                Key::TraceId => trace_id = Some(map.next_value::<Text<'de>>()?.parsed()?),
                Key::ParentId => parent_id = Some(map.next_value::<Text<'de>>()?.parsed()?),
                Key::StartTime => start = Some(map.next_value::<Seconds>()?.0),
                Key::EndTime => end_time = Some(map.next_value::<Seconds>()?.0),
                Key::InProgress => in_progress = map.next_value()?,
                Key::Type => {
                    if map.next_value::<Text<'de>>()?.0 != SUBSEGMENT {
                        return Err(A::Error::custom("another type"));
                    }
                    is_subsegment = true;
                }
                Key::Namespace => {
                    let namespace = map.next_value::<Option<Text<'de>>>()?;
                    has_namespace = namespace.is_some();
                    if namespace.is_some_and(|Text(name)| !NAMESPACES.contains(&&*name)) {
                        return Err(A::Error::custom("another namespace"));
                    }
                }
                Key::Subsegments => map.next_value_seed(Embedded(&mut *self.0))?,
                Key::Other(shape) => map.next_value_seed(shape)?,
            }
        }
        let missing = || A::Error::custom("a member is missing");
        let start_time = start.ok_or_else(missing)?;
        if end_time.is_some_and(|end| end < start_time) {
            return Err(A::Error::custom("the end is before the start"));
        }
        if !rules::are_plausible(start_time, end_time) {
            return Err(A::Error::custom("unusual times"));
        }
        let id = id.ok_or_else(missing)?;
        self.0.push(id);
        Ok(Head {
            name: name.ok_or_else(missing)?,
            id,
            trace_id,
            parent_id,
            is_subsegment,
            has_namespace,
            in_progress,
            start_time,
            end_time,
        })
    }
}

enum Key {
    Name,
    Id,
    TraceId,
    ParentId,
    StartTime,
    EndTime,
    InProgress,
    Type,
    Namespace,
    Subsegments,
    Other(Shape),
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_identifier(KeyVisitor)
    }
}

struct KeyVisitor;

impl Visitor<'_> for KeyVisitor {
    type Value = Key;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a member")
    }

    fn visit_str<E>(self, name: &str) -> Result<Key, E> {
        Ok(match name {
            "name" => Key::Name,
            "id" => Key::Id,
            "trace_id" => Key::TraceId,
            "parent_id" => Key::ParentId,
            "start_time" => Key::StartTime,
            "end_time" => Key::EndTime,
            "in_progress" => Key::InProgress,
            "type" => Key::Type,
            "namespace" => Key::Namespace,
            "subsegments" => Key::Subsegments,
            other => Key::Other(rules::of(rules::DOCUMENT, other)),
        })
    }
}

/// A text, borrowed if nothing in it is escaped.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Text<'a> {
    fn name<E: Error>(self) -> Result<Cow<'a, str>, E> {
        if self.0.is_empty() || self.0.len() > MAX_NAME || rules::is_blank(&self.0) {
            return Err(E::custom("a name of an unusual length"));
        }
        if names::illegal_in_name(&self.0).is_some() {
            return Err(E::custom("a name with unusual characters"));
        }
        Ok(self.0)
    }

    fn parsed<T: std::str::FromStr, E: Error>(&self) -> Result<T, E> {
        self.0.parse().map_err(|_| E::custom("no id"))
    }
}

/// A time as a number.
struct Seconds(Time);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        Time::from_seconds(seconds)
            .map(Self)
            .ok_or_else(|| D::Error::custom("no time"))
    }
}

/// A list of documents.
struct Embedded<'s>(&'s mut Vec<SegmentId>);

impl<'de> DeserializeSeed<'de> for Embedded<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Embedded<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of documents")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        while sequence
            .next_element_seed(HeadSeed(&mut *self.0))?
            .is_some()
        {}
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use segment::{Document, document::rules::Breaches};

    use super::*;

    const DOCUMENT: &str = r#"{"name":"shop","id":"000000000000000a","trace_id":"1-5f84c7a1-e7d1852db8c4fd35d88bf49a","parent_id":"000000000000000b",
        "start_time":1.5,"end_time":2,"metadata":{"a":[1,2.5e3,null,true,"\u00fc"]},"fault":true,"user":7,"namespace":null,
        "annotations":{"a":"b","c":1,"d":true},"http":{"request":{"url":"/"},"response":{"status":"200","content_length":-1.0}},
        "aws":{"table_names":["t"],"retries":3},"cause":{"paths":"p","exceptions":[{"type":"T","stack":[{"line":1}]}]},"links":[],
        "subsegments":[{"name":"gen","id":"000000000000000c","start_time":1.5,"end_time":1.6,"subsegments":[]}]}"#;

    #[test]
    fn an_ordinary_document_has_an_envelope() {
        let envelope = Envelope::read(DOCUMENT).unwrap();
        assert_eq!(envelope.name, "shop");
        assert_eq!(envelope.id.to_string(), "000000000000000a");
        assert!(envelope.is_complete && !envelope.is_subsegment);
        let announced = DOCUMENT.replace(r#""end_time":2,"#, r#""in_progress":true,"#);
        assert!(!Envelope::read(&announced).unwrap().is_complete);
    }

    #[test]
    fn what_readers_stumble_over_has_none() {
        for (from, to) in [
            (r#""\u00fc""#, r#""\ud800""#),
            ("2.5e3", "2.5e999"),
            ("2.5e3", &format!("{}{}", "[".repeat(200), "]".repeat(200))),
            (r#""end_time":1.6"#, r#""end_time":1.4"#),
            (r#""id":"000000000000000c","#, ""),
            (r#""name":"gen""#, r#""name":5"#),
            (r#""name":"gen""#, r#""name":"gen*""#),
            (r#""name":"gen""#, r#""name":" ""#),
            (r#""end_time":1.6"#, r#""end_time":18446744073"#),
            (
                r#""start_time":1.5,"end_time":2"#,
                r#""start_time":1e10,"end_time":1.1e10"#,
            ),
            ("000000000000000c", "000000000000000a"),
            ("true,\"user\"", "\"yes\",\"user\""),
            (r#""d":true"#, r#""d":[]"#),
            (r#""d":true"#, r#""d":null"#),
            (r#""status":"200""#, r#""status":"ok""#),
            ("-1.0", "0.5"),
            (r#"["t"]"#, "[1]"),
            (r#""line":1"#, r#""line":true"#),
            (r#""links":[]"#, r#""links":[1]"#),
            (
                r#""links":[]"#,
                &format!(r#""links":[{}{{}}]"#, "{},".repeat(20)),
            ),
            (r#""d":true"#, r#""a-b":true"#),
            (r#""d":true"#, r#""":true"#),
            (r#""a":"b""#, &format!(r#""a":"{}""#, "b".repeat(1_001))),
            (
                r#""d":true"#,
                &(0..49)
                    .map(|n| format!(r#""k{n}":1"#))
                    .collect::<Vec<_>>()
                    .join(","),
            ),
            (r#""url":"/""#, &format!(r#""url":"{}""#, "/".repeat(251))),
            (r#"["t"]"#, &format!(r#"["{}"]"#, "t".repeat(251))),
            (r#""namespace":null"#, r#""namespace":"aws""#),
            (r#""name":"gen""#, r#""name":"gen","namespace":"own""#),
            (
                r#""start_time":1.5,"end_time":2"#,
                r#""start_time":"1.5","end_time":2"#,
            ),
        ] {
            let text = DOCUMENT.replacen(from, to, 1);
            assert_ne!(text, DOCUMENT);
            assert_eq!(Envelope::read(&text), None, "{text}");
        }
    }

    proptest! {
        /// The one thing that matters: an envelope promises a document that says the same.
        #[test]
        fn a_document_with_an_envelope_is_accepted(at in 0..DOCUMENT.len(), cut in 0..6_usize, put in "[\\x20-\\x7e]{0,3}") {
            let mut bytes = DOCUMENT.as_bytes().to_vec();
            let end = (at + cut).min(bytes.len());
            bytes.splice(at..end, put.into_bytes());
            if let Ok(text) = String::from_utf8(bytes)
                && let Some(envelope) = Envelope::read(&text)
            {
                let document = Document::decode(&text).unwrap();
                prop_assert_eq!(Breaches::of(&text, &document), Breaches::default());
                prop_assert_eq!(envelope.name, document.name);
                prop_assert_eq!(envelope.id, document.id);
                prop_assert_eq!(Some(envelope.trace_id), document.trace_id);
                prop_assert_eq!(envelope.is_subsegment, document.is_subsegment);
                prop_assert_eq!(envelope.is_complete, !document.in_progress);
            }
        }
    }
}
