//! What users expect of this sample, and the purpose of each component.

use std::fs;

use end_to_end::ports;
use serde_json::{Value, json};

use crate::manifests::{
    objects::{containers, find, id, is, list, of_kind, pod, selected, workloads},
    policy::complaints,
    render::{documents, kustomize, rendering, renderings, root},
};

const HALVES: [(&str, &str, &str); 2] = [
    ("x-ray-sample-front-k8s", "frontend", "LoadBalancer"),
    ("x-ray-sample-back-k8s", "backend", "ClusterIP"),
];
const SCHEME: &str = "service.beta.kubernetes.io/aws-load-balancer-scheme";

/// The labels with the one by which `make deploy` and `make undeploy` find what is ours.
fn marked(labels: &Value) -> Value {
    let mut labels = labels.clone();
    labels["app.kubernetes.io/part-of"] = json!("x-ray-sample");
    labels
}

#[test]
fn everything_that_is_applied_is_found_again_by_one_label() {
    for rendering in renderings() {
        // The doctor's Job goes by itself.
        for object in rendering.objects.iter().filter(|object| !is(object, "Job")) {
            let mark = &object["metadata"]["labels"]["app.kubernetes.io/part-of"];
            assert_eq!(mark, "x-ray-sample", "{}: {}", rendering.name, id(object));
        }
    }
}

#[test]
fn the_pair_has_the_names_labels_and_replicas_that_its_users_know() {
    for rendering in renderings() {
        let is_local = rendering.name.contains("local");
        let replicas = if is_local { 1 } else { 3 };
        for (name, tier, kind) in HALVES {
            let labels = json!({"app": name, "tier": tier});
            let deployment = find(&rendering.objects, "Deployment", name);
            assert_eq!(deployment["metadata"]["namespace"], "x-ray-sample");
            assert_eq!(deployment["metadata"]["labels"], marked(&labels));
            assert_eq!(deployment["spec"]["template"]["metadata"]["labels"], labels);
            assert_eq!(
                deployment["spec"]["replicas"], replicas,
                "{}",
                rendering.name
            );
            assert_eq!(
                deployment["spec"]["strategy"],
                json!({"rollingUpdate": {"maxUnavailable": 0}})
            );

            let service = find(&rendering.objects, "Service", name);
            assert_eq!(service["metadata"]["labels"], marked(&labels));
            let kind = if is_local { "ClusterIP" } else { kind };
            assert_eq!(service["spec"]["type"], kind);
        }
        let front = find(&rendering.objects, "Service", "x-ray-sample-front-k8s");
        let scheme = front["metadata"]["annotations"].get(SCHEME);
        assert_eq!(scheme, (!is_local).then_some(&json!("internet-facing")));
        // Faults on request and what tracing does, and never on a public address.
        for lesson in ["FAULTS", "XRAY_DEBUG"] {
            let told = variable(&rendering.objects, "x-ray-sample-front-k8s", lesson);
            assert_eq!(told.as_deref(), is_local.then_some("true"), "{lesson}");
        }
    }
}

#[test]
fn the_pair_ends_and_spreads_without_losing_requests() {
    for rendering in renderings() {
        for (name, ..) in HALVES {
            let deployment = find(&rendering.objects, "Deployment", name);
            let container = &containers(deployment)[0];
            let sleep = container["lifecycle"]["preStop"]["sleep"]["seconds"]
                .as_u64()
                .unwrap();
            let drain = pod::DRAIN_TIMEOUT + xray::SHUTDOWN_TIMEOUT;
            let grace = pod(deployment)["terminationGracePeriodSeconds"]
                .as_u64()
                .unwrap();
            assert!(
                sleep >= 2 && grace > sleep + drain.as_secs(),
                "{name}: {grace} s"
            );
            let spreads = list(&pod(deployment)["topologySpreadConstraints"]);
            for spread in spreads {
                assert_eq!(spread["labelSelector"], deployment["spec"]["selector"]);
                // The pods that a rollout replaces do not count.
                assert_eq!(spread["matchLabelKeys"], json!(["pod-template-hash"]));
            }
            let rules = spreads
                .iter()
                .map(|spread| (&spread["topologyKey"], &spread["whenUnsatisfiable"]));
            assert!(rules.eq([
                (&json!("kubernetes.io/hostname"), &json!("DoNotSchedule")),
                (
                    &json!("topology.kubernetes.io/zone"),
                    &json!("ScheduleAnyway")
                ),
            ]));
            let budget = find(&rendering.objects, "PodDisruptionBudget", name);
            assert_eq!(budget["spec"]["maxUnavailable"], 1);
        }
    }
}

