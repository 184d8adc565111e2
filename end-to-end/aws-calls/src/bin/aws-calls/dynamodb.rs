//! Calls of DynamoDB.

use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
        KeysAndAttributes, Put, ScalarAttributeType, TransactWriteItem,
    },
};

use crate::steps::{Result, Steps};

pub async fn make_calls(steps: &Steps<'_>, dynamodb: &Client) -> Result<()> {
    create_table(steps, dynamodb).await?;
    let call = dynamodb.put_item().table_name("orders").item("id", id());
    steps.call("put item", call.send()).await?;
    let call = dynamodb.get_item().table_name("orders").key("id", id());
    let call = call.consistent_read(true).projection_expression("id");
    steps.call("get item", call.send()).await?;
    let call = dynamodb
        .query()
        .table_name("orders")
        .key_condition_expression("id = :id")
        .expression_attribute_values(":id", id())
        .limit(3)
        .scan_index_forward(false);
    steps.call("query", call.send()).await?;
    let keys = KeysAndAttributes::builder().keys([("id".to_owned(), id())].into());
    let call = dynamodb.batch_get_item();
    let call = call.request_items("orders", keys.build()?);
    steps.call("batch get item", call.send()).await?;
    let put = Put::builder().table_name("orders").item("id", id());
    let item = TransactWriteItem::builder().put(put.build()?);
    let call = dynamodb.transact_write_items();
    let call = call.transact_items(item.build());
    steps.call("transact write items", call.send()).await?;
    let call = dynamodb.execute_statement();
    let call = call.statement("SELECT * FROM \"orders\" WHERE id = '1'");
    steps.call("execute statement", call.send()).await?;
    let call = dynamodb.get_item().table_name("missing").key("id", id());
    steps.call("missing table", call.send()).await?;
    let call = dynamodb.put_item().table_name("orders").item("other", id());
    steps.call("missing key", call.send()).await
}

async fn create_table(steps: &Steps<'_>, dynamodb: &Client) -> Result<()> {
    let attribute = AttributeDefinition::builder()
        .attribute_name("id")
        .attribute_type(ScalarAttributeType::S);
    let key = KeySchemaElement::builder()
        .attribute_name("id")
        .key_type(KeyType::Hash);
    let call = dynamodb
        .create_table()
        .table_name("orders")
        .attribute_definitions(attribute.build()?)
        .key_schema(key.build()?)
        .billing_mode(BillingMode::PayPerRequest);
    steps.call("create table", call.send()).await
}

/// The key of every item.
pub fn id() -> AttributeValue {
    AttributeValue::S("1".to_owned())
}
