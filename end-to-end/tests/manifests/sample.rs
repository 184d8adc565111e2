//! What users know of this sample, and what each component is for.

use end_to_end::ports;
use serde_json::{Value, json};

use crate::manifests::{
    objects::{containers, find, is, list, of_kind, pod, selected, workloads},
    render::{rendering, renderings},
};

const HALVES: [(&str, &str, &str); 2] = [
    ("x-ray-sample-front-k8s", "frontend", "LoadBalancer"),
    ("x-ray-sample-back-k8s", "backend", "ClusterIP"),
];
const SCHEME: &str = "service.beta.kubernetes.io/aws-load-balancer-scheme";

#[test]
fn the_pair_has_the_names_labels_and_replicas_that_its_users_know() {
    for rendering in renderings() {
        let is_local = rendering.name.contains("local");
        let replicas = if is_local { 1 } else { 3 };
        for (name, tier, kind) in HALVES {
            let labels = json!({"app": name, "tier": tier});
            let deployment = find(&rendering.objects, "Deployment", name);
            assert_eq!(deployment["metadata"]["namespace"], "x-ray-sample");
            assert_eq!(deployment["metadata"]["labels"], labels);
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
            assert_eq!(service["metadata"]["labels"], labels);
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
            for spread in list(&pod(deployment)["topologySpreadConstraints"]) {
                assert_eq!(spread["whenUnsatisfiable"], "ScheduleAnyway");
                assert_eq!(spread["labelSelector"], deployment["spec"]["selector"]);
            }
            assert_eq!(list(&pod(deployment)["topologySpreadConstraints"]).len(), 2);
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
fn the_daemon_s_address_is_a_service_that_this_brings_or_the_chart() {
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
fn aws_s_daemon_runs_on_every_node_within_its_memory() {
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
fn eks_is_told_to_the_segments_and_the_page_s_links_lead_to_aws() {
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