#[test]
fn pods_say_who_they_are_and_read_one_map_of_settings() {
    for rendering in renderings() {
        let settings = find(&rendering.objects, "ConfigMap", "x-ray-sample");
        assert_eq!(
            settings["data"]["BACKEND_URL"],
            "http://x-ray-sample-back-k8s"
        );
        for (name, ..) in HALVES {
            let container = &containers(find(&rendering.objects, "Deployment", name))[0];
            let map = json!([{"configMapRef": {"name": settings["metadata"]["name"]}}]);
            assert_eq!(container["envFrom"], map, "{}", rendering.name);
            let field = |variable: &str| {
                list(&container["env"])
                    .iter()
                    .find(|own| own["name"] == variable)
                    .map(|own| own["valueFrom"]["fieldRef"]["fieldPath"].clone())
            };
            assert_eq!(field("POD_NAME"), Some(json!("metadata.name")));
            assert_eq!(field("NODE_NAME"), Some(json!("spec.nodeName")));
            assert_eq!(field("POD_NAMESPACE"), Some(json!("metadata.namespace")));
            assert_eq!(
                field("ZONE"),
                Some(json!("metadata.labels['topology.kubernetes.io/zone']"))
            );
        }
        assert_eq!(of_kind(&rendering.objects, "ConfigMap").count(), 1);
    }
}

/// Whoever takes traces is ready before the one before him goes, and reads on until nobody is led to him. A port of
/// the node can be had by one at a time.
#[test]
fn who_takes_traces_moves_without_a_gap_where_there_is_room_for_two() {
    for (name, kind, workload, strategy) in [
        ("overlays/local", "Deployment", "x-ray-console", "strategy"),
        ("overlays/eks", "DaemonSet", "aws-xray", "updateStrategy"),
    ] {
        let workload = find(&rendering(name).objects, kind, workload);
        let update = &workload["spec"][strategy]["rollingUpdate"];
        assert_eq!(
            *update,
            json!({"maxSurge": 1, "maxUnavailable": 0}),
            "{name}"
        );
        let sleep = containers(workload)[0]["lifecycle"]["preStop"]["sleep"]["seconds"].as_u64();
        let grace = pod(workload)["terminationGracePeriodSeconds"].as_u64();
        assert!(sleep.unwrap() >= 5 && grace.unwrap_or(30) >= 2 * sleep.unwrap());
    }
    let objects = &rendering("base + host-port").objects;
    let daemon = find(objects, "DaemonSet", "aws-xray");
    let update = &daemon["spec"]["updateStrategy"]["rollingUpdate"];
    assert_eq!(*update, json!({"maxUnavailable": 1}));
    assert!(containers(daemon)[0].get("lifecycle").is_none());
}

