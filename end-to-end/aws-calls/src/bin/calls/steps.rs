//! The calls.

use std::{future::Future, pin::Pin, time::Duration};

use aws_sdk_dynamodb::{
    error::ProvideErrorMetadata,
    types::{
        AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
        KeysAndAttributes, Put, ScalarAttributeType, TransactWriteItem,
    },
};
use aws_sdk_s3::{
    presigning::PresigningConfig,
    primitives::ByteStream,
    types::{BucketLocationConstraint, CreateBucketConfiguration},
};
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use opentelemetry::trace::FutureExt as _;
use tokio::{net::TcpListener, time::timeout};
use xray::Tracing;

use crate::clients::Clients;

const UNSAMPLED: &str = "Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;Parent=53995c3f42cd8ad8;Sampled=0;Lineage=25:6e4bd1b3:3";
const KEY: &str = "a folder/ü+1.txt";

type Made<'a> = Pin<Box<dyn Future<Output = String> + 'a>>;

/// One call.
pub struct Step(&'static str, for<'a> fn(&'a Clients) -> Made<'a>);

impl Step {
    pub fn name(&self) -> &'static str {
        self.0
    }

    /// Makes it and returns how it went: `ok`, or the code that the SDK has for it.
    pub async fn make(&self, clients: &Clients) -> String {
        self.1(clients).await
    }
}

fn outcome<T, E: ProvideErrorMetadata + std::fmt::Debug>(result: Result<T, E>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(error) => error.code().unwrap_or("no code").to_owned(),
    }
}

/// A call without a code of a service.
fn failed<T, E: std::error::Error>(result: Result<T, E>) -> String {
    result.map_or_else(|error| error.to_string(), |_| "ok".to_owned())
}

/// Makes a call in a request that is not sampled.
pub async fn unsampled(tracing: &Tracing, clients: &Clients) -> (&'static str, String) {
    let invocation = tracing.invocation("handler", UNSAMPLED);
    let call = clients
        .dynamodb
        .get_item()
        .table_name("orders")
        .key("id", id());
    let outcome = outcome(
        call.send()
            .with_context(invocation.context().cloned().unwrap_or_default())
            .await,
    );
    invocation.end();
    (UNSAMPLED, outcome)
}

fn id() -> AttributeValue {
    AttributeValue::S("1".to_owned())
}

pub fn all() -> Vec<Step> {
    [dynamodb(), messages(), objects(), failures()]
        .into_iter()
        .flatten()
        .collect()
}

