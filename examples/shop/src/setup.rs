//! Makes the table, the queues and the database's tables, as your Terraform or CloudFormation would. It is not traced.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::json;
use sqlx::PgPool;

use crate::{aws, error::Failure, orders, settings::variable};

pub async fn run() -> Result<(), Failure> {
    let config = aws::config().await;
    make_table(&aws_sdk_dynamodb::Client::new(&config)).await?;
    make_queues(&aws_sdk_sqs::Client::new(&config)).await?;
    let database = PgPool::connect(&variable("DATABASE_URL")?).await?;
    sqlx::raw_sql(include_str!("../schema.sql"))
        .execute(&database)
        .await?;
    Ok(())
}

async fn make_table(client: &aws_sdk_dynamodb::Client) -> Result<(), Failure> {
    let id = AttributeDefinition::builder()
        .attribute_name("id")
        .attribute_type(ScalarAttributeType::S);
    let key = KeySchemaElement::builder()
        .attribute_name("id")
        .key_type(KeyType::Hash);
    let table = client.create_table().table_name(orders::TABLE);
    table
        .attribute_definitions(id.build()?)
        .key_schema(key.build()?)
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await?;
    Ok(())
}

/// The queue of orders, and one for those that failed three times.
async fn make_queues(client: &aws_sdk_sqs::Client) -> Result<(), Failure> {
    client
        .create_queue()
        .queue_name("failed-orders")
        .send()
        .await?;
    let redrive = json!({
        "deadLetterTargetArn": "arn:aws:sqs:eu-west-1:123456789012:failed-orders",
        "maxReceiveCount": 3,
    });
    let queue = client.create_queue().queue_name("orders");
    queue
        .attributes(QueueAttributeName::RedrivePolicy, redrive.to_string())
        .send()
        .await?;
    Ok(())
}
