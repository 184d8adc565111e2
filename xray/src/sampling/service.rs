//! The service as input for sampling rules: the same for all of its requests.

/// What rules can match in a service. A rule for another service is dropped when rules are read, not checked for each
/// request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Service {
    /// The service's name, which is that of its segments.
    pub name: String,
    /// Where it runs, as one of X-Ray's types (`AWS::ECS::Container`, …); `None` if it is unknown.
    pub kind: Option<&'static str>,
    /// The ARN of what it runs in: the ECS container, or the Lambda function.
    pub arn: Option<String>,
}

impl Service {
    /// Derives the type and the ARN from the resource's attributes, as OpenTelemetry's X-Ray samplers do.
    ///
    /// ```
    /// use xray::sampling::Service;
    ///
    /// let resource = [("cloud.platform".to_owned(), "aws_eks".to_owned())];
    /// assert_eq!(Service::new("shop", &resource).kind, Some("AWS::EKS::Container"));
    /// ```
    pub fn new(name: &str, resource: &[(String, String)]) -> Self {
        let attribute = |key: &str| {
            let found = resource.iter().rev().find(|(name, _)| name == key)?;
            Some(found.1.as_str()).filter(|value| !value.is_empty())
        };
        let kind = match attribute("cloud.platform") {
            Some("aws_ec2") => Some("AWS::EC2::Instance"),
            Some("aws_ecs") => Some("AWS::ECS::Container"),
            Some("aws_eks") => Some("AWS::EKS::Container"),
            Some("aws_elastic_beanstalk") => Some("AWS::ElasticBeanstalk::Environment"),
            Some("aws_lambda") => Some("AWS::Lambda::Function"),
            _ => None,
        };
        let arn = attribute("aws.ecs.container.arn").or_else(|| {
            let names = ["cloud.resource_id", "faas.id"];
            names
                .into_iter()
                .filter(|_| kind == Some("AWS::Lambda::Function"))
                .find_map(attribute)
        });
        Self {
            name: name.to_owned(),
            kind,
            arn: arn.map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_and_arn_come_from_the_resource() {
        let service = |pairs: &[(&str, &str)]| {
            let resource: Vec<_> = pairs
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect();
            let Service { kind, arn, .. } = Service::new("shop", &resource);
            (kind, arn)
        };
        let arn = |text: &str| Some(text.to_owned());
        assert_eq!(service(&[]), (None, None));
        assert_eq!(
            service(&[("cloud.platform", "aws_eks"), ("faas.id", "f")]),
            (Some("AWS::EKS::Container"), None)
        );
        assert_eq!(
            service(&[
                ("cloud.platform", "aws_ecs"),
                ("aws.ecs.container.arn", "c")
            ]),
            (Some("AWS::ECS::Container"), arn("c"))
        );
        assert_eq!(
            service(&[("cloud.platform", "aws_lambda"), ("faas.id", "f")]),
            (Some("AWS::Lambda::Function"), arn("f"))
        );
    }
}
