//! The clients, each with the interceptor.

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_http_client::Builder;
use xray::Tracing;
use xray_aws_sdk::Interceptor;

/// A region in which nothing else is.
const REGION: &str = "eu-west-1";

pub struct Clients {
    pub dynamodb: aws_sdk_dynamodb::Client,
    pub sqs: aws_sdk_sqs::Client,
    pub s3: aws_sdk_s3::Client,
    pub sns: aws_sdk_sns::Client,
    pub tracing: Tracing,
    pub endpoint: String,
}

/// How all clients are configured; their builders have a type each.
macro_rules! config {
    ($service:ident, $tracing:expr, $endpoint:expr) => {{
        let mut config = $service::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url($endpoint)
            .http_client(Builder::new().build_http());
        config.push_interceptor(Interceptor::shared($tracing));
        config
    }};
}

impl Clients {
    pub fn new(tracing: &Tracing, endpoint: &str) -> Self {
        let credentials = || Credentials::new("AKIDEXAMPLE", "secret", None, None, "none");
        let region = || Region::new(REGION);
        let s3 = config!(aws_sdk_s3, tracing, endpoint).force_path_style(true);
        Self {
            dynamodb: dynamodb(tracing, endpoint),
            sqs: aws_sdk_sqs::Client::from_conf(
                config!(aws_sdk_sqs, tracing, endpoint)
                    .region(region())
                    .credentials_provider(credentials())
                    .build(),
            ),
            s3: aws_sdk_s3::Client::from_conf(
                s3.region(region())
                    .credentials_provider(credentials())
                    .build(),
            ),
            sns: aws_sdk_sns::Client::from_conf(
                config!(aws_sdk_sns, tracing, endpoint)
                    .region(region())
                    .credentials_provider(credentials())
                    .build(),
            ),
            tracing: tracing.clone(),
            endpoint: endpoint.to_owned(),
        }
    }

    /// A client of another address.
    pub fn dynamodb_at(&self, endpoint: &str) -> aws_sdk_dynamodb::Client {
        dynamodb(&self.tracing, endpoint)
    }

    pub fn without_region(&self) -> aws_sdk_sqs::Client {
        let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "none");
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(Builder::new().build_http())
            .interceptor(Interceptor::new(&self.tracing))
            .credentials_provider(credentials);
        aws_sdk_sqs::Client::from_conf(config.build())
    }

    pub fn without_credentials(&self) -> aws_sdk_dynamodb::Client {
        let config = config!(aws_sdk_dynamodb, &self.tracing, &self.endpoint);
        aws_sdk_dynamodb::Client::from_conf(config.region(Region::new(REGION)).build())
    }
}

fn dynamodb(tracing: &Tracing, endpoint: &str) -> aws_sdk_dynamodb::Client {
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "none");
    let config = config!(aws_sdk_dynamodb, tracing, endpoint)
        .region(Region::new(REGION))
        .credentials_provider(credentials);
    aws_sdk_dynamodb::Client::from_conf(config.build())
}
