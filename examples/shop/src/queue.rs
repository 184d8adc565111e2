//! The queue between the shop and its worker, of SQS.

use aws_sdk_sqs::{
    Client,
    types::{
        Message, MessageSystemAttributeName, MessageSystemAttributeNameForSends as ForSends,
        MessageSystemAttributeValue,
    },
};

use crate::{error::Error, orders::Order};

/// How long a poll waits for a message, in seconds; SQS allows 20.
const WAIT: i32 = 20;

#[derive(Debug, Clone)]
pub struct Queue {
    client: Client,
    url: String,
}

impl Queue {
    pub fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }

    /// Sends an order together with the trace to which it belongs.
    ///
    /// SQS makes the attribute `AWSTraceHeader` of the request's own trace header, so that nothing would be left to do;
    /// moto's server and other emulators do not. The attribute may also be sent, which is right with both.
    pub async fn send(&self, order: &Order) -> Result<(), Error> {
        let mut message = self.client.send_message().queue_url(&self.url);
        if let Some(header) = xray::trace_header() {
            let header = MessageSystemAttributeValue::builder()
                .data_type("String")
                .string_value(header);
            let header = header.build().map_err(|error| Error::Aws(error.into()))?;
            message = message.message_system_attributes(ForSends::AwsTraceHeader, header);
        }
        let body = serde_json::to_string(order)?;
        message.message_body(body).send().await?;
        Ok(())
    }

    /// Waits for messages, which come with their trace header.
    pub async fn receive(&self) -> Result<Vec<Message>, Error> {
        let receive = self.client.receive_message().queue_url(&self.url);
        let received = receive
            .max_number_of_messages(10)
            .wait_time_seconds(WAIT)
            .message_system_attribute_names(MessageSystemAttributeName::AwsTraceHeader)
            .send()
            .await?;
        Ok(received.messages.unwrap_or_default())
    }

    pub async fn delete(&self, message: &Message) -> Result<(), Error> {
        let delete = self.client.delete_message().queue_url(&self.url);
        delete
            .set_receipt_handle(message.receipt_handle.clone())
            .send()
            .await?;
        Ok(())
    }
}

/// Returns the trace header of a message's sender.
pub fn sender(message: &Message) -> Option<&String> {
    let attributes = message.attributes.as_ref()?;
    attributes.get(&MessageSystemAttributeName::AwsTraceHeader)
}
