//! OpenTelemetry's spans as they come over OTLP, in protobuf or JSON → segment documents.
//!
//! The two forms are read by hand: with the generated messages of `opentelemetry-proto` one wrong text or id costs a whole
//! request, where here it costs one span or nothing (`ARCHITECTURE.md` has the reasons).
//! <https://opentelemetry.io/docs/specs/otlp/>

mod elements;
mod json;
mod protobuf;
mod spans;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use segment::{Form, Span, mapping::Mapping, mapping::Settings, value::Members};

pub use spans::REMOTE_PARENT_KINDS;

/// The spans of one resource.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceSpans {
    /// What is known of the process that made them.
    pub resource: Members<'static>,
    /// The spans that could be read.
    pub spans: Vec<Span<'static>>,
    /// Why others could not.
    pub refused: Vec<String>,
}

/// A body that holds no spans.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoSpans(String);

/// The form of a document that holds OTLP in base64: sampled and unsampled spans.
const PREFIXES: [&str; 2] = ["T1S", "T1U"];
/// The form of one that holds metrics.
const METRICS: &str = "M1";

/// Reads an `ExportTraceServiceRequest` in protobuf.
pub fn from_protobuf(body: &[u8]) -> Result<Vec<ResourceSpans>, NoSpans> {
    protobuf::request(body).map_err(|error| {
        NoSpans(format!(
            "the body is no ExportTraceServiceRequest that can be read: {error}"
        ))
    })
}

/// Reads an `ExportTraceServiceRequest` in JSON.
pub fn from_json(body: &[u8]) -> Result<Vec<ResourceSpans>, NoSpans> {
    json::request(body)
}

/// Reads OTLP that takes the place of a document: `T1S` or `T1U` and base64. `None` if it is none.
pub fn from_document(text: &str) -> Option<Result<Vec<ResourceSpans>, NoSpans>> {
    let base64 = PREFIXES
        .into_iter()
        .find_map(|prefix| text.strip_prefix(prefix))?;
    let body = STANDARD
        .decode(base64.trim())
        .map_err(|error| NoSpans(format!("what follows T1S or T1U is no base64: {error}")));
    Some(body.and_then(|body| from_protobuf(&body)))
}

/// Whether OTLP that takes the place of a document holds metrics.
pub fn is_metrics(text: &str) -> bool {
    text.starts_with(METRICS)
}

impl ResourceSpans {
    /// Hands over the documents that the spans become, as text.
    pub fn documents(self, mut hand: impl FnMut(&str)) {
        let mapping = Mapping::new(self.resource, Settings::default());
        for span in self.spans {
            // Refused are only ids that are not recent, and nobody asked for that.
            let Ok(mapped) = mapping.map(span) else {
                continue;
            };
            for document in mapped
                .segment
                .as_deref()
                .into_iter()
                .chain([&mapped.document])
            {
                let mut text = Vec::new();
                document.encode(Form::Independent, &mut text);
                hand(&String::from_utf8_lossy(&text));
            }
        }
    }
}

#[cfg(test)]
mod tests;
