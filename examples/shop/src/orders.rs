//! Orders, in a table of DynamoDB.

use std::collections::HashMap;

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use serde::{Deserialize, Serialize};

use crate::error::Error;

pub const TABLE: &str = "orders";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    pub id: String,
    pub item: String,
    pub quantity: u32,
    /// In cents.
    pub total: i64,
}

#[derive(Debug, Clone)]
pub struct Orders {
    client: Client,
}

impl Orders {
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    pub async fn save(&self, order: &Order) -> Result<(), Error> {
        let put = self.client.put_item().table_name(TABLE);
        put.item("id", text(&order.id))
            .item("item", text(&order.item))
            .item("quantity", AttributeValue::N(order.quantity.to_string()))
            .item("total", AttributeValue::N(order.total.to_string()))
            .item("state", text("ordered"))
            .send()
            .await?;
        Ok(())
    }

    pub async fn find(&self, id: &str) -> Result<HashMap<String, String>, Error> {
        let get = self.client.get_item().table_name(TABLE).key("id", text(id));
        let item = get.send().await?.item.ok_or(Error::NotFound)?;
        let members = item.into_iter().filter_map(|(name, value)| match value {
            AttributeValue::S(value) | AttributeValue::N(value) => Some((name, value)),
            _ => None,
        });
        Ok(members.collect())
    }

    pub async fn set_invoiced(&self, id: &str) -> Result<(), Error> {
        let update = self
            .client
            .update_item()
            .table_name(TABLE)
            .key("id", text(id));
        update
            // The name is one of DynamoDB's own words.
            .update_expression("SET #state = :invoiced")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":invoiced", text("invoiced"))
            .send()
            .await?;
        Ok(())
    }
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}
