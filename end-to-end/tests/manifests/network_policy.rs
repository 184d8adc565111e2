//! Network policies: what may come in and go out, by port.

use std::collections::BTreeMap;

use end_to_end::ports::{CONTAINER, DAEMON, DNS, OTLP};
use serde_json::{Value, json};

use crate::manifests::{objects::of_kind, render::renderings};

fn port(protocol: &str, port: u16) -> Value {
    json!({"protocol": protocol, "port": port})
}

fn labelled(app: &str) -> Value {
    json!({"podSelector": {"matchLabels": {"app": app}}})
}

/// What the policies are, by name.
fn expected() -> BTreeMap<&'static str, Value> {
    let (front, back) = (
        labelled("x-ray-sample-front-k8s"),
        labelled("x-ray-sample-back-k8s"),
    );
    let http = json!([port("TCP", CONTAINER)]);
    let name = "kubernetes.io/metadata.name";
    let dns = json!({
        "to": [
            {"namespaceSelector": {"matchLabels": {name: "kube-system"}}},
            {"ipBlock": {"cidr": "169.254.20.10/32"}},
        ],
        "ports": [port("UDP", DNS), port("TCP", DNS)],
    });
    let agent = json!([port("UDP", DAEMON), port("TCP", DAEMON), port("TCP", OTLP)]);
    let agents = json!([{"namespaceSelector": {"matchExpressions": [
        {"key": name, "operator": "In", "values": ["xray", "amazon-cloudwatch"]}
    ]}}]);
    let nodes = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]
        .map(|range| json!({"ipBlock": {"cidr": range}}));
    BTreeMap::from([
        (
            "default-deny",
            json!({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}),
        ),
        (
            "front-from-anywhere",
            json!({
                "podSelector": front["podSelector"],
                "policyTypes": ["Ingress"],
                "ingress": [{"ports": http}],
            }),
        ),
        (
            "front-to-back",
            json!({
                "podSelector": front["podSelector"],
                "policyTypes": ["Egress"],
                "egress": [{"to": [back], "ports": http}],
            }),
        ),
        (
            "back-from-front",
            json!({
                "podSelector": back["podSelector"],
                "policyTypes": ["Ingress"],
                "ingress": [{"from": [front], "ports": http}],
            }),
        ),
        (
            "names-and-traces",
            json!({
                "podSelector": {},
                "policyTypes": ["Egress"],
                "egress": [
                    dns,
                    {"to": agents, "ports": agent},
                    {"to": nodes, "ports": agent},
                ],
            }),
        ),
    ])
}

#[test]
fn the_network_policy_allows_only_the_traffic_of_the_pair() {
    let mut count = 0;
    for rendering in renderings() {
        let policies: BTreeMap<&str, Value> = of_kind(&rendering.objects, "NetworkPolicy")
            .map(|policy| {
                assert_eq!(policy["metadata"]["namespace"], "x-ray-sample");
                let name = policy["metadata"]["name"].as_str().unwrap();
                (name, policy["spec"].clone())
            })
            .collect();
        if rendering.name.starts_with("overlays/") || rendering.name.contains("network-policy") {
            assert_eq!(policies, expected(), "{}", rendering.name);
            count += 1;
        } else {
            assert!(policies.is_empty(), "{}", rendering.name);
        }
    }
    assert!(count >= 9, "{count}");
}
