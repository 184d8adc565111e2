//! What an answer says.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use xray::AttributeValue;

use crate::json::{self, Scalar};

/// The header in which services tell the id that they gave the request.
const REQUEST_ID: &str = "x-amzn-requestid";
/// S3's, which has a second one.
const S3_REQUEST_ID: &str = "x-amz-request-id";
const EXTENDED_REQUEST_ID: &str = "x-amz-id-2";
const MESSAGE_ID: &str = "MessageId";

/// Notes what an answer says; of the body only if `is_body_read`.
pub(crate) fn describe(
    response: &HttpResponse,
    is_body_read: bool,
    set: &mut impl FnMut(&'static str, AttributeValue<'_>),
) {
    let status = i64::from(response.status().as_u16());
    set("http.response.status_code", AttributeValue::Integer(status));
    let headers = response.headers();
    let mut set_header = |attribute, name| {
        let text = headers.get(name);
        if let Some(text) = text {
            set(attribute, AttributeValue::Text(text));
        }
        text.is_some()
    };
    if !set_header("aws.request_id", REQUEST_ID) {
        set_header("aws.request_id", S3_REQUEST_ID);
        set_header("aws.extended_request_id", EXTENDED_REQUEST_ID);
    }
    let body = response.body().bytes().filter(|_| is_body_read);
    if let Some(body) = body.filter(|_| response.status().is_success()) {
        messages(body, set);
    }
}

fn messages(body: &[u8], set: &mut impl FnMut(&'static str, AttributeValue<'_>)) {
    if body.trim_ascii_start().starts_with(b"<") {
        if let Some(id) = element(body, MESSAGE_ID) {
            set("aws.message_id", AttributeValue::Text(id));
        }
        return;
    }
    json::members(body, |name, value| {
        let counted = match name {
            MESSAGE_ID => {
                if let Some(Scalar::Text(id)) = value.scalar() {
                    set("aws.message_id", AttributeValue::Text(&id));
                }
                return;
            }
            "Messages" => json::MESSAGE_COUNT,
            "Successful" => "aws.sqs.successful_count",
            "Failed" => "aws.sqs.failed_count",
            _ => return,
        };
        if let Some(count) = value.count() {
            set(counted, count);
        }
    });
}

/// The text of an XML element without others in it.
fn element<'a>(body: &'a [u8], name: &str) -> Option<&'a str> {
    let body = std::str::from_utf8(body.get(..json::MAX_BODY).unwrap_or(body)).ok()?;
    let mut tags = body.split('<');
    let text = tags.find_map(|tag| tag.strip_prefix(name)?.strip_prefix('>'))?;
    Some(text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use opentelemetry::Value;

    use super::*;

    fn read(body: &str) -> String {
        let mut attributes = Vec::new();
        messages(body.as_bytes(), &mut |key, value| {
            attributes.push(format!("{key}={}", Value::from(value)));
        });
        attributes.join(" ")
    }

    #[test]
    fn messages_are_named_or_counted() {
        for (body, expected) in [
            (
                r#"{"MessageId":"a","MD5OfMessageBody":"b"}"#,
                "aws.message_id=a",
            ),
            (
                r#"{"Messages":[{"Body":"x"},{}]}"#,
                "messaging.batch.message_count=2",
            ),
            (
                r#"{"Successful":[{}],"Failed":[]}"#,
                "aws.sqs.successful_count=1 aws.sqs.failed_count=0",
            ),
            (
                "<PublishResponse>\n <MessageId>a-b</MessageId></PublishResponse>",
                "aws.message_id=a-b",
            ),
            ("<PublishResponse><MessageId></MessageId>", ""),
            (r#"{"MessageId":["a"]}"#, ""),
            ("no JSON", ""),
            ("<", ""),
        ] {
            assert_eq!(read(body), expected, "{body}");
        }
    }
}
