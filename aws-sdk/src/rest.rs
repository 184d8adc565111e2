//! The resource that a URL names, of services that have their resources there.

use std::{borrow::Cow, net::Ipv4Addr};

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, Metadata};
use percent_encoding::percent_decode_str;
use xray::AttributeValue;

/// The service that has resources in its endpoint.
pub(crate) const S3: &str = "S3";
pub(crate) const LAMBDA: &str = "Lambda";

/// Notes bucket and key of S3, and the function of Lambda.
pub(crate) fn describe(
    request: &HttpRequest,
    endpoint: Option<&str>,
    operation: Option<&Metadata>,
    set: &mut impl FnMut(&'static str, AttributeValue<'_>),
) {
    let Some(operation) = operation else { return };
    let headers: &[(&'static str, &str)] = match (operation.service(), operation.name()) {
        (S3, "CopyObject" | "UploadPartCopy") => &[("aws.s3.copy_source", "x-amz-copy-source")],
        (LAMBDA, "Invoke") => &[
            ("aws.lambda.invocation_type", "x-amz-invocation-type"),
            ("aws.lambda.log_type", "x-amz-log-type"),
        ],
        _ => &[],
    };
    match operation.service() {
        S3 => object(request.uri(), endpoint, operation.name(), set),
        LAMBDA => function(request.uri(), set),
        _ => {}
    }
    for (attribute, header) in headers {
        if let Some(text) = request.headers().get(header) {
            set(attribute, AttributeValue::Text(text));
        }
    }
}

/// The bucket is a part of the endpoint, as a path or in front of the host; the key is what follows.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html>
fn object(
    uri: &str,
    endpoint: Option<&str>,
    operation: &str,
    set: &mut impl FnMut(&'static str, AttributeValue<'_>),
) {
    let (host, path, query) = parts(uri);
    let (_, endpoint_path, _) = parts(endpoint.unwrap_or_default());
    let endpoint_path = endpoint_path.trim_end_matches('/');
    let is_of_a_bucket = endpoint.is_some() && !operation.contains("Buckets");
    let bucket = match endpoint_path.rsplit_once('/') {
        _ if !is_of_a_bucket => None,
        Some((_, bucket)) => Some(bucket),
        None => first_label(host),
    };
    if let Some(bucket) = bucket {
        set("aws.s3.bucket", AttributeValue::Text(&decoded(bucket)));
    }
    let key = path.strip_prefix(endpoint_path).unwrap_or(path);
    let key = key.strip_prefix('/').unwrap_or(key);
    if !key.is_empty() {
        set("aws.s3.key", AttributeValue::Text(&decoded(key)));
    }
    for (parameter, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*parameter {
            "prefix" => set("aws.s3.prefix", AttributeValue::Text(&value)),
            "versionId" => set("aws.s3.version_id", AttributeValue::Text(&value)),
            _ => {}
        }
    }
}

/// `/2015-03-31/functions/{FunctionName}/invocations?Qualifier={Qualifier}`
fn function(uri: &str, set: &mut impl FnMut(&'static str, AttributeValue<'_>)) {
    let (_, path, query) = parts(uri);
    let mut components = path
        .split('/')
        .skip_while(|component| *component != "functions");
    if let Some(name) = components.nth(1).filter(|name| !name.is_empty()) {
        set("aws.function_name", AttributeValue::Text(&decoded(name)));
    }
    let mut parameters = form_urlencoded::parse(query.as_bytes());
    if let Some((_, qualifier)) = parameters.find(|(name, _)| name == "Qualifier") {
        set("aws.lambda.qualifier", AttributeValue::Text(&qualifier));
    }
}

/// Host, path and query of a URL.
fn parts(uri: &str) -> (&str, &str, &str) {
    let (uri, query) = uri.split_once('?').unwrap_or((uri, ""));
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    (host, path, query)
}

/// What stands in front of a host's name; an address has nothing in front.
fn first_label(host: &str) -> Option<&str> {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let is_address = name.parse::<Ipv4Addr>().is_ok() || name.starts_with('[');
    let (label, _) = name.split_once('.').filter(|_| !is_address)?;
    Some(label)
}

fn decoded(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

#[cfg(test)]
mod tests {
    use opentelemetry::Value;

    use super::*;

    fn read(service: &'static str, operation: &'static str, endpoint: &str, path: &str) -> String {
        let operation = Metadata::new(operation, service);
        let mut attributes = Vec::new();
        let uri = format!("{}{path}", endpoint.trim_end_matches('/'));
        let mut request = HttpRequest::empty();
        request.set_uri(uri).unwrap();
        for (name, value) in [
            ("x-amz-copy-source", "archive/a"),
            ("x-amz-invocation-type", "Event"),
        ] {
            request.headers_mut().insert(name, value);
        }
        let (endpoint, operation) = (Some(endpoint), Some(&operation));
        describe(&request, endpoint, operation, &mut |key, value| {
            attributes.push(format!("{key}={}", Value::from(value)));
        });
        attributes.join(" ")
    }

    #[test]
    fn bucket_and_key_are_told_apart_however_the_bucket_is_addressed() {
        const AT_AWS: &str = "https://orders.s3.eu-west-1.amazonaws.com";
        for (operation, endpoint, path, expected) in [
            (
                "GetObject",
                AT_AWS,
                "/a/b%20%C3%BC%2B.txt?x-id=GetObject",
                "aws.s3.bucket=orders aws.s3.key=a/b ü+.txt",
            ),
            (
                "GetObject",
                "http://127.0.0.1:5000/orders",
                "/a",
                "aws.s3.bucket=orders aws.s3.key=a",
            ),
            (
                "GetObject",
                "http://s3.local/base/my.orders",
                "/orders",
                "aws.s3.bucket=my.orders aws.s3.key=orders",
            ),
            (
                "ListObjectsV2",
                AT_AWS,
                "/?prefix=a%20&list-type=2",
                "aws.s3.bucket=orders aws.s3.prefix=a ",
            ),
            (
                "GetObject",
                AT_AWS,
                "/a?versionId=7",
                "aws.s3.bucket=orders aws.s3.key=a aws.s3.version_id=7",
            ),
            (
                "HeadBucket",
                "http://127.0.0.1:5000/orders/",
                "/",
                "aws.s3.bucket=orders",
            ),
            ("ListBuckets", "https://s3.eu-west-1.amazonaws.com", "/", ""),
            (
                "CreateBucket",
                "http://[::1]:5000/orders",
                "/",
                "aws.s3.bucket=orders",
            ),
            ("GetObject", "http://[::1]:5000", "/", ""),
            (
                "CopyObject",
                "http://127.0.0.1:5000/orders",
                "/a",
                "aws.s3.bucket=orders aws.s3.key=a aws.s3.copy_source=archive/a",
            ),
        ] {
            assert_eq!(
                read("S3", operation, endpoint, path),
                expected,
                "{operation} {endpoint} {path}"
            );
        }
    }

    #[test]
    fn a_function_is_named_by_its_path() {
        let at = "https://lambda.eu-west-1.amazonaws.com";
        let named = "/2015-03-31/functions/orders/invocations";
        assert_eq!(
            read("Lambda", "Invoke", at, named),
            "aws.function_name=orders aws.lambda.invocation_type=Event"
        );
        let qualified = "/2015-03-31/functions/orders/configuration?Qualifier=live";
        assert_eq!(
            read("Lambda", "GetFunctionConfiguration", at, qualified),
            "aws.function_name=orders aws.lambda.qualifier=live"
        );
        assert_eq!(
            read("Lambda", "ListFunctions", at, "/2015-03-31/functions/"),
            ""
        );
        assert_eq!(read("ApiGateway", "GetApi", at, named), "");
    }
}
