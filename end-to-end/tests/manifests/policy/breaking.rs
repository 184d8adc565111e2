//! Breaks each rule of the policy on purpose: a rule that cannot fail is worthless.

use serde_json::{Value, json};

use super::complaints;
use crate::manifests::render::rendering;

/// What is changed in the objects called so, and which complaint that must bring. `null` removes.
type Break = (&'static str, &'static str, fn() -> Value, &'static str);

const CONTAINER: &str = "/spec/template/spec/containers/0";

const BREAKS: &[Break] = &[
    (
        "Deployment x-ray-sample-front-k8s",
        "+/image",
        || json!("front"),
        "has no exact tag",
    ),
    (
        "Deployment x-ray-sample-front-k8s",
        "+/image",
        || json!("front:latest"),
        "has no exact tag",
    ),
    (
        "Deployment x-ray-sample-front-k8s",
        "+/image",
        || json!("host:5000/front"),
        "has no exact tag",
    ),
    (
        "Deployment x-ray-sample-front-k8s",
        "+/imagePullPolicy",
        || json!("Always"),
        "pulled always",
    ),
    (
        "Deployment x-ray-sample-back-k8s",
        "+/securityContext/privileged",
        || json!(true),
        "is privileged",
    ),
    (
        "Deployment x-ray-sample-back-k8s",
        "+/securityContext/allowPrivilegeEscalation",
        || Value::Null,
        "gain privileges",
    ),
    (
        "Deployment x-ray-sample-back-k8s",
        "+/securityContext/readOnlyRootFilesystem",
        || json!(false),
        "write to its root",
    ),
    (
        "Deployment x-ray-sample-back-k8s",
        "+/securityContext/capabilities",
        || json!({"drop": ["NET_RAW"]}),
        "keeps capabilities",
    ),
    (
        "Deployment x-ray-sample-back-k8s",
        "/spec/template/spec/securityContext/runAsUser",
        || json!(0),
        "user is not 65532",
    ),
    (
        "Deployment x-ray-sample-back-k8s",
        "/spec/template/spec/securityContext/runAsNonRoot",
        || Value::Null,
        "run as root",
    ),
    (
        "Deployment x-ray-sample-back-k8s",
        "/spec/template/spec/securityContext/seccompProfile",
        || Value::Null,
        "seccomp",
    ),
    (
        "Deployment x-ray-sample-back-k8s",
        "/spec/template/spec/enableServiceLinks",
        || Value::Null,
        "service links",
    ),
    (
        "Deployment x-ray-sample-back-k8s",
        "/spec/template/spec/automountServiceAccountToken",
        || Value::Null,
        "token",
    ),
    (
        "Job x-ray-doctor-NUMBER",
        "/spec/template/spec/hostNetwork",
        || json!(true),
        "hostNetwork",
    ),
    (
        "Job x-ray-doctor-NUMBER",
        "+/securityContext/readOnlyRootFilesystem",
        || Value::Null,
        "write to its root",
    ),
    (
        "Deployment x-ray-sample-back-k8s",
        "/spec/template/spec/hostNetwork",
        || json!(true),
        "hostNetwork",
    ),
    (
        "Deployment x-ray-sample-back-k8s",
        "+/startupProbe",
        || Value::Null,
        "startupProbe asks none",
    ),
    (
        "Deployment x-ray-sample-back-k8s",
        "+/livenessProbe/httpGet/path",
        || json!("/"),
        "liveness",
    ),
    (
        "Deployment x-ray-sample-back-k8s",
        "+/readinessProbe/httpGet/path",
        || json!("/livez"),
        "readiness",
    ),
    (
        "Deployment x-ray-sample-back-k8s",
        "+/readinessProbe/httpGet/port",
        || json!("web"),
        "readinessProbe asks none",
    ),
    (
        "Deployment x-ray-sample-back-k8s",
        "+/resources/limits",
        || Value::Null,
        "no limit",
    ),
    (
        "Deployment x-ray-sample-back-k8s",
        "+/resources/limits/memory",
        || json!("1Gi"),
        "not its limit",
    ),
    (
        "Deployment x-ray-sample-back-k8s",
        "+/resources/limits/cpu",
        || json!("1"),
        "CPU has a limit",
    ),
    (
        "Deployment x-ray-sample-back-k8s",
        "+/resources/requests/cpu",
        || Value::Null,
        "requests no CPU",
    ),
    (
        "Deployment x-ray-sample-back-k8s",
        "+/terminationMessagePolicy",
        || Value::Null,
        "last words",
    ),
    (
        "Deployment x-ray-sample-back-k8s",
        "/spec/selector/matchLabels/tier",
        || json!("front"),
        "its pods' labels",
    ),
    (
        "Deployment x-ray-sample-back-k8s",
        "/spec/template/metadata/labels/app",
        || json!("back"),
        "selects 0 workloads",
    ),
    (
        "Service x-ray-sample-back-k8s",
        "/spec/ports/0/targetPort",
        || json!("web"),
        "nothing listens",
    ),
    (
        "Service x-ray-sample-back-k8s",
        "/spec/internalTrafficPolicy",
        || json!("Local"),
        "of nothing else",
    ),
    (
        "Service aws-xray",
        "/spec/internalTrafficPolicy",
        || json!("Cluster"),
        "in front of a DaemonSet",
    ),
    (
        "Service aws-xray",
        "/spec/ports/0/protocol",
        || json!("TCP"),
        "nothing listens",
    ),
    (
        "Service aws-xray",
        "/spec/clusterIP",
        || json!("None"),
        "headless",
    ),
    (
        "Service aws-xray",
        "/spec/selector",
        || json!({}),
        "selects 0 workloads",
    ),
    (
        "PodDisruptionBudget x-ray-sample-back-k8s",
        "/spec/selector/matchLabels/app",
        || json!("x"),
        "selects no pods",
    ),
    (
        "NetworkPolicy back-from-front",
        "/spec/ingress/0/from/0/podSelector/matchLabels/app",
        || json!("x"),
        "selects no pods",
    ),
    (
        "NetworkPolicy front-to-back",
        "/metadata/namespace",
        || json!("default"),
        "is not applied",
    ),
    (
        "DaemonSet aws-xray",
        "/spec/template/spec/containers/0/ports/0/hostPort",
        || json!(2000),
        "not under privileged",
    ),
    (
        "DaemonSet aws-xray",
        "/spec/template/spec/containers/0/ports/0/name",
        || json!("sampling"),
        "two ports",
    ),
    (
        "DaemonSet aws-xray",
        "/spec/template/spec/securityContext/runAsUser",
        || json!(65532),
        "user is not 10001",
    ),
    (
        "ServiceAccount aws-xray",
        "/kind",
        || json!("ClusterRole"),
        "right in the cluster",
    ),
    (
        "Namespace xray",
        "/metadata/labels/pod-security.kubernetes.io~1enforce",
        || json!("baseline"),
        "not under restricted",
    ),
    (
        "Namespace xray",
        "/metadata/labels/pod-security.kubernetes.io~1warn",
        || Value::Null,
        "does not warn",
    ),
    (
        "Namespace x-ray-sample",
        "/metadata/labels/pod-security.kubernetes.io~1audit",
        || json!("baseline"),
        "does not audit",
    ),
];

#[test]
fn every_rule_complains_when_it_is_broken() {
    let whole = &rendering("overlays/eks + doctor").objects;
    for (name, pointer, value, complaint) in BREAKS {
        let pointer = pointer.replace('+', CONTAINER);
        let mut broken = whole.clone();
        let object = broken
            .iter_mut()
            .find(|object| {
                format!(
                    "{} {}",
                    object["kind"].as_str().unwrap(),
                    object["metadata"]["name"].as_str().unwrap()
                ) == *name
            })
            .unwrap_or_else(|| panic!("there is no {name}"));
        set(object, &pointer, value());
        let said = complaints(&broken);
        assert!(
            said.iter().any(|said| said.contains(complaint)),
            "{name} with {pointer} = {} brings no complaint of {complaint:?}, but {said:?}",
            value()
        );
    }
}

/// Sets a member, or removes it.
fn set(object: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/");
    let parent = object
        .pointer_mut(parent)
        .unwrap_or_else(|| panic!("there is no {parent}"));
    if value.is_null() {
        assert!(
            parent.as_object_mut().unwrap().remove(&key).is_some(),
            "there is no {pointer}"
        );
    } else if let Some(list) = parent.as_array_mut() {
        list[key.parse::<usize>().unwrap()] = value;
    } else {
        parent[key] = value;
    }
}
