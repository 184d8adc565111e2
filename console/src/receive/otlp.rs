//! Reads OpenTelemetry's spans from OTLP, in protobuf or JSON, and maps them to segment documents.
//!
//! Both formats are parsed by hand: with the generated messages of `opentelemetry-proto`, one invalid string or id
//! loses a whole request; here it loses at most one span (`ARCHITECTURE.md` has the reasons).
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
    /// The resource's attributes.
    pub resource: Members<'static>,
    /// The valid spans.
    pub spans: Vec<Span<'static>>,
    /// Why other spans were refused.
    pub refused: Vec<String>,
}

/// A body without readable spans.
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
            "the body is not a valid ExportTraceServiceRequest: {error}"
        ))
    })
}

/// Reads an `ExportTraceServiceRequest` in JSON.
pub fn from_json(body: &[u8]) -> Result<Vec<ResourceSpans>, NoSpans> {
    json::request(body)
}

/// Reads OTLP sent in place of a document: `T1S` or `T1U` and base64. `None` if it is something else.
pub fn from_document(text: &str) -> Option<Result<Vec<ResourceSpans>, NoSpans>> {
    let base64 = PREFIXES
        .into_iter()
        .find_map(|prefix| text.strip_prefix(prefix))?;
    let body = STANDARD
        .decode(base64.trim())
        .map_err(|error| NoSpans(format!("the text after T1S or T1U is not base64: {error}")));
    Some(body.and_then(|body| from_protobuf(&body)))
}

/// Whether OTLP that takes the place of a document holds metrics.
pub fn is_metrics(text: &str) -> bool {
    text.starts_with(METRICS)
}

impl ResourceSpans {
    /// Passes the documents of the spans to `hand`, as text.
    pub fn documents(self, mut hand: impl FnMut(&str)) {
        let mapping = Mapping::new(self.resource, Settings::default());
        for span in self.spans {
            // Only ids that are not recent are refused, and that setting is off.
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
