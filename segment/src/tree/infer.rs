//! Inferred segments, for called services that send no documents.

use std::{borrow::Cow, collections::BTreeMap};

use crate::{
    Document, SegmentId, TraceId,
    document::{AWS, REMOTE},
};

/// Distinguishes the id of an inferred segment from other ids derived from its caller's.
const SALT: u64 = 0x696e_6665_7272_6564;

/// Appends a segment for every finished call in a segment that no received segment belongs to.
///
/// A call that says that the called service is traced (`http.request.traced`) waits for that service's segment.
pub(super) fn infer(trace: TraceId, segments: &mut Vec<Document<'_>>) {
    let answers: BTreeMap<SegmentId, Option<&str>> = segments
        .iter()
        .filter(|segment| !segment.is_subsegment)
        .filter_map(|segment| Some((segment.parent_id?, segment.origin.as_deref())))
        .collect();
    let mut inferred = Vec::new();
    let mut stack: Vec<_> = segments
        .iter()
        .filter(|segment| !segment.is_subsegment)
        .flat_map(|segment| &segment.subsegments)
        .collect();
    while let Some(call) = stack.pop() {
        stack.extend(&call.subsegments);
        let answer = answers.get(&call.id);
        let is_answered = answer.is_some_and(|origin| is_of_callee(*origin, call));
        if is_call(call) && !call.in_progress && !is_traced(call) && !is_answered {
            inferred.push(callee(trace, call));
        }
    }
    segments.extend(inferred);
}

/// Whether the segment below a call, of this origin, is that of the called service. Below a call that sends a message it is
/// the consumer's, and the queue has none.
fn is_of_callee(origin: Option<&str>, call: &Document<'_>) -> bool {
    let sends = call.namespace.as_deref() == Some(AWS)
        && matches!(
            service(&call.name).as_str(),
            "sqs" | "sns" | "kinesis" | "eventbridge" | "events"
        );
    let type_of_callee = || resource(call).1.unwrap_or_default();
    // A topic that X-Ray traces has a segment of its own, whose origin begins the type of a topic.
    !sends || origin.is_some_and(|origin| type_of_callee().starts_with(origin))
}

fn is_call(subsegment: &Document<'_>) -> bool {
    matches!(subsegment.namespace.as_deref(), Some(AWS | REMOTE))
}

fn is_traced(call: &Document<'_>) -> bool {
    let request = call.http.as_ref().and_then(|http| http.request.as_ref());
    request.is_some_and(|request| request.traced)
}

fn callee<'a>(trace: TraceId, call: &Document<'a>) -> Document<'a> {
    let (name, origin) = resource(call);
    let mut callee = Document::new(name, call.id.derive(SALT), call.start_time);
    callee.trace_id = Some(trace);
    callee.parent_id = Some(call.id);
    callee.end_time = call.end_time;
    callee.inferred = true;
    callee.error = call.error;
    callee.throttle = call.throttle;
    callee.fault = call.fault;
    callee.origin = origin;
    callee.http.clone_from(&call.http);
    callee.aws.clone_from(&call.aws);
    callee
}

/// Returns the name and type of the called resource: tables, queues and functions by their own names, other services
/// of AWS by the service's name.
fn resource<'a>(call: &Document<'a>) -> (Cow<'a, str>, Option<Cow<'a, str>>) {
    if call.namespace.as_deref() != Some(AWS) {
        let origin = call.sql.is_some().then_some("Database::SQL".into());
        return (call.name.clone(), origin);
    }
    let aws = call.aws.as_deref();
    let table = aws.and_then(|aws| aws.table_name.as_ref().or(aws.table_names.first()));
    let queue = aws.and_then(|aws| aws.queue_url.as_ref());
    let function = aws.and_then(|aws| aws.function_name.as_ref());
    let (resource, origin) = match service(&call.name).as_str() {
        "dynamodb" => (table, "AWS::DynamoDB::Table".into()),
        "sqs" => (queue, "AWS::SQS::Queue".into()),
        "sns" => return ("SNS".into(), Some("AWS::SNS".into())),
        "s3" => return ("S3".into(), Some("AWS::S3".into())),
        // A segment that Lambda itself sends has the function's name and this origin.
        "lambda" => (function, "AWS::Lambda".into()),
        _ => (None, format!("AWS::{}", call.name).into()),
    };
    (resource.unwrap_or(&call.name).clone(), Some(origin))
}

/// Returns the service's name as one word: SDKs write `DynamoDB`, `AmazonDynamoDB` and `dynamodb`.
fn service(name: &str) -> String {
    let word = name.to_ascii_lowercase().replace([' ', '-'], "");
    let bare = word.strip_prefix("amazon").or(word.strip_prefix("aws"));
    let bare = bare.unwrap_or(&word);
    match bare {
        "dynamodbv2" => "dynamodb".to_owned(),
        "simplequeueservice" => "sqs".to_owned(),
        "simplenotificationservice" => "sns".to_owned(),
        "simplestorageservice" => "s3".to_owned(),
        bare => bare.to_owned(),
    }
}
