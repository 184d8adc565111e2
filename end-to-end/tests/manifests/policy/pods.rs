//! Pods: images, permissions, probes, resources, shutdown.

use serde_json::{Value, json};

use crate::manifests::objects::{containers, find, id, is, list, of_kind, pod, workloads};

pub(super) fn complaints(objects: &[Value]) -> Vec<String> {
    let mut complaints = Vec::new();
    for workload in workloads(objects) {
        let mut complain = |is_right: bool, what: &str| {
            if !is_right {
                complaints.push(format!("{}: {what}", id(workload)));
            }
        };
        of_pod(workload, &mut complain);
        for container in containers(workload) {
            rights(container, &mut complain);
            of_container(container, &mut complain);
            // A Job is not asked how it is.
            if !is(workload, "Job") {
                probes(container, &mut complain);
            }
        }
        let namespace = find(
            objects,
            "Namespace",
            workload["metadata"]["namespace"].as_str().unwrap(),
        );
        let level = |mode: &str| {
            &namespace["metadata"]["labels"][format!("pod-security.kubernetes.io/{mode}")]
        };
        let uses_host = containers(workload)
            .iter()
            .flat_map(|container| list(&container["ports"]))
            .any(|port| port.get("hostPort").is_some());
        // What must be allowed for the host's port is at least told of.
        let (allowed, told) = if uses_host {
            ("privileged", "baseline")
        } else {
            ("restricted", "restricted")
        };
        complain(
            level("enforce") == allowed,
            &format!("its namespace is not under {allowed}"),
        );
        for mode in ["warn", "audit"] {
            complain(
                level(mode) == told,
                &format!("its namespace does not {mode} of what is not {told}"),
            );
        }
    }
    complaints.extend(rights_in_the_cluster(objects));
    complaints
}

fn of_pod(workload: &Value, complain: &mut impl FnMut(bool, &str)) {
    let pod = pod(workload);
    let labels = &workload["spec"]["template"]["metadata"]["labels"];
    // Kubernetes makes a Job's.
    complain(
        is(workload, "Job") || workload["spec"]["selector"]["matchLabels"] == *labels,
        "its selector is not its pods' labels",
    );
    complain(
        pod["automountServiceAccountToken"] == false,
        "it mounts a service account's token",
    );
    complain(pod["enableServiceLinks"] == false, "it gets service links");
    complain(
        pod["securityContext"]["runAsNonRoot"] == true,
        "it may run as root",
    );
    let user = if is(workload, "DaemonSet") {
        10001
    } else {
        65532
    };
    complain(
        pod["securityContext"]["runAsUser"] == user,
        &format!("its user is not {user}"),
    );
    complain(
        pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault",
        "it has no seccomp profile",
    );
    for key in ["hostNetwork", "hostPID", "hostIPC", "initContainers"] {
        complain(pod.get(key).is_none(), &format!("it has {key}"));
    }
    for volume in pod["volumes"].as_array().into_iter().flatten() {
        complain(
            volume["emptyDir"]["sizeLimit"].is_string(),
            "it has a volume that is more than an emptyDir with a limit",
        );
    }
}

fn rights(container: &Value, complain: &mut impl FnMut(bool, &str)) {
    let context = &container["securityContext"];
    complain(
        context["allowPrivilegeEscalation"] == false,
        "it may gain privileges",
    );
    complain(context.get("privileged").is_none(), "it is privileged");
    complain(
        context["readOnlyRootFilesystem"] == true,
        "it may write to its root",
    );
    complain(
        context["capabilities"] == json!({"drop": ["ALL"]}),
        "it keeps capabilities",
    );
}

fn of_container(container: &Value, complain: &mut impl FnMut(bool, &str)) {
    let image = container["image"].as_str().unwrap_or_default();
    let tag = image
        .rsplit('/')
        .next()
        .and_then(|name| name.split_once(':'));
    complain(
        tag.is_some_and(|(_, tag)| !tag.is_empty() && tag != "latest"),
        &format!("image {image:?} has no exact tag"),
    );
    complain(
        container
            .get("imagePullPolicy")
            .is_none_or(|policy| policy != "Always"),
        "an exact tag is pulled always",
    );
    let resources = &container["resources"];
    complain(
        resources["requests"]["cpu"].is_string(),
        "it requests no CPU",
    );
    complain(
        resources["limits"]["memory"].is_string(),
        "its memory has no limit",
    );
    complain(
        resources["requests"]["memory"] == resources["limits"]["memory"],
        "its memory's request is not its limit",
    );
    complain(
        resources["limits"].get("cpu").is_none(),
        "its CPU has a limit",
    );
    complain(
        container["terminationMessagePolicy"] == "FallbackToLogsOnError",
        "its last words are not kept",
    );
}

fn probes(container: &Value, complain: &mut impl FnMut(bool, &str)) {
    for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
        let probe_of = &container[probe];
        let port = probe_of
            .pointer("/httpGet/port")
            .or(probe_of.pointer("/tcpSocket/port"));
        let names_a_port = port.is_some_and(|port| {
            list(&container["ports"])
                .iter()
                .any(|own| own["name"] == *port && own["protocol"] != "UDP")
        });
        complain(
            names_a_port,
            &format!("its {probe} asks none of its TCP ports"),
        );
    }
    let path = |probe: &str| {
        container[probe]
            .pointer("/httpGet/path")
            .and_then(Value::as_str)
    };
    complain(
        matches!(path("livenessProbe"), None | Some("/livez")),
        "its liveness is not /livez",
    );
    complain(
        matches!(path("readinessProbe"), None | Some("/readyz")),
        "its readiness is not /readyz",
    );
}

fn rights_in_the_cluster(objects: &[Value]) -> Vec<String> {
    let kinds = [
        "Role",
        "RoleBinding",
        "ClusterRole",
        "ClusterRoleBinding",
        "Secret",
    ];
    let given = kinds.iter().flat_map(|kind| of_kind(objects, kind));
    let accounts = of_kind(objects, "ServiceAccount")
        .filter(|account| account["automountServiceAccountToken"] != false);
    given
        .chain(accounts)
        .map(|object| format!("{}: a right in the cluster, or a secret", id(object)))
        .collect()
}
