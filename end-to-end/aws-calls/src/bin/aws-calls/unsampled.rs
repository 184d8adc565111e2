//! A call in a request that is not sampled.

use aws_sdk_dynamodb::Client;
use opentelemetry::trace::FutureExt as _;
use xray::Tracing;

use crate::{
    dynamodb::id,
    steps::{outcome, write},
};

const UNSAMPLED: &str = "Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;Parent=53995c3f42cd8ad8;Sampled=0;Lineage=25:6e4bd1b3:3";

pub async fn make_call(tracing: &Tracing, dynamodb: &Client) {
    let invocation = tracing.invocation("handler", UNSAMPLED);
    let call = dynamodb.get_item().table_name("orders").key("id", id());
    let context = invocation.context().cloned().unwrap_or_default();
    let result = call.send().with_context(context).await;
    invocation.end();
    write("unsampled", UNSAMPLED, &outcome(&result));
}
