//! AWS's clients. The interceptor makes each of their calls a subsegment; it is one line for each client.

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::Builder;
use xray::Tracing;
use xray_aws_sdk::Interceptor;

/// Reads region, credentials and endpoint as every AWS SDK does, from `AWS_REGION` and so on.
pub async fn config() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        // moto's server speaks plain HTTP. On AWS leave this line out.
        .http_client(Builder::new().build_http())
        .load()
        .await
}

pub fn dynamodb(config: &SdkConfig, tracing: &Tracing) -> aws_sdk_dynamodb::Client {
    let mut config = aws_sdk_dynamodb::config::Builder::from(config);
    config.push_interceptor(Interceptor::shared(tracing));
    aws_sdk_dynamodb::Client::from_conf(config.build())
}

pub fn sqs(config: &SdkConfig, tracing: &Tracing) -> aws_sdk_sqs::Client {
    let mut config = aws_sdk_sqs::config::Builder::from(config);
    config.push_interceptor(Interceptor::shared(tracing));
    aws_sdk_sqs::Client::from_conf(config.build())
}
