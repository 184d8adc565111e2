//! Every port that is listened on, forwarded, published or named is one of [`end_to_end::ports`], and the right one.

use std::{fs, process::Command};

use end_to_end::ports::{CONTAINER, DAEMON, OTLP, OTLP_GRPC, PROBES, SERVICE};
use serde_json::{Value, json};

use crate::manifests::{
    objects::{containers, find, id, list, of_kind, workloads},
    render::{documents, file, rendering, renderings, root, run},
};

/// What the containers of a workload listen on.
fn listened(workload: &str, is_on_host: bool) -> Value {
    let host = |mut port: Value| {
        if is_on_host {
            port["hostPort"] = json!(DAEMON);
        }
        port
    };
    match workload {
        "x-ray-sample-front-k8s" | "x-ray-sample-back-k8s" => {
            json!([
                {"name": "http", "containerPort": CONTAINER},
                {"name": "probes", "containerPort": PROBES},
            ])
        }
        // The same names: kubectl merges a Service's ports by number, so that one overlay in the place of another one
        // would keep a name to which no pod has a port.
        "x-ray-console" | "aws-xray" => json!([
            host(json!({"name": "segments", "protocol": "UDP", "containerPort": DAEMON})),
            host(json!({"name": "sampling", "protocol": "TCP", "containerPort": DAEMON})),
        ]),
        "x-ray-doctor-NUMBER" => Value::Null,
        other => panic!("what does {other} listen on?"),
    }
}

#[test]
fn every_container_listens_on_the_ports_that_are_its_own() {
    for rendering in renderings() {
        for workload in workloads(&rendering.objects) {
            let [container] = containers(workload) else {
                panic!("{workload}")
            };
            let name = workload["metadata"]["name"].as_str().unwrap();
            let is_on_host = workload["metadata"]["namespace"] == "xray-host";
            assert_eq!(
                container["ports"],
                listened(name, is_on_host),
                "{}: {}",
                rendering.name,
                id(workload)
            );
        }
    }
}

#[test]
fn every_service_takes_the_ports_that_its_users_know() {
    for rendering in renderings() {
        for service in of_kind(&rendering.objects, "Service") {
            let name = service["metadata"]["name"].as_str().unwrap();
            let expected = match name {
                "x-ray-sample-front-k8s" | "x-ray-sample-back-k8s" => {
                    json!([{"name": "http", "port": SERVICE, "targetPort": "http"}])
                }
                "aws-xray" => json!([
                    {"name": "segments", "protocol": "UDP", "port": DAEMON, "targetPort": "segments"},
                    {"name": "sampling", "protocol": "TCP", "port": DAEMON, "targetPort": "sampling"},
                ]),
                other => panic!("what does {other} take?"),
            };
            assert_eq!(service["spec"]["ports"], expected, "{}", rendering.name);
        }
    }
}

/// The flags by which AWS's daemon is told where to listen.
fn binds(address: &str) -> [Value; 2] {
    [
        json!(format!("--bind={address}:{DAEMON}")),
        json!(format!("--bind-tcp={address}:{DAEMON}")),
    ]
}

fn flags_of_binding(arguments: &Value) -> Vec<Value> {
    let is_bind = |argument: &&Value| argument.as_str().unwrap().starts_with("--bind");
    list(arguments).iter().filter(is_bind).cloned().collect()
}

#[test]
fn the_aws_daemon_binds_the_ports_that_its_pod_or_task_opens() {
    for name in ["overlays/eks", "base + host-port"] {
        let daemon = find(&rendering(name).objects, "DaemonSet", "aws-xray");
        let bound = flags_of_binding(&containers(daemon)[0]["args"]);
        assert_eq!(bound, binds("0.0.0.0"), "{name}");
    }
    for half in ["front", "back"] {
        let task = &file(&format!("ecs/{half}-task.json"))[0];
        // Nobody but the service beside it.
        let bound = flags_of_binding(&task["containerDefinitions"][1]["command"]);
        assert_eq!(bound, binds("127.0.0.1"), "{half}");
    }
}

#[test]
fn a_task_opens_only_the_port_of_its_service() {
    for half in ["front", "back"] {
        let task = &file(&format!("ecs/{half}-task.json"))[0];
        let opened: Vec<&Value> = list(&task["containerDefinitions"])
            .iter()
            .flat_map(|container| list(&container["portMappings"]))
            .map(|mapping| &mapping["containerPort"])
            .collect();
        assert_eq!(opened, [&json!(CONTAINER)], "{half}");
    }
    let connect = &file("ecs/back-service.json")[0]["serviceConnectConfiguration"];
    let alias = &connect["services"][0]["clientAliases"];
    assert_eq!(
        *alias,
        json!([{"port": SERVICE, "dnsName": "x-ray-sample-back-k8s"}])
    );
}

#[test]
fn an_image_listens_on_what_it_exposes() {
    let service = [("LISTEN_ADDRESS", CONTAINER)];
    let console = [
        ("XRAY_CONSOLE_LISTEN", DAEMON),
        ("XRAY_CONSOLE_OTLP", OTLP),
        ("XRAY_CONSOLE_OTLP_GRPC", OTLP_GRPC),
    ];
    let consoles = format!("{DAEMON}/tcp {DAEMON}/udp {OTLP}/tcp {OTLP_GRPC}/tcp");
    for (program, variables, exposed) in [
        ("frontend", &service[..], CONTAINER.to_string()),
        ("backend", &service[..], CONTAINER.to_string()),
        ("console", &console[..], consoles),
    ] {
        let text = fs::read_to_string(root().join(format!("Dockerfile.{program}"))).unwrap();
        let said: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("ENV ") || line.starts_with("EXPOSE "))
            .collect();
        let variables = variables
            .iter()
            .map(|(variable, port)| format!("ENV {variable}=0.0.0.0:{port}"));
        let expected: Vec<_> = variables.chain([format!("EXPOSE {exposed}")]).collect();
        assert_eq!(said, expected, "{program}");
    }
}

#[test]
fn compose_publishes_the_page_and_the_console_on_this_machine_alone() {
    let text = run(Command::new("docker-compose").args(["--profile", "daemon", "config"]));
    let services = documents(&text).remove(0)["services"].clone();
    for (name, published) in [
        ("front", Some(CONTAINER)),
        ("x-ray-sample-back-k8s", None),
        ("console", Some(DAEMON)),
        ("daemon", None),
    ] {
        let expected = published.map(|port| json!([format!("127.0.0.1:{port}:{port}/tcp")]));
        assert_eq!(services[name].get("ports"), expected.as_ref(), "{name}");
    }
    let daemon = &file("values/daemon-to-console.yaml")[0];
    let anywhere = json!(format!("0.0.0.0:{DAEMON}"));
    assert_eq!(
        daemon["Socket"],
        json!({"UDPAddress": anywhere, "TCPAddress": anywhere})
    );
}
