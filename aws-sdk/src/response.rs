//! What an answer says.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use opentelemetry::Value;
use serde_json::Value as Json;

use crate::json;

/// The headers in which services tell the id that they gave the request.
const REQUEST_IDS: [&str; 2] = ["x-amzn-requestid", "x-amz-request-id"];
/// S3 has a second one.
const EXTENDED_REQUEST_ID: &str = "x-amz-id-2";
const MESSAGE_ID: &str = "MessageId";

/// Notes what an answer says; of the body only if `is_body_read`.
pub(crate) fn describe(
    response: &HttpResponse,
    is_body_read: bool,
    set: &mut impl FnMut(&'static str, Value),
) {
    set(
        "http.response.status_code",
        i64::from(response.status().as_u16()).into(),
    );
    let headers = response.headers();
    if let Some(id) = REQUEST_IDS.iter().find_map(|name| headers.get(name)) {
        set("aws.request_id", id.to_owned().into());
    }
    if let Some(id) = headers.get(EXTENDED_REQUEST_ID) {
        set("aws.extended_request_id", id.to_owned().into());
    }
    let body = response.body().bytes().filter(|_| is_body_read);
    if let Some(body) = body.filter(|_| response.status().is_success()) {
        messages(body, set);
    }
}

fn messages(body: &[u8], set: &mut impl FnMut(&'static str, Value)) {
    if body.trim_ascii_start().starts_with(b"<") {
        if let Some(id) = element(body, MESSAGE_ID) {
            set("aws.message_id", id.to_owned().into());
        }
        return;
    }
    let find = |member: &str| {
        let known = [MESSAGE_ID, "Messages", "Successful", "Failed"];
        known.into_iter().find(|known| *known == member)
    };
    json::members(body, find, |member, value| match (member, value) {
        (MESSAGE_ID, Json::String(id)) => set("aws.message_id", id.into()),
        ("Messages", Json::Array(messages)) => set(json::MESSAGE_COUNT, json::count(&messages)),
        ("Successful", Json::Array(entries)) => {
            set("aws.sqs.successful_count", json::count(&entries));
        }
        ("Failed", Json::Array(entries)) => set("aws.sqs.failed_count", json::count(&entries)),
        _ => {}
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
    use super::*;

    fn read(body: &str) -> String {
        let mut attributes = Vec::new();
        messages(body.as_bytes(), &mut |key, value| {
            attributes.push(format!("{key}={value}"));
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
