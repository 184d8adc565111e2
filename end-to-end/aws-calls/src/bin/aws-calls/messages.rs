//! Calls of SQS and SNS.

use aws_sdk_sns::types::PublishBatchRequestEntry;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;

use crate::{
    clients::Clients,
    steps::{Result, Steps},
};

pub async fn make_calls(steps: &Steps<'_>, clients: &Clients) -> Result<()> {
    send_and_receive(steps, clients).await?;
    publish(steps, &clients.sns).await
}

async fn send_and_receive(steps: &Steps<'_>, clients: &Clients) -> Result<()> {
    let sqs = &clients.sqs;
    let queue = |name: &str| format!("{}/123456789012/{name}", clients.endpoint);
    let call = sqs.create_queue().queue_name("orders");
    steps.call("create queue", call.send()).await?;
    let call = sqs.get_queue_url().queue_name("orders");
    steps.call("get queue url", call.send()).await?;
    let call = sqs.send_message().queue_url(queue("orders"));
    let call = call.message_body("an order").delay_seconds(0);
    steps.call("send message", call.send()).await?;
    let entry = |id: &str| {
        let entry = SendMessageBatchRequestEntry::builder().id(id);
        entry.message_body("an order").build()
    };
    let call = sqs.send_message_batch().queue_url(queue("orders"));
    let call = call.entries(entry("1")?).entries(entry("2")?);
    steps.call("send message batch", call.send()).await?;
    let call = sqs.receive_message().queue_url(queue("orders"));
    let call = call.max_number_of_messages(10);
    steps.call("receive message", call.send()).await?;
    let call = sqs.send_message().queue_url(queue("missing"));
    let call = call.message_body("an order");
    steps.call("missing queue", call.send()).await
}

async fn publish(steps: &Steps<'_>, sns: &aws_sdk_sns::Client) -> Result<()> {
    let call = sns.create_topic().name("orders");
    steps.call("create topic", call.send()).await?;
    for (name, topic) in [("publish", "orders"), ("missing topic", "missing")] {
        let topic = format!("arn:aws:sns:eu-west-1:123456789012:{topic}");
        let call = sns.publish().topic_arn(topic).message("an order");
        steps.call(name, call.send()).await?;
    }
    let entry = |id: &str| {
        let entry = PublishBatchRequestEntry::builder().id(id);
        entry.message("an order").build()
    };
    let call = sns.publish_batch();
    let call = call.topic_arn("arn:aws:sns:eu-west-1:123456789012:orders");
    let call = call.publish_batch_request_entries(entry("1")?);
    let call = call.publish_batch_request_entries(entry("2")?);
    steps.call("publish batch", call.send()).await
}
