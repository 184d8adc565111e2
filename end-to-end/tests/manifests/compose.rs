//! `compose.yaml`: valid, hardened, and about variables that exist.

use std::process::Command;

use end_to_end::ports::{CONTAINER, DAEMON};
use serde_json::{Value, json};

use crate::manifests::{
    render::{documents, root, run},
    variables::variables_of_binary,
};

fn config() -> Value {
    let text = run(Command::new("docker-compose").args(["--profile", "daemon", "config"]));
    documents(&text).remove(0)
}

#[tokio::test]
async fn every_container_is_hardened_and_gets_variables_that_it_reads() {
    let config = config();
    let services = config["services"].as_object().unwrap();
    assert_eq!(services.len(), 4);
    for (name, service) in services {
        assert_eq!(service["read_only"], true, "{name}");
        assert_eq!(service["cap_drop"], json!(["ALL"]), "{name}");
        assert_eq!(
            service["security_opt"],
            json!(["no-new-privileges:true"]),
            "{name}"
        );
        assert!(service["mem_limit"].is_string(), "{name}");
        let user = if name == "daemon" {
            "10001:10001"
        } else {
            "65532:65532"
        };
        assert_eq!(service["user"], user, "{name}");
        let (_, tag) = service["image"].as_str().unwrap().rsplit_once(':').unwrap();
        assert!(tag != "latest" && !tag.contains('/'), "{name}");
        // The daemon is AWS's: what it reads is in its own documentation.
        let Some(file) = service["build"]["dockerfile"].as_str() else {
            continue;
        };
        assert!(root().join(file).exists(), "{file}");
        let known = variables_of_binary(file.strip_prefix("Dockerfile.").unwrap()).await;
        for variable in service["environment"].as_object().unwrap().keys() {
            assert!(known.contains(variable), "{name} does not read {variable}");
        }
    }
}

/// Names and ports fit together: the back end's, the console's, and the daemon's with the profile.
#[test]
fn the_containers_find_each_other() {
    let config = config();
    let variable =
        |service: &str, name: &str| config["services"][service]["environment"][name].clone();
    assert_eq!(
        variable("front", "BACKEND_URL"),
        format!("http://x-ray-sample-back-k8s:{CONTAINER}")
    );
    assert_eq!(
        variable("front", "XRAY_CONSOLE_URL"),
        format!("http://localhost:{DAEMON}")
    );
    for service in ["front", "x-ray-sample-back-k8s"] {
        assert_eq!(
            variable(service, "AWS_XRAY_DAEMON_ADDRESS"),
            format!("console:{DAEMON}")
        );
    }
    assert_eq!(variable("console", "XRAY_CONSOLE_ALLOW_HOST"), "console");
    let daemon = &crate::manifests::render::file("values/daemon-to-console.yaml")[0];
    assert_eq!(daemon["Endpoint"], format!("http://console:{DAEMON}"));
    assert_eq!(daemon["Version"], 2);
    let with_daemon = run(Command::new("docker-compose")
        .args(["--profile", "daemon", "config"])
        .env("DAEMON", "daemon"));
    let address = format!("AWS_XRAY_DAEMON_ADDRESS: daemon:{DAEMON}\n");
    assert_eq!(with_daemon.matches(&address).count(), 2, "{with_daemon}");
}
