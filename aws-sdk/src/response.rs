//! What an answer says.

use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, Metadata};
use xray::AttributeValue;

use crate::{
    json::{self, Scalar, Written},
    rest,
};

/// The header in which services tell the id that they gave the request.
const REQUEST_ID: &str = "x-amzn-requestid";
/// S3's, which has a second one.
const S3_REQUEST_ID: &str = "x-amz-request-id";
const EXTENDED_REQUEST_ID: &str = "x-amz-id-2";
const MESSAGE_ID: &str = "MessageId";

/// Lambda's, which says that the function failed: the call itself went well.
const FUNCTION_ERROR: &str = "x-amz-function-error";

/// Notes what an answer says; of the body only if `is_body_read`.
pub(crate) fn describe(
    response: &HttpResponse,
    operation: Option<&Metadata>,
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
    if operation.is_some_and(|operation| operation.service() == rest::LAMBDA) {
        set_header("aws.lambda.function_error", FUNCTION_ERROR);
    }
    let body = response.body().bytes().filter(|_| is_body_read);
    if let Some(body) = body.filter(|_| response.status().is_success()) {
        messages(body, set);
    }
}

/// Whether an answer is that nothing has changed since the caller asked last: what was wanted, though the SDK calls it an error.
pub(crate) fn is_unchanged(response: Option<&HttpResponse>) -> bool {
    response.is_some_and(|response| response.status().as_u16() == 304)
}

fn messages(body: &[u8], set: &mut impl FnMut(&'static str, AttributeValue<'_>)) {
    if body.trim_ascii_start().starts_with(b"<") {
        return xml(body, set);
    }
    json::members(body, |name, value| {
        let named = match name {
            MESSAGE_ID => "aws.message_id",
            "QueueUrl" => "aws.queue_url",
            "Messages" => return count(json::MESSAGE_COUNT, value, set),
            "Successful" => return count("aws.sqs.successful_count", value, set),
            "Failed" => return count("aws.sqs.failed_count", value, set),
            _ => return,
        };
        if let Some(Scalar::Text(text)) = value.scalar() {
            set(named, AttributeValue::Text(&text));
        }
    });
}

fn count(
    attribute: &'static str,
    list: Written<'_>,
    set: &mut impl FnMut(&'static str, AttributeValue<'_>),
) {
    if let Some(count) = list.count() {
        set(attribute, count);
    }
}

/// SNS's answers: the id of a message, or how many of a batch were taken.
fn xml(body: &[u8], set: &mut impl FnMut(&'static str, AttributeValue<'_>)) {
    let body = body.get(..json::MAX_BODY).unwrap_or(body);
    let text = str::from_utf8(body).unwrap_or_default();
    if text.contains("<PublishBatchResult") {
        for (attribute, element) in [
            ("aws.sns.successful_count", MESSAGE_ID),
            ("aws.sns.failed_count", "Code"),
        ] {
            let count = i64::try_from(elements(text, element).count()).unwrap_or(i64::MAX);
            set(attribute, AttributeValue::Integer(count));
        }
    } else if let Some(id) = elements(text, MESSAGE_ID).next() {
        set("aws.message_id", AttributeValue::Text(id));
    }
}

/// The texts of all XML elements of a name, without others in them.
fn elements<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    let tags = text.split('<');
    let texts = tags.filter_map(move |tag| tag.strip_prefix(name)?.strip_prefix('>'));
    texts.filter(|text| !text.is_empty())
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
            (
                "<PublishBatchResponse><PublishBatchResult><Failed><member><Id>3</Id><Code>x</Code></member></Failed><Successful><member>\
                <MessageId>a</MessageId></member><member><MessageId>b</MessageId></member></Successful></PublishBatchResult>",
                "aws.sns.successful_count=2 aws.sns.failed_count=1",
            ),
            (
                r#"{"QueueUrl":"http://q/1/orders"}"#,
                "aws.queue_url=http://q/1/orders",
            ),
            (r#"{"MessageId":["a"]}"#, ""),
            ("no JSON", ""),
            ("<", ""),
        ] {
            assert_eq!(read(body), expected, "{body}");
        }
    }
}