fn dynamodb() -> Vec<Step> {
    vec![
        Step("create table", |clients| {
            Box::pin(async {
                let attribute = AttributeDefinition::builder()
                    .attribute_name("id")
                    .attribute_type(ScalarAttributeType::S);
                let key = KeySchemaElement::builder()
                    .attribute_name("id")
                    .key_type(KeyType::Hash);
                let (Ok(attribute), Ok(key)) = (attribute.build(), key.build()) else {
                    return "not built".to_owned();
                };
                let call = clients
                    .dynamodb
                    .create_table()
                    .table_name("orders")
                    .attribute_definitions(attribute);
                outcome(
                    call.key_schema(key)
                        .billing_mode(BillingMode::PayPerRequest)
                        .send()
                        .await,
                )
            })
        }),
        Step("put item", |clients| {
            Box::pin(async {
                outcome(
                    clients
                        .dynamodb
                        .put_item()
                        .table_name("orders")
                        .item("id", id())
                        .send()
                        .await,
                )
            })
        }),
        Step("get item", |clients| {
            Box::pin(async {
                let call = clients
                    .dynamodb
                    .get_item()
                    .table_name("orders")
                    .key("id", id());
                outcome(
                    call.consistent_read(true)
                        .projection_expression("id")
                        .send()
                        .await,
                )
            })
        }),
        Step("query", |clients| {
            Box::pin(async {
                let call = clients
                    .dynamodb
                    .query()
                    .table_name("orders")
                    .key_condition_expression("id = :id");
                outcome(
                    call.expression_attribute_values(":id", id())
                        .limit(3)
                        .scan_index_forward(false)
                        .send()
                        .await,
                )
            })
        }),
        Step("batch get item", |clients| {
            Box::pin(async {
                let keys = KeysAndAttributes::builder().keys([("id".to_owned(), id())].into());
                let Ok(keys) = keys.build() else {
                    return "not built".to_owned();
                };
                outcome(
                    clients
                        .dynamodb
                        .batch_get_item()
                        .request_items("orders", keys)
                        .send()
                        .await,
                )
            })
        }),
        Step("transact write items", |clients| {
            Box::pin(async {
                let Ok(put) = Put::builder().table_name("orders").item("id", id()).build() else {
                    return "not built".to_owned();
                };
                let item = TransactWriteItem::builder().put(put).build();
                outcome(
                    clients
                        .dynamodb
                        .transact_write_items()
                        .transact_items(item)
                        .send()
                        .await,
                )
            })
        }),
        Step("missing table", |clients| {
            Box::pin(async {
                outcome(
                    clients
                        .dynamodb
                        .get_item()
                        .table_name("missing")
                        .key("id", id())
                        .send()
                        .await,
                )
            })
        }),
        Step("missing key", |clients| {
            Box::pin(async {
                let call = clients
                    .dynamodb
                    .put_item()
                    .table_name("orders")
                    .item("other", id());
                outcome(call.send().await)
            })
        }),
    ]
}

fn messages() -> Vec<Step> {
    vec![
        Step("create queue", |clients| {
            Box::pin(async {
                outcome(clients.sqs.create_queue().queue_name("orders").send().await)
            })
        }),
        Step("send message", |clients| {
            Box::pin(async {
                let call = clients.sqs.send_message().queue_url(queue(clients));
                outcome(call.message_body("an order").delay_seconds(0).send().await)
            })
        }),
        Step("send message batch", |clients| {
            Box::pin(async {
                let entry = |id: &str| {
                    SendMessageBatchRequestEntry::builder()
                        .id(id)
                        .message_body("an order")
                        .build()
                };
                let (Ok(one), Ok(two)) = (entry("1"), entry("2")) else {
                    return "not built".to_owned();
                };
                let call = clients.sqs.send_message_batch().queue_url(queue(clients));
                outcome(call.entries(one).entries(two).send().await)
            })
        }),
        Step("receive message", |clients| {
            Box::pin(async {
                let call = clients.sqs.receive_message().queue_url(queue(clients));
                outcome(call.max_number_of_messages(10).send().await)
            })
        }),
        Step("missing queue", |clients| {
            Box::pin(async {
                let url = format!("{}/123456789012/missing", clients.endpoint);
                outcome(
                    clients
                        .sqs
                        .send_message()
                        .queue_url(url)
                        .message_body("an order")
                        .send()
                        .await,
                )
            })
        }),
        Step("create topic", |clients| {
            Box::pin(async { outcome(clients.sns.create_topic().name("orders").send().await) })
        }),
        Step("publish", |clients| {
            Box::pin(async {
                let topic = "arn:aws:sns:eu-west-1:123456789012:orders";
                outcome(
                    clients
                        .sns
                        .publish()
                        .topic_arn(topic)
                        .message("an order")
                        .send()
                        .await,
                )
            })
        }),
        Step("missing topic", |clients| {
            Box::pin(async {
                let topic = "arn:aws:sns:eu-west-1:123456789012:missing";
                outcome(
                    clients
                        .sns
                        .publish()
                        .topic_arn(topic)
                        .message("an order")
                        .send()
                        .await,
                )
            })
        }),
    ]
}

fn queue(clients: &Clients) -> String {
    format!("{}/123456789012/orders", clients.endpoint)
}

