//! The data that all documents of one resource share, prepared once.

mod borrow;

pub(super) use borrow::borrow_aws;

use std::borrow::Cow;

use super::{
    metadata::{RESOURCE_PREFIX, settle},
    stack::Language,
    text::{Text, fit, scalar},
    trimmed::Trimmed,
};
use crate::{
    Value,
    document::{Aws, Ec2, Ecs, Eks, ElasticBeanstalk, Encoded, LogGroup, Service, Xray},
    encode, names, secrets,
    value::Members,
};

/// The data that a resource provides to all its spans.
#[derive(Debug)]
pub(super) struct Resource {
    /// `service.name`, cleaned.
    pub(super) service_name: Option<Cow<'static, str>>,
    /// The same as JSON.
    pub(super) encoded_name: Box<[u8]>,
    pub(super) language: Language,
    pub(super) origin: Option<&'static str>,
    /// None on a cloud other than AWS.
    pub(super) aws: Option<Encoded<Aws<'static>>>,
    pub(super) service: Option<Encoded<Service<'static>>>,
    /// The attributes in the form that the metadata has.
    pub(super) metadata: Encoded<Members<'static>>,
    pub(super) trimmed: Trimmed,
}

impl Resource {
    /// Prepares the attributes; `log_groups` applies if they name none.
    pub(super) fn new(mut attributes: Members<'static>, log_groups: &[String]) -> Self {
        for (key, value) in &mut attributes {
            secrets::hide_attribute(key, value);
        }
        let mut reader = Reader {
            attributes: &attributes,
            trimmed: Trimmed::default(),
        };
        let is_aws = matches!(reader.get("cloud.provider"), None | Some("aws"));
        let service_name = reader.whole("service.name");
        let clean = service_name
            .clone()
            .map(|name| names::clean_cow(name, names::clean_name));
        reader.trimmed.names += u32::from(clean != service_name);
        let mut encoded_name = Vec::new();
        encode::text(clean.as_deref().unwrap_or_default(), &mut encoded_name);
        Self {
            service_name: clean,
            encoded_name: encoded_name.into(),
            language: Language::from_name(reader.get("telemetry.sdk.language").unwrap_or_default()),
            origin: reader.origin().filter(|_| is_aws),
            aws: is_aws.then(|| Encoded::new(reader.aws(log_groups))),
            service: reader.service().map(Encoded::new),
            trimmed: reader.trimmed,
            metadata: Encoded::new(metadata(attributes)),
        }
    }
}

/// Reads a resource's attributes by their keys.
struct Reader<'r> {
    attributes: &'r Members<'static>,
    trimmed: Trimmed,
}

impl<'r> Reader<'r> {
    fn value(&self, key: &str) -> Option<&'r Value<'static>> {
        let mut attributes = self.attributes.iter().rev();
        attributes
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    fn get(&self, key: &str) -> Option<&'r str> {
        self.value(key)
            .and_then(Value::as_text)
            .filter(|text| !text.is_empty())
    }

