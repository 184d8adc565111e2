//! The resource's `aws` block, borrowed by a document that extends it; its strings are not copied.

use std::borrow::Cow;

use crate::{
    document::{Aws, Ec2, Ecs, Eks, ElasticBeanstalk, LogGroup, Xray},
    mapping::text::Text,
};

/// Returns an `aws` block to extend; its strings are borrowed.
pub(in crate::mapping) fn borrow_aws<'a>(aws: &'a Aws<'static>) -> Aws<'a> {
    let group = |group: &'a LogGroup<'static>| LogGroup {
        log_group: borrow(&group.log_group),
        arn: borrow(&group.arn),
        ..LogGroup::default()
    };
    Aws {
        account_id: borrow(&aws.account_id),
        cloudwatch_logs: aws.cloudwatch_logs.iter().map(group).collect(),
        ec2: aws.ec2.as_ref().map(borrow_ec2),
        ecs: aws.ecs.as_ref().map(borrow_ecs),
        eks: aws.eks.as_ref().map(borrow_eks),
        elastic_beanstalk: aws.elastic_beanstalk.as_ref().map(borrow_elastic_beanstalk),
        xray: aws.xray.as_ref().map(borrow_xray),
        ..Aws::default()
    }
}

fn borrow<'a>(text: &'a Text<'static>) -> Text<'a> {
    text.as_deref().map(Cow::Borrowed)
}

fn borrow_ec2<'a>(ec2: &'a Ec2<'static>) -> Ec2<'a> {
    Ec2 {
        instance_id: borrow(&ec2.instance_id),
        instance_size: borrow(&ec2.instance_size),
        ami_id: borrow(&ec2.ami_id),
        availability_zone: borrow(&ec2.availability_zone),
        ..Ec2::default()
    }
}

fn borrow_ecs<'a>(ecs: &'a Ecs<'static>) -> Ecs<'a> {
    Ecs {
        container: borrow(&ecs.container),
        container_id: borrow(&ecs.container_id),
        container_arn: borrow(&ecs.container_arn),
        task_arn: borrow(&ecs.task_arn),
        task_family: borrow(&ecs.task_family),
        cluster_arn: borrow(&ecs.cluster_arn),
        launch_type: borrow(&ecs.launch_type),
        availability_zone: borrow(&ecs.availability_zone),
        ..Ecs::default()
    }
}

fn borrow_eks<'a>(eks: &'a Eks<'static>) -> Eks<'a> {
    Eks {
        cluster_name: borrow(&eks.cluster_name),
        pod: borrow(&eks.pod),
        container_id: borrow(&eks.container_id),
        ..Eks::default()
    }
}

fn borrow_elastic_beanstalk<'a>(beanstalk: &'a ElasticBeanstalk<'static>) -> ElasticBeanstalk<'a> {
    ElasticBeanstalk {
        environment_name: borrow(&beanstalk.environment_name),
        version_label: borrow(&beanstalk.version_label),
        deployment_id: beanstalk.deployment_id,
        ..ElasticBeanstalk::default()
    }
}

fn borrow_xray<'a>(xray: &'a Xray<'static>) -> Xray<'a> {
    Xray {
        sdk: borrow(&xray.sdk),
        sdk_version: borrow(&xray.sdk_version),
        auto_instrumentation: xray.auto_instrumentation,
        ..Xray::default()
    }
}