fn objects() -> Vec<Step> {
    vec![
        Step("create bucket", |clients| {
            Box::pin(async {
                let place = CreateBucketConfiguration::builder()
                    .location_constraint(BucketLocationConstraint::EuWest1);
                let call = clients.s3.create_bucket().bucket("orders");
                outcome(call.create_bucket_configuration(place.build()).send().await)
            })
        }),
        Step("put object", |clients| {
            Box::pin(async {
                let body = ByteStream::from_static(b"an order");
                outcome(
                    clients
                        .s3
                        .put_object()
                        .bucket("orders")
                        .key(KEY)
                        .body(body)
                        .send()
                        .await,
                )
            })
        }),
        Step("get object", |clients| {
            Box::pin(async {
                outcome(
                    clients
                        .s3
                        .get_object()
                        .bucket("orders")
                        .key(KEY)
                        .send()
                        .await,
                )
            })
        }),
        Step("list objects", |clients| {
            Box::pin(async {
                outcome(
                    clients
                        .s3
                        .list_objects_v2()
                        .bucket("orders")
                        .prefix("a ")
                        .send()
                        .await,
                )
            })
        }),
        Step("list buckets", |clients| {
            Box::pin(async { outcome(clients.s3.list_buckets().send().await) })
        }),
        Step("missing object", |clients| {
            Box::pin(async {
                outcome(
                    clients
                        .s3
                        .get_object()
                        .bucket("orders")
                        .key("missing")
                        .send()
                        .await,
                )
            })
        }),
        Step("head of a missing object", |clients| {
            Box::pin(async {
                outcome(
                    clients
                        .s3
                        .head_object()
                        .bucket("orders")
                        .key("missing")
                        .send()
                        .await,
                )
            })
        }),
        Step("presigned", |clients| {
            Box::pin(async {
                let Ok(hour) = PresigningConfig::expires_in(Duration::from_secs(3600)) else {
                    return "not built".to_owned();
                };
                let request = clients
                    .s3
                    .get_object()
                    .bucket("orders")
                    .key(KEY)
                    .presigned(hour)
                    .await;
                request.map_or_else(
                    |error| error.to_string(),
                    |request| {
                        let headers: Vec<_> = request.headers().map(|(name, _)| name).collect();
                        headers.join(",")
                    },
                )
            })
        }),
    ]
}

fn failures() -> Vec<Step> {
    vec![
        Step("refused", |clients| {
            Box::pin(async {
                // Nobody listens any more.
                let address = async { TcpListener::bind("127.0.0.1:0").await?.local_addr() }.await;
                let Ok(address) = address else {
                    return "no port".to_owned();
                };
                let client = clients.dynamodb_at(&format!("http://{address}"));
                failed(
                    client
                        .get_item()
                        .table_name("orders")
                        .key("id", id())
                        .send()
                        .await,
                )
            })
        }),
        Step("cancelled", |clients| {
            Box::pin(async {
                // Takes connections and never answers.
                let Ok(listener) = TcpListener::bind("127.0.0.1:0").await else {
                    return "no port".to_owned();
                };
                let Ok(address) = listener.local_addr() else {
                    return "no port".to_owned();
                };
                let client = clients.dynamodb_at(&format!("http://{address}"));
                let call = client
                    .get_item()
                    .table_name("orders")
                    .key("id", id())
                    .send();
                match timeout(Duration::from_millis(200), call).await {
                    Ok(result) => failed(result),
                    Err(_) => "dropped".to_owned(),
                }
            })
        }),
        Step("without a region", |clients| {
            Box::pin(async {
                let call = clients.without_region();
                failed(call.list_queues().send().await)
            })
        }),
        Step("without credentials", |clients| {
            Box::pin(async {
                let client = clients.without_credentials();
                failed(
                    client
                        .get_item()
                        .table_name("orders")
                        .key("id", id())
                        .send()
                        .await,
                )
            })
        }),
    ]
}
