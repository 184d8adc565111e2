//! The blocks of a document: `http`, `aws`, `cause`, `sql`, `service`, `links`.
//!
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html>

use std::borrow::Cow;

use crate::{
    SegmentId, TraceId, Value,
    document::member::{Member, block, block_members},
    encode,
    value::Members,
};

type Text<'a> = Option<Cow<'a, str>>;

block! {
    /// `http`: a request that was received (in a segment) or made (in a subsegment).
    pub struct Http {
        /// What was asked for.
        request: Option<HttpRequest<'a>>,
        /// What was answered; `None` if nothing was.
        response: Option<HttpResponse<'a>>,
    }
}

block! {
    /// `http.request`: what was asked for, without the query, where secrets are.
    pub struct HttpRequest {
        /// The method, for example `GET`.
        method: Text<'a>,
        /// Scheme, host and path.
        url: Text<'a>,
        /// The client's `User-Agent`.
        user_agent: Text<'a>,
        /// The client's IP address.
        client_ip: Text<'a>,
        /// Whether `client_ip` comes from `X-Forwarded-For`, which the client can forge.
        x_forwarded_for: bool,
        /// Whether the called service is traced too: the trace is incomplete until its segment arrives.
        traced: bool,
    }
}

block! {
    /// `http.response`: what came of it.
    pub struct HttpResponse {
        /// The status code.
        status: Option<i64>,
        /// The length of the body in bytes.
        content_length: Option<i64>,
    }
}

block! {
    /// `service`: the program that served a segment.
    pub struct Service {
        /// Its version.
        version: Text<'a>,
        /// Its runtime, for example `rustc`.
        runtime: Text<'a>,
        /// The runtime's version.
        runtime_version: Text<'a>,
        /// Its compiler.
        compiler: Text<'a>,
        /// The compiler's version.
        compiler_version: Text<'a>,
    }
}

block! {
    /// `aws`: where a segment ran, or which AWS resource a subsegment called.
    pub struct Aws {
        /// The account of the resource.
        account_id: Text<'a>,
        /// The log groups of the service.
        cloudwatch_logs: Vec<LogGroup<'a>>,
        /// The EC2 instance.
        ec2: Option<Ec2<'a>>,
        /// The ECS container.
        ecs: Option<Ecs<'a>>,
        /// The EKS pod.
        eks: Option<Eks<'a>>,
        /// The Elastic Beanstalk environment.
        elastic_beanstalk: Option<ElasticBeanstalk<'a>>,
        /// The SDK that wrote the document.
        xray: Option<Xray<'a>>,
        /// The API operation that was called.
        operation: Text<'a>,
        /// The region of the resource.
        region: Text<'a>,
        /// The id that AWS gave the request.
        request_id: Text<'a>,
        /// The SQS queue.
        queue_url: Text<'a>,
        /// The DynamoDB table.
        table_name: Text<'a>,
        /// The DynamoDB tables, if there are several.
        table_names: Vec<Cow<'a, str>>,
        /// The S3 bucket.
        bucket_name: Text<'a>,
        /// The key of an S3 object.
        key: Text<'a>,
        /// The SNS topic.
        topic_arn: Text<'a>,
        /// The Lambda function.
        function_name: Text<'a>,
        /// The id of the message that was sent or received.
        message_id: Text<'a>,
        /// How often the call was retried.
        retries: Option<i64>,
    }
}

block! {
    /// One of `aws.cloudwatch_logs`.
    pub struct LogGroup {
        /// Its name.
        log_group: Text<'a>,
        /// Its ARN.
        arn: Text<'a>,
    }
}

block! {
    /// `aws.ec2`: the instance that a segment ran on.
    pub struct Ec2 {
        /// The instance.
        instance_id: Text<'a>,
        /// Its type, for example `m5.large`.
        instance_size: Text<'a>,
        /// Its image.
        ami_id: Text<'a>,
        /// Its zone.
        availability_zone: Text<'a>,
    }
}

block! {
    /// `aws.ecs`: the task and the container that a segment ran in.
    pub struct Ecs {
        /// The container's name.
        container: Text<'a>,
        /// The container's id.
        container_id: Text<'a>,
        /// The container's ARN.
        container_arn: Text<'a>,
        /// The task's ARN.
        task_arn: Text<'a>,
        /// The task definition's family.
        task_family: Text<'a>,
        /// The cluster's ARN.
        cluster_arn: Text<'a>,
        /// `ec2` or `fargate`.
        launch_type: Text<'a>,
        /// The zone.
        availability_zone: Text<'a>,
    }
}

block! {
    /// `aws.eks`: the pod that a segment ran in.
    pub struct Eks {
        /// The cluster.
        cluster_name: Text<'a>,
        /// The pod.
        pod: Text<'a>,
        /// The container's id.
        container_id: Text<'a>,
    }
}

block! {
    /// `aws.elastic_beanstalk`: the environment that a segment ran in.
    pub struct ElasticBeanstalk {
        /// The environment.
        environment_name: Text<'a>,
        /// The application's version.
        version_label: Text<'a>,
        /// The deployment.
        deployment_id: Option<i64>,
    }
}

