//! The resource's `aws` block, lent to a document that adds to it: its texts stay where they are.

use std::borrow::Cow;

use crate::{
    document::{Aws, Ec2, Ecs, Eks, ElasticBeanstalk, LogGroup, Xray},
    mapping::text::Text,
};

/// Returns the `aws` block to add to; its texts stay here.
pub(in crate::mapping) fn lend_aws<'a>(aws: &'a Aws<'static>) -> Aws<'a> {
    let group = |group: &'a LogGroup<'static>| LogGroup {
        log_group: lend(&group.log_group),
        arn: lend(&group.arn),
        ..LogGroup::default()
    };
    Aws {
        account_id: lend(&aws.account_id),
        cloudwatch_logs: aws.cloudwatch_logs.iter().map(group).collect(),
        ec2: aws.ec2.as_ref().map(lend_ec2),
        ecs: aws.ecs.as_ref().map(lend_ecs),
        eks: aws.eks.as_ref().map(lend_eks),
        elastic_beanstalk: aws.elastic_beanstalk.as_ref().map(lend_elastic_beanstalk),
        xray: aws.xray.as_ref().map(lend_xray),
        ..Aws::default()
    }
}

fn lend<'a>(text: &'a Text<'static>) -> Text<'a> {
    text.as_deref().map(Cow::Borrowed)
}

fn lend_ec2<'a>(ec2: &'a Ec2<'static>) -> Ec2<'a> {
    Ec2 {
        instance_id: lend(&ec2.instance_id),
        instance_size: lend(&ec2.instance_size),
        ami_id: lend(&ec2.ami_id),
        availability_zone: lend(&ec2.availability_zone),
        ..Ec2::default()
    }
}

fn lend_ecs<'a>(ecs: &'a Ecs<'static>) -> Ecs<'a> {
    Ecs {
        container: lend(&ecs.container),
        container_id: lend(&ecs.container_id),
        container_arn: lend(&ecs.container_arn),
        task_arn: lend(&ecs.task_arn),
        task_family: lend(&ecs.task_family),
        cluster_arn: lend(&ecs.cluster_arn),
        launch_type: lend(&ecs.launch_type),
        availability_zone: lend(&ecs.availability_zone),
        ..Ecs::default()
    }
}

fn lend_eks<'a>(eks: &'a Eks<'static>) -> Eks<'a> {
    Eks {
        cluster_name: lend(&eks.cluster_name),
        pod: lend(&eks.pod),
        container_id: lend(&eks.container_id),
        ..Eks::default()
    }
}

fn lend_elastic_beanstalk<'a>(beanstalk: &'a ElasticBeanstalk<'static>) -> ElasticBeanstalk<'a> {
    ElasticBeanstalk {
        environment_name: lend(&beanstalk.environment_name),
        version_label: lend(&beanstalk.version_label),
        deployment_id: beanstalk.deployment_id,
        ..ElasticBeanstalk::default()
    }
}

fn lend_xray<'a>(xray: &'a Xray<'static>) -> Xray<'a> {
    Xray {
        sdk: lend(&xray.sdk),
        sdk_version: lend(&xray.sdk_version),
        auto_instrumentation: xray.auto_instrumentation,
        ..Xray::default()
    }
}
