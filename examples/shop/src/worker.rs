//! Takes orders from the queue and writes their invoices.

use std::{pin::pin, time::Duration};

use aws_sdk_sqs::types::Message;
use tokio::time::sleep;
use xray::{Config, Guard};

use crate::{
    aws,
    database::ShopDatabase,
    error::{Error, Failure},
    orders::{Order, Orders},
    queue::{self, Queue},
    settings::{stopped, variable},
};

/// How long it waits after a poll that failed.
const PAUSE: Duration = Duration::from_secs(1);

struct Worker {
    orders: Orders,
    queue: Queue,
    database: ShopDatabase,
}

pub async fn run() -> Result<(), Failure> {
    let tracing = xray::start(&Config::from_env("worker", &xray::environment)?)?;
    let (config, url) = (aws::config().await, variable("QUEUE_URL")?);
    let worker = Worker {
        orders: Orders::new(aws::dynamodb(&config, &tracing)),
        queue: Queue::new(aws::sqs(&config, &tracing), url.clone()),
        database: ShopDatabase::new(&variable("DATABASE_URL")?)?,
    };
    // Without the interceptor: a poll belongs to no order, and each would be a trace of its own.
    let polls = Queue::new(aws_sdk_sqs::Client::new(&config), url);
    let mut stopped = pin!(stopped());
    loop {
        let received = tokio::select! {
            received = polls.receive() => received,
            () = &mut stopped => return Ok(()),
        };
        match received {
            Ok(messages) => worker.handle_all(&tracing, &messages).await,
            Err(error) => {
                tracing::error!(?error, "no messages");
                sleep(PAUSE).await;
            }
        }
    }
}

impl Worker {
    /// Handles each message in a segment of its own, in the trace of the request that sent it.
    async fn handle_all(&self, tracing: &Guard, messages: &[Message]) {
        for message in messages {
            let work = async {
                let result = self.handle(message).await;
                // Within the segment, so that the line has the trace's id.
                result.inspect_err(|error| tracing::error!(?error, "no invoice"))
            };
            let segment = tracing.try_segment("invoice", work);
            // An error has made the segment a fault. SQS delivers the message again, or after the third time puts it into
            // the dead-letter queue.
            let _ = segment.with_parent(queue::sender(message)).await;
        }
    }

    async fn handle(&self, message: &Message) -> Result<(), Error> {
        let order: Order = serde_json::from_str(message.body().unwrap_or_default())?;
        xray::annotate("item", order.item.clone());
        self.database.write_invoice(&order).await?;
        self.orders.set_invoiced(&order.id).await?;
        self.queue.delete(message).await
    }
}