/// What `kubectl apply -f` takes is what the overlays apply, each half by itself.
#[test]
fn the_single_manifests_are_what_make_manifests_writes_and_together_the_pair_on_eks() {
    let (mut together, mut shared) = (Vec::new(), Vec::new());
    for half in ["back", "front"] {
        let path = format!("{half}end/x-ray-sample-{half}-k8s.yml");
        let text = fs::read_to_string(root().join(&path)).unwrap();
        let (head, body) = text.split_once('\n').unwrap();
        assert!(head.contains(&format!("kubectl apply -f {path}")), "{head}");
        let current = kustomize(&root().join(format!("k8s/files/{half}")));
        assert_eq!(body, current, "make manifests");
        let objects = documents(body);
        assert_eq!(complaints(&objects), [""; 0], "{path}");
        for object in objects {
            if together.contains(&object) {
                shared.push(object["kind"].clone());
            } else {
                together.push(object);
            }
        }
    }
    assert_eq!(shared, ["Namespace", "ConfigMap"]);
    let overlay = &rendering("overlays/eks").objects;
    // One half alone must not cut off the other, so only the overlay has network policies.
    let pair = overlay.iter().filter(|object| {
        object["metadata"]["namespace"] == "x-ray-sample" && object["kind"] != "NetworkPolicy"
    });
    let missing: Vec<_> = pair.filter(|object| !together.contains(object)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Returns the value of a variable as the pods of a Deployment see it.
fn variable(objects: &[Value], deployment: &str, name: &str) -> Option<String> {
    let container = &containers(find(objects, "Deployment", deployment))[0];
    let own = list(&container["env"])
        .iter()
        .find(|own| own["name"] == name);
    let value = own.map_or_else(
        || find(objects, "ConfigMap", "x-ray-sample")["data"].get(name),
        |own| own.get("value"),
    );
    value.and_then(Value::as_str).map(str::to_owned)
}

/// Where traces go by default: the Service of that name in that namespace, if this rendering brings one.
#[test]
fn the_address_of_the_daemon_is_a_service_of_this_overlay_or_the_chart() {
    for rendering in renderings() {
        let address = variable(
            &rendering.objects,
            "x-ray-sample-front-k8s",
            "AWS_XRAY_DAEMON_ADDRESS",
        )
        .unwrap();
        let host = match rendering.name.as_str() {
            name if name.contains("cloudwatch") => "cloudwatch-agent.amazon-cloudwatch",
            name if name.contains("host-port") => "$(HOST_IP)",
            _ => "aws-xray.xray",
        };
        let expected = format!("{host}:{}", ports::DAEMON);
        assert_eq!(address, expected, "{}", rendering.name);
        for service in of_kind(&rendering.objects, "Service")
            .filter(|service| service["metadata"]["namespace"] == "xray")
        {
            assert_eq!(service["metadata"]["name"], "aws-xray");
        }
    }
}

#[test]
fn the_aws_daemon_runs_on_every_node_within_its_memory() {
    for name in ["overlays/eks", "base + host-port"] {
        let objects = &rendering(name).objects;
        let daemon = find(objects, "DaemonSet", "aws-xray");
        assert_eq!(pod(daemon)["tolerations"], json!([{"operator": "Exists"}]));
        assert!(pod(daemon).get("nodeSelector").is_none() && pod(daemon).get("affinity").is_none());
        let [container] = containers(daemon) else {
            panic!("{daemon}")
        };
        assert_eq!(
            container["image"],
            "public.ecr.aws/xray/aws-xray-daemon:3.6.2"
        );
        assert_eq!(container["resources"]["limits"]["memory"], "128Mi");
        assert!(list(&container["args"]).contains(&json!("--buffer-memory=16")));
        assert_eq!(pod(daemon)["serviceAccountName"], "aws-xray");
        let in_the_services_namespace = workloads(objects).filter(|workload| {
            is(workload, "DaemonSet") && workload["metadata"]["namespace"] == "x-ray-sample"
        });
        assert_eq!(in_the_services_namespace.count(), 0);
    }
    let host_port = find(
        &rendering("base + host-port").objects,
        "DaemonSet",
        "aws-xray",
    );
    assert_eq!(host_port["metadata"]["namespace"], "xray-host");
}

#[test]
fn segments_say_that_they_are_from_eks_and_links_of_the_page_lead_to_aws() {
    for name in [
        "overlays/eks",
        "overlays/eks-cloudwatch",
        "base + eks + host-port + network-policy",
    ] {
        for (half, ..) in HALVES {
            let attributes =
                variable(&rendering(name).objects, half, "OTEL_RESOURCE_ATTRIBUTES").unwrap();
            assert!(
                attributes.contains("cloud.platform=aws_eks,")
                    && attributes.contains("k8s.pod.name=$(POD_NAME)"),
                "{attributes}"
            );
        }
        let url = variable(&rendering(name).objects, HALVES[0].0, "XRAY_CONSOLE_URL").unwrap();
        assert!(
            url.contains(".console.aws.amazon.com/xray/home?region="),
            "{url}"
        );
    }
    let cloudwatch = |name| {
        variable(
            &rendering("overlays/eks-cloudwatch").objects,
            HALVES[0].0,
            name,
        )
    };
    assert_eq!(cloudwatch("OTEL_TRACES_EXPORTER").as_deref(), Some("otlp"));
    assert_eq!(
        cloudwatch("OTEL_EXPORTER_OTLP_ENDPOINT"),
        Some(format!(
            "http://cloudwatch-agent.amazon-cloudwatch:{}",
            ports::OTLP
        ))
    );
    let elsewhere = variable(
        &rendering("base").objects,
        HALVES[0].0,
        "OTEL_RESOURCE_ATTRIBUTES",
    )
    .unwrap();
    assert!(!elsewhere.contains("cloud.platform"), "{elsewhere}");
}

#[test]
fn without_aws_the_console_is_where_the_daemon_would_be() {
    let objects = &rendering("overlays/local").objects;
    let service = find(objects, "Service", "aws-xray");
    assert_eq!(service["spec"]["internalTrafficPolicy"], "Cluster");
    let behind = selected(objects, &json!("xray"), &service["spec"]["selector"]);
    let [console] = behind.as_slice() else {
        panic!("{behind:?}")
    };
    assert_eq!(
        (&console["metadata"]["name"], &console["spec"]["replicas"]),
        (&json!("x-ray-console"), &json!(1))
    );
    assert_eq!(
        variable(objects, HALVES[0].0, "XRAY_CONSOLE_URL"),
        Some(format!("http://localhost:{}", ports::DAEMON))
    );
    let allowed = list(&containers(console)[0]["env"])
        .iter()
        .find(|own| own["name"] == "XRAY_CONSOLE_ALLOW_HOST")
        .unwrap();
    let address = variable(objects, HALVES[0].0, "AWS_XRAY_DAEMON_ADDRESS").unwrap();
    assert_eq!(allowed["value"], address.rsplit_once(':').unwrap().0);
    assert!(
        rendering("overlays/eks")
            .objects
            .iter()
            .all(|object| object["metadata"]["name"] != "x-ray-console")
    );
}