    /// Returns an attribute as a string of any length.
    fn whole(&self, key: &str) -> Text<'static> {
        self.value(key).and_then(scalar)
    }

    fn text(&mut self, key: &str) -> Text<'static> {
        let text = self.whole(key)?;
        Some(fit(text, &mut self.trimmed))
    }

    fn platform(&self) -> &'r str {
        self.get("cloud.platform").unwrap_or_default()
    }

    fn origin(&self) -> Option<&'static str> {
        Some(match self.platform() {
            "aws_app_runner" => "AWS::AppRunner::Service",
            "aws_eks" => "AWS::EKS::Container",
            "aws_elastic_beanstalk" => "AWS::ElasticBeanstalk::Environment",
            "aws_ecs" => match self.get("aws.ecs.launchtype") {
                Some("ec2") => "AWS::ECS::EC2",
                Some("fargate") => "AWS::ECS::Fargate",
                _ => "AWS::ECS::Container",
            },
            "aws_ec2" => "AWS::EC2::Instance",
            _ => return None,
        })
    }

    fn aws(&mut self, log_groups: &[String]) -> Aws<'static> {
        let platform = self.platform();
        // Outside EC2, `host.id` may be any machine id, such as that of a laptop.
        let is_instance = |id: &str| id.starts_with("i-");
        let is_ec2 = platform == "aws_ec2" || self.get("host.id").is_some_and(is_instance);
        let is_eks = platform == "aws_eks" || self.get("k8s.cluster.name").is_some();
        let is_beanstalk =
            platform == "aws_elastic_beanstalk" && self.value("service.instance.id").is_some();
        Aws {
            account_id: self.text("cloud.account.id"),
            cloudwatch_logs: self.log_groups(log_groups),
            ec2: is_ec2.then(|| self.ec2()),
            ecs: (platform == "aws_ecs").then(|| self.ecs()),
            eks: is_eks.then(|| self.eks()),
            elastic_beanstalk: is_beanstalk.then(|| self.elastic_beanstalk()),
            xray: Some(self.xray()),
            ..Aws::default()
        }
    }

    fn ec2(&mut self) -> Ec2<'static> {
        Ec2 {
            instance_id: self.text("host.id"),
            instance_size: self.text("host.type"),
            ami_id: self.text("host.image.id"),
            availability_zone: self.text("cloud.availability_zone"),
            ..Ec2::default()
        }
    }

    fn ecs(&mut self) -> Ecs<'static> {
        Ecs {
            container: self.text("container.name"),
            container_id: self.text("container.id"),
            container_arn: self.text("aws.ecs.container.arn"),
            task_arn: self.text("aws.ecs.task.arn"),
            task_family: self.text("aws.ecs.task.family"),
            cluster_arn: self.text("aws.ecs.cluster.arn"),
            launch_type: self.text("aws.ecs.launchtype"),
            availability_zone: self.text("cloud.availability_zone"),
            ..Ecs::default()
        }
    }

    fn eks(&mut self) -> Eks<'static> {
        Eks {
            cluster_name: self.text("k8s.cluster.name"),
            pod: self.text("k8s.pod.name"),
            container_id: self.text("container.id"),
            ..Eks::default()
        }
    }

    fn elastic_beanstalk(&mut self) -> ElasticBeanstalk<'static> {
        let deployment = self
            .value("service.instance.id")
            .and_then(Value::as_integer);
        ElasticBeanstalk {
            environment_name: self.text("service.namespace"),
            version_label: self.text("service.version"),
            deployment_id: Some(deployment.unwrap_or(0)),
            ..ElasticBeanstalk::default()
        }
    }

    fn xray(&mut self) -> Xray<'static> {
        let name = self.get("telemetry.sdk.name");
        let sdk = match (name, self.get("telemetry.sdk.language")) {
            (Some(name), Some(language)) => Some(format!("{name} for {language}")),
            (name, _) => name.map(str::to_owned),
        };
        let is_auto = |key| self.get(key).is_some();
        let auto_instrumentation =
            is_auto("telemetry.auto.version") || is_auto("telemetry.distro.version");
        Xray {
            sdk: sdk.map(|sdk| fit(Cow::Owned(sdk), &mut self.trimmed)),
            sdk_version: self.text("telemetry.sdk.version"),
            auto_instrumentation,
            ..Xray::default()
        }
    }

    /// The log groups by ARN, else by name, else from the settings.
    fn log_groups(&mut self, configured: &[String]) -> Vec<LogGroup<'static>> {
        let arns = self.list("aws.log.group.arns");
        let by_arn = !arns.is_empty();
        let mut groups = arns;
        if groups.is_empty() {
            groups = self.list("aws.log.group.names");
        }
        if groups.is_empty() {
            groups = configured.to_vec();
        }
        let trimmed = &mut self.trimmed;
        let mut text = |text: &str| Some(fit(Cow::Owned(text.to_owned()), trimmed));
        let group = |group: String| LogGroup {
            // arn:aws:logs:region:account:log-group:name:*
            log_group: text(group.split(':').nth(6).filter(|_| by_arn).unwrap_or(&group)),
            arn: by_arn.then(|| text(&group)).flatten(),
            ..LogGroup::default()
        };
        groups.into_iter().map(group).collect()
    }

    /// A list of strings, or one string with `&` as separator, as in `OTEL_RESOURCE_ATTRIBUTES`.
    fn list(&self, key: &str) -> Vec<String> {
        match self.value(key) {
            Some(Value::Array(values)) => values
                .iter()
                .filter_map(Value::as_text)
                .map(str::to_owned)
                .collect(),
            Some(Value::Text(text)) => text
                .split('&')
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect(),
            _ => Vec::new(),
        }
    }

    fn service(&mut self) -> Option<Service<'static>> {
        let version = self
            .text("service.version")
            .or_else(|| self.first_image_tag())
            .or_else(|| self.text("container.image.tag"));
        let runtime = self.text("process.runtime.name");
        if version.is_none() && runtime.is_none() {
            return None;
        }
        Some(Service {
            version,
            runtime,
            runtime_version: self.text("process.runtime.version"),
            ..Service::default()
        })
    }

    fn first_image_tag(&mut self) -> Text<'static> {
        match self.value("container.image.tags") {
            Some(Value::Array(tags)) => {
                let tag = tags.first().and_then(Value::as_text)?;
                Some(fit(Cow::Owned(tag.to_owned()), &mut self.trimmed))
            }
            _ => None,
        }
    }
}

fn metadata(attributes: Members<'static>) -> Members<'static> {
    let mut metadata: Members<'static> = attributes
        .into_iter()
        .filter(|(_, value)| !matches!(value, Value::Null))
        .map(|(key, value)| (Cow::Owned(format!("{RESOURCE_PREFIX}{key}")), value))
        .collect();
    settle(&mut metadata);
    metadata
}
