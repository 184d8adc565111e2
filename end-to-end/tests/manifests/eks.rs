//! The cluster's configuration and the chart's values.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::manifests::{
    objects::{find, list},
    render::{documents, file, kustomize, rendering, root},
};

const WRITE_TRACES: &str = "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess";

fn cluster() -> Value {
    file("eks/cluster/cluster.yaml").remove(0)
}

fn patched(folder: &str) -> Value {
    documents(&kustomize(&root().join(folder))).remove(0)
}

#[test]
fn only_the_service_account_of_the_daemon_may_write_traces() {
    let account = find(
        &rendering("overlays/eks").objects,
        "ServiceAccount",
        "aws-xray",
    );
    let cluster = cluster();
    let [association] = list(&cluster["iam"]["podIdentityAssociations"]) else {
        panic!("{cluster}")
    };
    assert_eq!(association["namespace"], account["metadata"]["namespace"]);
    assert_eq!(
        association["serviceAccountName"],
        account["metadata"]["name"]
    );
    assert_eq!(association["permissionPolicyARNs"], json!([WRITE_TRACES]));
    assert!(list(&cluster["addons"]).contains(&json!({"name": "eks-pod-identity-agent"})));

    let irsa = patched("eks/irsa");
    let [role] = list(&irsa["iam"]["serviceAccounts"]) else {
        panic!("{irsa}")
    };
    assert_eq!(
        role["metadata"],
        json!({"namespace": "xray", "name": "aws-xray"})
    );
    assert_eq!(
        (&role["roleOnly"], &irsa["iam"]["withOIDC"]),
        (&json!(true), &json!(true))
    );
    assert!(irsa["iam"].get("podIdentityAssociations").is_none());

    let cloudwatch = patched("eks/cloudwatch");
    assert!(
        list(&cloudwatch["addons"]).iter().any(|addon| addon["name"]
            == "amazon-cloudwatch-observability"
            && addon["podIdentityAssociations"][0]["permissionPolicyARNs"]
                .to_string()
                .contains(WRITE_TRACES)),
        "{cloudwatch}"
    );
}

#[test]
fn the_name_and_region_of_the_cluster_are_the_same_everywhere() {
    let metadata = &cluster()["metadata"];
    let (name, region) = (
        metadata["name"].as_str().unwrap(),
        metadata["region"].as_str().unwrap(),
    );
    let yaml = &rendering("overlays/eks").yaml;
    assert!(yaml.contains(&format!("k8s.cluster.name={name},")));
    assert!(yaml.contains(&format!(
        "https://{region}.console.aws.amazon.com/xray/home?region={region}"
    )));
    assert_eq!(file("values/aws-xray.yaml")[0]["xray"]["region"], region);
    for half in ["front", "back"] {
        let task = file(&format!("ecs/{half}-task.json")).remove(0);
        for container in list(&task["containerDefinitions"]) {
            assert_eq!(
                container["logConfiguration"]["options"]["awslogs-region"],
                region
            );
        }
        assert_eq!(
            task["containerDefinitions"][1]["environment"][0]["value"],
            region
        );
    }
}

/// The values that the chart's version 5.0.0 knows; a path that ends in a dot may hold anything.
const CHART_VALUES: [&str; 20] = [
    "affinity.",
    "fullnameOverride",
    "image.",
    "imagePullSecrets.",
    "nameOverride",
    "nodeSelector.",
    "podAnnotations.",
    "podSecurityContext.",
    "priorityClassName",
    "resources.",
    "securityContext.",
    "service.port",
    "serviceAccount.annotations.",
    "serviceAccount.create",
    "serviceAccount.name",
    "tolerations.",
    "xray.containerPort",
    "xray.loglevel",
    "xray.region",
    "xray.roleArn",
];

#[test]
fn the_chart_knows_every_value() {
    let values = &file("values/aws-xray.yaml")[0];
    for path in paths(values, "") {
        let is_known = CHART_VALUES.iter().any(|known| {
            path == *known || (known.ends_with('.') && format!("{path}.").starts_with(known))
        });
        assert!(is_known, "the chart has no value {path}");
    }
    let account = &values["serviceAccount"];
    assert_eq!(
        (&account["create"], &account["name"]),
        (&json!(true), &json!("aws-xray"))
    );
    let levels = ["dev", "debug", "info", "warn", "error", "prod"];
    assert!(levels.contains(&values["xray"]["loglevel"].as_str().unwrap()));
}

/// The paths of all members that are no objects; an empty object is a path too.
fn paths(value: &Value, path: &str) -> BTreeSet<String> {
    match value.as_object() {
        Some(members) if !members.is_empty() => members
            .iter()
            .flat_map(|(key, value)| {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                paths(value, &path)
            })
            .collect(),
        _ => BTreeSet::from([path.to_owned()]),
    }
}
