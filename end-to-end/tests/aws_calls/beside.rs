//! AWS's SDK for Python makes the same calls: whatever it writes of them is in ours.

use std::path::Path;

use end_to_end::{Program, Result};

use super::{Calls, made, subsegment};

/// Where a member of Python's `aws` block is in ours, if it is not in that block: what X-Ray's documentation does not
/// name is metadata, under OpenTelemetry's name if it has one.
const METADATA: [(&str, &str); 12] = [
    ("consistent_read", "aws.dynamodb.consistent_read"),
    ("limit", "aws.dynamodb.limit"),
    ("projection_expression", "aws.dynamodb.projection"),
    ("scan_index_forward", "aws.dynamodb.scan_forward"),
    ("queue_name", "aws.queue_name"),
    ("delay_seconds", "aws.sqs.delay_seconds"),
    ("max_number_of_messages", "aws.sqs.max_number_of_messages"),
    ("message_count", "messaging.batch.message_count"),
    ("successful_count", "aws.sqs.successful_count"),
    ("failed_count", "aws.sqs.failed_count"),
    ("prefix", "aws.s3.prefix"),
    ("id_2", "aws.extended_request_id"),
];
/// Of one call only: ids differ from call to call.
const IDS: [&str; 3] = ["request_id", "message_id", "id_2"];
#[tokio::test]
async fn whatever_aws_s_sdk_for_python_writes_is_there() -> Result<()> {
    let calls = Calls::make().await?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/aws_calls.py");
    let (path, address) = (std::env::var("PATH")?, calls.console.address.to_string());
    let variables = [("PATH", &*path), ("AWS_XRAY_DAEMON_ADDRESS", &address)];
    let script = script.to_str().ok_or("no path")?;
    let (env, url) = (Path::new("/usr/bin/env"), calls.moto.url());
    let mut python = Program::run("python", env, &["python3", script, &url], &variables)?;
    let status = python.ended().await?;
    assert!(status.success(), "{}", python.lines().join("\n"));
    let lines = python.lines();
    let mut compared = 0;
    for (step, theirs) in lines.iter().filter_map(|line| made(line)) {
        let theirs = subsegment(&calls.console, &theirs.header).await?;
        let ours = calls.subsegment(&step).await?;
        for (member, value) in theirs["aws"].as_object().ok_or("no aws block")? {
            let found = match METADATA.iter().find(|(name, _)| name == member) {
                Some((_, key)) => &ours["metadata"]["default"][key],
                None => &ours["aws"][member],
            };
            let is_there = if IDS.contains(&member.as_str()) {
                found.is_string()
            } else {
                found == value
            };
            assert!(is_there, "{step}: {member}: {value} is not in {ours:#}");
            compared += 1;
        }
        // A refusal is a fault as well for Python's SDK, but X-Ray's documentation keeps 4xx and 5xx apart.
        for member in ["http", "error", "namespace"] {
            assert_eq!(ours[member], theirs[member], "{step}: {member}");
        }
    }
    assert!(compared > 50, "{compared} members");
    Ok(())
}
