//! Services, disruption budgets and network policies: what they select exists, and so do the ports.

use serde_json::Value;

use crate::manifests::objects::{containers, id, is, list, of_kind, selected, workloads};

pub(super) fn complaints(objects: &[Value]) -> Vec<String> {
    [services(objects), selectors(objects), namespaces(objects)].concat()
}

fn services(objects: &[Value]) -> Vec<String> {
    let mut complaints = Vec::new();
    for service in of_kind(objects, "Service") {
        let behind = selected(
            objects,
            &service["metadata"]["namespace"],
            &service["spec"]["selector"],
        );
        let [workload] = behind.as_slice() else {
            complaints.push(format!(
                "{}: it selects {} workloads",
                id(service),
                behind.len()
            ));
            continue;
        };
        for port in list(&service["spec"]["ports"]) {
            if !has_port(workload, port) {
                complaints.push(format!("{}: nothing listens behind {port}", id(service)));
            }
        }
        let is_local = service["spec"]["internalTrafficPolicy"] == "Local";
        if is_local != is(workload, "DaemonSet") {
            complaints.push(format!(
                "{}: Local in front of a DaemonSet, and of nothing else",
                id(service)
            ));
        }
        if service["spec"].get("clusterIP").is_some() {
            complaints.push(format!("{}: it is headless, and goes stale", id(service)));
        }
    }
    complaints
}

fn has_port(workload: &Value, port: &Value) -> bool {
    let protocol = |port: &Value| port["protocol"].as_str().unwrap_or("TCP").to_owned();
    containers(workload)
        .iter()
        .flat_map(|container| list(&container["ports"]))
        .any(|own| own["name"] == port["targetPort"] && protocol(own) == protocol(port))
}

/// What disruption budgets and network policies select must exist. An empty selector of a policy is everything.
fn selectors(objects: &[Value]) -> Vec<String> {
    let budgets =
        of_kind(objects, "PodDisruptionBudget").map(|budget| (budget, &budget["spec"]["selector"]));
    let policies = of_kind(objects, "NetworkPolicy").flat_map(|policy| {
        let peers = ["ingress/from", "egress/to"]
            .into_iter()
            .flat_map(move |way| {
                let (way, peers) = way.split_once('/').unwrap();
                list(&policy["spec"][way])
                    .iter()
                    .flat_map(move |rule| list(&rule[peers]))
            });
        let own = std::iter::once(&policy["spec"]["podSelector"]);
        own.chain(peers.filter_map(|peer| peer.get("podSelector")))
            .filter(|selector| selector.get("matchLabels").is_some())
            .map(move |selector| (policy, selector))
    });
    budgets
        .chain(policies)
        .filter(|(object, selector)| {
            selected(
                objects,
                &object["metadata"]["namespace"],
                &selector["matchLabels"],
            )
            .is_empty()
        })
        .map(|(object, _)| format!("{}: it selects no pods", id(object)))
        .collect()
}

/// Every object says its namespace, and that namespace is applied with it.
fn namespaces(objects: &[Value]) -> Vec<String> {
    let known: Vec<&Value> = of_kind(objects, "Namespace")
        .map(|namespace| &namespace["metadata"]["name"])
        .collect();
    objects
        .iter()
        .filter(|object| {
            !is(object, "Namespace") && !known.contains(&&object["metadata"]["namespace"])
        })
        .map(|object| format!("{}: its namespace is not applied", id(object)))
        .chain(workloads(objects).flat_map(duplicate_ports))
        .collect()
}

fn duplicate_ports(workload: &Value) -> Vec<String> {
    let ports: Vec<&Value> = containers(workload)
        .iter()
        .flat_map(|container| list(&container["ports"]))
        .collect();
    let is_twice = |port: &&&Value| {
        ports
            .iter()
            .filter(|other| other["name"] == port["name"])
            .count()
            > 1
    };
    ports
        .iter()
        .filter(is_twice)
        .map(|port| format!("{}: two ports are called {}", id(workload), port["name"]))
        .collect()
}