block! {
    /// `aws.xray`: who wrote the document.
    pub struct Xray {
        /// The SDK, for example `opentelemetry for rust`.
        sdk: Text<'a>,
        /// The SDK's version.
        sdk_version: Text<'a>,
        /// Whether the code was instrumented without changing it.
        auto_instrumentation: bool,
        /// The sampling rule that decided to record the trace.
        sampling_rule_name: Text<'a>,
    }
}

block! {
    /// `sql`: a database query. Never holds a password.
    pub struct Sql {
        /// The address of the database, without a password.
        connection_string: Text<'a>,
        /// The database as a URL, if there is no connection string.
        url: Text<'a>,
        /// The query without its values.
        sanitized_query: Text<'a>,
        /// The database's name, for example `postgresql`.
        database_type: Text<'a>,
        /// The database's version.
        database_version: Text<'a>,
        /// The driver's version.
        driver_version: Text<'a>,
        /// The database user.
        user: Text<'a>,
        /// `call` or `statement`.
        preparation: Text<'a>,
    }
}

block! {
    /// One of `links`: another trace that is related to this segment.
    pub struct Link {
        /// The other trace.
        trace_id: Option<TraceId>,
        /// The segment in it.
        id: Option<SegmentId>,
        /// The link's attributes.
        attributes: Members<'a>,
    }
}

block! {
    /// The object form of `cause`: the exceptions.
    pub struct Exceptions {
        /// The program's working directory.
        working_directory: Text<'a>,
        /// The directories of the program's files.
        paths: Vec<Cow<'a, str>>,
        /// The exceptions, the outermost first.
        exceptions: Vec<Exception<'a>>,
    }
}

block! {
    /// One of `cause.exceptions`.
    pub struct Exception {
        /// Its id, by which another exception or a later `cause` refers to it.
        id: Option<SegmentId>,
        /// Its message.
        message: Text<'a>,
        /// Its type, for example `java.io.IOException`.
        kind as "type": Text<'a>,
        /// Whether the called service failed, not this one.
        remote: Option<bool>,
        /// How many frames were left out of `stack`.
        truncated: Option<i64>,
        /// How many exceptions were left out between this one and its cause.
        skipped: Option<i64>,
        /// The exception that caused this one.
        cause: Option<SegmentId>,
        /// The stack trace, the innermost frame first.
        stack: Vec<Frame<'a>>,
    }
}

block! {
    /// One frame of `stack`.
    pub struct Frame {
        /// The file.
        path: Text<'a>,
        /// The line, counted from 1.
        line: Option<i64>,
        /// The function.
        label: Text<'a>,
    }
}

block_members!(
    Http,
    HttpRequest,
    HttpResponse,
    Service,
    Aws,
    LogGroup,
    Ec2,
    Ecs,
    Eks,
    ElasticBeanstalk,
    Xray,
    Sql,
    Link,
    Exceptions,
    Exception,
    Frame
);

/// `cause`: why a segment or subsegment failed.
#[derive(Debug, Clone, PartialEq)]
pub enum Cause<'a> {
    /// The exception is recorded elsewhere in the same segment, under this id.
    Recorded(SegmentId),
    /// The exceptions themselves.
    Exceptions(Exceptions<'a>),
}

impl<'a> Cause<'a> {
    /// Returns the exceptions, if they are here.
    pub fn exceptions(&self) -> Option<&[Exception<'a>]> {
        match self {
            Self::Exceptions(cause) => Some(&cause.exceptions),
            Self::Recorded(_) => None,
        }
    }

    /// Returns the id under which the exceptions are recorded, if that is elsewhere: the id of an exception or, as AWS's
    /// SDK for Node.js writes it (`{"id": …, "exceptions": []}`), of the subsegment that has them.
    pub fn recorded_as(&self) -> Option<SegmentId> {
        match self {
            Self::Recorded(id) => Some(*id),
            Self::Exceptions(cause) if cause.exceptions.is_empty() => {
                let (_, id) = cause.rest.iter().find(|(name, _)| name == "id")?;
                id.as_text()?.parse().ok()
            }
            Self::Exceptions(_) => None,
        }
    }
}

impl<'a> Member<'a> for Option<Cause<'a>> {
    fn read(value: Value<'a>) -> Result<Self, Value<'a>> {
        match &value {
            Value::Null => Ok(None),
            Value::Text(text) => match text.parse() {
                Ok(id) => Ok(Some(Cause::Recorded(id))),
                Err(_) => Err(value),
            },
            _ => Exceptions::read(value).map(|exceptions| Some(Cause::Exceptions(exceptions))),
        }
    }

    fn is_absent(&self) -> bool {
        match self {
            None => true,
            Some(Cause::Recorded(_)) => false,
            Some(Cause::Exceptions(exceptions)) => exceptions.is_absent(),
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            None => out.extend_from_slice(b"null"),
            Some(Cause::Recorded(id)) => Some(*id).write(out),
            Some(Cause::Exceptions(exceptions)) => exceptions.write(out),
        }
    }
}

/// Blocks that few documents have are boxed, so that other documents stay small.
impl<'a> Member<'a> for Option<Box<Sql<'a>>> {
    fn read(value: Value<'a>) -> Result<Self, Value<'a>> {
        Option::<Sql<'a>>::read(value).map(|sql| sql.map(Box::new))
    }

    fn is_absent(&self) -> bool {
        self.as_ref().is_none_or(|sql| sql.is_absent())
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Some(sql) => sql.write(out),
            None => encode::text("", out),
        }
    }
}
