//! Calls of S3.

use std::time::Duration;

use aws_sdk_s3::{
    Client,
    presigning::PresigningConfig,
    primitives::ByteStream,
    types::{BucketLocationConstraint, CreateBucketConfiguration},
};

use crate::steps::{Result, Steps};

/// An object's key with everything that a URL has to escape.
const KEY: &str = "a folder/ü+1.txt";

pub async fn make_calls(steps: &Steps<'_>, s3: &Client) -> Result<()> {
    let place =
        CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::EuWest1);
    let call = s3.create_bucket().bucket("orders");
    let call = call.create_bucket_configuration(place.build());
    steps.call("create bucket", call.send()).await?;
    let call = s3.put_object().bucket("orders").key(KEY);
    let call = call.body(ByteStream::from_static(b"an order"));
    steps.call("put object", call.send()).await?;
    let call = s3.get_object().bucket("orders").key(KEY);
    steps.call("get object", call.send()).await?;
    let call = s3.get_object().bucket("orders").key(KEY);
    let call = call.if_none_match("\"8d0ae719aed33d96c10be016aaaa7b1f\"");
    steps.call("get object if changed", call.send()).await?;
    let call = s3.copy_object().bucket("orders").key("copy");
    let call = call.copy_source("orders/a%20folder/%C3%BC%2B1.txt");
    steps.call("copy object", call.send()).await?;
    let call = s3.list_objects_v2().bucket("orders").prefix("a ");
    steps.call("list objects", call.send()).await?;
    steps.call("list buckets", s3.list_buckets().send()).await?;
    let call = s3.get_object().bucket("orders").key("missing");
    steps.call("missing object", call.send()).await?;
    let call = s3.head_object().bucket("orders").key("missing");
    steps.call("head of a missing object", call.send()).await?;
    presign(steps, s3).await
}

/// Signs a request without sending it. Its outcome is the names of its headers.
async fn presign(steps: &Steps<'_>, s3: &Client) -> Result<()> {
    let hour = PresigningConfig::expires_in(Duration::from_secs(3600))?;
    let call = s3.get_object().bucket("orders").key(KEY);
    let names = async {
        match call.presigned(hour).await {
            Err(error) => error.to_string(),
            Ok(request) => {
                let names: Vec<_> = request.headers().map(|(name, _)| name).collect();
                names.join(",")
            }
        }
    };
    steps.make("presigned", names).await
}
